import CHDF5
import Glibc

/// A file open for reading past the library, from any thread.
public final class FileContents: Sendable {
  public let path: String
  private let descriptor: Int32

  /// - Throws: `HDF5Error` when it cannot be opened.
  public init(opening path: String) throws(HDF5Error) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw HDF5Error(operation: "read the file", object: path, libraryMessages: [String(cString: strerror(errno))])
    }
  }

  deinit { close(descriptor) }

  /// Fills a buffer with the bytes of the file from `offset` on.
  func read(into bytes: UnsafeMutableRawBufferPointer, from offset: Int) throws(HDF5Error) {
    var done = 0
    while done < bytes.count {
      let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw HDF5Error(
          operation: "read \(bytes.count) bytes at \(offset)", object: path,
          libraryMessages: [count == 0 ? "the file ends before" : String(cString: strerror(errno))])
      }
      done += count
    }
  }
}

/// Where a stretch of a one-dimensional dataset lies in its file, so that any number of threads can read it at the same time,
/// without the library and its lock.
public struct StoredChunks: Sendable {
  private let contents: FileContents
  /// The elements that can be read.
  public let range: Range<Int>
  /// Of the chunks that hold them, in the file.
  private let addresses: [Int]
  /// Number of the first of these chunks, elements of a chunk, and bytes of an element.
  private let firstChunk: Int
  private let chunk: Int
  private let elementSize: Int

  /// - Parameters:
  ///   - range: within the dataset's length.
  ///   - dataset: not written any more.
  ///   - contents: of its file.
  ///   - locator: of its file.
  /// - Returns: nil when the bytes are not stored as they are: compressed, of another order, or not there.
  public init?(_ range: Range<Int>, of dataset: Dataset, in contents: FileContents, with locator: ChunkLocator)
    throws(HDF5Error)
  {
    let length = try dataset.length
    guard range.lowerBound >= 0, range.upperBound <= length else {
      throw HDF5Error(operation: "find elements \(range)", object: dataset.path, libraryMessages: ["it is shorter"])
    }
    // What is stored is little-endian.
    guard 1.littleEndian == 1, let chunk = try dataset.plainChunk else { return nil }
    self.contents = contents
    self.range = range
    self.chunk = chunk
    firstChunk = range.lowerBound / chunk
    elementSize = dataset.type.size
    var addresses: [Int] = []
    for start in stride(from: firstChunk * chunk, to: range.upperBound, by: chunk) {
      guard let address = try locator.address(ofChunkAt: start, of: dataset, size: chunk * elementSize) else {
        return nil
      }
      addresses.append(address)
    }
    self.addresses = addresses
  }

  /// Reads elements into a buffer.
  /// - Parameters:
  ///   - bytes: room for `count` elements.
  ///   - first: number of the first element; they must lie in `range`.
  public func read(
    into bytes: UnsafeMutableRawBufferPointer, from first: Int, count: Int
  ) throws(HDF5Error) {
    precondition(range.lowerBound <= first && count <= range.upperBound - first, "elements are read that were found")
    precondition(bytes.count >= count * elementSize, "a buffer holds what is read into it")
    var done = 0
    while done < count {
      let (number, offset) = (first + done).quotientAndRemainder(dividingBy: chunk)
      let piece = min(count - done, chunk - offset)
      let part = done * elementSize..<(done + piece) * elementSize
      try contents.read(
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[part]),
        from: addresses[number - firstChunk] + offset * elementSize)
      done += piece
    }
  }
}
