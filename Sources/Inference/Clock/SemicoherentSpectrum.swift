import Glibc
import Numerics

/// Sums of powers of the segments of a run at every frequency of a band (physics page clock, section 6, semi-coherent).
public struct SemicoherentSpectrum: Sendable {
  /// One frequency.
  public struct Point: Hashable, Sendable {
    /// Hz.
    public var frequency: Double
    /// S, the sum of the powers.
    public var sum: Double
    /// Ks, the segments that are in the sum.
    public var segments: Int
    /// -ln Q(Ks, S), exponential with mean one in noise alone.
    public var power: Double
    /// 1/sigma_k² of the segments taken, sigma_k the error of a quadrature; zero for one that is not in the sum.
    public var information: [Double]
    /// Disagreement of several clocks in all segments, chi-squared with `inconsistencyFreedom` degrees of freedom.
    public var inconsistency: Double

    /// The root of the mean square of the segments' amplitudes: A_0 of a linear field, E S = Ks + (A²/2) Σ 1/sigma_k². Zero
    /// when there is less than noise alone has on average.
    public var amplitude: Double {
      (2 * max(0, sum - Double(segments)) / information.reduce(0, +)).squareRoot()
    }

    /// Standard deviation of the amplitude over fields whose amplitude is drawn anew in each segment: S has the variance
    /// Σ (1 + A²/(2 sigma_k²))².
    public var amplitudeUncertainty: Double {
      let amplitude = amplitude
      let variance = information.reduce(0) { total, weight in
        let mean = weight > 0 ? 1 + 0.5 * amplitude * amplitude * weight : 0
        return total + mean * mean
      }
      return variance.squareRoot() / (amplitude * information.reduce(0, +))
    }
  }

  public let count: Int
  /// Segments that are taken, and all of the run.
  public let segments: Int
  public let allSegments: Int
  /// Of a segment, in s.
  public let length: Double
  /// Of the 2 (clocks - 1) degrees of freedom of all segments.
  public let inconsistencyFreedom: Int
  /// Of its search in the global threshold.
  public let lookElsewhere: GlobalThreshold.SegmentedBand
  /// Weighted variances of the times of the readings in each segment in s².
  let timeVariances: [Double]
  let grid: SearchGrid
  private let sums: AlignedBuffer
  private let powers: AlignedBuffer
  private let inconsistencies: AlignedBuffer?
  /// 1/sigma_k², a plane for each segment, over `unit`.
  private let information: UnsafeInformation

  /// Single precision is enough for weights, and half of the memory.
  private final class UnsafeInformation: @unchecked Sendable {
    // Unchecked because only the search writes, each of its threads at frequencies of its own, before anybody else has it.
    let values: UnsafeMutablePointer<Float>
    /// A power of two near the weights, which may be as large as 1e40.
    var unit = 0.0

    init(count: Int) {
      values = .allocate(capacity: count)
      values.initialize(repeating: 0, count: count)
    }

    deinit { values.deallocate() }
  }

  init(
    grid: SearchGrid, segments: Int, allSegments: Int, length: Double, width: Double, timeVariances: [Double],
    clockCounts: [Int]
  ) {
    count = grid.count
    self.grid = grid
    self.segments = segments
    self.allSegments = allSegments
    self.length = length
    self.timeVariances = timeVariances
    lookElsewhere = GlobalThreshold.SegmentedBand(
      segments: segments, band: width, timeVariance: timeVariances.reduce(0, +) / Double(segments))
    inconsistencyFreedom = clockCounts.reduce(0) { $0 + 2 * ($1 - 1) }
    sums = AlignedBuffer(count: grid.count)
    powers = AlignedBuffer(count: grid.count)
    inconsistencies = inconsistencyFreedom > 0 ? AlignedBuffer(count: grid.count) : nil
    information = UnsafeInformation(count: grid.count * segments)
  }

  private static let piece = 16384

  /// Adds the fits in a segment.
  func add(_ spectrum: SinusoidSpectrum, segment: Int, workers: Int) {
    let (cosine, sine) = (spectrum.plane(.cosineVariance), spectrum.plane(.sineVariance))
    let (power, chi) = (spectrum.plane(.power), spectrum.plane(.inconsistency))
    if information.unit == 0, let known = (0..<count).first(where: { power[$0].isFinite }) {
      information.unit = exp2(log2(2 / (cosine[known] + sine[known])).rounded())
    }
    let (unit, weights) = (information.unit, information.values + segment * count)
    nonisolated(unsafe) let (sums, chis, target) = (sums.pointer, inconsistencies?.pointer, weights)
    nonisolated(unsafe) let (cc, ss, own, ownChi) = (cosine, sine, power, chi)
    forEachPiece((count + Self.piece - 1) / Self.piece, workers: workers) { _, number in
      for index in number * Self.piece..<min(count, (number + 1) * Self.piece) where own[index].isFinite {
        sums[index] += own[index]
        target[index] = Float(2 / (cc[index] + ss[index]) / unit)
        if let chis { chis[index] += ownChi[index] }
      }
    }
  }

  /// Brings the sums on the scale of a single power.
  func finish(workers: Int) {
    nonisolated(unsafe) let (sums, powers) = (sums.pointer, powers.pointer)
    forEachPiece((count + Self.piece - 1) / Self.piece, workers: workers) { _, number in
      for index in number * Self.piece..<min(count, (number + 1) * Self.piece) {
        let segments = segments(index)
        powers[index] = segments > 0 ? SegmentedPower.power(sum: sums[index], segments: segments) : .nan
      }
    }
  }

  /// The segments that are in the sum at a frequency: in which readings tell a sinusoid from an offset.
  private func segments(_ index: Int) -> Int {
    var result = 0
    for segment in 0..<segments where information.values[segment * count + index] > 0 { result += 1 }
    return result
  }

  /// Frequency number `index` in Hz, ascending.
  public func frequency(_ index: Int) -> Double { grid.frequency(index) }

  /// -ln Q(Ks, S) at frequency number `index`; NaN where no fit is determined.
  public func power(_ index: Int) -> Double { powers.pointer[index] }

  /// S at frequency number `index`.
  public func sum(_ index: Int) -> Double { sums.pointer[index] }

  /// Σ 1/sigma_k² at frequency number `index`.
  func totalInformation(_ index: Int) -> Double {
    var result: Float = 0
    for segment in 0..<segments { result += information.values[segment * count + index] }
    return Double(result) * information.unit
  }

  /// The amplitude of `Point` at frequency number `index`.
  func amplitude(_ index: Int) -> Double {
    (2 * max(0, sums.pointer[index] - Double(segments(index))) / totalInformation(index)).squareRoot()
  }

  /// The sums at frequency number `index`.
  public subscript(index: Int) -> Point {
    precondition(index >= 0 && index < count, "a frequency of the band")
    return Point(
      frequency: grid.frequency(index), sum: sums.pointer[index], segments: segments(index),
      power: powers.pointer[index],
      information: (0..<segments).map { Double(information.values[$0 * count + index]) * information.unit },
      inconsistency: inconsistencies?.pointer[index] ?? 0)
  }

  /// Means of 1/sigma_k² over the band, one for each segment.
  public var meanInformation: [Double] {
    (0..<segments).map { segment in
      let step = max(1, count / 4096)
      let places = Array(stride(from: 0, to: count, by: step))
      return information.unit
        * places.reduce(0) { $0 + Double(information.values[segment * count + $1]) } / Double(places.count)
    }
  }

  /// Sums at frequencies one over the length of a segment apart, times what makes their median in noise ln 2, and the numbers of
  /// these frequencies.
  var independentPowers: (places: [Int], powers: [Double]) {
    let scale = M_LN2 * 2 / chiSquaredQuantile(0.5, degreesOfFreedom: 2 * Double(segments))
    let step = max(1, Int((1 / (length * grid.step)).rounded()))
    let places = stride(from: 0, to: count, by: step).filter { power($0).isFinite }
    return (places, places.map { scale * sum($0) })
  }
}
