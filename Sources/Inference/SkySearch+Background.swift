import Correlator
import DarkMatter
import Foundation
import Sky

extension SkySearch {
  /// Looks on the whole sky for streams that explain the correlations of a band.
  ///
  /// Longitudinal and transverse waves are tried, with the spectrum of the fitted background. The noise is what the likeliest
  /// stream leaves of the channels' mean power; only correlations between channels count (`withoutAutocorrelations`). The
  /// same correlations tell a stream from the fitted isotropic background, which has as many parameters.
  ///
  /// - Parameters:
  ///   - spectra: rows of one band and run, responses taken out.
  ///   - plan: the band.
  ///   - epoch: the time of sample 0.
  ///   - geometry: places and axes of the channels.
  ///   - fit: the isotropic background in the same rows.
  ///   - restFrequency: of the boson in Hz.
  ///   - options: resolution, cost and thresholds.
  ///   - progress: is told now and then how far the search is.
  /// - Throws: `InferenceError` when the input does not fit together.
  public init(
    background spectra: [CrossSpectra], plan: BandPlan, epoch: GPSTime, geometry: NetworkGeometry, fit: BackgroundFit,
    restFrequency: Double, options: SkySearchOptions, progress: @escaping (SkyProgress) -> Void = { _ in }
  ) throws {
    let power = try ChannelPower(spectra, plan: plan, epoch: epoch, geometry: geometry)
    // An index that is not measured well would be as good as any other.
    let index = fit.spectralIndex.map { abs($0.value) <= 6 && $0.uncertainty < 1 ? $0.value : 0 } ?? 0
    let shape = (0..<plan.binCount).map { pow(plan.frequency($0) / fit.referenceFrequency, index) }

    func look(_ model: SkyModel, besides sources: [SkyPoint]) throws -> SkyLikelihood {
      try SkyLikelihood(
        spectra, plan: plan, epoch: epoch, geometry: geometry, noise: power.noise(besides: sources, model: model),
        model: model
      ).withoutAutocorrelations()
    }
    func map(_ likelihood: SkyLikelihood, _ options: SkyScanOptions, _ step: String) throws -> SkyMap {
      try likelihood.skyMap(options: options) {
        progress(SkyProgress(step: step, evaluations: $0, expected: $1))
      }
    }
    var quick = options.scan
    quick.largestProbability = 0.1
    let candidates = try StreamForecast.Mode.allCases.map { mode in
      let model = SkyModel(mode: mode, dispersion: .restFrequency(restFrequency), shape: shape)
      let first = try map(try look(model, besides: []), quick, "\(mode.rawValue) waves, first look")
      let likelihood = try look(model, besides: [first.maximum])
      return (
        name: "stream of \(mode.rawValue) waves", model: model, likelihood: likelihood,
        map: try map(likelihood, options.scan, "\(mode.rawValue) waves")
      )
    }.sorted { $0.map.maximum.logLikelihood > $1.map.maximum.logLikelihood }
    let best = candidates[0]
    streams = candidates.map {
      Hypothesis(
        name: $0.name, testStatistic: $0.map.maximum.testStatistic, rightAscension: $0.map.maximum.rightAscension,
        declination: $0.map.maximum.declination)
    }
    let isotropic = power.statistic(
      of: fit.model, restFrequency: restFrequency, spectra: spectra, plan: plan, geometry: geometry)
    alternative = Hypothesis(name: "isotropic background", testStatistic: isotropic)

    // Resolution elements of the sky, twelve at least for the pattern of the axes, for each mode.
    let element = best.map.fringeSpacing / 2
    let trials = Double(candidates.count) * max(12, 4 * .pi / (element * element))
    let statistic = best.map.maximum.testStatistic
    let local = statistic > 0 ? Significance.logNormalSurvival(statistic.squareRoot()) : log(0.5)
    let expected = log(trials) + local
    let global = expected < -30 ? expected : log1p(-exp(-exp(expected)))
    logGlobalProbability = global
    let margin = statistic - isotropic
    finding =
      global > log(options.globalThreshold)
      ? .nothing : (margin >= options.preference ? .source : (margin <= -options.preference ? .spread : .undecided))
    amplitude = .density
    frequency = fit.referenceFrequency

    var likelihood = best.likelihood
    var maps = [best.map]
    if finding == .source, options.maximumSources > 1 {
      let sigma = Significance.equivalentSigma(logProbability: log(options.globalThreshold / trials))
      let found = try likelihood.findSources(
        startingWith: best.map, maximumCount: options.maximumSources, threshold: sigma * sigma, options: options.scan
      ) { progress(SkyProgress(step: "further sources", evaluations: $0, expected: $1)) }
      if found.count > 1 {
        // All of them leave less noise than the first alone.
        likelihood = try look(best.model, besides: found.map(\.point))
        maps = found.map(\.map)
      }
    }
    let points = maps.map(\.maximum)
    self.maps = maps
    sources = maps.indices.map { index in
      let others = points.indices.filter { $0 != index }.map { points[$0] }
      return SkyLocation(maps[index], others.isEmpty ? likelihood : likelihood.conditioned(on: others))
    }
  }
}
