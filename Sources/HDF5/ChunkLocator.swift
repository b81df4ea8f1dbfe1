import CHDF5
import Glibc

/// Finds where the chunks of a file's datasets lie, each in the same time however many there are.
///
/// Asked for the address of a chunk, the library walks through all chunks before it; to read one it goes there at once. So
/// the file is opened once more through a driver that notes where a dataset's elements are wanted, and leaves them unread.
/// Confined to one thread at a time, like every file of the library.
public final class ChunkLocator {
  private let file: File
  private let notes: UnsafeMutablePointer<UnreadFile>
  private var datasets: [String: Dataset] = [:]
  private var room: [UInt8] = []

  /// - Parameter path: a file that nobody writes.
  /// - Throws: `HDF5Error` when it cannot be opened.
  public init(opening path: String) throws(HDF5Error) {
    file = try File(opening: path, driver: UnreadFile.driver)
    notes = try file.driverFile(as: UnreadFile.self)
  }

  /// - Parameters:
  ///   - start: the first element of the chunk, within the dataset's length.
  ///   - dataset: one-dimensional and without filters, of another opening of the file.
  ///   - size: bytes of a chunk.
  /// - Returns: bytes from the start of the file; nil when the chunk was never written.
  /// - Throws: `HDF5Error` when the file has no such dataset.
  func address(ofChunkAt start: Int, of dataset: Dataset, size: Int) throws(HDF5Error) -> Int? {
    let own = try counterpart(of: dataset)
    if room.count < size { room = [UInt8](repeating: 0, count: size) }
    notes.pointee.wanted = nil
    do throws(HDF5Error) {
      try own.readChunk(at: start, into: &room)
    } catch {
      return nil
    }
    guard let wanted = notes.pointee.wanted, wanted.count == size else { return nil }
    return Int(exactly: wanted.address)
  }

  private func counterpart(of dataset: Dataset) throws(HDF5Error) -> Dataset {
    if let known = datasets[dataset.path] { return known }
    let own = try file.root.dataset(dataset.path, of: dataset.type, cacheBytes: 0)
    datasets[dataset.path] = own
    return own
  }
}

/// A file whose structure can be read and whose datasets' elements cannot: where they were wanted is noted instead.
private struct UnreadFile {
  /// What the library keeps of the file; it has to come first.
  var library = H5FD_t()
  var descriptor: Int32
  var length: haddr_t
  /// As far as the library thinks that the file goes.
  var end: haddr_t = 0
  /// Which bytes were wanted last.
  var wanted: (address: haddr_t, count: Int)?

  private static func of(_ file: UnsafePointer<H5FD_t>?) -> UnsafeMutablePointer<UnreadFile>? {
    file.map { UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: UnreadFile.self) }
  }

  /// Its identifier in the library, for as long as the process lives.
  static let driver: hid_t = {
    gnomon_stop_printing()
    var driver = H5FD_class_t()
    driver.name = UnsafePointer(strdup("unread"))
    driver.maxaddr = haddr_t(Int64.max)
    driver.fc_degree = H5F_CLOSE_STRONG
    driver.open = { path, _, _, _ in
      var status = stat()
      let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
      guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
        if descriptor >= 0 { Glibc.close(descriptor) }
        return nil
      }
      let file = UnsafeMutablePointer<UnreadFile>.allocate(capacity: 1)
      file.initialize(to: UnreadFile(descriptor: descriptor, length: haddr_t(status.st_size)))
      return UnsafeMutableRawPointer(file).assumingMemoryBound(to: H5FD_t.self)
    }
    driver.close = { file in
      guard let file = of(file) else { return -1 }
      Glibc.close(file.pointee.descriptor)
      file.deallocate()
      return 0
    }
    driver.get_handle = { file, _, handle in
      handle?.pointee = file.map { UnsafeMutableRawPointer($0) }
      return file == nil ? -1 : 0
    }
    driver.get_eoa = { file, _ in of(file)?.pointee.end ?? 0 }
    driver.set_eoa = { file, _, end in
      of(file)?.pointee.end = end
      return 0
    }
    driver.get_eof = { file, _ in of(file)?.pointee.length ?? 0 }
    driver.read = { file, kind, _, address, count, bytes in
      guard let file = of(file), let bytes else { return -1 }
      guard kind != H5FD_MEM_DRAW else {
        file.pointee.wanted = (address, count)
        return 0
      }
      var done = 0
      while done < count {
        let part = pread(file.pointee.descriptor, bytes + done, count - done, off_t(clamping: address) + off_t(done))
        if part < 0, errno == EINTR { continue }
        guard part > 0 else { return -1 }
        done += part
      }
      return 0
    }
    driver.write = { _, _, _, _, _, _ in -1 }
    return H5FDregister(&driver)
  }()
}
