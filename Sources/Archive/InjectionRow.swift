import HDF5

/// One signal that the samples carry: a row of `/injections`.
public struct InjectionRow: Hashable, Sendable, Codable {
  public var identifier: String
  /// The kind of field, such as `isotropic-background`.
  public var model: String
  /// The parameters of the field as JSON.
  public var parameters: String
  /// The seed of the run, from which the field's random numbers are derived.
  public var seed: UInt64
  /// The first sample since the epoch that carries the signal.
  public var firstSample: Int64

  public init(identifier: String, model: String, parameters: String, seed: UInt64, firstSample: Int64) {
    self.identifier = identifier
    self.model = model
    self.parameters = parameters
    self.seed = seed
    self.firstSample = firstSample
  }

  /// The record wide enough for `rows`.
  static func type(for rows: [InjectionRow]) -> ElementType {
    func width(_ text: KeyPath<InjectionRow, String>) -> Int {
      max(64, rows.map { $0[keyPath: text].utf8.count }.max() ?? 0)
    }
    return type(identifier: width(\.identifier), model: width(\.model), parameters: width(\.parameters))
  }

  private static func type(identifier: Int, model: Int, parameters: Int) -> ElementType {
    .compound(
      members: [
        .init("seed", at: 0, .uint64), .init("first_sample", at: 8, .int64),
        .init("id", at: 16, .text(length: identifier)), .init("model", at: 16 + identifier, .text(length: model)),
        .init("parameters", at: 16 + identifier + model, .text(length: parameters)),
      ], size: 16 + identifier + model + parameters)
  }

  /// Whether a dataset's records have the columns of this one, of whatever width.
  static func accepts(_ stored: ElementType) -> Bool {
    guard case .compound(let members, _) = stored, members.count == 5 else { return false }
    return stored
      == type(identifier: members[2].type.size, model: members[3].type.size, parameters: members[4].type.size)
  }

  func bytes(_ type: ElementType) -> [UInt8] {
    guard case .compound(let members, _) = type else { return [] }
    return withUnsafeBytes(of: seed.littleEndian) { Array($0) }
      + withUnsafeBytes(of: firstSample.littleEndian) { Array($0) }
      + paddedText(identifier, length: members[2].type.size) + paddedText(model, length: members[3].type.size)
      + paddedText(parameters, length: members[4].type.size)
  }

  init(from bytes: UnsafeRawBufferPointer, _ members: [ElementType.Member]) {
    func text(_ member: ElementType.Member) -> String {
      String(decoding: bytes[member.offset..<(member.offset + member.type.size)].prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(
      identifier: text(members[2]), model: text(members[3]), parameters: text(members[4]),
      seed: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
      firstSample: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
  }
}
