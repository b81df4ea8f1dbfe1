import HDF5

/// What became of the samples of one stream: a row of `/accounting`.
///
/// Samples are counted per channel: a block of 3 channels x 100 samples counts 100. A sample is `declaredMissing` when it
/// is NaN in any channel, and `archived` otherwise, so that at the end sent = archived + declaredMissing and this equals
/// the length of the stream.
public struct StreamAccounting: Hashable, Sendable, Codable {
  public var stream: String
  /// Samples that the node has produced, missing ones included.
  public var sent: Int64
  public var archived: Int64
  public var declaredMissing: Int64
  /// Blocks that came after their turn, came again, or were refused.
  public var late: Int64
  public var duplicate: Int64
  public var refused: Int64
  public var blocksSent: Int64
  public var blocksArchived: Int64

  public init(
    stream: String, sent: Int64 = 0, archived: Int64 = 0, declaredMissing: Int64 = 0, late: Int64 = 0,
    duplicate: Int64 = 0, refused: Int64 = 0, blocksSent: Int64 = 0, blocksArchived: Int64 = 0
  ) {
    self.stream = stream
    self.sent = sent
    self.archived = archived
    self.declaredMissing = declaredMissing
    self.late = late
    self.duplicate = duplicate
    self.refused = refused
    self.blocksSent = blocksSent
    self.blocksArchived = blocksArchived
  }

  // MARK: - The record in the file

  private static let counters = [
    "sent", "archived", "declared_missing", "late", "duplicate", "refused", "blocks_sent", "blocks_archived",
  ]

  /// The record with names of at most `nameLength` bytes.
  static func type(nameLength: Int) -> ElementType {
    .compound(
      members: [.init("stream", at: 0, .text(length: nameLength))]
        + counters.enumerated().map { .init($1, at: nameLength + 8 * $0, .int64) },
      size: nameLength + 8 * counters.count)
  }

  func bytes(nameLength: Int) -> [UInt8] {
    let values = [sent, archived, declaredMissing, late, duplicate, refused, blocksSent, blocksArchived]
    return paddedText(stream, length: nameLength)
      + values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  }

  init(from bytes: UnsafeRawBufferPointer, nameLength: Int) {
    func value(_ index: Int) -> Int64 {
      Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: nameLength + 8 * index, as: Int64.self))
    }
    self.init(
      stream: String(decoding: bytes[0..<nameLength].prefix { $0 != 0 }, as: UTF8.self), sent: value(0),
      archived: value(1), declaredMissing: value(2), late: value(3), duplicate: value(4), refused: value(5),
      blocksSent: value(6), blocksArchived: value(7))
  }
}

/// How a run ended, or that it has not.
public enum RunStatus: Hashable, Sendable, Codable, CustomStringConvertible {
  case running
  case complete
  case interrupted(String)

  public var description: String {
    switch self {
    case .running: "running"
    case .complete: "complete"
    case .interrupted(let reason): "interrupted: \(reason)"
    }
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ text: String) {
    switch text {
    case "running": self = .running
    case "complete": self = .complete
    default:
      guard text.hasPrefix("interrupted: ") else { return nil }
      self = .interrupted(String(text.dropFirst("interrupted: ".count)))
    }
  }
}
