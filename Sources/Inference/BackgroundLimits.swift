import Correlator
import Numerics

/// Upper limits on the amplitude of an isotropic background, for a band in which none is found.
///
/// The profile likelihood ratio q(A) = 2 [ln L(best A >= 0) - ln L(A)], noise and composition following, reaches the square
/// of the one-sided Gaussian quantile at the limit. The best amplitude is never negative, so that a downward fluctuation
/// excludes nothing that the run cannot see; the limit covers as stated from A = 1.64 σ on (at 95 %) and more below.
public struct BackgroundLimits: Hashable, Sendable, Codable {
  /// What the field is made of.
  public enum Composition: String, Hashable, Sendable, Codable, CaseIterable {
    /// Any f_L from 0 to 1: the limit is that of the likeliest.
    case any
    /// f_L = 1.
    case longitudinal
    /// f_L = 0, unpolarised.
    case transverse
  }

  /// The limit for one composition.
  public struct Limit: Hashable, Sendable, Codable {
    public var composition: Composition
    /// A at the reference frequency, unit²/Hz of the whole vector.
    public var amplitude: Double
    /// The likeliest A, not negative, and its uncertainty.
    public var best: Estimate
    /// f_L of the likeliest field at the limit.
    public var longitudinalFraction: Double
  }

  /// Such as 0.95.
  public var confidence: Double
  /// Hz.
  public var referenceFrequency: Double
  /// Power of frequency in A(f), held.
  public var spectralIndex: Double
  /// P_V, held.
  public var chirality: Double
  public var limits: [Limit]
}

extension BackgroundLimits {
  /// Finds the limits from the cross-spectral matrices of a band.
  ///
  /// - Parameters:
  ///   - spectra, plan, geometry, options: those of `fitIsotropicBackground`; the index is that of the test unless held.
  ///   - confidence: between a half and one.
  /// - Throws: `InferenceError` when the input does not fit together or the network feels no background at all.
  public init(
    _ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry,
    options: BackgroundFitOptions = BackgroundFitOptions(), confidence: Double = 0.95
  ) throws {
    guard confidence > 0.5, confidence < 1 else {
      throw InferenceError.invalidOption(name: "confidence", reason: "between 0.5 and 1")
    }
    let prepared = try IsotropicLikelihood(spectra, plan: plan, geometry: geometry, options: options)
    self.confidence = confidence
    referenceFrequency = prepared.reference
    spectralIndex = options.spectralIndex ?? options.detectionIndex
    chirality = options.chirality ?? 0
    let scan = AmplitudeProfile(
      workspace: LikelihoodWorkspace(prepared.likelihood), index: spectralIndex, chirality: chirality)
    let deviate = normalQuantile(confidence)
    let compositions: [Composition] = options.longitudinalFraction == nil ? Composition.allCases : [.any]
    limits = []
    var problem: InferenceError?
    for composition in compositions {
      do {
        limits.append(try scan.limit(composition, fraction: options.longitudinalFraction, deviate: deviate))
      } catch let error as InferenceError {
        // Orthogonal sensors at one place feel one composition and not another.
        problem = error
      }
    }
    if let problem, limits.isEmpty { throw problem }
  }
}

/// ln L of an amplitude that is given, maximised over noise and composition.
private struct AmplitudeProfile {
  let workspace: LikelihoodWorkspace
  let index: Double
  let chirality: Double

  /// A maximum, in scaled units.
  private struct Point {
    var logLikelihood: Double
    var amplitude: Double
    var uncertainty: Double
    var fraction: Double
  }

  private var quiet: [Double] { workspace.likelihood.noiseWithoutSignal }

  /// - Parameter fraction: f_L where it is held.
  func limit(
    _ composition: BackgroundLimits.Composition, fraction: Double?, deviate: Double
  ) throws -> BackgroundLimits.Limit {
    let fractions: [Double] =
      switch composition {
      case .longitudinal: [1]
      case .transverse: [0]
      case .any: fraction.map { [$0] } ?? [0, 1]
      }
    let best = try self.best(fractions)
    func excess(_ amplitude: Double) throws -> (value: Double, fraction: Double) {
      let point = try self.point(amplitude, fractions)
      return ((2 * max(0, best.logLikelihood - point.logLikelihood)).squareRoot() - deviate, point.fraction)
    }
    // The root of q is nearly linear in A: a bracket, then false positions with the Illinois rule.
    var (low, atLow) = (best.amplitude, -deviate)
    var step = deviate * best.uncertainty
    var high = best.amplitude + step
    var (atHigh, found) = try excess(high)
    while atHigh < 0 {
      (low, atLow) = (high, atHigh)
      step *= 2
      guard step < 1e6 * deviate * best.uncertainty else { throw InferenceError.undetermined(.amplitude) }
      high += step
      (atHigh, found) = try excess(high)
    }
    var lastSide = 0
    for _ in 0..<40 where high - low > 1e-6 * high {
      let middle = (low * atHigh - high * atLow) / (atHigh - atLow)
      let (value, share) = try excess(middle)
      found = share
      if abs(value) < 1e-5 {
        high = middle
        break
      }
      if value < 0 {
        (low, atLow) = (middle, value)
        if lastSide < 0 { atHigh /= 2 }
        lastSide = -1
      } else {
        (high, atHigh) = (middle, value)
        if lastSide > 0 { atLow /= 2 }
        lastSide = 1
      }
    }
    let unit = workspace.likelihood.amplitudeUnit
    return BackgroundLimits.Limit(
      composition: composition, amplitude: high * unit,
      best: Estimate(value: best.amplitude, uncertainty: best.uncertainty).scaled(by: unit),
      longitudinalFraction: found)
  }

  /// The maximum over A >= 0 and the compositions between the given ends.
  private func best(_ fractions: [Double]) throws -> Point {
    var ends: [Point] = []
    for fraction in fractions {
      let chart = PhysicalChart(free: [.amplitude], held: [0, fraction, chirality, index])
      let fit = try FisherScoring().maximize(workspace, chart: chart, start: [0], noise: quiet)
      var point = Point(
        logLikelihood: fit.logLikelihood, amplitude: fit.parameters[0], uncertainty: fit.covariance[0].squareRoot(),
        fraction: fraction)
      if point.amplitude < 0 {
        guard workspace.evaluate(coordinates: [0, 0, 0, index], noise: quiet) else {
          throw InferenceError.covarianceNotPositiveDefinite
        }
        (point.logLikelihood, point.amplitude) = (workspace.logLikelihood, 0)
      }
      ends.append(point)
    }
    guard var best = ends.max(by: { $0.logLikelihood < $1.logLikelihood }) else { throw InferenceError.noBins }
    // The step by which the search for the limit begins.
    best.uncertainty = ends.map(\.uncertainty).max() ?? best.uncertainty
    guard fractions.count > 1, chirality == 0 else { return best }
    let chart = LinearChart(longitudinalFraction: nil, chirality: 0, index: index)
    guard let fit = try? FisherScoring().maximize(workspace, chart: chart, start: [0, 0], noise: quiet),
      fit.parameters[0] > 0, (0...fit.parameters[0]).contains(fit.parameters[1]), fit.logLikelihood > best.logLikelihood
    else { return best }
    return Point(
      logLikelihood: fit.logLikelihood, amplitude: fit.parameters[0], uncertainty: best.uncertainty,
      fraction: fit.parameters[1] / fit.parameters[0])
  }

  /// The maximum at one amplitude over the compositions between the given ends.
  private func point(_ amplitude: Double, _ fractions: [Double]) throws -> Point {
    func fit(_ free: [BackgroundParameter], _ fraction: Double) throws -> Point {
      let chart = PhysicalChart(free: free, held: [amplitude, fraction, chirality, index])
      let optimum = try FisherScoring().maximize(
        workspace, chart: chart, start: free.map { _ in fraction }, noise: quiet)
      return Point(
        logLikelihood: optimum.logLikelihood, amplitude: amplitude, uncertainty: 0,
        fraction: optimum.parameters.first ?? fraction)
    }
    if fractions.count > 1, amplitude > 0, let inner = try? fit([.longitudinalFraction], 0.5),
      (0...1).contains(inner.fraction)
    {
      return inner
    }
    let ends = try fractions.map { try fit([], $0) }
    return ends.max { $0.logLikelihood < $1.logLikelihood } ?? ends[0]
  }
}
