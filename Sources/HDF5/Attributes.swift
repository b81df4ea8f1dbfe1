import CHDF5

/// The attributes of a group or dataset: small named values. Confined to one thread, like their owner.
public struct Attributes {
  let owner: Handle
  let place: String
  /// Keeps the file open as long as its attributes are at hand.
  let file: File

  public func set(_ name: String, _ value: Double) throws(HDF5Error) {
    try write(name, .float64, extent: [], array: [value])
  }

  public func set(_ name: String, _ value: Int64) throws(HDF5Error) {
    try write(name, .int64, extent: [], array: [value])
  }

  public func set(_ name: String, _ value: UInt64) throws(HDF5Error) {
    try write(name, .uint64, extent: [], array: [value])
  }

  public func set(_ name: String, _ value: String) throws(HDF5Error) {
    try write(name, [value], extent: [])
  }

  public func set(_ name: String, _ values: [Double]) throws(HDF5Error) {
    try write(name, .float64, extent: [values.count], array: values)
  }

  /// Sets a matrix given row by row.
  public func set(_ name: String, _ values: [Double], columns: Int) throws(HDF5Error) {
    precondition(columns > 0 && values.count % columns == 0, "a matrix has whole rows")
    try write(name, .float64, extent: [values.count / columns, columns], array: values)
  }

  public func set(_ name: String, _ values: [String]) throws(HDF5Error) {
    try write(name, values, extent: [values.count])
  }

  public func contains(_ name: String) throws(HDF5Error) -> Bool {
    try check(H5Aexists(owner.identifier, name), "look for attribute \(name)", place) > 0
  }

  public func names() throws(HDF5Error) -> [String] {
    var names: [String] = []
    var position: hsize_t = 0
    let result = withUnsafeMutablePointer(to: &names) { pointer in
      H5Aiterate2(
        owner.identifier, H5_INDEX_NAME, H5_ITER_INC, &position,
        { _, name, _, context in
          if let name, let context {
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          }
          return 0
        }, pointer)
    }
    try check(result, "list the attributes", place)
    return names
  }

  public func double(_ name: String) throws(HDF5Error) -> Double { try numbers(name, .float64, 0.0, count: 1)[0] }

  public func int64(_ name: String) throws(HDF5Error) -> Int64 { try numbers(name, .int64, Int64(0), count: 1)[0] }

  public func uint64(_ name: String) throws(HDF5Error) -> UInt64 { try numbers(name, .uint64, UInt64(0), count: 1)[0] }

  public func doubles(_ name: String) throws(HDF5Error) -> [Double] { try numbers(name, .float64, 0.0, count: nil) }

  public func string(_ name: String) throws(HDF5Error) -> String {
    let values = try strings(name)
    guard values.count == 1 else { throw unexpected(name, "\(values.count) values in place of one") }
    return values[0]
  }

  public func strings(_ name: String) throws(HDF5Error) -> [String] {
    let (attribute, type, count) = try open(name)
    guard H5Tget_class(type.identifier) == H5T_STRING, H5Tis_variable_str(type.identifier) == 0 else {
      throw unexpected(name, "no fixed-length text")
    }
    let length = H5Tget_size(type.identifier)
    var bytes = [UInt8](repeating: 0, count: length * count)
    let result = bytes.withUnsafeMutableBytes { H5Aread(attribute.identifier, type.identifier, $0.baseAddress) }
    try check(result, "read attribute \(name)", place)
    return (0..<count).map { text(bytes[($0 * length)..<(($0 + 1) * length)]) }
  }

  // MARK: - Access to the library

  func unexpected(_ name: String, _ what: String) -> HDF5Error {
    HDF5Error(operation: "read attribute \(name)", object: place, libraryMessages: [what])
  }

  func open(_ name: String) throws(HDF5Error) -> (attribute: Handle, type: Handle, count: Int) {
    let attribute = try Handle(H5Aopen(owner.identifier, name, 0), "open attribute \(name)", place)
    let type = try Handle(H5Aget_type(attribute.identifier), "ask for the type of attribute \(name)", place)
    let space = try Handle(H5Aget_space(attribute.identifier), "ask for the extent of attribute \(name)", place)
    let count = try check(H5Sget_simple_extent_npoints(space.identifier), "count attribute \(name)", place)
    let size = H5Tget_size(type.identifier)
    guard size < 1 << 26, count < 1 << 26, Int(count) * size < 1 << 26 else {
      throw unexpected(name, "it is too large")
    }
    return (attribute, type, Int(count))
  }

  private func numbers<Value: BitwiseCopyable>(
    _ name: String, _ expected: ElementType, _ zero: Value, count: Int?
  ) throws(HDF5Error) -> [Value] {
    let (attribute, type, stored) = try open(name)
    let memory = try expected.makeHandle()
    guard H5Tget_class(type.identifier) == H5Tget_class(memory.identifier) else {
      throw unexpected(name, "no \(expected)")
    }
    guard count == nil || stored == count else { throw unexpected(name, "\(stored) values in place of one") }
    var values = [Value](repeating: zero, count: stored)
    let result = values.withUnsafeMutableBytes { H5Aread(attribute.identifier, memory.identifier, $0.baseAddress) }
    try check(result, "read attribute \(name)", place)
    return values
  }

  private func write(_ name: String, _ values: [String], extent: [Int]) throws(HDF5Error) {
    let length = max(1, values.map(\.utf8.count).max() ?? 1)
    let bytes = values.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: length - $0.utf8.count) }
    try write(name, .text(length: length), extent: extent, array: bytes)
  }

  private func write<Value: BitwiseCopyable>(
    _ name: String, _ type: ElementType, extent: [Int], array: [Value]
  ) throws(HDF5Error) {
    let stored = try type.makeHandle()
    let space = try Handle(
      extent.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extent.count), extent.map { hsize_t($0) }, nil),
      "describe attribute \(name)", place)
    if try contains(name) {
      try check(H5Adelete(owner.identifier, name), "replace attribute \(name)", place)
    }
    let attribute = try Handle(
      H5Acreate2(owner.identifier, name, stored.identifier, space.identifier, 0, 0), "create attribute \(name)", place)
    let result = array.withUnsafeBytes { H5Awrite(attribute.identifier, stored.identifier, $0.baseAddress) }
    try check(result, "write attribute \(name)", place)
  }
}

/// Text without the zeros or spaces that pad it; bytes that are no UTF-8 become the replacement character.
func text(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
}
