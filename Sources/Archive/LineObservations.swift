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
    let channelCount = streams.reduce(0) { $0 + $1.channels.count }
    let segmentCount = Int(topology.duration / length)
    var table: LineTable?
    var channels: [LineObservation.Channel] = []
    for (stream, layout) in streams.enumerated() {
      guard let samples = layout.sampleRate.samples(inNanoseconds: length) else { continue }
      let engine = SegmentAmplitudes(
        segmentSamples: Int(samples), sampleRate: layout.sampleRate, lowest: max(0, lowest - margin),
        highest: min(highest + margin, layout.sampleRate.hertz / 2))
      var known =
        table ?? LineTable(halfBins: engine.halfBins, channels: channelCount, segments: segmentCount, seconds: seconds)
      let node = topology.nodes[stream]
      let response = node.fieldResponse
      for (channel, description) in layout.channels.enumerated() {
        let index = channels.count
        channels.append(
          .init(
            label: layout.channels.count == 1 ? layout.name : "\(layout.name)/\(description.name)",
            position: layout.earthFixedPosition, direction: description.earthFixedDirection))
        let factors = known.halfBins.map { halfBin in
          ComplexNumber.one / response(Double(halfBin) / (2 * seconds))
        }
        let available = try sampleCount(stream: stream)
        for segment in 0..<segmentCount where (segment + 1) * Int(samples) <= available {
          let range = (segment * Int(samples))..<((segment + 1) * Int(samples))
          let values = try self.samples(stream: stream, channel: channel, range)
          guard let amplitudes = values.withUnsafeBufferPointer({ engine.amplitudes($0, segment: segment) }) else {
            continue
          }
          let late = node.clock.reportedOffset(secondsSinceEpoch: (Double(segment) + 0.5) * seconds)
          known.set(amplitudes, factors: factors, late: late, channel: index, segment: segment)
        }
        progress(Double(channels.count) / Double(channelCount))
      }
      table = known
    }
    guard let table else { return [] }
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
      where streams.allSatisfy({ $0.sampleRate.samples(inNanoseconds: count * unit).map { $0 >= 8 } ?? false }) {
        return count * unit
      }
    }
    throw InferenceError.invalidOption(
      name: "line band", reason: "no segment of at most \(longest * 1e-9) s holds whole samples of every node")
  }
}

extension Node {
  /// R(f) of the channels.
  fileprivate var fieldResponse: (Double) -> ComplexNumber {
    switch instrument {
    case .vectorSensor(let sensor): { sensor.response.value(at: $0) }
    }
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
    _ amplitudes: [ComplexNumber], factors: [ComplexNumber], late: Double, channel: Int, segment: Int
  ) {
    for (number, amplitude) in amplitudes.prefix(halfBins.count).enumerated() {
      // A sample taken late by d shows c exp(-2πi f d).
      let frequency = Double(halfBins.lowerBound + number) / (2 * seconds)
      let turn = late == 0 ? .one : ComplexNumber(magnitude: 1, phase: 2 * .pi * frequency * late)
      values[(number * segments + segment) * channels + channel] = amplitude * factors[number] * turn
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
