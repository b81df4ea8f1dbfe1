import CHDF5

/// A group of an open file: a folder of groups and datasets. Confined to one thread, like its file.
public final class Group {
  public let file: File
  /// Path from the root of the file.
  public let path: String
  let handle: Handle

  init(opening path: String, in location: hid_t, file: File) throws(HDF5Error) {
    self.file = file
    self.path = path
    handle = try Handle(H5Gopen2(location, path, 0), "open the group", "\(file.path):\(path)")
  }

  private init(creating name: String, in parent: Group) throws(HDF5Error) {
    file = parent.file
    path = parent.path(of: name)
    handle = try Handle(
      H5Gcreate2(parent.handle.identifier, name, 0, 0, 0), "create the group", "\(file.path):\(path)")
  }

  func path(of member: String) -> String {
    path == "/" ? "/\(member)" : "\(path)/\(member)"
  }

  private func place(_ member: String) -> String {
    "\(file.path):\(path(of: member))"
  }

  public func createGroup(_ name: String) throws(HDF5Error) -> Group {
    try Group(creating: name, in: self)
  }

  public func group(_ name: String) throws(HDF5Error) -> Group {
    try Group(opening: path(of: name), in: handle.identifier, file: file)
  }

  /// Whether a member of this name exists, be it group or dataset.
  public func contains(_ name: String) throws(HDF5Error) -> Bool {
    try check(H5Lexists(handle.identifier, name, 0), "look for a member", place(name)) > 0
  }

  /// Removes the link to a member; its space is used again only while the file stays open.
  public func remove(_ name: String) throws(HDF5Error) {
    try check(H5Ldelete(handle.identifier, name, 0), "remove a member", place(name))
  }

  /// The names of the members in alphabetical order.
  public func members() throws(HDF5Error) -> [String] {
    var names: [String] = []
    var position: hsize_t = 0
    let result = withUnsafeMutablePointer(to: &names) { pointer in
      H5Literate(
        handle.identifier, H5_INDEX_NAME, H5_ITER_INC, &position,
        { _, name, _, context in
          if let name, let context {
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          }
          return 0
        }, pointer)
    }
    try check(result, "list the members", "\(file.path):\(path)")
    return names
  }

  /// Creates an extendible dataset, at first of extent 0 in its first dimension.
  ///
  /// - Parameters:
  ///   - name: not yet taken.
  ///   - type: of its elements.
  ///   - extent: the dimensions after the first, which are fixed; empty for a one-dimensional dataset.
  ///   - chunk: elements of one chunk in each dimension.
  ///   - cacheBytes: memory for chunks that are only partly written; 0 writes everything through.
  ///   - deflation: 1 ... 9 compresses every chunk with shuffle and deflate, which all readers of HDF5 have; 0 does not.
  public func createDataset(
    _ name: String, of type: ElementType, extent: [Int] = [], chunk: [Int], cacheBytes: Int = 1 << 20,
    deflation: Int = 0
  ) throws(HDF5Error) -> Dataset {
    precondition(chunk.count == extent.count + 1, "a chunk has as many dimensions as its dataset")
    let place = place(name)
    let space = try Handle(
      H5Screate_simple(
        Int32(chunk.count), [0] + extent.map { hsize_t($0) }, [gnomon_H5S_UNLIMITED()] + extent.map { hsize_t($0) }),
      "describe the extent of a dataset", place)
    let creation = try Handle(H5Pcreate(gnomon_H5P_DATASET_CREATE()), "prepare a dataset", place)
    try check(
      H5Pset_chunk(creation.identifier, Int32(chunk.count), chunk.map { hsize_t($0) }), "set the chunks of a dataset",
      place)
    if deflation > 0 {
      try check(H5Pset_shuffle(creation.identifier), "compress a dataset", place)
      try check(H5Pset_deflate(creation.identifier, UInt32(min(deflation, 9))), "compress a dataset", place)
    }
    return try create(name, type, space, creation, cacheBytes: cacheBytes)
  }

  /// Creates a dataset of fixed extent whose space is taken at once; an empty extent makes a single value.
  public func createFixedDataset(
    _ name: String, of type: ElementType, extent: [Int] = []
  ) throws(HDF5Error) -> Dataset {
    let place = place(name)
    let space =
      extent.isEmpty
      ? try Handle(H5Screate(H5S_SCALAR), "describe a single value", place)
      : try Handle(
        H5Screate_simple(Int32(extent.count), extent.map { hsize_t($0) }, nil), "describe the extent of a dataset",
        place)
    let creation = try Handle(H5Pcreate(gnomon_H5P_DATASET_CREATE()), "prepare a dataset", place)
    try check(H5Pset_alloc_time(creation.identifier, H5D_ALLOC_TIME_EARLY), "take space for a dataset", place)
    return try create(name, type, space, creation, cacheBytes: 0)
  }

  private func create(
    _ name: String, _ type: ElementType, _ space: Handle, _ creation: Handle, cacheBytes: Int
  ) throws(HDF5Error) -> Dataset {
    let place = place(name)
    let stored = try type.makeHandle()
    let access = try Dataset.accessProperties(cacheBytes: cacheBytes, place)
    let handle = try Handle(
      H5Dcreate2(
        self.handle.identifier, name, stored.identifier, space.identifier, 0, creation.identifier, access.identifier),
      "create the dataset", place)
    return Dataset(handle, type: type, memoryType: stored, file: file, path: path(of: name))
  }

  /// Opens a dataset whose elements must be of the given type.
  ///
  /// - Throws: `HDF5Error` when there is none of this name or its elements are something else.
  public func dataset(
    _ name: String, of type: ElementType, cacheBytes: Int = 1 << 20
  ) throws(HDF5Error) -> Dataset {
    let place = place(name)
    let access = try Dataset.accessProperties(cacheBytes: cacheBytes, place)
    let handle = try Handle(
      H5Dopen2(self.handle.identifier, name, access.identifier), "open the dataset", place)
    let stored = try Handle(H5Dget_type(handle.identifier), "ask for the type of a dataset", place)
    let expected = try type.makeHandle()
    guard try check(H5Tequal(stored.identifier, expected.identifier), "compare types", place) > 0 else {
      throw HDF5Error(operation: "read elements of type \(type)", object: place, libraryMessages: ["they are not that"])
    }
    return Dataset(handle, type: type, memoryType: expected, file: file, path: path(of: name))
  }

  /// Opens a dataset of fixed-length text, whatever its length.
  public func textDataset(_ name: String) throws(HDF5Error) -> Dataset {
    let place = place(name)
    let handle = try Handle(H5Dopen2(self.handle.identifier, name, 0), "open the dataset", place)
    let stored = try Handle(H5Dget_type(handle.identifier), "ask for the type of a dataset", place)
    guard H5Tget_class(stored.identifier) == H5T_STRING, H5Tis_variable_str(stored.identifier) == 0 else {
      throw HDF5Error(operation: "read fixed-length text", object: place, libraryMessages: ["it is not that"])
    }
    let length = H5Tget_size(stored.identifier)
    return Dataset(handle, type: .text(length: length), memoryType: stored, file: file, path: path(of: name))
  }

  /// Opens a dataset of records, whatever their members; those of kinds that `ElementType` lacks are refused.
  public func compoundDataset(_ name: String) throws(HDF5Error) -> Dataset {
    let place = place(name)
    let handle = try Handle(H5Dopen2(self.handle.identifier, name, 0), "open the dataset", place)
    let stored = try Handle(H5Dget_type(handle.identifier), "ask for the type of a dataset", place)
    guard H5Tget_class(stored.identifier) == H5T_COMPOUND, let type = try ElementType(of: stored.identifier, place)
    else {
      throw HDF5Error(operation: "read records", object: place, libraryMessages: ["its elements are something else"])
    }
    return Dataset(handle, type: type, memoryType: try type.makeHandle(), file: file, path: path(of: name))
  }

  /// The attributes of this group.
  public var attributes: Attributes { Attributes(owner: handle, place: "\(file.path):\(path)", file: file) }
}
