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
    /// Any f_L from 0 to 1 and any P_V from f_L - 1 to 1 - f_L, unless held: the limit is that of the likeliest.
    case any
    /// f_L = 1.
    case longitudinal
    /// f_L = 0, unpolarised unless P_V is held.
    case transverse
  }

  /// The limit for one composition.
  public struct Limit: Hashable, Sendable, Codable {
    public var composition: Composition
    /// A at the reference frequency, unit²/Hz of the whole vector.
    public var amplitude: Double
    /// The likeliest A, not negative, and its uncertainty.
    public var best: Estimate
    /// f_L and P_V of the likeliest field at the limit.
    public var longitudinalFraction: Double
    public var chirality: Double
  }

  /// Such as 0.95.
  public var confidence: Double
  /// Hz.
  public var referenceFrequency: Double
  /// Power of frequency in A(f), held.
  public var spectralIndex: Double
  /// P_V, where it was held.
  public var chirality: Double?
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
    chirality = options.chirality
    let scan = AmplitudeProfile(
      mixtures: BackgroundMixtures(workspace: LikelihoodWorkspace(prepared.likelihood), index: spectralIndex))
    let deviate = normalQuantile(confidence)
    let compositions: [Composition] = options.longitudinalFraction == nil ? Composition.allCases : [.any]
    limits = []
    var problem: InferenceError?
    for composition in compositions {
      do {
        let fields = composition.pureFields(fraction: options.longitudinalFraction, chirality: chirality)
        limits.append(try scan.limit(composition, of: fields, deviate: deviate))
      } catch let error as InferenceError {
        // Orthogonal sensors at one place feel one composition and not another.
        problem = error
      }
    }
    if let problem, limits.isEmpty { throw problem }
  }
}

extension BackgroundLimits.Composition {
  /// The fields of which it is a mixture; f_L and P_V may be held.
  fileprivate func pureFields(fraction: Double?, chirality: Double?) -> [BackgroundMixtures.Field] {
    typealias Field = BackgroundMixtures.Field
    switch self {
    case .longitudinal: return [Field(fraction: 1, chirality: 0)]
    case .transverse: return [Field(fraction: 0, chirality: chirality ?? 0)]
    case .any:
      if let chirality {
        // As much longitudinal power as leaves room for the helicity.
        let ends: [Double] = fraction.map { [$0] } ?? [0, max(0, 1 - abs(chirality))]
        return ends.map { Field(fraction: $0, chirality: chirality) }
      }
      let transverse = 1 - (fraction ?? 0)
      let helicities = [transverse, -transverse].map { Field(fraction: 1 - transverse, chirality: $0) }
      return fraction == nil ? helicities + [Field(fraction: 1, chirality: 0)] : helicities
    }
  }
}

/// The search for the amplitude at which the likelihood has fallen far enough.
private struct AmplitudeProfile {
  let mixtures: BackgroundMixtures

  func limit(
    _ composition: BackgroundLimits.Composition, of fields: [BackgroundMixtures.Field], deviate: Double
  ) throws -> BackgroundLimits.Limit {
    let best = try mixtures.best(fields)
    func excess(_ amplitude: Double) throws -> (value: Double, point: BackgroundMixtures.Point) {
      let point = try mixtures.best(fields, amplitude: amplitude)
      return ((2 * max(0, best.point.logLikelihood - point.logLikelihood)).squareRoot() - deviate, point)
    }
    // The root of q is nearly linear in A: a bracket, then false positions with the Illinois rule.
    var (low, atLow) = (best.point.amplitude, -deviate)
    var step = deviate * best.uncertainty
    var high = low + step
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
      let (value, point) = try excess(middle)
      found = point
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
    let unit = mixtures.workspace.likelihood.amplitudeUnit
    return BackgroundLimits.Limit(
      composition: composition, amplitude: high * unit,
      best: Estimate(value: best.point.amplitude, uncertainty: best.uncertainty).scaled(by: unit),
      longitudinalFraction: found.mean(of: fields, \.fraction), chirality: found.mean(of: fields, \.chirality))
  }
}
