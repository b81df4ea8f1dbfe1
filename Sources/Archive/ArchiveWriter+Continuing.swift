import Foundation

extension ArchiveWriter {
  /// Goes on with the unfinished archive of a hub that was killed or stopped.
  ///
  /// The work is done on a copy that takes the name of the archive when readers may follow it, so that a process killed
  /// meanwhile leaves the archive as it was. Where there is no room for a copy it is done in place.
  ///
  /// - Parameters:
  ///   - path: the archive.
  ///   - provenance: JSON of this process.
  ///   - inspect: sees the recovered archive before it is opened for writing.
  /// - Returns: the writer, what had to be recovered, and what `inspect` found.
  /// - Throws: `ArchiveError`; of kind `beingWritten` while another process writes it.
  public static func continuing<Findings>(
    _ path: String, provenance: String, inspect: (ArchiveReader) throws(ArchiveError) -> Findings
  ) throws(ArchiveError) -> (writer: ArchiveWriter, recovery: ArchiveRecovery, findings: Findings) {
    let lock = try LockedFile(path: path)
    let draft = path + ".resuming"
    unlink(draft)
    guard (try? FileManager.default.copyItem(atPath: path, toPath: draft)) != nil else {
      unlink(draft)
      lock.unlock()
      return try open(path, provenance: provenance, inspect: inspect)
    }
    do {
      let opened = try open(draft, provenance: provenance, inspect: inspect)
      try opened.writer.rename(to: path)
      return opened
    } catch {
      unlink(draft)
      throw error
    }
  }

  private static func open<Findings>(
    _ path: String, provenance: String, inspect: (ArchiveReader) throws(ArchiveError) -> Findings
  ) throws(ArchiveError) -> (writer: ArchiveWriter, recovery: ArchiveRecovery, findings: Findings) {
    let recovery = try ArchiveRecovery.recover(path)
    let findings = try inspect(ArchiveReader(opening: path))
    return (try ArchiveWriter(resuming: path, provenance: provenance), recovery, findings)
  }
}
