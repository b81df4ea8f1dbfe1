import Correlator
import Sky

/// Correlates what an archive holds, straight from its samples: the same matrices, bit for bit, that a hub makes of the same
/// blocks while they arrive.
public struct ArchiveCorrelation {
  /// Bytes of samples that are read at a time, at least one segment.
  private static let pieceBytes = 64 << 20

  private let samples: any SampleReading
  private let rows: [[IndexRow]]
  private let duration: Int64
  private let workers: Int

  /// - Parameters:
  ///   - samples: of every stream.
  ///   - duration: of the run in nanoseconds; nothing behind it is correlated.
  ///   - workers: threads of the correlator; no influence on the result.
  public init(_ samples: any SampleReading, duration: Int64, workers: Int) throws(ArchiveError) {
    self.samples = samples
    self.duration = duration
    self.workers = workers
    var rows: [[IndexRow]] = []
    for stream in samples.streams.indices { rows.append(try samples.index(stream: stream)) }
    self.rows = rows
  }

  /// Nanoseconds from the epoch to the end of the last sample of any stream.
  private var end: Int64 {
    let ends = zip(samples.streams, rows).map { stream, rows in
      stream.sampleRate.time(ofSample: rows.last?.end ?? 0, epoch: GPSTime(nanoseconds: 0)).nanoseconds
    }
    return min(ends.max() ?? 0, duration)
  }

  /// Makes all matrices of a band.
  ///
  /// - Parameters:
  ///   - plan: the band.
  ///   - progress: called now and then with the share of the work that is done, 0 ... 1.
  ///   - emit: receives the matrices in ascending order of their integrations.
  /// - Throws: `BandCorrelatorError`, `ArchiveError`, or what `emit` throws.
  public func run(
    _ plan: BandPlan, progress: (Double) -> Void = { _ in }, emit: (CrossSpectra) throws -> Void
  ) throws {
    let streams = samples.streams
    let correlator = try BandCorrelator(
      plan: plan, sampleRates: streams.flatMap { stream in stream.channels.map { _ in stream.sampleRate } },
      basebands: streams.flatMap { stream in stream.channels.map { _ in stream.baseband } }, workers: workers)
    let total = end < plan.segment ? 0 : (end - plan.segment) / plan.hop + 1
    let layout = streams.map { Segments(stream: $0, plan: plan) }
    let bytesPerHop = zip(streams, layout).reduce(0) { $0 + $1.0.channels.count * $1.1.hop * $1.1.size * 8 }
    let piece = Int64(min(max(1, Self.pieceBytes / max(bytesPerHop, 1)), 4096))
    let lengths = layout.map { $0.samples(in: Int(min(piece, max(total, 1)))) * $0.size }
    let room = zip(streams, lengths).reduce(0) { $0 + $1.0.channels.count * $1.1 }
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(room, 1))
    defer { buffer.deallocate() }
    var first: Int64 = 0
    while first < total {
      let count = Int(min(piece, total - first))
      var pointers: [UnsafePointer<Double>?] = []
      var place = 0
      for (stream, segments) in layout.enumerated() {
        for channel in streams[stream].channels.indices {
          let part = UnsafeMutableBufferPointer(rebasing: buffer[place..<place + segments.samples(in: count) * segments.size])
          try fill(part, stream: stream, channel: channel, from: first * Int64(segments.hop), size: segments.size)
          pointers.append(UnsafePointer(part.baseAddress))
          place += lengths[stream]
        }
      }
      try correlator.add(
        firstSegment: first, count: count, samples: pointers,
        clockOffsets: clockOffsets(layout, firstSegment: first, count: count), emit: emit)
      first += Int64(count)
      progress(Double(first) / Double(total))
    }
    try correlator.finish(emit: emit)
  }

  /// Samples of a channel; missing ones behind the stream's end.
  private func fill(
    _ output: UnsafeMutableBufferPointer<Double>, stream: Int, channel: Int, from first: Int64, size: Int
  ) throws {
    let there = Int(min(max((rows[stream].last?.end ?? 0) - first, 0), Int64(output.count / size)))
    if there > 0 {
      try samples.read(
        stream: stream, channel: channel, from: Int(first), into: .init(rebasing: output[..<(there * size)]))
    }
    UnsafeMutableBufferPointer(rebasing: output[(there * size)...]).update(repeating: .nan)
  }

  /// For each channel and segment the offset that the block claims which holds the segment's centre, in the order
  /// [channel][segment]; empty when all are zero.
  private func clockOffsets(_ layout: [Segments], firstSegment: Int64, count: Int) -> [Double] {
    var isOff = false
    let offsets = layout.indices.flatMap { stream -> [Double] in
      let (segments, rows) = (layout[stream], rows[stream])
      var next = rows.partition { $0.firstSample > segments.centre(firstSegment) }
      let list = (0..<count).map { offset -> Double in
        let centre = segments.centre(firstSegment + Int64(offset))
        while next < rows.count, rows[next].firstSample <= centre { next += 1 }
        return next > 0 ? rows[next - 1].clockOffset : 0
      }
      isOff = isOff || list.contains { $0 != 0 }
      return samples.streams[stream].channels.flatMap { _ in list }
    }
    return isOff ? offsets : []
  }
}

/// The segments of one stream.
private struct Segments {
  var length: Int
  var hop: Int
  /// Doubles of a sample.
  var size: Int

  init(stream: ArchiveLayout.Stream, plan: BandPlan) {
    // Whole numbers: the correlator refuses all else.
    length = plan.samplesPerSegment(at: stream.sampleRate) ?? 0
    hop = plan.samplesPerHop(at: stream.sampleRate) ?? 0
    size = stream.sampleKind.size
  }

  func samples(in count: Int) -> Int { (count - 1) * hop + length }

  func centre(_ segment: Int64) -> Int64 { segment * Int64(hop) + Int64(length / 2) }
}

extension [IndexRow] {
  /// The number of leading rows for which `isBehind` is false; it is false, then true.
  fileprivate func partition(_ isBehind: (IndexRow) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
