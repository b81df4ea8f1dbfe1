import Glibc
import HDF5

/// What is looked at before an archive is created.
extension ArchiveWriter {
  static func makeRoom(at path: String, replacing: Bool) throws(ArchiveError) {
    guard access(path, F_OK) == 0 else { return }
    guard replacing else {
      throw ArchiveError(
        .fileExists, path: path, problem: "the file exists", remedy: "choose another path or ask to replace it")
    }
    _ = try LockedFile(path: path)
    guard unlink(path) == 0 else {
      throw ArchiveError(
        .library, path: path, problem: "the file cannot be replaced: \(lastError())",
        remedy: "check the permissions of its folder")
    }
  }
}
