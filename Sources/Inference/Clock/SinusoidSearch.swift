import Glibc
import Numerics

/// The search for one sinusoid in the readings of clocks: a weighted least-squares fit of cosine, sine and an offset for
/// each clock at every frequency, exact with gaps and unequal weights (physics page clock, section 5).
///
/// Cost: a few Fourier transforms of the length that band and span need, and time in proportion to the readings.
public struct SinusoidSearch: Sendable {
  private let clocks: [SearchedClock]
  private let options: SearchOptions
  private let span: Double
  private let middle: Double
  private let highestFrequency: Double
  private let timeVariance: Double

  /// - Parameters:
  ///   - clocks: all with times from the same origin.
  ///   - options: frequencies and threads.
  /// - Throws: `ClockAnalysisError` when there is too little to search, or nothing.
  public init(_ clocks: [SearchedClock], options: SearchOptions = SearchOptions()) throws(ClockAnalysisError) {
    guard !clocks.isEmpty, clocks.contains(where: { $0.factor != 0 }) else { throw .noClocks }
    for clock in clocks {
      guard clock.series.times.count >= 4 else { throw .tooFewSamples(clock.series.times.count) }
      guard clock.factor.isFinite else { throw .invalidOption(name: "factor", reason: "it is not a finite number") }
    }
    guard options.oversampling >= 3, options.oversampling.isFinite else {
      throw .invalidOption(name: "oversampling", reason: "\(options.oversampling); it must be at least 3")
    }
    let ends = clocks.map {
      (
        first: $0.series.times[0] - 0.5 * $0.series.interval,
        last: $0.series.times[$0.series.times.count - 1] + 0.5 * $0.series.interval
      )
    }
    let first = ends.map(\.first).min() ?? 0
    let last = ends.map(\.last).max() ?? 0
    span = last - first
    middle = 0.5 * (first + last)
    let fastest = clocks.map(\.series.interval).min() ?? 1
    highestFrequency = options.highestFrequency ?? 0.5 / fastest
    guard highestFrequency * span >= 0.05, highestFrequency.isFinite else {
      throw .invalidOption(
        name: "highest frequency", reason: "\(highestFrequency) Hz is below 0.05 of the inverse span, the lowest")
    }
    guard highestFrequency * span * options.oversampling < 2e8 else {
      throw .invalidOption(
        name: "highest frequency", reason: "more than 2e8 frequencies; lower it or the oversampling")
    }
    self.clocks = clocks
    self.options = options
    timeVariance = Self.timeVariance(clocks, middle: middle)
  }

  /// Searches.
  public func run() -> SinusoidSpectrum {
    let samples = clocks.map { SinusoidSums.Samples($0.series) }
    if clocks.count == 1, let lattice = latticeTransform() {
      let sums = SinusoidSums(
        samples[0], indices: lattice.indices, length: lattice.length, highest: lattice.grid.last,
        workers: options.workers)
      return run(samples, grid: lattice.grid, origin: sums.origin, regular: sums)
    }
    let grid = SearchGrid(
      span: span, step: 1 / (options.oversampling * span), highestFrequency: highestFrequency)
    return run(samples, grid: grid, origin: middle, regular: nil)
  }

  /// The transform of a single clock whose readings lie on a lattice, when it is shorter than those for any times.
  private func latticeTransform() -> (indices: [Int], length: Int, grid: SearchGrid)? {
    let interval = clocks[0].series.interval
    guard highestFrequency * interval <= 0.5 else { return nil }
    let slots = (span / interval).rounded()
    let needed = 5.25 * highestFrequency * options.oversampling * span
    guard options.oversampling * slots < needed, options.oversampling * slots < 0x1p30,
      let indices = clocks[0].series.latticeIndices
    else { return nil }
    let length = NonuniformTransform.smoothLength(atLeast: Int((options.oversampling * slots).rounded(.up)))
    let grid = SearchGrid(span: span, step: 1 / (Double(length) * interval), highestFrequency: highestFrequency)
    return (indices, length, grid)
  }

  private func run(
    _ samples: [SinusoidSums.Samples], grid: SearchGrid, origin: Double, regular: SinusoidSums?
  ) -> SinusoidSpectrum {
    let spectrum = SinusoidSpectrum(
      grid: grid, phaseOrigin: origin, span: span, timeVariance: timeVariance, clockCount: clocks.count)
    for (clock, samples) in zip(clocks, samples) where clock.factor != 0 {
      if grid.fineCount > 0 {
        let fine = SinusoidSums(
          samples, origin: origin, step: grid.fineStep, highest: grid.fineCount, workers: options.workers)
        add(fine, of: clock, unit: samples.weightUnit, firstSum: 1, to: 0..<grid.fineCount, spectrum)
      }
      if grid.last >= grid.first {
        let sums =
          regular
          ?? SinusoidSums(samples, origin: origin, step: grid.step, highest: grid.last, workers: options.workers)
        add(sums, of: clock, unit: samples.weightUnit, firstSum: grid.first, to: grid.fineCount..<grid.count, spectrum)
      }
    }
    solve(spectrum)
    return spectrum
  }

  private static let piece = 16384

  /// Adds one clock's normal equations to those in the spectrum's planes.
  private func add(
    _ sums: SinusoidSums, of clock: SearchedClock, unit: Double, firstSum: Int, to range: Range<Int>,
    _ spectrum: SinusoidSpectrum
  ) {
    let (cosine, sine) = (spectrum.plane(.cosine), spectrum.plane(.sine))
    let (cc, cs, ss) = (
      spectrum.plane(.cosineVariance), spectrum.plane(.covariance), spectrum.plane(.sineVariance)
    )
    let alone = spectrum.plane(.inconsistency)
    let isPlain = clock.isPlain
    let severalClocks = clocks.count > 1
    forEachPiece((range.count + Self.piece - 1) / Self.piece, workers: options.workers) { _, number in
      let start = range.lowerBound + number * Self.piece
      for index in start..<min(range.upperBound, start + Self.piece) {
        guard var equations = sums.equations(firstSum + index - range.lowerBound) else { continue }
        var scale = unit
        if !isPlain {
          let frequency = spectrum.frequency(index)
          let columns = Self.columns(of: clock, frequency: frequency)
          equations = equations.turned(cosine: columns.cosine, sine: columns.sine, gain: columns.gain)
          scale /= clock.noiseRatio?(frequency) ?? 1
        }
        if severalClocks {
          let own = equations.solution
          alone[index] += scale * (own.cosine * equations.cosineData + own.sine * equations.sineData)
        }
        cosine[index] += scale * equations.cosineData
        sine[index] += scale * equations.sineData
        cc[index] += scale * equations.cosine
        cs[index] += scale * equations.mixed
        ss[index] += scale * equations.sine
      }
    }
  }

  /// How a clock turns and scales the common sinusoid: gain cos(phase - psi).
  private static func columns(
    of clock: SearchedClock, frequency: Double
  ) -> (cosine: Double, sine: Double, gain: Double) {
    var gain = clock.factor
    if clock.averages {
      let x = .pi * frequency * clock.series.interval
      gain *= sin(x) / x
    }
    guard let response = clock.response?(frequency) else { return (1, 0, gain) }
    let magnitude = response.magnitude
    guard magnitude > 0 else { return (1, 0, 0) }
    return (response.real / magnitude, response.imaginary / magnitude, gain * magnitude)
  }

  /// Solves the equations in the planes, in place.
  private func solve(_ spectrum: SinusoidSpectrum) {
    let (cosine, sine) = (spectrum.plane(.cosine), spectrum.plane(.sine))
    let (cc, cs, ss) = (
      spectrum.plane(.cosineVariance), spectrum.plane(.covariance), spectrum.plane(.sineVariance)
    )
    let (power, chi) = (spectrum.plane(.power), spectrum.plane(.inconsistency))
    let severalClocks = clocks.count > 1
    forEachPiece((spectrum.count + Self.piece - 1) / Self.piece, workers: options.workers) { _, number in
      for index in number * Self.piece..<min(spectrum.count, (number + 1) * Self.piece) {
        let (yc, ys) = (cosine[index], sine[index])
        let (a, b, d) = (cc[index], cs[index], ss[index])
        // NaN where no clock has equations.
        let scale = 1 / (a * d - b * b)
        let valid = scale > 0 && scale.isFinite
        let c = valid ? scale * (d * yc - b * ys) : .nan
        let s = valid ? scale * (a * ys - b * yc) : .nan
        (cosine[index], sine[index]) = (c, s)
        (cc[index], cs[index], ss[index]) = valid ? (scale * d, -scale * b, scale * a) : (.nan, .nan, .nan)
        power[index] = 0.5 * (c * yc + s * ys)
        if severalClocks { chi[index] = max(0, chi[index] - (c * yc + s * ys)) }
      }
    }
  }

  private static func timeVariance(_ clocks: [SearchedClock], middle: Double) -> Double {
    var (weight, first, second) = (0.0, 0.0, 0.0)
    for clock in clocks {
      let square = clock.factor * clock.factor
      for (time, sigma) in zip(clock.series.times, clock.series.sigmas) {
        let w = square / (sigma * sigma)
        weight += w
        first += w * (time - middle)
        second += w * (time - middle) * (time - middle)
      }
    }
    return second / weight - (first / weight) * (first / weight)
  }
}
