import Correlator
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Topology

extension ArchiveReader {
  /// The amplitudes of all channels in short segments, at every half bin of a range of frequencies.
  ///
  /// Amplitudes and noise are referred to the field: divided by the response of each channel, with the clock offsets that
  /// the nodes report taken out. Noise is the median over the neighbouring bins, without the closest two to either side.
  ///
  /// - Parameters:
  ///   - lowest: Hz.
  ///   - highest: Hz.
  ///   - progress: called with the share of the samples that are read.
  /// - Throws: `ArchiveError`; `InferenceError.invalidOption` when no segment fits all sample rates.
  public func lineObservations(
    from lowest: Double, to highest: Double, progress: (Double) -> Void = { _ in }
  ) throws -> [LineObservation] {
    let topology = try topology()
    let length = try lineSegment(highest: highest, duration: topology.duration)
    let seconds = Double(length) * 1e-9
    // Bins beyond the range show the noise at its edges.
    let margin = Double(LineNoise.reach + 1) / seconds
    let segmentCount = Int(topology.duration / length)
    let recorders = try streams.indices.map { stream -> (engine: SegmentAmplitudes, channels: [LinearChannel]) in
      let layout = streams[stream]
      guard let samples = layout.sampleRate.samples(inNanoseconds: length),
        let engine = SegmentAmplitudes(
          segmentSamples: Int(samples), sampleRate: layout.sampleRate, baseband: layout.baseband,
          lowest: max(0, lowest - margin), highest: highest + margin)
      else { throw noSegment(length) }
      return (engine, try LinearChannel.channels(of: topology.nodes[stream]))
    }
    // The half bins that all streams record.
    let first = recorders.map(\.engine.halfBins.lowerBound).max() ?? 0
    let end = recorders.map(\.engine.halfBins.upperBound).min() ?? 0
    var table = LineTable(
      halfBins: first..<max(first, end), channels: recorders.reduce(0) { $0 + $1.channels.count },
      segments: segmentCount, seconds: seconds)
    var channels: [LineObservation.Channel] = []
    for (stream, (engine, linear)) in recorders.enumerated() {
      let layout = streams[stream]
      let clock = topology.nodes[stream].clock
      let size = engine.segmentSamples
      let available = try sampleCount(stream: stream)
      for (channel, description) in layout.channels.enumerated() {
        let index = channels.count
        channels.append(
          .init(
            label: linear[channel].label, position: layout.earthFixedPosition,
            direction: description.earthFixedDirection))
        let factors = try engine.halfBins.map {
          ComplexNumber.one / (try linear[channel].response(at: Double($0) / (2 * seconds)))
        }
        for segment in 0..<segmentCount where (segment + 1) * size <= available {
          let values = try samples(stream: stream, channel: channel, (segment * size)..<((segment + 1) * size))
          let found = values.withUnsafeBufferPointer { engine.amplitudes($0, segment: segment) }
          guard let found else { continue }
          let late = clock.reportedOffset(secondsSinceEpoch: (Double(segment) + 0.5) * seconds)
          table.set(
            found, factors: factors, firstHalfBin: engine.halfBins.lowerBound, late: late, channel: index,
            segment: segment)
        }
        progress(Double(channels.count) / Double(table.channels))
      }
    }
    let noise = LineNoise(table)
    return table.halfBins.compactMap { halfBin in
      let frequency = Double(halfBin) / (2 * seconds)
      guard frequency >= lowest, frequency <= highest else { return nil }
      return LineObservation(
        channels: channels, segmentLength: seconds,
        times: (0..<segmentCount).map { (Double($0) + 0.5) * seconds }, reference: epoch, frequency: frequency,
        amplitudes: table.amplitudes(halfBin), present: table.present, noise: noise.density(halfBin))
    }
  }

  /// Nanoseconds of a segment: as long as a line stays in one bin, at least eight in the run, whole at every rate.
  private func lineSegment(highest: Double, duration: Int64) throws -> Int64 {
    let longest = min(LineObservation.longestSegment(frequency: highest) * 1e9, Double(duration) / 8)
    for unit: Int64 in [1_000_000_000, 100_000_000, 10_000_000, 1_000_000] {
      let most = Int64(longest) / unit
      guard most > 0 else { continue }
      for count in stride(from: most, to: max(0, most / 2), by: -1)
      where streams.allSatisfy({ $0.fits(segment: count * unit) }) {
        return count * unit
      }
    }
    throw noSegment(Int64(longest))
  }

  private func noSegment(_ longest: Int64) -> InferenceError {
    .invalidOption(
      name: "line band",
      reason:
        "no segment of at most \(Double(longest) * 1e-9) s holds whole samples, and whole half cycles of the centre "
        + "frequency, of every node")
  }
}

extension ArchiveLayout.Stream {
  /// Whether a segment holds whole samples, and whole half cycles of a centre frequency.
  fileprivate func fits(segment nanoseconds: Int64) -> Bool {
    guard let samples = sampleRate.samples(inNanoseconds: nanoseconds), samples >= 8 else { return false }
    guard let baseband else { return true }
    let halfCycles = 2 * baseband * Double(nanoseconds) * 1e-9
    return abs(halfCycles - halfCycles.rounded()) < 1e-6
  }
}

/// Amplitudes of all half bins, channels and segments.
private struct LineTable {
  let halfBins: Range<Int>
  let channels: Int
  let segments: Int
  let seconds: Double
  /// [half bin][segment][channel].
  private(set) var values: [ComplexNumber]
  /// [segment][channel].
  private(set) var present: [Bool]

  init(halfBins: Range<Int>, channels: Int, segments: Int, seconds: Double) {
    self.halfBins = halfBins
    self.channels = channels
    self.segments = segments
    self.seconds = seconds
    values = [ComplexNumber](repeating: .zero, count: halfBins.count * segments * channels)
    present = [Bool](repeating: false, count: segments * channels)
  }

  mutating func set(
    _ amplitudes: [ComplexNumber], factors: [ComplexNumber], firstHalfBin: Int, late: Double, channel: Int,
    segment: Int
  ) {
    for number in 0..<halfBins.count {
      let index = number + halfBins.lowerBound - firstHalfBin
      // A sample taken late by d shows c exp(-2πi f d).
      let frequency = Double(halfBins.lowerBound + number) / (2 * seconds)
      let turn = late == 0 ? .one : ComplexNumber(magnitude: 1, phase: 2 * .pi * frequency * late)
      values[(number * segments + segment) * channels + channel] = amplitudes[index] * factors[index] * turn
    }
    present[segment * channels + channel] = true
  }

  func amplitudes(_ halfBin: Int) -> [ComplexNumber] {
    let size = segments * channels
    let start = (halfBin - halfBins.lowerBound) * size
    return Array(values[start..<start + size])
  }

  /// Mean of |X|² over the segments that a channel has; nil when it has none.
  func power(_ halfBin: Int, _ channel: Int) -> Double? {
    var (sum, count) = (0.0, 0)
    for segment in 0..<segments where present[segment * channels + channel] {
      sum += values[((halfBin - halfBins.lowerBound) * segments + segment) * channels + channel].magnitudeSquared
      count += 1
    }
    return count > 0 ? sum / Double(count) : nil
  }
}

/// The noise beside every half bin.
private struct LineNoise {
  /// Whole bins to either side; the two closest may hold the line.
  static let reach = 12

  private let powers: [[Double?]]
  private let halfBins: Range<Int>
  /// Median of the mean of n exponential variables over their mean.
  private let medianOfMean: Double

  init(_ table: LineTable) {
    halfBins = table.halfBins
    powers = table.halfBins.map { halfBin in (0..<table.channels).map { table.power(halfBin, $0) } }
    // Wilson and Hilferty: within 1e-3 for all n.
    let count = Double(max(1, table.segments))
    let root = 1 - 1 / (9 * count)
    medianOfMean = root * root * root
  }

  /// One-sided density of each channel; 0 for a channel without data.
  func density(_ halfBin: Int) -> [Double] {
    let neighbours = (-Self.reach...Self.reach).filter { abs($0) > 2 }.map { halfBin + 2 * $0 }
      .filter { halfBins.contains($0) }
    return powers[halfBin - halfBins.lowerBound].indices.map { channel in
      let values = neighbours.compactMap { powers[$0 - halfBins.lowerBound][channel] }.sorted()
      guard !values.isEmpty else { return 0 }
      let middle = (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
      return middle / medianOfMean
    }
  }
}
