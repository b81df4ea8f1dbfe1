import Glibc
import HDF5

/// Compresses a finished archive into a new file, without a change of any number in it, and proves it.
public struct ArchiveRepack: Sendable, Codable {
  public var path: String
  /// Bytes before and after.
  public var originalSize: Int
  public var size: Int
  /// Of the new file, equal to those of the old.
  public var checksums: ArchiveChecksums

  /// - Parameters:
  ///   - source: a complete archive.
  ///   - path: of the new one; nothing is left there when it fails.
  ///   - deflation: 1 (fast) ... 9 (small).
  ///   - progress: called now and then with the bytes that were copied.
  /// - Throws: `ArchiveError`, also when the new archive is not whole or holds other data.
  public static func run(
    _ source: String, to path: String, deflation: Int = 4, progress: (Int) -> Void = { _ in }
  ) throws(ArchiveError) -> ArchiveRepack {
    let archive = try ArchiveReader(opening: source)
    try archive.requireFinished()
    guard try archive.status() == .complete, let old = try archive.checksums() else {
      throw ArchiveError(
        .wrongUse, path: source, problem: "its run is not complete, and a compressed archive cannot be continued",
        remedy: "complete the run first, or replay the archive into a new one")
    }
    guard !fileExists(path) else {
      throw ArchiveError(.fileExists, path: path, problem: "the file exists", remedy: "choose another path")
    }
    do throws(ArchiveError) {
      try translatingErrors(path, .library) {
        try archive.file.copyCompressed(to: path, deflation: min(max(deflation, 1), 9), progress: progress)
      }
      let verification = try ArchiveVerification(of: path)
      let new = try ArchiveReader(opening: path).checksums()
      guard verification.isWhole, let new, new.checksums == old.checksums, new.samples == old.samples,
        new.products == old.products
      else {
        throw ArchiveError(
          .malformed, path: source,
          problem: "a copy of it is not whole"
            + (verification.findings.first.map { ": \($0)" } ?? ": it has other checksums"),
          remedy: "run gnomon archive verify on the file")
      }
      return ArchiveRepack(
        path: path, originalSize: fileSize(source), size: fileSize(path), checksums: new.checksums)
    } catch {
      unlink(path)
      throw error
    }
  }
}
