import HDF5

/// The dataset `/refused_peers`: how many peers the hub sent away, connections and greetings alike, by reason.
///
/// It has a fixed number of rows, for nothing may be created while readers follow; rows without a reason are free.
struct RefusedPeersDataset {
  private static let name = "refused_peers"
  private static let rowCount = 32
  private static let reasonLength = 64
  private static let otherReasons = "other reasons"
  private static let type = ElementType.compound(
    members: [.init("reason", at: 0, .text(length: reasonLength)), .init("peers", at: reasonLength, .int64)],
    size: reasonLength + 8)

  private let dataset: Dataset

  init(creatingIn root: Group) throws {
    dataset = try root.createFixedDataset(Self.name, of: Self.type, extent: [Self.rowCount])
    try write([:])
  }

  /// Nil when the archive is older than this dataset.
  init?(openingIn root: Group, path: String) throws {
    guard try root.contains(Self.name) else { return nil }
    dataset = try root.compoundDataset(Self.name)
    guard dataset.type == Self.type else {
      throw ArchiveError(
        .malformed, path: path, object: "/\(Self.name)", problem: "its columns are not those of the format",
        remedy: "the file was not written by Gnomon, or was damaged")
    }
  }

  /// - Parameter counts: peers by reason; the most frequent have a row of their own.
  func write(_ counts: [String: Int64]) throws {
    var rows = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (reason: $0.key, peers: $0.value) }
    if rows.count > Self.rowCount {
      let rest = rows[(Self.rowCount - 1)...].reduce(0) { $0 + $1.peers }
      rows[(Self.rowCount - 1)...] = [(Self.otherReasons, rest)]
    }
    rows += Array(repeating: ("", 0), count: Self.rowCount - rows.count)
    try rows.flatMap { row in
      paddedText(row.reason, length: Self.reasonLength)
        + withUnsafeBytes(of: row.peers.littleEndian) { Array($0) }
    }.withUnsafeBytes { try dataset.writeAll($0) }
    try dataset.flush()
  }

  func read() throws -> [String: Int64] {
    try dataset.bytes().withUnsafeBytes { buffer in
      var counts: [String: Int64] = [:]
      for start in stride(from: 0, to: buffer.count, by: Self.type.size) {
        let reason = String(
          decoding: buffer[start..<(start + Self.reasonLength)].prefix { $0 != 0 }, as: UTF8.self)
        let peers = Int64(
          littleEndian: buffer.loadUnaligned(fromByteOffset: start + Self.reasonLength, as: Int64.self))
        if !reason.isEmpty { counts[reason, default: 0] &+= peers }
      }
      return counts
    }
  }
}

extension ArchiveReader {
  /// How many peers the hub sent away, by reason: connections that did not prove who they are, and greetings that did not
  /// fit. Empty when there were none, or when the archive is older than this record.
  public func refusedPeers() throws(ArchiveError) -> [String: Int64] {
    try translatingErrors(path, .malformed) { try objects.refusedPeers?.read() ?? [:] }
  }
}

/// The refused peers in one line, such as `12: 10 x unknown key, 2 x version`.
public func refusedPeersText(_ counts: [String: Int64]) -> String {
  let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) x \($0.key)" }
  return "\(counts.values.reduce(0, &+)): \(parts.joined(separator: ", "))"
}
