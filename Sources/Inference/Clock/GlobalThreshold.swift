import Glibc
import Numerics

/// The largest power that noise alone is likely to show anywhere in a band, by Baluev's formula (physics page clock,
/// section 5.3):
///
///     FAP(z) = 1 - (1 - exp(-z)) exp(-W sqrt(z) exp(-z)),   W = (f_2 - f_1) sqrt(4 pi var(t))
///
/// Bands that are searched in segments add their own crossings to the exponent: W S^(Ks - 1/2) exp(-S)/Gamma(Ks) at the S of
/// the same local probability, Q(Ks, S) = exp(-z), with the mean var(t) of the segments (`SegmentedPower`). For the usual ten
/// frequencies in an inverse segment that is less than the page's bound n_os (f_2 - f_1) T_seg Q(Ks, S).
public struct GlobalThreshold: Hashable, Sendable {
  /// A band that is searched in segments.
  public struct SegmentedBand: Hashable, Sendable {
    /// Ks.
    public var segments: Int
    /// W, with the variance of the times in one segment.
    public var effectiveNumber: Double

    /// - Parameters:
    ///   - segments: Ks.
    ///   - band: width in Hz.
    ///   - timeVariance: mean of the weighted variances of the times in the segments, in s².
    public init(segments: Int, band: Double, timeVariance: Double) {
      self.segments = segments
      effectiveNumber = GlobalThreshold(band: band, timeVariance: timeVariance).effectiveNumber
    }
  }

  /// W, how many times the coherent search looks elsewhere.
  public var effectiveNumber: Double
  public var segmentedBands: [SegmentedBand] = []

  /// - Parameters:
  ///   - band: width of the searched band in Hz.
  ///   - timeVariance: weighted variance of the times in s²; T²/12 without gaps.
  public init(band: Double, timeVariance: Double) {
    effectiveNumber = band * (4 * Double.pi * timeVariance).squareRoot()
  }

  /// How often powers of noise alone rise through a value in the whole search.
  private func crossings(_ power: Double) -> Double {
    segmentedBands.reduce(effectiveNumber * power.squareRoot() * exp(-power)) { crossings, band in
      let sum = SegmentedPower.sum(power: power, segments: band.segments)
      return crossings + band.effectiveNumber * SegmentedPower.crossings(sum: sum, segments: band.segments)
    }
  }

  /// Probability that the largest power of noise alone exceeds `power`; an upper bound below 1/2.
  public func falseAlarmProbability(power: Double) -> Double {
    guard power > 0 else { return 1 }
    return -expm1(log1p(-exp(-power)) - crossings(power))
  }

  /// The power that noise alone exceeds anywhere with a probability.
  ///
  /// - Parameter probability: in (0, 1).
  /// - Throws: `ClockAnalysisError.noThreshold` when no power above 1/2 has it.
  public func power(falseAlarmProbability probability: Double) throws(ClockAnalysisError) -> Double {
    guard probability > 0, probability < 1, effectiveNumber.isFinite,
      falseAlarmProbability(power: 0.5) >= probability
    else { throw .noThreshold(falseAlarmProbability: probability) }
    // ln of minus ln(1 - FAP), which is nearly a straight line.
    let wanted = log(-log1p(-probability))
    func excess(_ power: Double) -> Double { log(crossings(power) - log1p(-exp(-power))) - wanted }
    let number = segmentedBands.reduce(effectiveNumber) { $0 + $1.effectiveNumber }
    var highest = max(1, 2 + log(1 + number) - 2 * log(probability) + log(1 + log(2 + number)))
    while excess(highest) > 0 { highest *= 1.5 }
    return zero(of: excess, in: 0.5...highest)
  }

  /// The power that the largest of so many independent exponential powers exceeds with a probability; too low as a
  /// threshold of a search, for comparison.
  public static func independentPower(number: Double, falseAlarmProbability: Double) -> Double {
    -log(-expm1(log1p(-falseAlarmProbability) / number))
  }
}
