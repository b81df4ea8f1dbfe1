import DarkMatter
import Glibc
import Numerics

/// Upper limits on the amplitude of a field that outlasts its coherence time in a run, from the sum S of the powers of its
/// segments (physics page clock, section 6, semi-coherent).
///
/// In segment k, of error sigma_k, the amplitude A_0 zeta_k of a linear field is complex normal with E abs(zeta_k)² = 1. Cosine
/// and sine then have the variance sigma_k² + A_0²/2, and P_k is exponential with the mean 1 + r_k, r_k = A_0²/(2 sigma_k²).
/// When zeta is drawn anew in each segment, S is the sum of independent exponential variables of these means, and
///
///     P( Σ (1 + r_k) E_k <= S ) = 1 - confidence
///
/// has one solution A_0: all r_k grow with it. Equal sigma_k make it P(Ks, S/(1 + r)) = 1 - confidence, the law of the page. Its
/// probability comes from the Laplace transform Π 1/(1 - (1 + r_k) z) (`WeightedExponentialSum`).
///
/// A line of finite width gives a segment only a share eta of its power (`SegmentRecovery`); zeta_k stays normal, and the limit
/// on A_0 is that on sqrt(eta) A_0.
///
/// A quadratic signal has the amplitude A abs(zeta_k)² in segment k, abs(zeta_k)² exponential. The law of S has no closed form;
/// its quantiles are those of 20000 simulated sums.
public struct SegmentedLimit: Sendable {
  /// 1/sigma_k² over their mean.
  private let shares: [Double]
  /// ln x and S, ascending: the limit on x = A²/2 times the mean of 1/sigma_k² for a sum.
  private let strengths: [Double]
  private let sums: [Double]

  /// - Parameters:
  ///   - information: 1/sigma_k² of each segment; those of zero are not in the sum.
  ///   - order: whether the signal goes with the field or its square.
  ///   - confidenceLevel: in (0, 1).
  public init(
    information: [Double], order: ClockSignalOrder = .linear, confidenceLevel: Double = 0.95
  ) {
    let known = information.filter { $0 > 0 }
    precondition(!known.isEmpty, "a segment that says something")
    let mean = known.reduce(0, +) / Double(known.count)
    let shares = known.map { $0 / mean }
    self.shares = shares
    let missed = 1 - confidenceLevel
    // From where limits begin to where they go with the root of the sum.
    let cells = order == .linear ? 160 : 48
    strengths = (0...cells).map { Self.lowest + (Self.highest - Self.lowest) * Double($0) / Double(cells) }
    switch order {
    case .linear: sums = strengths.map { Self.quantile(missed, shares: shares, strength: exp($0)) }
    case .quadratic: sums = SimulatedSums(shares: shares).quantiles(missed, strengths: strengths.map { exp($0) })
    }
  }

  private static let lowest = log(1e-4)
  private static let highest = log(1e6)

  /// The upper limit on A_0, or on the A of a quadratic signal, by a table: to 2e-3 for a linear field.
  ///
  /// - Parameters:
  ///   - sum: S.
  ///   - information: Σ 1/sigma_k², of as many segments as the law has.
  /// - Returns: 0 when noise alone has more with the confidence of the limit.
  public func tabulated(sum: Double, information: Double) -> Double {
    guard sum > sums[0] else { return 0 }
    var (low, high) = (0, sums.count - 1)
    let strength: Double
    if sum >= sums[high] {
      strength = strengths[high] + log(sum / sums[high])
    } else {
      while high - low > 1 {
        let middle = (low + high) / 2
        if sums[middle] <= sum { low = middle } else { high = middle }
      }
      let share = sums[high] > sums[low] ? log(sum / sums[low]) / log(sums[high] / sums[low]) : 0
      strength = strengths[low] + (strengths[high] - strengths[low]) * share
    }
    return (2 * exp(strength) * Double(shares.count) / information).squareRoot()
  }

  /// The upper limit on the A_0 of a linear field, by the law itself.
  ///
  /// - Parameters:
  ///   - sum: S.
  ///   - information: 1/sigma_k² of each segment; those of zero are not in the sum.
  ///   - confidenceLevel: in (0, 1).
  /// - Returns: 0 when noise alone has more with the confidence of the limit.
  public static func amplitude(sum: Double, information: [Double], confidenceLevel: Double = 0.95) -> Double {
    let known = information.filter { $0 > 0 }
    let mean = known.reduce(0, +) / Double(known.count)
    let missed = 1 - confidenceLevel
    func excess(_ strength: Double) -> Double {
      WeightedExponentialSum.probability(atMost: sum, weights: known.map { 1 + strength * $0 / mean }) - missed
    }
    guard excess(0) > 0 else { return 0 }
    var highest = 1.0
    while excess(highest) > 0 { highest *= 4 }
    return (2 * zero(of: excess, in: 0...highest) / mean).squareRoot()
  }

  /// The sum that a linear field stays below with a probability.
  private static func quantile(_ probability: Double, shares: [Double], strength: Double) -> Double {
    let weights = shares.map { 1 + strength * $0 }
    // Between those of equal weights, the least and the largest.
    let equal = chiSquaredQuantile(probability, degreesOfFreedom: 2 * Double(shares.count)) / 2
    let (least, largest) = (weights.min() ?? 1, weights.max() ?? 1)
    guard largest > least * (1 + 1e-9) else { return largest * equal }
    return zero(
      of: { WeightedExponentialSum.probability(atMost: $0, weights: weights) - probability },
      in: 0.99 * least * equal...1.01 * largest * equal)
  }
}

/// Sums of powers of segments with the signal of a field's square, from fixed random numbers.
struct SimulatedSums: Sendable {
  static let runs = 20_000
  private let shares: [Double]
  /// S = a + b sqrt(x) + c x in each run, x = A²/2 times the mean of 1/sigma_k².
  private let noise: [Double]
  private let mixed: [Double]
  private let signal: [Double]

  /// - Parameter shares: 1/sigma_k² over their mean.
  init(shares: [Double]) {
    self.shares = shares
    // P = ((a u + n_1)² + n_2²)/2 with a² = 2 x share, and u exponential.
    let deviates = AlignedBuffer(count: 4 * Self.runs * shares.count)
    NormalDeviates.fillWhite(deviates.buffer, firstSample: 0, key: 0x5345_474D_454E_5453, scale: 1)
    var (noise, mixed, signal): ([Double], [Double], [Double]) = ([], [], [])
    for run in 0..<Self.runs {
      var (a, b, c) = (0.0, 0.0, 0.0)
      for (segment, share) in shares.enumerated() {
        let n = deviates.pointer + 4 * (run * shares.count + segment)
        let u = 0.5 * (n[2] * n[2] + n[3] * n[3])
        a += 0.5 * (n[0] * n[0] + n[1] * n[1])
        b += (2 * share).squareRoot() * u * n[0]
        c += share * u * u
      }
      noise.append(a)
      mixed.append(b)
      signal.append(c)
    }
    (self.noise, self.mixed, self.signal) = (noise, mixed, signal)
  }

  /// The sums in all runs, ascending.
  ///
  /// - Parameter strength: x.
  func sorted(strength: Double) -> [Double] {
    let root = strength.squareRoot()
    return noise.indices.map { noise[$0] + mixed[$0] * root + signal[$0] * strength }.sorted()
  }

  /// The sums that a share of all runs stays below, never falling with the strength.
  func quantiles(_ probability: Double, strengths: [Double]) -> [Double] {
    var least = 0.0
    return strengths.map { strength in
      least = max(least, sorted(strength: strength)[Int(probability * Double(Self.runs))])
      return least
    }
  }
}
