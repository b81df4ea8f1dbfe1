import Correlator
import DarkMatter
import Foundation
import Sky

extension SkySearch {
  /// Strengths of a stream beyond so many times the first estimate are not tried: with the noise that this estimate leaves,
  /// the power of the channels would speak against them, but it does not count.
  private static let largestExcess = 1.5

  /// Looks on the whole sky for streams that explain the correlations of a band.
  ///
  /// Longitudinal and transverse waves are tried, the index of their spectrum fitted where they seem to come from. The noise is what the likeliest
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
  ///   - isDirectionless: whether the exact likelihood already speaks for waves from everywhere (`BackgroundCouplings`); the
  ///     correlations alone then cannot speak for a source.
  ///   - options: resolution, cost and thresholds.
  ///   - progress: is told now and then how far the search is.
  /// - Throws: `InferenceError` when the input does not fit together.
  public init(
    background spectra: [CrossSpectra], plan: BandPlan, epoch: GPSTime, geometry: NetworkGeometry, fit: BackgroundFit,
    restFrequency: Double, isDirectionless: Bool = false, options: SkySearchOptions,
    progress: @escaping (SkyProgress) -> Void = { _ in }
  ) throws {
    let power = try ChannelPower(spectra, plan: plan, epoch: epoch, geometry: geometry)
    func model(_ mode: StreamForecast.Mode, index: Double) -> SkyModel {
      SkyModel(
        mode: mode, dispersion: .restFrequency(restFrequency),
        shape: (0..<plan.binCount).map { pow(plan.frequency($0) / fit.referenceFrequency, index) })
    }
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
    // Resolution elements of the sky, twelve at least for the pattern of the axes, for each mode.
    func trials(_ spacing: Double) -> Double {
      Double(StreamForecast.Mode.allCases.count) * max(12, 16 * .pi / (spacing * spacing))
    }
    func logGlobal(_ map: SkyMap) -> Double {
      let statistic = map.maximum.testStatistic
      let local = statistic > 0 ? Significance.logNormalSurvival(statistic.squareRoot()) : log(0.5)
      let expected = log(trials(map.fringeSpacing)) + local
      return expected < -30 ? expected : log1p(-exp(-exp(expected)))
    }
    let candidates = try StreamForecast.Mode.allCases.map { mode in
      // Least squares on the correlations finds the stream, its index and its strength, whatever the noise is.
      func weak(_ index: Double) throws -> SkyLikelihood {
        var weak = model(mode, index: index)
        weak.isWeak = true
        return try look(weak, besides: [])
      }
      var index = 0.0
      let first = try map(try weak(0), quick, "\(mode.rawValue) waves, first look")
      guard logGlobal(first) <= log(options.globalThreshold) else {
        // Of noise least squares say all there is to say.
        return (
          name: "stream of \(mode.rawValue) waves", model: model(mode, index: 0), index: 0.0, likelihood: try weak(0),
          map: first
        )
      }
      var point = first.maximum
      if point.amplitude > 0, plan.binCount > 1 {
        for step in [1.0, 0.25, 0.0625] {
          let found = try (-4...4).map { number -> (index: Double, point: SkyPoint) in
            let tried = index + step * Double(number)
            return (tried, try weak(tried).evaluate([point.direction])[0])
          }
          (index, point) = found.reduce(found[4]) { $1.point.logLikelihood > $0.point.logLikelihood ? $1 : $0 }
        }
      }
      // The noise is then known well enough for the exact form. Far above that strength it would not be.
      var exact = model(mode, index: index)
      exact.largestAmplitude = Self.largestExcess * point.amplitude
      let likelihood = try look(exact, besides: [point])
      return (
        name: "stream of \(mode.rawValue) waves", model: exact, index: index, likelihood: likelihood,
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

    let global = logGlobal(best.map)
    logGlobalProbability = global
    let statistic = best.map.maximum.testStatistic
    let margin = statistic - isotropic
    finding =
      global > log(options.globalThreshold)
      ? .nothing
      : isDirectionless || margin <= -options.preference
        ? .spread : (margin >= options.preference ? .source : .undecided)
    amplitude = .density
    frequency = fit.referenceFrequency

    spectralIndex = best.index

    var likelihood = best.likelihood
    var maps = [best.map]
    if finding == .source {
      let sigma = Significance.equivalentSigma(
        logProbability: log(options.globalThreshold / trials(best.map.fringeSpacing)))
      // Fringes on top of a strong source can be fine everywhere; what is not resolved then is marked so.
      var further = options.scan
      further.maximumScanPixels = max(1 << 16, 12 << (2 * further.coarsestOrder))
      further.maximumEvaluations = max(1 << 18, 2 * further.maximumScanPixels)
      // One more at a time: what is left of the noise must be known before the next is looked for.
      while maps.count < options.maximumSources {
        let found = try likelihood.findSources(
          startingWith: maps.count == 1 ? best.map : nil, maximumCount: maps.count + 1, threshold: sigma * sigma,
          options: further
        ) { progress(SkyProgress(step: "further sources", evaluations: $0, expected: $1)) }
        guard found.count > maps.count else { break }
        maps = found.map(\.map)
        likelihood = try look(best.model, besides: found.map(\.point))
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
