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
    let extent = ClockExtent(clocks)
    span = extent.span
    middle = extent.middle
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
    timeVariance = extent.timeVariance
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
        spectrum.add(
          fine, of: clock, unit: samples.weightUnit, firstSum: 1, to: 0..<grid.fineCount, workers: options.workers)
      }
      if grid.last >= grid.first {
        let sums =
          regular
          ?? SinusoidSums(samples, origin: origin, step: grid.step, highest: grid.last, workers: options.workers)
        spectrum.add(
          sums, of: clock, unit: samples.weightUnit, firstSum: grid.first, to: grid.fineCount..<grid.count,
          workers: options.workers)
      }
    }
    spectrum.solve(workers: options.workers)
    return spectrum
  }
}

/// When several clocks were read.
struct ClockExtent {
  /// s on the time axis of the readings.
  let first: Double
  let last: Double
  /// Weighted variance of all times in s².
  let timeVariance: Double

  /// T in s.
  var span: Double { last - first }
  /// Of the span, in s.
  var middle: Double { 0.5 * (first + last) }

  /// - Parameter clocks: of which those without readings do not count.
  init(_ clocks: [SearchedClock]) {
    first =
      clocks.compactMap { clock in clock.series.times.first.map { $0 - 0.5 * clock.series.interval } }.min() ?? 0
    last =
      clocks.compactMap { clock in clock.series.times.last.map { $0 + 0.5 * clock.series.interval } }.max() ?? 0
    let middle = 0.5 * (first + last)
    var (weight, mean, square) = (0.0, 0.0, 0.0)
    for clock in clocks {
      let factor = clock.factor * clock.factor
      for (time, sigma) in zip(clock.series.times, clock.series.sigmas) {
        let w = factor / (sigma * sigma)
        weight += w
        mean += w * (time - middle)
        square += w * (time - middle) * (time - middle)
      }
    }
    timeVariance = square / weight - (mean / weight) * (mean / weight)
  }
}
