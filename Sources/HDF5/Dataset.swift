import CHDF5

/// A dataset of an open file: an array of elements of one type. Confined to one thread, like its file.
///
/// Buffers of bytes hold elements of the dataset's `type` in row-major order.
public final class Dataset {
  public let type: ElementType
  public let file: File
  /// Path from the root of the file.
  public let path: String
  private let handle: Handle
  private let memoryType: Handle

  init(_ handle: Handle, type: ElementType, memoryType: Handle, file: File, path: String) {
    self.handle = handle
    self.type = type
    self.memoryType = memoryType
    self.file = file
    self.path = path
  }

  static func accessProperties(cacheBytes: Int, _ place: String) throws(HDF5Error) -> Handle {
    let access = try Handle(H5Pcreate(gnomon_H5P_DATASET_ACCESS()), "prepare a dataset", place)
    try check(
      H5Pset_chunk_cache(access.identifier, 521, cacheBytes, 1), "set the chunk cache of a dataset", place)
    return access
  }

  private var place: String { "\(file.path):\(path)" }

  /// The attributes of this dataset.
  public var attributes: Attributes { Attributes(owner: handle, place: place, file: file) }

  // MARK: - Extent

  /// Elements in each dimension; empty for a single value.
  public var extent: [Int] {
    get throws(HDF5Error) {
      let space = try Handle(H5Dget_space(handle.identifier), "ask for the extent", place)
      let dimensions = try check(H5Sget_simple_extent_ndims(space.identifier), "ask for the dimensions", place)
      var extent = [hsize_t](repeating: 0, count: Int(dimensions))
      try check(H5Sget_simple_extent_dims(space.identifier, &extent, nil), "ask for the extent", place)
      return extent.map { Int(clamping: $0) }
    }
  }

  /// Bytes of all elements.
  private var size: Int {
    get throws(HDF5Error) {
      var size = type.size
      for length in try extent {
        let (product, overflow) = size.multipliedReportingOverflow(by: length)
        guard !overflow else {
          throw HDF5Error(operation: "hold all elements", object: place, libraryMessages: ["its extent is absurd"])
        }
        size = product
      }
      return size
    }
  }

  /// Elements in the first dimension; 1 for a single value.
  public var length: Int {
    get throws(HDF5Error) { try extent.first ?? 1 }
  }

  /// Extends or cuts a one-dimensional dataset.
  public func setLength(_ length: Int) throws(HDF5Error) {
    var extent = hsize_t(length)
    try check(H5Dset_extent(handle.identifier, &extent), "set the length to \(length)", place)
  }

  /// Extends or cuts a dataset of any number of dimensions.
  public func setExtent(_ extent: [Int]) throws(HDF5Error) {
    try check(H5Dset_extent(handle.identifier, extent.map { hsize_t($0) }), "set the extent to \(extent)", place)
  }

  // MARK: - Writing

  /// Writes `count` elements of a one-dimensional dataset, from element `start` on.
  public func write(_ bytes: UnsafeRawBufferPointer, at start: Int, count: Int) throws(HDF5Error) {
    precondition(bytes.count >= count * type.size, "a buffer holds what is written from it")
    guard count > 0 else { return }
    let (memory, stored) = try select(start, count)
    try check(
      H5Dwrite(handle.identifier, memoryType.identifier, memory.identifier, stored.identifier, 0, bytes.baseAddress),
      "write elements \(start) ..< \(start + count)", place)
  }

  /// Writes a block of a dataset of any number of dimensions.
  public func write(_ bytes: UnsafeRawBufferPointer, at start: [Int], count: [Int]) throws(HDF5Error) {
    precondition(bytes.count >= count.reduce(1, *) * type.size, "a buffer holds what is written from it")
    let (memory, stored) = try select(start, count)
    try check(
      H5Dwrite(handle.identifier, memoryType.identifier, memory.identifier, stored.identifier, 0, bytes.baseAddress),
      "write \(count) elements at \(start)", place)
  }

  /// Writes all of a dataset of fixed extent.
  public func writeAll(_ bytes: UnsafeRawBufferPointer) throws(HDF5Error) {
    let size = try size
    precondition(bytes.count >= size, "a buffer holds what is written from it")
    try check(
      H5Dwrite(handle.identifier, memoryType.identifier, 0, 0, 0, bytes.baseAddress), "write all elements", place)
  }

  /// Writes one text to a single-value text dataset; what does not fit is cut at a whole character.
  public func writeText(_ text: String) throws(HDF5Error) {
    let result = paddedText(text, length: type.size).withUnsafeBytes {
      H5Dwrite(handle.identifier, memoryType.identifier, 0, 0, 0, $0.baseAddress)
    }
    try check(result, "write a text", place)
  }

  /// Writes a whole chunk of a one-dimensional dataset without filter straight to the file.
  ///
  /// Nothing passes through the chunk cache, and no memory is allocated. Never mix this with `write` on a dataset that
  /// has a chunk cache: the two would each have their own idea of a chunk.
  ///
  /// - Parameters:
  ///   - bytes: one whole chunk, also where the dataset ends inside of it.
  ///   - start: the first element of the chunk, which must lie within the dataset's length.
  @inline(__always)
  public func writeChunk(_ bytes: UnsafeRawBufferPointer, at start: Int) throws(HDF5Error) {
    var offset = hsize_t(start)
    try check(
      H5Dwrite_chunk(handle.identifier, 0, 0, &offset, bytes.count, bytes.baseAddress),
      "write the chunk at \(start)", place)
  }

  /// Hands what was written to the operating system, so that readers find it.
  public func flush() throws(HDF5Error) {
    try check(H5Dflush(handle.identifier), "flush", place)
  }

  // MARK: - Reading

  /// Reads `count` elements of a one-dimensional dataset into a buffer.
  public func read(into bytes: UnsafeMutableRawBufferPointer, from start: Int, count: Int) throws(HDF5Error) {
    precondition(bytes.count >= count * type.size, "a buffer holds what is read into it")
    guard count > 0 else { return }
    let (memory, stored) = try select(start, count)
    try check(
      H5Dread(handle.identifier, memoryType.identifier, memory.identifier, stored.identifier, 0, bytes.baseAddress),
      "read elements \(start) ..< \(start + count)", place)
  }

  /// Reads a block of a dataset of any number of dimensions into a buffer.
  public func read(into bytes: UnsafeMutableRawBufferPointer, from start: [Int], count: [Int]) throws(HDF5Error) {
    precondition(bytes.count >= count.reduce(1, *) * type.size, "a buffer holds what is read into it")
    let (memory, stored) = try select(start, count)
    try check(
      H5Dread(handle.identifier, memoryType.identifier, memory.identifier, stored.identifier, 0, bytes.baseAddress),
      "read \(count) elements at \(start)", place)
  }

  /// Reads `count` elements of a one-dimensional dataset of float64.
  public func doubles(from start: Int, count: Int) throws(HDF5Error) -> [Double] { try values(start, count, 0.0) }

  /// Reads `count` elements of a one-dimensional dataset of int64.
  public func int64s(from start: Int, count: Int) throws(HDF5Error) -> [Int64] { try values(start, count, 0) }

  /// Reads `count` elements of a one-dimensional dataset of uint32.
  public func uint32s(from start: Int, count: Int) throws(HDF5Error) -> [UInt32] { try values(start, count, 0) }

  /// Reads all elements, of any type and extent, as bytes; refuses more than 1 GiB.
  public func bytes() throws(HDF5Error) -> [UInt8] {
    let size = try size
    guard size <= 1 << 30 else {
      throw HDF5Error(operation: "read all elements", object: place, libraryMessages: ["they are \(size) bytes"])
    }
    var bytes = [UInt8](repeating: 0, count: size)
    let result = bytes.withUnsafeMutableBytes {
      H5Dread(handle.identifier, memoryType.identifier, 0, 0, 0, $0.baseAddress)
    }
    try check(result, "read all elements", place)
    return bytes
  }

  /// Reads all texts of a dataset of fixed-length text.
  public func texts() throws(HDF5Error) -> [String] {
    let bytes = try bytes()
    return stride(from: 0, to: bytes.count, by: type.size).map { text(bytes[$0..<($0 + type.size)]) }
  }

  /// Looks at the file again, to see what its writer has added.
  public func refresh() throws(HDF5Error) {
    try check(H5Drefresh(handle.identifier), "refresh", place)
  }

  private func values<Value: BitwiseCopyable>(_ start: Int, _ count: Int, _ zero: Value) throws(HDF5Error) -> [Value] {
    guard MemoryLayout<Value>.size == type.size else {
      throw HDF5Error(operation: "read \(Value.self)", object: place, libraryMessages: ["elements are \(type)"])
    }
    var values = [Value](repeating: zero, count: count)
    guard count > 0 else { return values }
    let (memory, stored) = try select(start, count)
    let result = values.withUnsafeMutableBytes {
      H5Dread(handle.identifier, memoryType.identifier, memory.identifier, stored.identifier, 0, $0.baseAddress)
    }
    try check(result, "read elements \(start) ..< \(start + count)", place)
    return values
  }

  // MARK: - Where it is stored

  /// Elements of a chunk of a one-dimensional dataset without filters; nil for any other.
  var plainChunk: Int? {
    get throws(HDF5Error) {
      let creation = try Handle(H5Dget_create_plist(handle.identifier), "ask how it was made", place)
      guard H5Pget_layout(creation.identifier) == H5D_CHUNKED, H5Pget_nfilters(creation.identifier) == 0,
        try extent.count == 1
      else { return nil }
      var chunk: hsize_t = 0
      try check(H5Pget_chunk(creation.identifier, 1, &chunk), "ask for the chunks", place)
      return Int(chunk)
    }
  }

  /// Reads the chunk that begins with element `start` of a one-dimensional dataset as it is stored.
  /// - Parameter bytes: room for a whole chunk.
  func readChunk(at start: Int, into bytes: inout [UInt8]) throws(HDF5Error) {
    var (offset, filters) = (hsize_t(start), UInt32(0))
    let result = bytes.withUnsafeMutableBytes {
      H5Dread_chunk(handle.identifier, 0, &offset, &filters, $0.baseAddress)
    }
    try check(result, "read the chunk at \(start)", place)
  }

  // MARK: - Selections

  private func select(_ start: Int, _ count: Int) throws(HDF5Error) -> (memory: Handle, stored: Handle) {
    try select([start], [count])
  }

  private func select(_ start: [Int], _ count: [Int]) throws(HDF5Error) -> (memory: Handle, stored: Handle) {
    let counts = count.map { hsize_t($0) }
    let memory = try Handle(H5Screate_simple(Int32(count.count), counts, nil), "describe a buffer", place)
    let stored = try Handle(H5Dget_space(handle.identifier), "ask for the extent", place)
    try check(
      H5Sselect_hyperslab(stored.identifier, H5S_SELECT_SET, start.map { hsize_t($0) }, nil, counts, nil),
      "select \(count) elements at \(start)", place)
    return (memory, stored)
  }
}

/// The UTF-8 bytes of `text`, cut at a whole character or padded with zeros to `length`.
public func paddedText(_ text: String, length: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  for character in text {
    guard bytes.count + character.utf8.count <= length else { break }
    bytes += Array(character.utf8)
  }
  return bytes + [UInt8](repeating: 0, count: length - bytes.count)
}
