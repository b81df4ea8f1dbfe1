import Glibc
import Numerics

/// The sums over weighted samples that a fit of sinusoids needs, at frequencies j df, j = 0 ... `highest` (section 5.4).
///
/// Phases are counted from `origin`.
struct SinusoidSums {
  /// Σ w exp(2πi f (t - t0)) at j df, up to twice `highest` for the squares; interleaved.
  let window: AlignedBuffer
  /// Σ w (y - ȳ) exp(2πi f (t - t0)), up to `highest`; interleaved.
  let data: AlignedBuffer
  /// Σ w.
  let weight: Double
  /// Σ w (y - ȳ) over Σ w, zero but for rounding.
  let offsetData: Double
  let highest: Int
  let origin: Double

  /// Readings as the sums take them: times from an origin, weights over their mean and deviations from the weighted mean.
  struct Samples: Sendable {
    var times: [Double]
    var weights: [Double]
    var products: [Double]
    /// Mean of 1/sigma².
    var weightUnit: Double
    var mean: Double

    init(_ series: ClockSeries) {
      times = series.times
      let squares = series.sigmas.map { 1 / ($0 * $0) }
      let unit = sum(squares.count) { squares[$0] } / Double(squares.count)
      weightUnit = unit
      let weights = squares.map { $0 / unit }
      self.weights = weights
      let values = series.values
      let mean = sum(values.count) { weights[$0] * values[$0] } / Double(values.count)
      self.mean = mean
      // The offset is fitted anyway; without the mean the sums lose no digits to it.
      products = zip(weights, values).map { $0 * ($1 - mean) }
    }
  }

  /// Sums at any times.
  ///
  /// - Parameters:
  ///   - samples: the readings.
  ///   - origin: t0, no farther from any time than 1/(4 `step`).
  ///   - step: df in Hz.
  ///   - highest: the largest j.
  ///   - workers: threads, up to two are of use.
  init(_ samples: Samples, origin: Double, step: Double, highest: Int, workers: Int) {
    let positions = samples.times.map { ($0 - origin) * step }
    let window = AlignedBuffer(count: 2 * (2 * highest + 1))
    let data = AlignedBuffer(count: 2 * (highest + 1))
    forEachPiece(2, workers: workers) { _, piece in
      if piece == 0 {
        NonuniformTransform(highest: 2 * highest)
          .sums(positions: positions, strengths: samples.weights, into: window.pointer)
      } else {
        NonuniformTransform(highest: highest)
          .sums(positions: positions, strengths: samples.products, into: data.pointer)
      }
    }
    (self.window, self.data, self.highest, self.origin) = (window, data, highest, origin)
    weight = window.pointer[0]
    offsetData = data.pointer[0] / weight
  }

  /// Sums at times on a lattice, exact but for rounding: Fourier transforms of the series with zeros where it has gaps.
  ///
  /// - Parameters:
  ///   - samples: the readings.
  ///   - indices: their numbers on the lattice, ascending from 0.
  ///   - length: of the transforms; df = 1/(length x interval).
  ///   - highest: the largest j, at most half the length.
  ///   - workers: threads, up to two are of use.
  init(_ samples: Samples, indices: [Int], length: Int, highest: Int, workers: Int) {
    precondition(2 * highest <= length && (indices.last ?? 0) < length, "a transform that holds band and samples")
    // The middle of the record goes to number 0, earlier samples to the end of the period.
    let middle = (indices.last ?? 0) / 2
    let window = AlignedBuffer(count: 2 * (2 * highest + 1))
    let data = AlignedBuffer(count: 2 * (highest + 1))
    let transform = RealFourierTransform.shared(length: length)
    forEachPiece(2, workers: workers) { _, piece in
      let series = AlignedBuffer(count: length)
      let strengths = piece == 0 ? samples.weights : samples.products
      for (index, strength) in zip(indices, strengths) {
        series.pointer[index >= middle ? index - middle : index - middle + length] = strength
      }
      let spectrum = AlignedBuffer(count: 2 * transform.spectrumLength)
      transform.forward(series.pointer, spectrum.pointer)
      let target = piece == 0 ? window : data
      for j in 0..<target.count / 2 {
        // Beyond half the length the spectrum of a real series is the mirror image.
        let mirrored = 2 * j > length
        let source = spectrum.pointer + 2 * (mirrored ? length - j : j)
        target.pointer[2 * j] = source[0]
        target.pointer[2 * j + 1] = mirrored ? source[1] : -source[1]
      }
    }
    (self.window, self.data, self.highest) = (window, data, highest)
    origin = samples.times.isEmpty ? 0 : samples.times[0] + Double(middle) * Self.spacing(samples, indices)
    weight = window.pointer[0]
    offsetData = data.pointer[0] / weight
  }

  private static func spacing(_ samples: Samples, _ indices: [Int]) -> Double {
    guard let last = indices.last, last > 0, let end = samples.times.last else { return 0 }
    return (end - samples.times[0]) / Double(last)
  }

  /// The fit's normal equations at j df with the offset taken out, in units of the mean weight.
  @inline(__always)
  func equations(_ j: Int) -> NormalEquations? {
    NormalEquations(
      window: (window.pointer[2 * j], window.pointer[2 * j + 1]),
      squares: (window.pointer[4 * j], window.pointer[4 * j + 1]),
      data: (data.pointer[2 * j], data.pointer[2 * j + 1]), weight: weight, offsetData: offsetData)
  }
}

/// Sums over the readings of a clock that give the normal equations of a fit at numbered frequencies.
protocol SinusoidEquations: Sendable {
  /// - Returns: nil where the readings do not tell a sinusoid from an offset.
  func equations(_ j: Int) -> NormalEquations?
}

extension SinusoidSums: SinusoidEquations {}

/// N x = r for the cosine and sine amplitudes x at one frequency, whatever the offset is.
struct NormalEquations {
  var cosine = 0.0
  var mixed = 0.0
  var sine = 0.0
  var cosineData = 0.0
  var sineData = 0.0

  init() {}

  /// The equations of a fit whose offset is taken out; nil where the readings do not tell a sinusoid from an offset.
  ///
  /// - Parameters:
  ///   - window: Σ w exp(iφ), φ the phase at a reading.
  ///   - squares: Σ w exp(2iφ).
  ///   - data: Σ w (y - ȳ) exp(iφ).
  ///   - weight: Σ w.
  ///   - offsetData: Σ w (y - ȳ) over Σ w.
  @inline(__always)
  init?(
    window: (Double, Double), squares: (Double, Double), data: (Double, Double), weight: Double, offsetData: Double
  ) {
    let (c, s) = window
    let (cosineFull, sineFull) = (0.5 * (weight + squares.0), 0.5 * (weight - squares.0))
    let mixedFull = 0.5 * squares.1
    guard cosineFull > 0, sineFull > 0 else { return nil }
    cosine = cosineFull - c * c / weight
    mixed = mixedFull - c * s / weight
    sine = sineFull - s * s / weight
    cosineData = data.0 - c * offsetData
    sineData = data.1 - s * offsetData
    let condition = NormalCondition(
      cosineShare: cosineFull / weight, sineShare: sineFull / weight,
      offsetCosine: c / (weight * cosineFull).squareRoot(), offsetSine: s / (weight * sineFull).squareRoot(),
      cosineSine: mixedFull / (cosineFull * sineFull).squareRoot(),
      determinant: determinant / (cosineFull * sineFull))
    guard condition.isDetermined else { return nil }
  }

  @inline(__always)
  var determinant: Double { cosine * sine - mixed * mixed }

  /// N⁻¹ r.
  @inline(__always)
  var solution: (cosine: Double, sine: Double) {
    let scale = 1 / determinant
    return (
      scale * (sine * cosineData - mixed * sineData), scale * (cosine * sineData - mixed * cosineData)
    )
  }

  /// The equations for amplitudes whose phase is counted otherwise and that the clock answers to with a gain: the columns
  /// gain cos(phase - δ), gain sin(phase - δ) instead of cos(phase), sin(phase).
  @inline(__always)
  func turned(cosine c: Double, sine s: Double, gain: Double) -> NormalEquations {
    let (a, b) = (gain * c, gain * s)
    let cross = 2 * a * b * mixed
    var result = NormalEquations()
    result.cosine = a * a * cosine + cross + b * b * sine
    result.mixed = a * b * (sine - cosine) + (a * a - b * b) * mixed
    result.sine = b * b * cosine - cross + a * a * sine
    result.cosineData = a * cosineData + b * sineData
    result.sineData = a * sineData - b * cosineData
    return result
  }

  @inline(__always)
  mutating func add(_ other: NormalEquations, scale: Double) {
    cosine += scale * other.cosine
    mixed += scale * other.mixed
    sine += scale * other.sine
    cosineData += scale * other.cosineData
    sineData += scale * other.sineData
  }
}
