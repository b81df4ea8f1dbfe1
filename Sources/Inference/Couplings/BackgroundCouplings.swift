import Correlator
import Foundation
import Numerics
import Sky

/// Which template carries the power of a wide band: every pair compared by the exact Whittle likelihood, and judged by
/// simulations of each (vector-network section 8).
///
/// The noise of every channel and bin is fitted anew for every template, so that what counts is what the channels share.
/// Templates have one spectral shape, the power law of the given index. A fitted direction is searched for over the whole
/// sky in every simulation too, so its look-elsewhere effect is part of the expectations.
public struct BackgroundCouplings: Hashable, Sendable, Codable {
  /// The best fit of one template.
  public struct Fit: Hashable, Sendable, Codable {
    public var template: BackgroundTemplate
    /// Θ = 2 [ln L(template) - ln L(noise only)].
    public var statistic: Double
    /// A at the reference frequency, unit²/Hz.
    public var amplitude: Double
    /// Where they were fitted.
    public var longitudinalFraction: Double?
    public var chirality: Double?
    /// Towards the source of a stream, equatorial.
    public var source: SIMD3<Double>?
    /// Θ less 2 for every fitted number beside the amplitude (Akaike): templates are ranked by it.
    public var rankedStatistic: Double { statistic - template.penalty }
  }

  /// Two templates, the first ranked above the second.
  public struct Pair: Hashable, Sendable, Codable {
    public var first: BackgroundTemplate
    public var second: BackgroundTemplate
    /// q, the difference of the ranked statistics.
    public var statistic: Double
    /// ρ of section 8 between the fitted matrices, autocorrelations left out because the noise is fitted.
    public var overlap: Double
    /// Probability of a q as large as found if the second is true, in the limit of many weak samples: q is then normal about
    /// minus its expected separation, Θ (1 - ρ²) less what uncertain responses take from it, with four times that for its
    /// variance, or chi-square when the first contains the second. What a search over directions gains by chance is not in it;
    /// simulations have that too.
    public var estimatedProbabilityIfSecond: Double
    /// Mean and standard deviation of q over simulations in which the first, or the second, is true; nil without any.
    public var ifFirst: Estimate?
    public var ifSecond: Estimate?
    /// Share of simulations of the second in which q comes out as large as found, at least half a simulation.
    public var probabilityIfSecond: Double?
    /// Share of simulations, of either in equal parts, in which the true one has the larger ranked statistic.
    public var separation: Double?
  }

  /// By falling ranked statistic.
  public var fits: [Fit]
  public var pairs: [Pair]
  /// ρ of every two templates, in the order of `fits`.
  public var overlaps: [[Double]]
  /// Share of simulations of each template (row) in which each (column) is ranked first; empty without simulations.
  public var confusion: [[Double]]
  /// Templates that the network cannot tell at all, or whose fringes are too narrow to be searched.
  public var leftOut: [BackgroundTemplate]
  /// Simulated experiments of each template.
  public var simulations: Int
  public var spectralIndex: Double

  /// The pairs of the first template with each other one.
  public var comparisonsOfFirst: [Pair] { pairs.filter { $0.first == fits.first?.template } }
}

/// What a comparison of templates costs.
public struct BackgroundCouplingOptions: Hashable, Sendable, Codable {
  /// Simulated experiments of each template; 0 leaves probabilities and the confusion matrix out.
  public var simulations: Int
  /// Key of their random numbers.
  public var seed: UInt64
  /// Threads; no influence on the result.
  public var workers: Int

  public init(simulations: Int = 0, seed: UInt64 = 1, workers: Int = 1) {
    self.simulations = simulations
    self.seed = seed
    self.workers = workers
  }
}

/// Compares all templates on the matrices that a background was found in.
///
/// - Parameters:
///   - spectra: rows of one band and run, as of the fit.
///   - plan: the band.
///   - epoch: the time of sample 0, from which integrations are counted.
///   - geometry: of the channels.
///   - fit: the fit of the band; spectral index, bins and reference frequency are taken from it.
///   - restFrequency: Hz.
///   - calibration: responses that are not exactly known: their factors are fitted with every template, and drawn in every
///     simulation.
///   - options: number of simulations.
/// - Throws: `InferenceError`.
public func compareBackgroundCouplings(
  _ spectra: [CrossSpectra], plan: BandPlan, epoch: GPSTime, geometry: NetworkGeometry, fit: BackgroundFit,
  restFrequency: Double = 0, calibration: CalibrationUncertainty? = nil,
  options: BackgroundCouplingOptions = BackgroundCouplingOptions()
) throws -> BackgroundCouplings {
  guard options.simulations >= 0, options.workers >= 1 else {
    throw InferenceError.invalidOption(name: "simulations", reason: "0 or more, on at least one thread")
  }
  try calibration?.validate(channels: geometry.channelCount)
  let bins = fit.frequencies.map { Int(($0 / plan.resolution).rounded()) - plan.firstBin }
  let (spectra, _) = ChannelHealth.withoutSilentChannels(
    spectra, bins: plan.binCount, channels: geometry.channelCount)
  let data = try BandMatrices(
    spectra, plan: plan, epoch: epoch, geometry: geometry, bins: bins, restFrequency: restFrequency,
    reference: fit.referenceFrequency, index: fit.model.spectralIndex, calibration: calibration)
  let fitter = TemplateFits(data, restFrequency: restFrequency)
  let wanted = fitter.templates.filter { template in
    !(fit.undetermined.contains(.longitudinalFraction) && [.mixture, .chiralMixture].contains(template))
      && !(fit.undetermined.contains(.chirality) && [.chiral, .chiralMixture].contains(template))
  }
  let found = fitter.fits(wanted, to: data, tolerance: 1e-4).compactMap(\.self)
    .sorted { $0.public.rankedStatistic > $1.public.rankedStatistic }
  guard !found.isEmpty else { throw InferenceError.covarianceNotPositiveDefinite }
  let templates = found.map(\.template)
  let products = CouplingOverlaps(found, fitter: fitter, data: data)
  let overlaps = products.matrix
  let simulated = try CouplingSimulations(found, fitter: fitter, data: data, options: options)

  var pairs: [BackgroundCouplings.Pair] = []
  for first in found.indices {
    for second in (first + 1)..<max(found.count, first + 1) {
      let q = found[first].public.rankedStatistic - found[second].public.rankedStatistic
      var pair = BackgroundCouplings.Pair(
        first: templates[first], second: templates[second], statistic: q, overlap: overlaps[first][second],
        estimatedProbabilityIfSecond: CouplingEstimate.probability(
          first: found[first].public, second: found[second].public,
          separation: products.separation(fitting: first, to: second)))
      if options.simulations > 0 {
        let ifFirst = simulated.ranked[first].map { $0[first] - $0[second] }
        let ifSecond = simulated.ranked[second].map { $0[first] - $0[second] }
        pair.ifFirst = Estimate(sample: ifFirst)
        pair.ifSecond = Estimate(sample: ifSecond)
        pair.probabilityIfSecond = max(0.5, Double(ifSecond.count { $0 >= q })) / Double(ifSecond.count)
        pair.separation =
          Double(ifFirst.count { $0 > 0 } + ifSecond.count { $0 < 0 }) / Double(ifFirst.count + ifSecond.count)
      }
      pairs.append(pair)
    }
  }
  return BackgroundCouplings(
    fits: found.map(\.public), pairs: pairs, overlaps: overlaps, confusion: simulated.confusion,
    leftOut: BackgroundTemplate.allCases.filter { !templates.contains($0) }, simulations: options.simulations,
    spectralIndex: data.index)
}

private enum CouplingEstimate {
  static func probability(
    first: BackgroundCouplings.Fit, second: BackgroundCouplings.Fit, separation: Double
  ) -> Double {
    let gain = first.statistic - second.statistic
    if first.template.contains(second.template) {
      let more = first.template.parameterCount - second.template.parameterCount
      return exp(Significance.logChiSquaredSurvival(gain, degreesOfFreedom: more))
    }
    let expected = second.statistic * separation
    // The same matrices: nothing could tell.
    guard expected > 1e-6 * second.statistic || second.statistic == 0 else { return 1 }
    guard expected > 0 else { return exp(Significance.logChiSquaredSurvival(gain, degreesOfFreedom: 1)) }
    return exp(Significance.logNormalSurvival((gain + expected) / (2 * expected.squareRoot())))
  }
}

extension Estimate {
  /// Mean and standard deviation of a sample of two or more.
  fileprivate init(sample: [Double]) {
    let count = Double(sample.count)
    let mean = sample.reduce(0, +) / count
    let variance = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
    self.init(value: mean, uncertainty: variance.squareRoot())
  }
}

extension TemplateFit {
  fileprivate var `public`: BackgroundCouplings.Fit {
    let hasPower = amplitude > 0
    let fitsFraction = template == .mixture || template == .chiralMixture
    let fitsChirality = template == .chiral || template == .chiralMixture
    return BackgroundCouplings.Fit(
      template: template, statistic: statistic, amplitude: amplitude,
      longitudinalFraction: fitsFraction && hasPower ? amplitudes[0] / amplitude : nil,
      chirality: fitsChirality && hasPower ? amplitudes[2] / amplitude : nil,
      source: hasPower ? propagation.map { -$0 } : nil)
  }
}
