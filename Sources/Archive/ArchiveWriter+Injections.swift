import HDF5

/// How long the texts of a row of `/injections` may be in an archive.
public struct InjectionRoom: Sendable {
  fileprivate let type: ElementType

  /// Whether a row can stand in the archive.
  public func holds(_ row: InjectionRow) -> Bool { row.fits(type) }
}

/// Signals that begin or end while the archive is written.
extension ArchiveWriter {
  /// The room for further rows; there is little in archives that were not made for them.
  /// - Throws: `ArchiveError`.
  public func injectionRoom() throws(ArchiveError) -> InjectionRoom {
    InjectionRoom(type: try storing { try injections().type })
  }

  /// Puts a row into `/injections`, for readers to see and safe from the death of this process.
  ///
  /// - Parameters:
  ///   - row: one that there is room for.
  ///   - position: of the row that it replaces, or that behind the last.
  /// - Throws: `ArchiveError`; of kind `diskFull` nothing has been written.
  public func record(_ row: InjectionRow, at position: Int) throws(ArchiveError) {
    let dataset = try storing { try injections() }
    guard row.fits(dataset.type) else {
      throw ArchiveError(
        .wrongUse, path: path, object: dataset.path, problem: "the row of \(row.identifier) is too long",
        remedy: "this is a fault of the program")
    }
    try reserve(2 * dataset.type.size)
    try storing {
      if try position >= dataset.length { try dataset.setLength(position + 1) }
      try row.bytes(dataset.type).withUnsafeBytes { try dataset.write($0, at: position, count: 1) }
      try dataset.flush()
    }
    try flush(fileInterval: .zero)
  }

  private func injections() throws -> Dataset { try file.root.compoundDataset("injections") }
}
