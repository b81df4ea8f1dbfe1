import DarkMatter
import Foundation
import Sky

extension SkySearch {
  /// Looks on the whole sky for the direction of a line that is found, as that of one plane wave.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes around the line.
  ///   - line: the detection.
  ///   - options: resolution, cost and thresholds.
  ///   - progress: is told now and then how far the search is.
  /// - Throws: `InferenceError` when there are no data.
  public init(
    line: LineAnalysis.Candidate, in observation: LineObservation, options: SkySearchOptions,
    progress: @escaping (SkyProgress) -> Void = { _ in }
  ) throws {
    let candidates = try LineSkyLikelihood.Polarization.allCases.map { polarization in
      let likelihood = try LineSkyLikelihood(
        polarization, observation: observation, restFrequency: line.restFrequency,
        frequencyRange: observation.lineWidth)
      let map = try likelihood.skyMap(options: options.scan) {
        progress(SkyProgress(step: "\(polarization.rawValue) wave", evaluations: $0, expected: $1))
      }
      return (name: "\(polarization.rawValue) plane wave", likelihood: likelihood, map: map)
    }.sorted { $0.map.maximum.logLikelihood > $1.map.maximum.logLikelihood }
    let best = candidates[0]
    streams = candidates.map {
      Hypothesis(
        name: $0.name, testStatistic: $0.map.maximum.testStatistic, rightAscension: $0.map.maximum.rightAscension,
        declination: $0.map.maximum.declination)
    }
    // Distributions of speeds, other than the stream that was fitted to the same data.
    let wide = (line.comparison?.fits ?? []).filter { !$0.template.isCold }
    let other = wide.max { $0.profile.statistic < $1.profile.statistic }
    let halo = Hypothesis(
      name: "\(other?.template.name ?? line.template.name) in a halo",
      testStatistic: other?.profile.statistic ?? line.profile.statistic)
    // As coherent as a plane wave, but its field may point anywhere: that of a dark electric field. Its two quadratures span a
    // plane, so across some direction any field of this kind lies.
    let wave = try LineSearch(
      LineHypothesis(
        name: "one wave of any polarisation", coupling: .electricDipole,
        components: [
          DarkMatterLine.Component(
            meanVelocity: 2 * EarthVelocity.throughHalo(at: observation.reference), virialSpeed: 0)
        ]), observation: observation, restFrequency: line.restFrequency
    ).maximum(observation, near: line.restFrequency, frequencyRange: observation.lineWidth)
    let anyPolarisation = Hypothesis(
      name: "one wave of any polarisation", testStatistic: wave.profile.statistic)
    alternative = halo.testStatistic > anyPolarisation.testStatistic ? halo : anyPolarisation
    // A direction that was fitted is worth the share of the sky that it could have been.
    let margin = best.map.skyAverage - (alternative?.testStatistic ?? 0)
    // The other way of the field to the wave has a direction of its own: a transverse wave whose polarisation is nearly linear
    // looks like a longitudinal one from where its field points, and that is no rare chance.
    otherWave =
      zip(streams, candidates).dropFirst().first {
        best.map.skyAverage - $1.map.skyAverage < options.preference
      }?.0
    // A network short against the wavelength sees one complex vector, and every one of them lies across some direction.
    let liesAnyway = best.likelihood.polarization == .transverse && best.likelihood.fringeSpacing > .pi
    finding =
      margin >= options.preference && otherWave == nil && !liesAnyway
      ? .source : (margin <= -options.preference ? .spread : .undecided)
    logGlobalProbability = nil
    amplitude = .meanSquare
    frequency = best.likelihood.frequency
    spectralIndex = nil
    maps = [best.map]
    sources = [SkyLocation(best.map, best.likelihood)]
  }
}

extension LineHypothesis {
  /// Whether all its particles move nearly alike.
  fileprivate var isCold: Bool { components.allSatisfy { $0.virialSpeed < 20e3 } }
}
