import Glibc
import Numerics

/// The search for an oscillation that outlasts its coherence time within a run (physics page clock, section 6,
/// semi-coherent): the run is split into equal segments, a sinusoid with own offsets is fitted in each as in the coherent
/// search, and at every frequency the powers of the segments are added.
///
/// Several clocks are combined coherently within a segment. A segment without readings contributes nothing and counts for
/// nothing, and so does one of so little information that it would add more noise than signal: those segments are taken for
/// which the sum of 1/sigma_k² over the square root of their number is largest, which depends on times and uncertainties
/// alone. Of equal segments all are.
public struct SemicoherentSearch: Sendable {
  /// One of the segments that are taken.
  private struct Segment {
    /// The clocks with readings in it, which have only these.
    var clocks: [SearchedClock]
    var middle: Double
  }

  private let taken: [Segment]
  private let total: Int
  private let length: Double
  private let grid: SearchGrid
  private let band: CoherenceBands.Band
  private let workers: Int

  /// - Parameters:
  ///   - clocks: all with times from the same origin.
  ///   - band: frequencies, and the number of segments from the first to the last reading.
  ///   - options: frequencies in the inverse length of a segment, at least 4 of them, and threads; the highest frequency is
  ///     that of the band.
  /// - Throws: `ClockAnalysisError` for a band without a frequency or readings that no segment has enough of.
  public init(
    _ clocks: [SearchedClock], band: CoherenceBands.Band, options: SearchOptions
  ) throws(ClockAnalysisError) {
    let extent = ClockExtent(clocks)
    total = band.segments
    length = extent.span / Double(max(1, band.segments))
    // The squares are summed at twice the phases, which have to stay within a quarter of a period.
    let step = 1 / (max(4, options.oversampling) * length)
    grid = SearchGrid(
      step: step, first: Int((band.above / step * (1 + 1e-12)).rounded(.down)) + 1,
      last: Int((band.upTo / step * (1 + 1e-12)).rounded(.down)))
    guard band.segments >= 1, band.above >= 1 / length, grid.count > 0, grid.count < 1 << 28 else {
      throw .invalidOption(
        name: "band", reason: "\(band.above) to \(band.upTo) Hz hold no frequency for \(band.segments) segments")
    }
    self.band = band
    workers = options.workers
    var segments: [Segment] = []
    for number in 0..<band.segments {
      let start = extent.first + Double(number) * length
      var own: [SearchedClock] = []
      for clock in clocks where clock.factor != 0 {
        let end = number == band.segments - 1 ? Double.infinity : start + length
        guard let part = try clock.part(from: start, to: end), part.series.times.count >= 4 else { continue }
        own.append(part)
      }
      if !own.isEmpty { segments.append(Segment(clocks: own, middle: start + 0.5 * length)) }
    }
    guard !segments.isEmpty else { throw .tooFewSamples(clocks.reduce(0) { $0 + $1.series.times.count }) }
    let frequency = 0.5 * (band.above + band.upTo)
    let information = segments.map { $0.clocks.reduce(0) { $0 + $1.information(frequency: frequency) } }
    taken = Self.worthTaking(information).map { segments[$0] }
  }

  /// The numbers of the segments with which the sum of the information over the square root of their number is largest.
  static func worthTaking(_ information: [Double]) -> [Int] {
    let order = information.indices.sorted {
      information[$0] != information[$1] ? information[$0] > information[$1] : $0 < $1
    }
    var (sum, best, count) = (0.0, 0.0, 0)
    for (number, index) in order.enumerated() {
      sum += information[index]
      let value = sum / Double(number + 1).squareRoot()
      // Rounding must not leave out one of equal segments.
      if value >= best * (1 - 1e-9) { (best, count) = (max(best, value), number + 1) }
    }
    return order.prefix(count).sorted()
  }

  /// Searches.
  public func run() -> SemicoherentSpectrum {
    let variances = taken.map { ClockExtent($0.clocks).timeVariance }
    let result = SemicoherentSpectrum(
      grid: grid, segments: taken.count, allSegments: total, length: length,
      width: band.upTo - band.above, timeVariances: variances, clockCounts: taken.map(\.clocks.count))
    for (number, segment) in taken.enumerated() {
      let spectrum = SinusoidSpectrum(
        grid: grid, phaseOrigin: segment.middle, span: length, timeVariance: variances[number],
        clockCount: segment.clocks.count)
      let centre = (grid.first + grid.last) / 2
      for clock in segment.clocks {
        let samples = SinusoidSums.Samples(clock.series)
        let sums = ZoomedSums(
          samples, origin: segment.middle, step: grid.step, centre: centre,
          half: max(1, max(grid.last - centre, centre - grid.first)), workers: workers)
        spectrum.add(
          sums, of: clock, unit: samples.weightUnit, firstSum: grid.first, to: 0..<grid.count, workers: workers)
      }
      spectrum.solve(workers: workers)
      result.add(spectrum, segment: number, workers: workers)
    }
    result.finish(workers: workers)
    return result
  }
}

extension SearchedClock {
  /// The clock with its readings in a stretch of time; nil when there are none.
  fileprivate func part(from start: Double, to end: Double) throws(ClockAnalysisError) -> SearchedClock? {
    let times = series.times
    let first = times.partitionPoint { $0 >= start }
    let last = times.partitionPoint { $0 >= end }
    guard first < last else { return nil }
    var part = self
    part.series = try ClockSeries(
      times: Array(times[first..<last]), values: Array(series.values[first..<last]),
      sigmas: Array(series.sigmas[first..<last]), interval: series.interval)
    return part
  }

  /// About 1/sigma² of a quadrature of the common factor, far above the inverse span.
  fileprivate func information(frequency: Double) -> Double {
    let gain = columns(frequency: frequency).gain
    let weights = sum(series.sigmas.count) { 1 / (series.sigmas[$0] * series.sigmas[$0]) }
    return 0.5 * weights * gain * gain / (noiseRatio?(frequency) ?? 1)
  }
}

extension Array {
  /// The first place whose element fulfils a condition that all later ones fulfil too; the count when none does.
  fileprivate func partitionPoint(_ isLater: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isLater(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
