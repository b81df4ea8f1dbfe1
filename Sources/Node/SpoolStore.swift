import CKernels
import Foundation
import Protocol

/// Blocks in files, in their order: appended at one end, taken away at the other when they are durable elsewhere.
///
/// A folder of segments, each a sequence of blocks as they go on the wire: header, then payload, with the CRCs of both. A
/// process killed in mid-write leaves a torn last block, which is cut off when the folder is opened again. Calls from
/// several threads are put in order.
final class SpoolStore: @unchecked Sendable {
  // All state is touched only with the condition locked.
  private struct Entry {
    var header: BlockHeader
    var segment: Int
    var offset: Int
    var size: Int { BlockHeader.size + header.payloadSize }
  }

  private struct Segment {
    var number: Int
    var descriptor: Int32
    var size: Int
    var blocks: Int
  }

  private static let segmentBytes = 16 << 20

  private let folder: String
  private let limit: Int
  private let lock: Int32
  private let condition = NSCondition()
  private let headerBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockHeader.size, alignment: 8)
  private var entries: ArraySlice<Entry> = []
  private var segments: [Segment] = []
  private var bytes = 0
  private var isClosed = false
  /// A block is on its way into the last segment.
  private var isWriting = false
  private var isComplete = false

  /// Opens a folder, or makes it, and cuts off what a killed process left torn.
  /// - Parameter limit: bytes that it may hold; at least one block always fits.
  /// - Throws: ``NodeError/spool(path:problem:)``, also when another process uses the folder.
  init(folder: String, limit: Int) throws(NodeError) {
    self.folder = folder
    self.limit = limit
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .spool(path: folder, problem: "cannot be made (\(error.localizedDescription))")
    }
    lock = open(folder + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw .spool(path: folder, problem: "is used by another process, or cannot be written")
    }
    try recover()
  }

  deinit {
    for segment in segments { Foundation.close(segment.descriptor) }
    if lock >= 0 { Foundation.close(lock) }
    headerBytes.deallocate()
  }

  /// The numbers of the blocks that are here.
  var sequences: Range<UInt64> {
    locked { (entries.first?.header.sequence ?? 0)..<(entries.last.map { $0.header.sequence + 1 } ?? 0) }
  }

  /// Where the stream goes on behind the last block; nil when there is none.
  var end: StreamStretch? {
    locked {
      entries.last.map { StreamStretch(firstSequence: $0.header.sequence + 1, firstSample: $0.header.endSample) }
    }
  }

  /// Forgets all blocks.
  func clear() { locked { removeFirst(entries.count) } }

  /// Appends a block, waiting for room.
  /// - Parameter onFull: called once when there is none.
  /// - Returns: false when the store was closed and the block not taken.
  func append(_ block: SampleBlock, onFull: () -> Void) throws(NodeError) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    let size = BlockHeader.size + block.header.payloadSize
    if bytes + size > limit, !entries.isEmpty, !isClosed { onFull() }
    while bytes + size > limit, !entries.isEmpty, !isClosed { condition.wait() }
    guard !isClosed else { return false }
    if segments.last.map({ $0.size + size > Self.segmentBytes && $0.blocks > 0 }) ?? true { try addSegment() }
    block.header.encode(into: headerBytes)
    let descriptor = segments[segments.count - 1].descriptor
    let offset = segments[segments.count - 1].size
    isWriting = true
    defer { isWriting = false }
    guard try write(UnsafeRawBufferPointer(headerBytes), to: descriptor, at: offset, onFull: onFull),
      try write(block.payload, to: descriptor, at: offset + BlockHeader.size, onFull: onFull)
    else { return false }
    // Those before it may have gone meanwhile.
    let last = segments.count - 1
    entries.append(Entry(header: block.header, segment: segments[last].number, offset: segments[last].size))
    segments[last].size += size
    segments[last].blocks += 1
    bytes += size
    condition.broadcast()
    return true
  }

  /// No block follows.
  func complete() {
    locked { isComplete = true }
  }

  /// Ends all waiting, for good.
  func close() {
    locked { isClosed = true }
  }

  /// Reads a block, waiting until it is there.
  /// - Returns: false when it will not come.
  func read(_ sequence: UInt64, into block: SampleBlock) throws(NodeError) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while entries.last.map({ $0.header.sequence < sequence }) ?? true, !isComplete, !isClosed { condition.wait() }
    guard !isClosed, let first = entries.first?.header.sequence, sequence >= first,
      sequence - first < UInt64(entries.count)
    else { return false }
    let entry = entries[entries.startIndex + Int(sequence - first)]
    block.header = entry.header
    guard let segment = segments.first(where: { $0.number == entry.segment }),
      Self.read(
        segment.descriptor, at: entry.offset + BlockHeader.size,
        into: UnsafeMutableRawBufferPointer(start: block.output, count: entry.header.payloadSize))
    else { throw .spool(path: folder, problem: "cannot be read") }
    return true
  }

  /// Takes away all blocks up to this one.
  func release(through sequence: UInt64) {
    locked { removeFirst(entries.prefix { $0.header.sequence <= sequence }.count) }
  }

  // MARK: - With the condition locked

  /// Writes bytes; on a full disk it waits until blocks are released, as it does at the limit.
  /// - Returns: false when the store was closed meanwhile.
  private func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int, onFull: () -> Void
  ) throws(NodeError) -> Bool {
    var written = 0
    while written < bytes.count {
      let rest = bytes.baseAddress.map { $0 + written }
      let count = pwrite(descriptor, rest, bytes.count - written, off_t(offset + written))
      if count >= 0 {
        written += count
      } else if errno == ENOSPC || errno == EDQUOT, !entries.isEmpty {
        onFull()
        condition.wait()
        guard !isClosed else { return false }
      } else if errno != EINTR {
        throw .spool(path: folder, problem: "cannot be written (\(String(cString: strerror(errno))))")
      }
    }
    return true
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return body()
  }

  private func removeFirst(_ count: Int) {
    for entry in entries.prefix(count) {
      bytes -= entry.size
      if let index = segments.firstIndex(where: { $0.number == entry.segment }) { segments[index].blocks -= 1 }
    }
    entries = entries.dropFirst(count)
    // The last segment goes only with the last block that was written to it and when nothing is added any more.
    while let first = segments.first, first.blocks == 0, segments.count > 1 || !isWriting {
      Foundation.close(first.descriptor)
      unlink(path(first.number))
      segments.removeFirst()
    }
  }

  private func addSegment() throws(NodeError) {
    let number = (segments.last?.number ?? -1) + 1
    let descriptor = open(path(number), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .spool(path: folder, problem: "cannot be written") }
    segments.append(Segment(number: number, descriptor: descriptor, size: 0, blocks: 0))
  }

  private func path(_ number: Int) -> String {
    let digits = String(number)
    return "\(folder)/\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).blocks"
  }

  // MARK: - Recovering

  private func recover() throws(NodeError) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let numbers = names.filter { $0.hasSuffix(".blocks") }.compactMap { Int($0.dropLast(".blocks".count)) }
    var isTorn = false
    for number in numbers.sorted() {
      guard !isTorn else {
        unlink(path(number))
        continue
      }
      let descriptor = open(path(number), O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else { throw .spool(path: folder, problem: "cannot be read") }
      var segment = Segment(number: number, descriptor: descriptor, size: 0, blocks: 0)
      while let header = nextBlock(of: segment) {
        entries.append(Entry(header: header, segment: number, offset: segment.size))
        segment.size += BlockHeader.size + header.payloadSize
        segment.blocks += 1
        bytes += BlockHeader.size + header.payloadSize
      }
      isTorn = lseek(descriptor, 0, SEEK_END) > off_t(segment.size)
      if isTorn { ftruncate(descriptor, off_t(segment.size)) }
      segments.append(segment)
    }
    removeFirst(0)
  }

  /// The block at the end of what is known of a segment, if it is whole and continues the stream.
  private func nextBlock(of segment: Segment) -> BlockHeader? {
    var bytes = [UInt8](repeating: 0, count: BlockHeader.size)
    guard bytes.withUnsafeMutableBytes({ Self.read(segment.descriptor, at: segment.size, into: $0) }),
      let header = bytes.withUnsafeBytes({ try? BlockHeader(decoding: $0) }),
      entries.last.map({
        $0.header.sequence + 1 == header.sequence && $0.header.endSample == header.firstSample
      }) ?? true
    else { return nil }
    var payload = [UInt8](repeating: 0, count: header.payloadSize)
    let isWhole = payload.withUnsafeMutableBytes {
      Self.read(segment.descriptor, at: segment.size + BlockHeader.size, into: $0)
        && gnomon_crc32c(0, $0.baseAddress, $0.count) == header.payloadChecksum
    }
    return isWhole ? header : nil
  }

  private static func read(_ descriptor: Int32, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if count == 0 || count < 0 && errno != EINTR { return false }
      done += max(0, count)
    }
    return true
  }
}
