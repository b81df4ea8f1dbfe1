import HDF5

/// The result of an analysis, kept with the products it was made from, `/products/<band>/<name>`, or as `/products/<name>`
/// when it was made from the samples of all streams.
///
/// The dataset is one text, JSON as the analysis wrote it; its attributes name provenance and input.
public struct StoredAnalysis: Hashable, Sendable {
  /// Such as `background_fit`.
  public var name: String
  /// The result as JSON.
  public var result: String
  /// JSON: version, command line and options of the analysis.
  public var provenance: String
  /// The checksum of the band's products, or of all samples, at the time; the analysis is stale when it is no longer theirs.
  public var productsChecksum: String

  /// Puts a result into a finished archive, in place of an earlier one of the same name.
  ///
  /// This is the only way in which a finished archive changes. The writer's phase is over, so new objects may be made:
  /// the archive is opened for ordinary writing, for a moment in which nobody else can open it.
  ///
  /// - Parameters:
  ///   - name: such as `background_fit`; no name of the band's own datasets.
  ///   - result: JSON.
  ///   - provenance: JSON.
  ///   - band: the name of the band; nil for what was made from the samples.
  ///   - path: the archive.
  /// - Throws: `ArchiveError`; of kind `wrongUse` while the run has not finished.
  public static func store(
    _ name: String, result: String, provenance: String, band: String?, inArchive path: String
  ) throws(ArchiveError) {
    try change(band: band, inArchive: path, adding: result.utf8.count + provenance.utf8.count) { group, checksum in
      if try group.contains(name) {
        guard try StoredAnalysis(reading: name, in: group) != nil else {
          throw ArchiveError(
            .wrongUse, path: path,
            object: (["/products", band, name] as [String?]).compactMap(\.self).joined(separator: "/"),
            problem: "the name belongs to the products",
            remedy: "choose another name")
        }
        try group.remove(name)
      }
      let dataset = try group.createFixedDataset(name, of: .text(length: max(1, result.utf8.count)))
      try dataset.writeText(result)
      try dataset.attributes.set("provenance", provenance)
      try dataset.attributes.set("products_checksum", checksum)
    }
  }

  /// Lets a closure add to the group of a band in a finished archive.
  ///
  /// - Parameters:
  ///   - band: its name; nil for `/products` itself.
  ///   - path: the archive.
  ///   - bytes: about as many as will be added.
  ///   - body: receives `/products/<band>` and the checksum of the band's products, or `/products` and that of the samples.
  static func change(
    band: String?, inArchive path: String, adding bytes: Int, _ body: (Group, _ checksum: String) throws -> Void
  ) throws(ArchiveError) {
    let lock = try LockedFile(path: path)
    let status = try ArchiveReader(opening: path).status()
    guard status != .running else {
      throw ArchiveError(
        .wrongUse, path: path, problem: "the run has not finished", remedy: "wait for it, or recover the archive")
    }
    try translatingErrors(path, .library) {
      let size = fileSize(path)
      _ = try lock.reserve(size + bytes + 256 << 10)
      let file = try File(opening: path, .readWrite)
      let reader = try ArchiveReader(file: file)
      guard let band else {
        try body(try file.root.group("products"), try reader.checksums()?.samples ?? "")
        try file.close()
        return
      }
      guard let position = reader.bands.firstIndex(where: { $0.name == band }) else {
        throw ArchiveError(
          .wrongUse, path: path, object: "/products/\(band)", problem: "there is no such band",
          remedy: "the archive has \(reader.bands.map(\.name).joined(separator: ", "))")
      }
      try body(
        try file.root.group("products").group(band), try reader.objects.bands[position].checksum())
      try file.close()
    }
    lock.releaseReserve()
  }

  /// Nil when there is no such member or it is no analysis.
  init?(reading name: String, in group: Group) throws {
    guard try group.contains(name) else { return nil }
    guard let dataset = try? group.textDataset(name), try dataset.attributes.contains("products_checksum") else {
      return nil
    }
    self.name = name
    result = try dataset.texts().first ?? ""
    provenance = try dataset.attributes.string("provenance")
    productsChecksum = try dataset.attributes.string("products_checksum")
  }
}
