import CHDF5

extension File {
  /// Copies a whole file into a new one, every chunked dataset compressed with shuffle and deflate, which all readers of HDF5
  /// have; nothing else changes.
  ///
  /// - Parameters:
  ///   - path: of the new file.
  ///   - deflation: 1 (fast) ... 9 (small).
  ///   - progress: called now and then with the bytes that were copied.
  /// - Throws: `HDF5Error`; then the new file is to be removed.
  public func copyCompressed(to path: String, deflation: Int, progress: (Int) -> Void = { _ in }) throws(HDF5Error) {
    let target = try File(creating: path)
    var copy = CompressedCopy(deflation: deflation)
    try copy.copy(try root, to: try target.root, depth: 0, progress)
    try target.close()
  }
}

private struct CompressedCopy {
  /// Bytes of a batch of rows, at least one row.
  private static let batch = 16 << 20
  private static let deepest = 32

  let deflation: Int
  private var bytes = 0

  init(deflation: Int) { self.deflation = deflation }

  mutating func copy(
    _ source: Group, to target: Group, depth: Int, _ progress: (Int) -> Void
  ) throws(HDF5Error) {
    guard depth < Self.deepest else {
      throw HDF5Error(operation: "copy groups", object: source.path, libraryMessages: ["they are nested too deeply"])
    }
    try copyAttributes(source.handle, target.handle, source.path)
    for name in try source.members() {
      switch try source.kind(of: name) {
      case .group: try copy(try source.group(name), to: try target.createGroup(name), depth: depth + 1, progress)
      case .dataset: try copyDataset(name, source, target, progress)
      case .other: try copyObject(name, source, target)
      }
    }
  }

  private func copyObject(_ name: String, _ source: Group, _ target: Group) throws(HDF5Error) {
    try check(
      H5Ocopy(source.handle.identifier, name, target.handle.identifier, name, 0, 0), "copy a member",
      source.path(of: name))
  }

  private mutating func copyDataset(
    _ name: String, _ source: Group, _ target: Group, _ progress: (Int) -> Void
  ) throws(HDF5Error) {
    let place = "\(source.file.path):\(source.path(of: name))"
    let old = try Handle(H5Dopen2(source.handle.identifier, name, 0), "open the dataset", place)
    let creation = try Handle(H5Dget_create_plist(old.identifier), "ask how a dataset is stored", place)
    let type = try Handle(H5Dget_type(old.identifier), "ask for the type of a dataset", place)
    let space = try Handle(H5Dget_space(old.identifier), "ask for the extent", place)
    // Text of variable length lives elsewhere in the file; what is not in chunks cannot be compressed.
    guard H5Pget_layout(creation.identifier) == H5D_CHUNKED,
      try check(H5Tdetect_class(type.identifier, H5T_VLEN), "look at a type", place) == 0,
      H5Tis_variable_str(type.identifier) <= 0
    else { return try copyObject(name, source, target) }
    var extent = [hsize_t](
      repeating: 0, count: Int(try check(H5Sget_simple_extent_ndims(space.identifier), "ask for the dimensions", place))
    )
    try check(H5Sget_simple_extent_dims(space.identifier, &extent, nil), "ask for the extent", place)
    var chunk = extent
    try check(H5Pget_chunk(creation.identifier, Int32(chunk.count), &chunk), "ask for the chunks of a dataset", place)
    try check(H5Premove_filter(creation.identifier, H5Z_FILTER_ALL), "compress a dataset", place)
    try check(H5Pset_shuffle(creation.identifier), "compress a dataset", place)
    try check(H5Pset_deflate(creation.identifier, UInt32(deflation)), "compress a dataset", place)
    let size = H5Tget_size(type.identifier)
    let access = try Dataset.accessProperties(cacheBytes: 2 * chunk.reduce(size) { $0 * Int($1) }, place)
    let new = try Handle(
      H5Dcreate2(
        target.handle.identifier, name, type.identifier, space.identifier, 0, creation.identifier, access.identifier),
      "create the dataset", place)
    try copyAttributes(old, new, place)
    let rows = Int(extent.first ?? 0)
    let rowBytes = extent.dropFirst().reduce(size) { $0 * Int($1) }
    // Whole chunks at a time: each is compressed once.
    let chunkRows = max(1, Int(chunk.first ?? 1))
    let batch = max(1, Self.batch / max(1, rowBytes * chunkRows)) * chunkRows
    var buffer = [UInt8](repeating: 0, count: min(batch, max(rows, 1)) * rowBytes)
    var first = 0
    while first < rows {
      let count = min(batch, rows - first)
      let start = [hsize_t(first)] + extent.dropFirst().map { _ in 0 }
      let counts = [hsize_t(count)] + extent.dropFirst()
      let memory = try Handle(H5Screate_simple(Int32(counts.count), counts, nil), "describe a buffer", place)
      try check(H5Sselect_hyperslab(space.identifier, H5S_SELECT_SET, start, nil, counts, nil), "select rows", place)
      let read = buffer.withUnsafeMutableBytes {
        H5Dread(old.identifier, type.identifier, memory.identifier, space.identifier, 0, $0.baseAddress)
      }
      try check(read, "read rows \(first) ..< \(first + count)", place)
      let written = buffer.withUnsafeBytes {
        H5Dwrite(new.identifier, type.identifier, memory.identifier, space.identifier, 0, $0.baseAddress)
      }
      try check(written, "write rows \(first) ..< \(first + count)", place)
      first += count
      bytes += count * rowBytes
      progress(bytes)
    }
  }

  private func copyAttributes(_ source: Handle, _ target: Handle, _ place: String) throws(HDF5Error) {
    let count = try check(H5Aget_num_attrs(source.identifier), "count the attributes", place)
    for index in 0..<count {
      let old = try Handle(
        H5Aopen_by_idx(source.identifier, ".", H5_INDEX_NAME, H5_ITER_INC, hsize_t(index), 0, 0), "open an attribute",
        place)
      let type = try Handle(H5Aget_type(old.identifier), "ask for the type of an attribute", place)
      let space = try Handle(H5Aget_space(old.identifier), "ask for the extent of an attribute", place)
      var name = [CChar](repeating: 0, count: 1024)
      try check(H5Aget_name(old.identifier, name.count, &name), "ask for the name of an attribute", place)
      let points = try check(H5Sget_simple_extent_npoints(space.identifier), "count an attribute", place)
      let size = H5Tget_size(type.identifier)
      guard Int(points) * size < 1 << 26 else {
        throw HDF5Error(operation: "copy an attribute", object: place, libraryMessages: ["it is too large"])
      }
      var bytes = [UInt8](repeating: 0, count: max(1, Int(points) * size))
      let new = try Handle(
        H5Acreate2(target.identifier, name, type.identifier, space.identifier, 0, 0), "create an attribute", place)
      let read = bytes.withUnsafeMutableBytes { H5Aread(old.identifier, type.identifier, $0.baseAddress) }
      try check(read, "read an attribute", place)
      let written = bytes.withUnsafeBytes { H5Awrite(new.identifier, type.identifier, $0.baseAddress) }
      try check(written, "write an attribute", place)
    }
  }
}
