import CHDF5

/// What one element of a dataset is, little-endian on disk and in memory.
public indirect enum ElementType: Hashable, Sendable {
  case float64
  case int64
  case uint64
  case uint32
  case uint8
  /// UTF-8 text in `length` bytes, the rest zero; h5py reads it as `S<length>`.
  case text(length: Int)
  /// A record of named members at byte offsets; h5py reads it as a structured array.
  case compound(members: [Member], size: Int)

  /// One member of a record.
  public struct Member: Hashable, Sendable {
    public var name: String
    public var offset: Int
    public var type: ElementType

    public init(_ name: String, at offset: Int, _ type: ElementType) {
      self.name = name
      self.offset = offset
      self.type = type
    }
  }

  /// Real and imaginary part as float64, in the form that h5py reads and writes as complex128.
  public static let complex128 = ElementType.compound(
    members: [Member("r", at: 0, .float64), Member("i", at: 8, .float64)], size: 16)

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .uint32: 4
    case .uint8: 1
    case .text(let length): length
    case .compound(_, let size): size
    }
  }

  /// A new identifier of this type.
  func makeHandle() throws(HDF5Error) -> Handle {
    switch self {
    case .float64: return try copy(gnomon_H5T_IEEE_F64LE())
    case .int64: return try copy(gnomon_H5T_STD_I64LE())
    case .uint64: return try copy(gnomon_H5T_STD_U64LE())
    case .uint32: return try copy(gnomon_H5T_STD_U32LE())
    case .uint8: return try copy(gnomon_H5T_STD_U8LE())
    case .text(let length):
      let handle = try copy(gnomon_H5T_C_S1())
      try check(H5Tset_size(handle.identifier, max(length, 1)), "set the length of a text type", "\(self)")
      try check(H5Tset_strpad(handle.identifier, H5T_STR_NULLPAD), "set the padding of a text type", "\(self)")
      try check(H5Tset_cset(handle.identifier, H5T_CSET_UTF8), "set the character set of a text type", "\(self)")
      return handle
    case .compound(let members, let size):
      let handle = try Handle(H5Tcreate(H5T_COMPOUND, size), "create a record type", "\(self)")
      for member in members {
        let type = try member.type.makeHandle()
        try check(
          H5Tinsert(handle.identifier, member.name, member.offset, type.identifier), "add a member to a record type",
          member.name)
      }
      return handle
    }
  }

  /// The type that an identifier of the library stands for; nil when it is none of these.
  init?(of identifier: hid_t, _ place: String) throws(HDF5Error) {
    switch H5Tget_class(identifier) {
    case H5T_STRING where H5Tis_variable_str(identifier) == 0:
      self = .text(length: H5Tget_size(identifier))
    case H5T_COMPOUND:
      var members: [Member] = []
      for index in 0..<UInt32(max(0, H5Tget_nmembers(identifier))) {
        let member = try Handle(H5Tget_member_type(identifier, index), "ask for a member's type", place)
        guard let type = try ElementType(of: member.identifier, place), let name = H5Tget_member_name(identifier, index)
        else { return nil }
        members.append(Member(String(cString: name), at: H5Tget_member_offset(identifier, index), type))
        H5free_memory(name)
      }
      self = .compound(members: members, size: H5Tget_size(identifier))
    default:
      for candidate in [ElementType.float64, .int64, .uint64, .uint32, .uint8] {
        let handle = try candidate.makeHandle()
        if H5Tequal(identifier, handle.identifier) > 0 {
          self = candidate
          return
        }
      }
      return nil
    }
  }

  private func copy(_ predefined: hid_t) throws(HDF5Error) -> Handle {
    try Handle(H5Tcopy(predefined), "copy a predefined type", "\(self)")
  }
}
