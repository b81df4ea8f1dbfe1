import Archive
import CKernels
import Protocol
import Sky
import Threads

/// Sends a stream of an archive again, block by block as it was: numbers, times, claims of the clock, gaps and checksums.
final class ReplayBlocks: BlockSource {
  /// Samples of each channel that are read at a time, at least one block.
  private static let batchSamples = 1 << 15

  private let archive: ReplayedArchive
  private let stream: Int
  private let stretch: StreamStretch
  private let pacer: Pacer
  private let free: BoundedQueue<SampleBlock>

  /// - Parameters:
  ///   - stream: position among those of the archive.
  ///   - poolSize: blocks that exist at the same time.
  init(
    _ archive: ReplayedArchive, stream: Int, identifier: UInt64, stretch: StreamStretch, pacer: Pacer, poolSize: Int
  ) {
    self.stretch = stretch
    self.archive = archive
    self.stream = stream
    self.pacer = pacer
    free = BoundedQueue(capacity: poolSize)
    let layout = archive.streams[stream]
    let largest = Int(archive.rows[stream].map(\.count).max() ?? 1)
    for _ in 0..<poolSize {
      free.push(
        SampleBlock(
          stream: identifier, channelCount: layout.channels.count, sampleType: .init(baseband: layout.baseband),
          blockSamples: largest))
    }
  }

  func release(_ block: SampleBlock) { free.push(block) }

  func stop() {
    pacer.stop()
    free.close()
  }

  func run(deliver: (BlockEvent) -> Void) {
    let rows = archive.rows[stream]
    let layout = archive.streams[stream]
    let blocks = rows.count * archive.loops
    let end = stretch.endSample ?? .max
    do {
      pacer.start(atSample: stretch.firstSample, rate: layout.sampleRate)
      let batch = Batch(archive, stream: stream, samples: max(Self.batchSamples, Int(rows.map(\.count).max() ?? 0)))
      var number = Int(stretch.firstSequence)
      if number < blocks, sample(number, rows) != stretch.firstSample {
        throw NodeError.replay(
          block: stretch.firstSequence, sample: sample(number, rows), wanted: stretch.firstSample)
      }
      while number < blocks, sample(number, rows) < end, !pacer.isStopped, let block = free.pop() {
        let row = rows[number % rows.count]
        let first = sample(number, rows)
        guard pacer.wait(forSample: first + Int64(row.count)) else { break }
        block.header.sequence = UInt64(number)
        block.header.firstSample = first
        block.header.time =
          number < rows.count
          ? GPSTime(nanoseconds: row.gpsNanoseconds) : layout.sampleRate.time(ofSample: first, epoch: layout.epoch)
        block.header.sampleCount = row.count
        block.header.clockOffset = row.clockOffset
        block.header.clockUncertainty = row.clockUncertainty
        block.header.flags = BlockHeader.Flags(rawValue: UInt16(truncatingIfNeeded: row.flags))
        block.header.missingReason = row.reason
        block.header.payloadChecksum = row.crc32c
        if !row.isEntirelyMissing {
          guard try batch.copy(row, to: block.output) == row.crc32c else {
            throw NodeError.damagedArchive(stream: layout.name, block: row.sequence)
          }
        }
        archive.count(Int64(row.count) * Int64(layout.channels.count))
        deliver(.block(block))
        number += 1
      }
      deliver(.finished)
    } catch {
      deliver(.failed(error))
    }
  }

  /// Number of a block's first sample; later turns continue the first.
  private func sample(_ number: Int, _ rows: [IndexRow]) -> Int64 {
    let (turn, row) = number.quotientAndRemainder(dividingBy: rows.count)
    return Int64(turn) * archive.lengths[stream] + rows[row].firstSample
  }
}

/// Samples of a stream that were read ahead.
private final class Batch {
  private let archive: ReplayedArchive
  private let stream: Int
  private let room: Int
  private let channels: Int
  /// Doubles of a sample.
  private let size: Int
  private let buffer: UnsafeMutableBufferPointer<Double>
  private var held: Range<Int64> = 0..<0

  init(_ archive: ReplayedArchive, stream: Int, samples: Int) {
    self.archive = archive
    self.stream = stream
    room = samples
    channels = archive.streams[stream].channels.count
    size = archive.streams[stream].sampleKind.size
    buffer = .allocate(capacity: room * channels * size)
  }

  deinit { buffer.deallocate() }

  /// Copies the samples of a block, channel after channel.
  /// - Returns: the CRC-32C of what was copied.
  func copy(_ row: IndexRow, to output: UnsafeMutablePointer<Double>) throws -> UInt32 {
    let first = row.firstSample
    let count = Int(row.count)
    if first < held.lowerBound || first + Int64(count) > held.upperBound {
      let length = Int(min(Int64(room), archive.lengths[stream] - first))
      for channel in 0..<channels {
        let start = channel * room * size
        try archive.read(
          stream: stream, channel: channel, from: first,
          into: UnsafeMutableBufferPointer(rebasing: buffer[start..<start + length * size]))
      }
      held = first..<first + Int64(length)
    }
    guard let start = buffer.baseAddress else { return 0 }
    let bytes = count * size * MemoryLayout<Double>.size
    if channels == 1 {
      // In one pass over the memory.
      return gnomon_crc32c_copy(output, start + Int(first - held.lowerBound) * size, bytes)
    }
    for channel in 0..<channels {
      (output + channel * count * size).update(
        from: start + (channel * room + Int(first - held.lowerBound)) * size, count: count * size)
    }
    return gnomon_crc32c(0, output, channels * bytes)
  }
}
