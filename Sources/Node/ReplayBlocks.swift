import Archive
import CKernels
import Protocol
import Sky
import Threads

/// Sends a stream of an archive again, block by block as it was: numbers, times, claims of the clock, gaps and checksums.
final class ReplayBlocks: BlockSource {
  /// Samples of each channel that are read at a time, at least one block.
  private static let batchSamples = 1 << 15
  /// Blocks that go to the thread that sends at a time, where none has to wait for its time: each hand-over wakes it.
  private static let blocksAtOnce = 8

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

  func release(_ blocks: [SampleBlock]) { free.push(contentsOf: blocks) }

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
      let atOnce = pacer.isUnlimited ? Self.blocksAtOnce : 1
      while number < blocks, sample(number, rows) < end, !pacer.isStopped {
        let room = free.pop(atMost: min(atOnce, blocks - number))
        guard !room.isEmpty, pacer.wait(forSample: sample(number, rows) + Int64(rows[number % rows.count].count)) else {
          break
        }
        var read: [SampleBlock] = []
        for block in room where sample(number, rows) < end {
          try fill(block, number: number, from: batch)
          read.append(block)
          number += 1
        }
        archive.count(read.reduce(0) { $0 + Int64($1.header.sampleCount) * Int64(layout.channels.count) })
        deliver(.blocks(read))
      }
      deliver(.finished)
    } catch {
      deliver(.failed(error))
    }
  }

  /// - Throws: `NodeError.damagedArchive` when the samples are not those of the block's checksum.
  private func fill(_ block: SampleBlock, number: Int, from batch: Batch) throws {
    let (rows, layout) = (archive.rows[stream], archive.streams[stream])
    let row = rows[number % rows.count]
    let first = sample(number, rows)
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
    guard !row.isEntirelyMissing else { return }
    guard try batch.read(row, into: block.output) == row.crc32c else {
      throw NodeError.damagedArchive(stream: layout.name, block: row.sequence)
    }
  }

  /// Number of a block's first sample; later turns continue the first.
  private func sample(_ number: Int, _ rows: [IndexRow]) -> Int64 {
    let (turn, row) = number.quotientAndRemainder(dividingBy: rows.count)
    return Int64(turn) * archive.lengths[stream] + rows[row].firstSample
  }
}

/// The samples of a stream's blocks: read where they lie, or where they are compressed many ahead.
private final class Batch {
  /// Samples of each channel that are looked for at a time where they lie.
  private static let stretch = Int64(1) << 20

  private let archive: ReplayedArchive
  private let stream: Int
  private let room: Int
  private let channels: Int
  /// Doubles of a sample.
  private let size: Int
  private lazy var buffer = [Double](repeating: 0, count: room * channels * size)
  /// Where the samples of `held` lie; nil when they are in the buffer.
  private var stored: [StoredSamples]?
  private var held: Range<Int64> = 0..<0

  init(_ archive: ReplayedArchive, stream: Int, samples: Int) {
    self.archive = archive
    self.stream = stream
    room = samples
    channels = archive.streams[stream].channels.count
    size = archive.streams[stream].sampleKind.size
  }

  /// Reads the samples of a block, channel after channel.
  /// - Returns: the CRC-32C of what was read.
  func read(_ row: IndexRow, into output: UnsafeMutablePointer<Double>) throws -> UInt32 {
    let count = Int(row.count)
    if row.firstSample < held.lowerBound || row.firstSample + Int64(count) > held.upperBound {
      try hold(from: row.firstSample, count: count)
    }
    for channel in 0..<channels {
      let part = UnsafeMutableBufferPointer(start: output + channel * count * size, count: count * size)
      if let stored {
        try stored[channel].read(from: Int(row.firstSample), into: part)
      } else {
        let start = (channel * room + Int(row.firstSample - held.lowerBound)) * size
        _ = part.update(fromContentsOf: buffer[start..<start + count * size])
      }
    }
    return gnomon_crc32c(0, output, channels * count * size * MemoryLayout<Double>.size)
  }

  /// Makes at least `count` samples ready.
  private func hold(from first: Int64, count: Int) throws {
    let left = archive.lengths[stream] - first
    let stretch = first..<first + min(max(Self.stretch, Int64(count)), left)
    stored = try archive.storedSamples(stream: stream, stretch)
    held = stretch
    guard stored == nil else { return }
    held = first..<first + min(Int64(room), left)
    for channel in 0..<channels {
      let start = channel * room * size
      try buffer.withUnsafeMutableBufferPointer {
        try archive.read(
          stream: stream, channel: channel, from: first,
          into: UnsafeMutableBufferPointer(rebasing: $0[start..<start + held.count * size]))
      }
    }
  }
}
