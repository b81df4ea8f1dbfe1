import Sky
import Topology

/// Where the hub keeps the newest samples of every channel: a ring of slabs, each the same stretch of time.
///
/// A slab is filled by the receiver, written by the archive, then read by the correlator together with the end of the slab
/// before it. Every channel's samples lie contiguous in memory, also across the seam of the ring: before slot 0 there is room
/// for a copy of the end of the last slot.
///
/// Shared by three threads without locks: the protocol of slabs (filled, then archived, then correlated, then free) makes sure
/// that nobody reads what another writes.
final class SampleRing: @unchecked Sendable {
  /// Layout of one stream.
  struct Stream {
    var channelCount: Int
    /// Doubles of one sample.
    var sampleSize: Int
    /// Samples of one channel in one slab.
    var slabSamples: Int
    /// Samples kept before slot 0.
    var carry: Int
    /// Samples of each channel in the run.
    var length: Int64
    fileprivate var base: UnsafeMutablePointer<Double>
    /// Doubles from one channel to the next.
    fileprivate var stride: Int
  }

  static let slots = 5
  let streams: [Stream]

  /// - Parameters:
  ///   - layout: for each stream its channels, doubles of a sample, samples in a slab, samples to keep before it, and length of the run.
  init(layout: [(channels: Int, sampleSize: Int, slabSamples: Int, carry: Int, length: Int64)]) {
    streams = layout.map { channels, sampleSize, slabSamples, carry, length in
      // Whole cache lines, so that channels do not share one.
      let aligned = (carry + 7) / 8 * 8
      let stride = (sampleSize * (aligned + Self.slots * slabSamples) + 7) / 8 * 8
      let base = UnsafeMutableRawPointer.allocate(byteCount: channels * stride * 8, alignment: 64)
        .bindMemory(to: Double.self, capacity: channels * stride)
      base.initialize(repeating: .nan, count: channels * stride)
      return Stream(
        channelCount: channels, sampleSize: sampleSize, slabSamples: slabSamples, carry: aligned, length: length,
        base: base, stride: stride)
    }
  }

  deinit {
    for stream in streams { stream.base.deallocate() }
  }

  /// Where sample `index` of a channel lies; the samples up to the end of its slab follow.
  func pointer(stream: Int, channel: Int, sample index: Int64) -> UnsafeMutablePointer<Double> {
    let stream = streams[stream]
    let slot = Int(index / Int64(stream.slabSamples) % Int64(Self.slots))
    let offset = stream.carry + slot * stream.slabSamples + Int(index % Int64(stream.slabSamples))
    return stream.base + channel * stream.stride + stream.sampleSize * offset
  }

  /// Samples from `index` to the end of its slab.
  func contiguousRoom(stream: Int, from index: Int64) -> Int {
    let slabSamples = Int64(streams[stream].slabSamples)
    return Int(slabSamples - index % slabSamples)
  }

  /// Where a segment lies that ends in slab `slab` and may begin before it.
  func segmentPointer(stream: Int, channel: Int, sample index: Int64, slab: Int64) -> UnsafeMutablePointer<Double> {
    let first = slab * Int64(streams[stream].slabSamples)
    return pointer(stream: stream, channel: channel, sample: first) - streams[stream].sampleSize * Int(first - index)
  }

  /// Copies the end of the last slot before slot 0, when `slab` is the first of a new turn.
  func carryOver(into slab: Int64) {
    guard slab > 0, slab % Int64(Self.slots) == 0 else { return }
    for stream in streams {
      for channel in 0..<stream.channelCount {
        let start = stream.base + channel * stream.stride
        let carry = stream.sampleSize * stream.carry
        let end = start + carry + stream.sampleSize * Self.slots * stream.slabSamples
        start.update(from: end - carry, count: carry)
      }
    }
  }

  /// Marks samples of every channel of a stream as missing.
  func fillMissing(stream: Int, from first: Int64, to end: Int64) {
    forEachPiece(stream: stream, from: first, to: end) { sample, count in
      for channel in 0..<streams[stream].channelCount {
        pointer(stream: stream, channel: channel, sample: sample)
          .update(repeating: .nan, count: count * streams[stream].sampleSize)
      }
    }
  }

  /// Visits a range of samples slab by slab.
  func forEachPiece(stream: Int, from first: Int64, to end: Int64, _ body: (Int64, Int) throws -> Void) rethrows {
    let slabSamples = Int64(streams[stream].slabSamples)
    var sample = first
    while sample < end {
      let pieceEnd = min(end, (sample / slabSamples + 1) * slabSamples)
      try body(sample, Int(pieceEnd - sample))
      sample = pieceEnd
    }
  }
}
