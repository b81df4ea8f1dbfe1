import Glibc
import Numerics

/// Fits of a sinusoid with an offset at every frequency of a search.
///
/// Frequencies at which the readings do not tell a sinusoid from an offset have NaN for everything.
public struct SinusoidSpectrum: Sendable {
  /// One frequency of a search.
  public struct Point: Hashable, Sendable {
    /// Hz.
    public var frequency: Double
    /// Amplitudes of cos 2πf(t - t0) and sin 2πf(t - t0), in units of the common factor.
    public var cosine: Double
    public var sine: Double
    public var covariance: QuadratureCovariance
    /// P, exponential with mean one in noise alone.
    public var power: Double
    /// Disagreement of several clocks, chi-squared with 2 (clocks - 1) degrees of freedom; 0 for one clock.
    public var inconsistency: Double

    /// sqrt(c² + s²).
    public var amplitude: Double { (cosine * cosine + sine * sine).squareRoot() }
  }

  enum Plane: Int, CaseIterable {
    case cosine, sine, cosineVariance, covariance, sineVariance, power, inconsistency
  }

  public let count: Int
  /// t0 in s, on the time axis of the readings.
  public let phaseOrigin: Double
  /// T in s.
  public let span: Double
  /// Weighted variance of the times of all readings in s².
  public let timeVariance: Double
  public let clockCount: Int
  let grid: SearchGrid
  let planes: AlignedBuffer

  init(grid: SearchGrid, phaseOrigin: Double, span: Double, timeVariance: Double, clockCount: Int) {
    count = grid.count
    self.grid = grid
    self.phaseOrigin = phaseOrigin
    self.span = span
    self.timeVariance = timeVariance
    self.clockCount = clockCount
    planes = AlignedBuffer(count: grid.count * Plane.allCases.count)
  }

  func plane(_ plane: Plane) -> UnsafeMutablePointer<Double> { planes.pointer + plane.rawValue * count }

  /// Frequency number `index` in Hz, ascending.
  public func frequency(_ index: Int) -> Double { grid.frequency(index) }

  /// P at frequency number `index`; NaN where the fit is not determined.
  public func power(_ index: Int) -> Double { plane(.power)[index] }

  /// The fit at frequency number `index`.
  public subscript(index: Int) -> Point {
    precondition(index >= 0 && index < count, "a frequency of the search")
    return Point(
      frequency: grid.frequency(index), cosine: plane(.cosine)[index], sine: plane(.sine)[index],
      covariance: QuadratureCovariance(
        cosine: plane(.cosineVariance)[index], mixed: plane(.covariance)[index], sine: plane(.sineVariance)[index]),
      power: plane(.power)[index], inconsistency: plane(.inconsistency)[index])
  }

  /// The point with the largest power; nil when no frequency is determined.
  public var peak: Point? {
    let powers = plane(.power)
    var best: Int?
    for index in 0..<count where powers[index] > (best.map { powers[$0] } ?? -1) { best = index }
    return best.map { self[$0] }
  }

  /// The threshold for the largest power of the whole search.
  public var threshold: GlobalThreshold {
    GlobalThreshold(band: grid.frequency(count - 1), timeVariance: timeVariance)
  }

  /// Upper limits on the amplitude at all frequencies.
  ///
  /// - Parameters:
  ///   - limit: how they are stated; `cls` and `neyman` take the errors as a circle of the mean variance.
  ///   - confidenceLevel: in (0, 1).
  ///   - workers: threads.
  /// - Returns: one per frequency; NaN where the fit is not determined.
  public func upperLimits(
    _ limit: AmplitudeLimit = .bayes, confidenceLevel: Double = 0.95, workers: Int = 1
  ) -> [Double] {
    let table = AmplitudeLimitTable(limit, confidenceLevel: confidenceLevel)
    let result = AlignedBuffer(count: count)
    let piece = 8192
    forEachPiece((count + piece - 1) / piece, workers: workers) { _, number in
      for index in number * piece..<min(count, (number + 1) * piece) {
        let point = self[index]
        result.pointer[index] =
          point.power.isFinite
          ? table.value(cosine: point.cosine, sine: point.sine, covariance: point.covariance) : .nan
      }
    }
    return Array(result.buffer)
  }
}

extension SinusoidSpectrum {
  /// Upper limits on the amplitude at |zeta| = 1 of a linear field that is observed for less than its coherence time, the
  /// random amplitude in them; errors are taken as a circle of the mean variance (section 6, `F = exact`).
  ///
  /// - Parameter confidenceLevel: in (0, 1).
  /// - Returns: one per frequency; NaN where the fit is not determined.
  public func stochasticLimits(confidenceLevel: Double = 0.95) -> [Double] {
    let scale = -1 / log(confidenceLevel)
    return (0..<count).map { index in
      let point = self[index]
      let variance = 0.5 * (point.covariance.cosine + point.covariance.sine)
      return (2 * variance * max(0, point.power * scale - 1)).squareRoot()
    }
  }
}

/// The frequencies of a search: a fine part below about half of the inverse span, and a regular one.
struct SearchGrid: Hashable, Sendable {
  /// Frequencies fineStep, 2 fineStep, ... fineCount fineStep come first.
  var fineStep: Double
  var fineCount: Int
  /// Then first step ... last step.
  var step: Double
  var first: Int
  var last: Int

  var count: Int { fineCount + max(0, last - first + 1) }

  func frequency(_ index: Int) -> Double {
    index < fineCount ? fineStep * Double(index + 1) : step * Double(first + index - fineCount)
  }

  /// A regular grid alone: first step ... last step.
  init(step: Double, first: Int, last: Int) {
    (fineStep, fineCount) = (step, 0)
    (self.step, self.first, self.last) = (step, first, last)
  }

  init(span: Double, step: Double, highestFrequency: Double) {
    self.step = step
    fineStep = 0.05 / span
    first = max(1, Int((0.5 / (span * step)).rounded(.up)))
    last = Int((highestFrequency / step * (1 + 1e-12)).rounded(.down))
    let fineEnd = last >= first ? Double(first) * step * (1 - 1e-9) : highestFrequency * (1 + 1e-12)
    fineCount = Int((fineEnd / fineStep).rounded(.down))
  }
}
