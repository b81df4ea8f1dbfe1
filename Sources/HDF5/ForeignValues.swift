import CHDF5

/// What an attribute of a file that someone else wrote holds, whatever type they chose for it.
public enum AttributeValue: Hashable, Sendable {
  case number(Double)
  case text(String)
}

extension Attributes {
  /// Reads a single number or text of any width, text also of variable length.
  ///
  /// - Returns: nil when there is no attribute of this name.
  /// - Throws: `HDF5Error` when it is neither, or more than one.
  public func value(_ name: String) throws(HDF5Error) -> AttributeValue? {
    guard try contains(name) else { return nil }
    let (attribute, type, count) = try open(name)
    guard count == 1 else { throw unexpected(name, "\(count) values in place of one") }
    switch H5Tget_class(type.identifier) {
    case H5T_INTEGER, H5T_FLOAT:
      let memory = try ElementType.float64.makeHandle()
      var value = 0.0
      try check(H5Aread(attribute.identifier, memory.identifier, &value), "read attribute \(name)", place)
      return .number(value)
    case H5T_STRING where H5Tis_variable_str(type.identifier) > 0:
      var pointer: UnsafeMutablePointer<CChar>?
      try check(H5Aread(attribute.identifier, type.identifier, &pointer), "read attribute \(name)", place)
      defer { H5free_memory(pointer) }
      return .text(pointer.map { String(cString: $0) } ?? "")
    case H5T_STRING:
      let text = try string(name)
      // Fortran and some writers of C pad with spaces.
      return .text(String(text.reversed().drop { $0 == " " }.reversed()))
    default:
      throw unexpected(name, "neither a number nor text")
    }
  }
}

extension Group {
  /// What a member is.
  public enum MemberKind: Sendable {
    case group, dataset, other
  }

  /// What the member of this name is; links out of the file count as `other`.
  public func kind(of name: String) throws(HDF5Error) -> MemberKind {
    let place = "\(file.path):\(path(of: name))"
    var link = H5L_info_t()
    try check(H5Lget_info(handle.identifier, name, &link, 0), "look at a member", place)
    guard link.type == H5L_TYPE_HARD || link.type == H5L_TYPE_SOFT else { return .other }
    guard try check(H5Oexists_by_name(handle.identifier, name, 0), "look at a member", place) > 0 else { return .other }
    let object = try Handle(H5Oopen(handle.identifier, name, 0), "open a member", place)
    switch H5Iget_type(object.identifier) {
    case H5I_GROUP: return .group
    case H5I_DATASET: return .dataset
    default: return .other
    }
  }

  /// Reads a single text, of fixed or variable length.
  ///
  /// - Throws: `HDF5Error` when there is none of this name, or it is not one text.
  public func singleText(_ name: String) throws(HDF5Error) -> String {
    let place = "\(file.path):\(path(of: name))"
    let dataset = try Handle(H5Dopen2(handle.identifier, name, 0), "open the dataset", place)
    let type = try Handle(H5Dget_type(dataset.identifier), "ask for the type of a dataset", place)
    let space = try Handle(H5Dget_space(dataset.identifier), "ask for the extent", place)
    let count = try check(H5Sget_simple_extent_npoints(space.identifier), "count the elements", place)
    guard H5Tget_class(type.identifier) == H5T_STRING, count == 1, H5Tget_size(type.identifier) < 1 << 20 else {
      throw HDF5Error(operation: "read one text", object: place, libraryMessages: ["it is not that"])
    }
    if H5Tis_variable_str(type.identifier) > 0 {
      var pointer: UnsafeMutablePointer<CChar>?
      try check(H5Dread(dataset.identifier, type.identifier, 0, 0, 0, &pointer), "read a text", place)
      defer { H5free_memory(pointer) }
      return pointer.map { String(cString: $0) } ?? ""
    }
    var bytes = [UInt8](repeating: 0, count: H5Tget_size(type.identifier))
    let result = bytes.withUnsafeMutableBytes {
      H5Dread(dataset.identifier, type.identifier, 0, 0, 0, $0.baseAddress)
    }
    try check(result, "read a text", place)
    return text(bytes)
  }

  /// Opens a one-dimensional dataset of integers or floating-point numbers of any width, to be read as float64.
  ///
  /// A dataset from a stranger may be made to exhaust whoever reads it: its chunks may be huge, its elements may lie in
  /// other files or nowhere. Those are refused.
  ///
  /// - Parameters:
  ///   - name: a member or, with slashes, a member of members.
  ///   - largestChunk: bytes that one chunk may have.
  /// - Throws: `HDF5Error` when it is not such a dataset or its stored bytes cannot hold its elements.
  public func numericDataset(_ name: String, largestChunk: Int = 256 << 20) throws(HDF5Error) -> Dataset {
    let place = "\(file.path):\(path(of: name))"
    func refused(_ why: String) -> HDF5Error {
      HDF5Error(operation: "read numbers", object: place, libraryMessages: [why])
    }
    let access = try Dataset.accessProperties(cacheBytes: largestChunk, place)
    let dataset = try Handle(H5Dopen2(handle.identifier, name, access.identifier), "open the dataset", place)
    let stored = try Handle(H5Dget_type(dataset.identifier), "ask for the type of a dataset", place)
    let kind = H5Tget_class(stored.identifier)
    guard kind == H5T_INTEGER || kind == H5T_FLOAT else { throw refused("its elements are no numbers") }
    let space = try Handle(H5Dget_space(dataset.identifier), "ask for the extent", place)
    guard H5Sget_simple_extent_ndims(space.identifier) == 1 else { throw refused("it is not one-dimensional") }
    let count = try check(H5Sget_simple_extent_npoints(space.identifier), "count the elements", place)
    let creation = try Handle(H5Dget_create_plist(dataset.identifier), "ask how a dataset is stored", place)
    guard H5Pget_external_count(creation.identifier) == 0 else { throw refused("its elements lie in other files") }
    let size = H5Tget_size(stored.identifier)
    var chunkBytes = 0
    switch H5Pget_layout(creation.identifier) {
    case H5D_CHUNKED:
      var chunk: hsize_t = 0
      try check(H5Pget_chunk(creation.identifier, 1, &chunk), "ask for the chunks of a dataset", place)
      guard chunk <= hsize_t(largestChunk / max(size, 1)) else { throw refused("its chunks have \(chunk) elements") }
      chunkBytes = Int(chunk) * size
    case H5D_CONTIGUOUS, H5D_COMPACT: break
    default: throw refused("its elements lie in other datasets")
    }
    // No filter shrinks more than a thousandfold; what is not stored at all would be read as invented numbers.
    let bytes = Int(clamping: H5Dget_storage_size(dataset.identifier))
    let (most, overflow) = bytes.multipliedReportingOverflow(by: 1100)
    guard overflow || Int64(count) <= (Int64(most) + Int64(chunkBytes)) / Int64(max(size, 1)) else {
      throw refused("it claims \(count) elements, but \(bytes) bytes are stored")
    }
    guard count == 0 || bytes > 0 else { throw refused("its elements were never written") }
    return Dataset(
      dataset, type: .float64, memoryType: try ElementType.float64.makeHandle(), file: file, path: path(of: name))
  }
}
