import Correlator
import Glibc
import Numerics

/// So that tables by coupling have its name in JSON.
extension ClockCoupling: CodingKeyRepresentable {}

/// How coherent two clocks are in a band, bin by bin, and what chance makes of that.
///
/// With the noise of two clocks independent, the squared coherence of a mean over K segments exceeds x with the probability
/// (1 - x)^(K - 1), whatever the two spectra are. One coherent bin is an oscillation that both see; a band that is coherent
/// as a whole is noise that they share: a reference, a cavity, a comb. Then a combined search counts it twice.
public struct ClockPairCorrelation: Hashable, Sendable, Codable {
  /// The most coherent bin.
  public struct Loudest: Hashable, Sendable, Codable {
    /// Hz.
    public var frequency: Double
    /// Squared coherence.
    public var coherence: Double
    /// By which the first clock is ahead of the second, radians in -π ... π, with its standard deviation; the responses of
    /// the clocks are divided out.
    public var phase: Double
    public var phaseUncertainty: Double
    /// That chance makes a bin so coherent: this one, and any of this pair.
    public var localProbability: Double
    public var probability: Double
  }

  /// The two clocks.
  public var clocks: [String]
  /// Independent segments that were averaged, K.
  public var averages: Double
  /// Squared coherence and phase in radians of every bin.
  public var coherences: [Double]
  public var phases: [Double]
  public var loudest: Loudest
  /// Mean over the bins of -(K - 1) ln(1 - coherence), one by chance, and the probability that chance makes it so large.
  public var excess: Double
  public var excessProbability: Double
  /// For each coupling that both clocks follow the phase in radians, 0 or π, that a common field has.
  public var fieldPhases: [ClockCoupling: Double]

  /// Couplings whose phase is that of the most coherent bin, within three standard deviations.
  public var agreeing: [ClockCoupling] {
    ClockCoupling.allCases.filter { coupling in
      guard let expected = fieldPhases[coupling] else { return false }
      let difference = abs((loudest.phase - expected).remainder(dividingBy: 2 * .pi))
      return difference < 3 * max(loudest.phaseUncertainty, 1e-3)
    }
  }
}

/// All pairs of clocks in one band.
public struct ClockBandCorrelations: Hashable, Sendable, Codable {
  public var band: String
  /// Hz, of the bins.
  public var frequencies: [Double]
  public var pairs: [ClockPairCorrelation]
  /// Below which a coherence is no chance: for any bin of any pair.
  public var falseAlarmProbability: Double

  /// That chance makes any bin of any pair as coherent as a bin is.
  public func probability(of loudest: ClockPairCorrelation.Loudest) -> Double {
    Self.anywhere(loudest.localProbability, of: pairs.count * frequencies.count)
  }

  /// The pair with the least likely bin.
  public var loudest: ClockPairCorrelation? {
    pairs.min { $0.loudest.localProbability < $1.loudest.localProbability }
  }

  /// Pairs that are coherent in some bin, the least likely first.
  public var coherent: [ClockPairCorrelation] {
    pairs.filter { probability(of: $0.loudest) < falseAlarmProbability }
      .sorted { $0.loudest.localProbability < $1.loudest.localProbability }
  }

  /// Pairs that are coherent over the band more than chance and their most coherent bin make them.
  public var sharingNoise: [ClockPairCorrelation] {
    pairs.filter { Self.anywhere($0.excessProbability, of: pairs.count) < falseAlarmProbability }
  }

  static func anywhere(_ local: Double, of number: Int) -> Double { -expm1(Double(number) * log1p(-min(local, 1))) }
}

/// Adds up the cross-spectra of clocks, row by row of a band's products.
public struct ClockPairSums: Sendable {
  /// One of the clocks.
  public struct Clock: Sendable {
    public var name: String
    /// Its channel in the matrices.
    public var channel: Int
    /// The phase in radians by which it turns a line at a frequency in Hz: its response, and its averaging.
    public var phase: @Sendable (Double) -> Double
    /// How it answers to each coupling; those that it does not answer to are not there.
    public var coefficients: [ClockCoupling: Double]

    public init(
      name: String, channel: Int, phase: @escaping @Sendable (Double) -> Double = { _ in 0 },
      coefficients: [ClockCoupling: Double] = [:]
    ) {
      self.name = name
      self.channel = channel
      self.phase = phase
      self.coefficients = coefficients
    }
  }

  private struct Pair {
    var first: Int
    var second: Int
    var segments = 0.0
    /// For each bin: S_11, S_22, and real and imaginary part of S_12.
    var sums: [SIMD4<Double>]
  }

  private let plan: BandPlan
  private let clocks: [Clock]
  private var pairs: [Pair] = []

  /// - Parameters:
  ///   - plan: the band.
  ///   - clocks: those that take part in it.
  public init(plan: BandPlan, clocks: [Clock]) {
    self.plan = plan
    self.clocks = clocks
    for first in clocks.indices {
      for second in clocks.indices.dropFirst(first + 1) {
        pairs.append(
          Pair(first: first, second: second, sums: [SIMD4<Double>](repeating: .zero, count: plan.binCount)))
      }
    }
  }

  /// Adds one row to the pairs that it has.
  public mutating func add(_ row: CrossSpectra) {
    let channels = row.present.count
    let weight = Double(row.segments)
    for index in pairs.indices {
      let (a, b) = (clocks[pairs[index].first].channel, clocks[pairs[index].second].channel)
      guard row.present[a], row.present[b] else { continue }
      pairs[index].segments += weight
      for bin in 0..<plan.binCount {
        func place(_ i: Int, _ j: Int) -> Int { 2 * ((bin * channels + i) * channels + j) }
        let cross = place(a, b)
        pairs[index].sums[bin] +=
          weight
          * SIMD4(row.values[place(a, a)], row.values[place(b, b)], row.values[cross], row.values[cross + 1])
      }
    }
  }

  /// The answer of all pairs that have enough segments, at least three independent ones.
  ///
  /// - Parameter falseAlarmProbability: below which a coherence is no chance, for all bins and pairs together.
  public func correlations(falseAlarmProbability: Double) -> ClockBandCorrelations {
    ClockBandCorrelations(
      band: plan.name, frequencies: (0..<plan.binCount).map(plan.frequency),
      pairs: pairs.compactMap(correlation), falseAlarmProbability: falseAlarmProbability)
  }

  private func correlation(_ pair: Pair) -> ClockPairCorrelation? {
    let averages = pair.segments * plan.effectiveFractionOfOneBin
    guard averages >= 3 else { return nil }
    let (first, second) = (clocks[pair.first], clocks[pair.second])
    var (coherences, phases): ([Double], [Double]) = ([], [])
    for (bin, sum) in pair.sums.enumerated() {
      let frequency = plan.frequency(bin)
      let coherence = (sum.z * sum.z + sum.w * sum.w) / (sum.x * sum.y)
      coherences.append(coherence.isFinite ? min(coherence, 1) : 0)
      phases.append(
        (atan2(sum.w, sum.z) - first.phase(frequency) + second.phase(frequency)).remainder(dividingBy: 2 * .pi))
    }
    guard let loudest = coherences.indices.max(by: { coherences[$0] < coherences[$1] }) else { return nil }
    let values = coherences.map { -(averages - 1) * log1p(-min($0, 1 - 1e-15)) }
    let local = exp(-values[loudest])
    let coherence = coherences[loudest]
    // The rest of the band says whether they share noise: without the line and what the window spreads of it.
    let rest = values.indices.filter { abs($0 - loudest) > 2 }.map { values[$0] }
    let statistic = rest.reduce(0, +)
    let law = rest.isEmpty ? (mean: 0, variance: 0) : Self.exponential(below: values[loudest])
    let scale = plan.coherenceCorrelation * law.variance / law.mean
    var fieldPhases: [ClockCoupling: Double] = [:]
    for (coupling, own) in first.coefficients {
      guard let other = second.coefficients[coupling], own * other != 0 else { continue }
      fieldPhases[coupling] = own * other > 0 ? 0 : .pi
    }
    return ClockPairCorrelation(
      clocks: [first.name, second.name], averages: averages, coherences: coherences, phases: phases,
      loudest: .init(
        frequency: plan.frequency(loudest), coherence: coherence, phase: phases[loudest],
        phaseUncertainty: coherence > 0 ? ((1 - coherence) / (2 * averages * coherence)).squareRoot() : .pi,
        localProbability: local,
        probability: ClockBandCorrelations.anywhere(local, of: coherences.count)),
      excess: law.mean > 0 ? statistic / (Double(rest.count) * law.mean) : 1,
      // A sum with neighbours correlated: a gamma distribution of its mean and variance.
      excessProbability: law.mean > 0
        ? chiSquaredSurvival(2 * statistic / scale, degreesOfFreedom: 2 * Double(rest.count) * law.mean / scale) : 1,
      fieldPhases: fieldPhases)
  }

  /// Mean and variance of exponential values that are less than another: the rest of a band knows its loudest bin.
  private static func exponential(below limit: Double) -> (mean: Double, variance: Double) {
    guard limit > 1e-2 else { return (limit / 2, limit * limit / 12) }
    let cut = 1 / expm1(limit)
    return (1 - limit * cut, 1 - limit * limit * cut * (1 + cut))
  }
}
