import HDF5

/// Opens what was put into an archive blindly.
public struct ArchiveUnblinding {
  /// One seal that the key opens.
  public struct Opened: Sendable, Codable {
    /// SHA-256 of `text`.
    public var commitment: String
    public var truth: SealedTruth
    /// The truth byte for byte as it was committed to.
    public var text: String
  }

  /// Opens the seals of an archive that a key fits.
  ///
  /// - Throws: `ArchiveError` when there is no seal, none that the key opens, or one that was changed.
  public static func open(_ archive: ArchiveReader, key: SealKey) throws(ArchiveError) -> [Opened] {
    let seals = try archive.sealedInjections()
    var opened: [Opened] = []
    var refusal = ArchiveError(
      .wrongUse, path: archive.path, problem: "it has no sealed injection",
      remedy: "gnomon archive info says what was injected openly")
    for seal in seals {
      do throws(ArchiveError) {
        let text = try seal.plainText(key: key, path: archive.path)
        opened.append(
          Opened(commitment: seal.commitment, truth: try seal.truth(key: key, path: archive.path), text: text))
      } catch {
        if error.kind != .wrongUse { throw error }
        refusal = error
      }
    }
    guard !opened.isEmpty else { throw refusal }
    return opened
  }

  /// Puts opened truths into `/injections`, each row with its commitment; what is there already stays. The seal stays, too.
  ///
  /// Opens the archive for ordinary writing, for a moment in which nobody else can open it.
  ///
  /// - Returns: how many rows are new.
  /// - Throws: `ArchiveError`.
  @discardableResult
  public static func store(_ opened: [Opened], inArchive path: String) throws(ArchiveError) -> Int {
    let lock = try LockedFile(path: path)
    try ArchiveReader(opening: path).requireFinished()
    return try translatingErrors(path, .library) {
      _ = try lock.reserve(fileSize(path) + opened.reduce(0) { $0 + 2 * $1.text.utf8.count } + 1 << 20)
      let file = try File(opening: path, .readWrite)
      let reader = try ArchiveReader(file: file)
      var rows = try reader.injections()
      let known = Set(rows.compactMap { $0.details?.commitment })
      let new = opened.filter { !known.contains($0.commitment) }.flatMap { seal in
        seal.truth.injections.map { row in
          var row = row
          row.details?.commitment = seal.commitment
          return row
        }
      }
      if !new.isEmpty {
        rows += new
        let root = try file.root
        try root.remove("injections")
        try InjectionRow.store(rows, in: root)
      }
      try file.close()
      lock.releaseReserve()
      return new.count
    }
  }
}
