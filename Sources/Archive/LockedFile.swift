import CLinux
import Glibc

/// The archive's file as the operating system sees it: locked against a second writer, with disk space kept ahead.
///
/// HDF5 does not survive a full disk well: what it could not write stays in its memory, and the file it leaves has
/// extents without data. So space is taken before HDF5 writes, in steps, beyond the end of the file and without changing
/// its length. When there is none the append is refused while HDF5 is still whole, and what remains reserved is enough to
/// flush and close. A file system without `fallocate` goes without this protection.
///
/// The lock is an open-file-description lock, which readers and HDF5's own `flock` do not see.
final class LockedFile {
  private static let step = 64 << 20

  private(set) var path: String
  private var descriptor: Int32
  private var reserved = 0
  private var canReserve = true

  /// - Throws: `ArchiveError` of kind `beingWritten` when another writer holds the file.
  init(path: String) throws(ArchiveError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ArchiveError(
        errno == ENOENT ? .fileMissing : .library, path: path, problem: "cannot be opened for writing: \(lastError())",
        remedy: "check the path and its permissions")
    }
    guard gnomon_lock(descriptor) == 0 else {
      throw ArchiveError(
        .beingWritten, path: path, problem: "a process is writing this archive",
        remedy: "stop that run first, or choose another file")
    }
  }

  /// Whether a process holds the lock of a file; false when there is no such file.
  static func isHeld(path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return gnomon_is_locked(descriptor) == 1
  }

  deinit { unlock() }

  /// Lets others write the file; nothing else may be asked of this value afterwards.
  func unlock() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
  }

  /// Gives the file another name, in the same folder.
  func rename(to newPath: String) throws(ArchiveError) {
    guard Glibc.rename(path, newPath) == 0 else {
      throw ArchiveError(
        .library, path: newPath, problem: "the file cannot be given its name: \(lastError())",
        remedy: "check the permissions of its folder")
    }
    path = newPath
  }

  /// Makes sure that the file can grow to `size` bytes.
  ///
  /// - Returns: the size to which it can grow now, at least `size`.
  func reserve(_ size: Int) throws(ArchiveError) -> Int {
    guard canReserve else { return Int.max }
    guard size > reserved else { return reserved }
    for wanted in [size + Self.step, size] {
      if gnomon_reserve(descriptor, reserved, wanted - reserved) == 0 {
        reserved = wanted
        return reserved
      }
      guard errno == ENOSPC || errno == EDQUOT else {
        canReserve = false
        return Int.max
      }
    }
    throw ArchiveError(
      .diskFull, path: path, problem: "no space left on the disk",
      remedy: "free some space; what was archived before is safe")
  }

  /// Takes the space beyond the end of the file again: when HDF5 flushes a file it cuts it to what it uses, and what was
  /// reserved behind is gone.
  ///
  /// - Returns: false when it could not be had any more; then the next `reserve` tells why.
  func restoreReserve() -> Bool {
    guard canReserve, reserved > 0 else { return true }
    let size = fileSize(path)
    if size >= reserved || gnomon_reserve(descriptor, size, reserved - size) == 0 { return true }
    reserved = 0
    return false
  }

  /// Gives back the space beyond the end of the file.
  func releaseReserve() {
    var status = stat()
    if fstat(descriptor, &status) == 0 {
      _ = ftruncate(descriptor, status.st_size)
    }
    reserved = 0
  }

  /// Waits until the file is on the disk, safe from a power cut.
  func synchronize() throws(ArchiveError) {
    guard fsync(descriptor) == 0 else {
      throw ArchiveError(
        errno == ENOSPC ? .diskFull : .library, path: path, problem: "cannot be put on the disk: \(lastError())",
        remedy: "check the disk")
    }
  }
}

extension ArchiveReader {
  /// Whether a process of this machine has the archive open for writing at this moment.
  /// - Parameter path: of the archive; there may be none.
  public static func isBeingWritten(path: String) -> Bool { LockedFile.isHeld(path: path) }
}

func lastError() -> String { String(cString: strerror(errno)) }

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// The length of a file in bytes; 0 when it cannot be told.
func fileSize(_ path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
