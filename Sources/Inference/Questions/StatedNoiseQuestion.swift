import Correlator
import Numerics

/// Is the noise of each channel what its node states?
///
/// The mean power spectrum of segments spread over the run is divided by the stated density. The median over frequencies is
/// hardly moved by lines; a background raises it like noise.
public struct StatedNoiseQuestion: StreamQuestion {
  public let name = "stated_noise"
  /// Samples of the longest segment, and how many segments are read at most.
  private static let longestSegment = 4096
  private static let mostSegments = 64

  public init() {}

  public func answer(_ streams: [RecordedStream]) throws -> StreamAnswer? {
    var rows: [StreamAnswer.Row] = []
    for stream in streams {
      guard let stated = stream.statedDensity else { continue }
      for (channel, name) in stream.channels.enumerated() {
        guard let found = try comparison(stream, channel: channel, stated: stated) else { continue }
        rows.append(
          StreamAnswer.Row(
            stream.channels.count == 1 ? stream.name : "\(stream.name)/\(name)",
            values: [found.ratio, found.uncertainty, found.lowest, found.highest, Double(found.segments)]))
      }
    }
    guard !rows.isEmpty else { return nil }
    return StreamAnswer(
      name: name, title: "Noise beside what the nodes state",
      columns: [
        .init("measured/stated"), .init("uncertainty"), .init("from", unit: "Hz"), .init("to", unit: "Hz"),
        .init("segments"),
      ], rows: rows,
      remark:
        "Ratio of the amplitude spectral densities, the median over frequencies; what a signal adds counts as noise.")
  }

  private struct Comparison {
    /// Of amplitude densities, and its standard deviation.
    var ratio: Double
    var uncertainty: Double
    /// Hz.
    var lowest: Double
    var highest: Double
    var segments: Int
  }

  /// - Returns: nil for a channel that is too short, without whole segments, or without stated noise.
  private func comparison(
    _ stream: RecordedStream, channel: Int, stated: (Double) -> Double
  ) throws -> Comparison? {
    var length = Self.longestSegment
    while length >= 64, stream.sampleCount / length < 16 { length /= 2 }
    let seconds = Double(length) * stream.sampleRate.interval
    // Below the fourth bin the window lets what is slower than a segment in.
    guard length >= 64,
      let engine = SegmentAmplitudes(
        segmentSamples: length, sampleRate: stream.sampleRate, baseband: stream.baseband, lowest: 4 / seconds,
        highest: (stream.baseband ?? 0) + stream.sampleRate.hertz)
    else { return nil }
    let bins = engine.bins
    let frequencies = bins.map { Double($0) / seconds }
    let densities = frequencies.map(stated)
    guard let lowest = frequencies.first, let highest = frequencies.last,
      densities.allSatisfy({ $0 > 0 && $0.isFinite })
    else { return nil }
    var power = [Double](repeating: 0, count: bins.count)
    var amplitudes = [ComplexNumber](repeating: .zero, count: bins.count)
    var segments = 0
    let wanted = min(Self.mostSegments, stream.sampleCount / length)
    for number in 0..<wanted {
      let start = number * (stream.sampleCount - length) / (wanted - 1)
      let samples = try stream.samples(channel, start..<start + length)
      let isWhole = samples.withUnsafeBufferPointer { samples in
        amplitudes.withUnsafeMutableBufferPointer { output in
          output.baseAddress.map { engine.take(samples, segment: 0, into: $0) } ?? false
        }
      }
      guard isWhole else { continue }
      segments += 1
      for index in power.indices { power[index] += amplitudes[index].magnitudeSquared }
    }
    guard segments >= 4 else { return nil }
    let ratios = zip(power, densities).map { $0 / (Double(segments) * $1) }.sorted()
    let freedom = 2 * Double(segments)
    let median = ratios[ratios.count / 2] * freedom / chiSquaredQuantile(0.5, degreesOfFreedom: freedom)
    // Under a Hann window 1 + 2 (4/9 + 1/36) bins make one that is independent; a median has √(π/2) a mean's deviation.
    let independent = Double(ratios.count) * Double(segments) / (1 + 2 * (4.0 / 9 + 1.0 / 36))
    let ratio = median.squareRoot()
    return Comparison(
      ratio: ratio, uncertainty: 0.5 * ratio * (Double.pi / 2 / independent).squareRoot(), lowest: lowest,
      highest: highest, segments: segments)
  }
}
