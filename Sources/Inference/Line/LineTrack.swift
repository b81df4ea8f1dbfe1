import Foundation
import Numerics

/// The statistic of one template at all frequencies of a band, in the making.
struct LineTrack {
  private(set) var points: [LineAnalysis.Point] = []
  /// Θ at every frequency, ascending.
  private(set) var statistics: [Float] = []
  /// Hz of every statistic, as runs with even steps.
  private var runs: [(start: Int, frequency: Double, step: Double)] = []
  /// λ_i of the last modes made.
  private(set) var eigenvalues: [Double] = []

  /// Scans a range of a block.
  ///
  /// - Parameters:
  ///   - search: the template, ready for the middle of the range.
  ///   - range: of the block's frequencies.
  ///   - template: its number, for the peaks.
  ///   - confidence: of the upper limits.
  ///   - workers: threads.
  ///   - peaks: takes the loudest points.
  mutating func append(
    _ search: LineSearch, _ block: LineBlock, _ range: Range<Int>, template: Int, confidence: Double, workers: Int,
    peaks: inout LinePeaks
  ) {
    eigenvalues = search.eigenvalues
    guard let grid = LineScanGrid(search, spacing: block.geometry.segmentSpacing) else { return }
    // Half the spacing of the frequencies to either side, so that no two of them look at the same place.
    let offsets = -(grid.length / 4)..<(grid.length / 4)
    var found = [(point: LineAnalysis.Point, statistics: [Float], strength: Double)?](
      repeating: nil, count: range.count)
    found.withUnsafeMutableBufferPointer { slots in
      // Every piece writes its own slot.
      nonisolated(unsafe) let slots = slots
      forEachPiece(range.count, workers: workers) { _, number in
        let observation = block.observation(range.lowerBound + number)
        let scan = grid.profiles(search, observation, offsets: offsets, tolerance: 1e-3)
        let offset = Double(offsets.lowerBound + scan.best) * grid.step
        let scales = search.scales(observation, offset: offset)
        let powers = scan.powers.map { $0 * scales.powers }
        let values = search.eigenvalues.map { $0 * scales.eigenvalues }
        let limit = LineUpperLimit.power(
          powers: powers, eigenvalues: values, confidence: confidence,
          calibrationUncertainty: search.calibrationUncertainty(observation, power: 0)
        ).squareRoot()
        let profile = scan.profiles[scan.best]
        slots[number] = (
          LineAnalysis.Point(restFrequency: observation.frequency + offset, profile: profile, upperLimit: limit),
          scan.profiles.map { Float($0.statistic) }, profile.power * values.reduce(0, +)
        )
      }
    }
    for (number, result) in found.enumerated() {
      guard let result else { continue }
      let first = block.frequencies[range.lowerBound + number] + Double(offsets.lowerBound) * grid.step
      runs.append((statistics.count, first, grid.step))
      statistics += result.statistics
      points.append(result.point)
      peaks.offer(template: template, result.point, strength: result.strength) {
        block.observation(range.lowerBound + number)
      }
    }
  }

  /// What the scan says of the noise, away from a line.
  ///
  /// - Parameters:
  ///   - line: what may be one; nil in an empty scan.
  ///   - key: of the random numbers.
  /// - Returns: upward crossings of one, scaled to the whole band, those of the line's own part where it fills the band; and
  ///   the 90 % quantile over that of independent noise, at least 1.
  func noise(besides line: LinePeaks.Peak?, key: UInt64) -> (crossings: Double, inflation: Double) {
    var others: [Float] = []
    var (crossings, everywhere) = (0, 0)
    for (number, run) in runs.enumerated() {
      let end = number + 1 < runs.count ? runs[number + 1].start : statistics.count
      for index in run.start..<end {
        let frequency = run.frequency + Double(index - run.start) * run.step
        let crosses = index > 0 && statistics[index - 1] < 1 && statistics[index] >= 1
        if crosses { everywhere += 1 }
        guard !(line?.covers(frequency, statistic: Double(statistics[index])) ?? false) else { continue }
        others.append(statistics[index])
        if crosses { crossings += 1 }
      }
    }
    // In a narrow band even a peak of noise leaves nothing beside it; a band without trials would turn it into a line.
    guard others.count >= 100 else { return (Double(everywhere), 1) }
    let scaled = Double(crossings) * Double(statistics.count) / Double(others.count)
    let draws = (0..<1000).map { draw in
      let powers = LineSignificance.drawnPowers(eigenvalues, power: 0, draw: draw, key: key)
      return LineProfile(powers: powers, eigenvalues: eigenvalues).statistic
    }.sorted()
    others.sort()
    let quantile = Double(others[others.count * 9 / 10])
    return (scaled, max(1, quantile / max(draws[draws.count * 9 / 10], 1e-3)))
  }
}
