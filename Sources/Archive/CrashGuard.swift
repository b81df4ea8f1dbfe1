import CLinux
import Foundation

/// Survives what the HDF5 library does not: a damaged file may make it crash, or read for ever.
///
/// What reads the file is a child process, so that the file can be refused when the child dies of it. All of this is to be
/// called while the process has one thread of its own and no file of HDF5 open.
public enum CrashGuard {
  /// Longest that the look at one file may take, in seconds.
  private static let patience: UInt32 = 60
  private static let room = 4096
  /// What a library that is led astray dies of, or of the time that it takes.
  private static let crashes = [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM]
  private static let verdict = "it is damaged: the HDF5 library crashes or hangs on it"

  // Set before any other thread starts, and never again in that process.
  nonisolated(unsafe) private static var note: UnsafeMutablePointer<CChar>?
  nonisolated(unsafe) private static var refused: Set<String> = []

  // MARK: - All of the work in a child

  /// Returns in a child process that does the rest of the import of many files; this process stays here, and ends as the
  /// child does.
  ///
  /// The child says which file it is about to look at (``begin(_:)``). When it dies of one, that file is refused and the work
  /// begins again in another child.
  /// - Parameter cleanUp: removes what a child that died has left.
  public static func enter(cleanUp: () -> Void) {
    let shared = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard let shared, shared != MAP_FAILED else { return }
    let text = shared.bindMemory(to: CChar.self, capacity: room)
    while true {
      text[0] = 0
      switch divide(ignoringInterrupts: true) {
      case .child:
        note = text
        return
      case .impossible: return
      case .ended(let status):
        let path = String(cString: text)
        guard crashes.contains(status & 0x7f) else { end(like: status) }
        guard !path.isEmpty, refused.insert(path).inserted else {
          fail("the import was ended by signal \(status & 0x7f)")
        }
        cleanUp()
      }
    }
  }

  /// Returns in a child process that does the rest of the work with an archive; this process stays here, and ends as the child
  /// does, with an error that names the archive when the child dies of it.
  /// - Parameter path: of the archive.
  public static func enter(archive path: String) {
    guard case .ended(let status) = divide(ignoringInterrupts: true) else { return }
    guard crashes.contains(status & 0x7f) else { end(like: status) }
    fail("\(damage(path))")
  }

  /// Notes that a file is looked at from now on.
  /// - Throws: `ForeignFileError` when a child died of it.
  static func begin(_ path: String) throws(ForeignFileError) {
    guard let note else { return }
    guard !refused.contains(path) else { throw ForeignFileError(path, verdict) }
    strncpy(note, path, room - 1)
    alarm(patience)
  }

  /// Notes that no file is looked at.
  static func end() {
    note?[0] = 0
    if note != nil { alarm(0) }
  }

  // MARK: - A look by a child before the work

  /// Lets a child process read the bookkeeping of an archive, all but its samples and matrices, so that this process may.
  ///
  /// What else may be wrong with the archive is not told here.
  /// - Parameter path: of the archive; there may be none.
  /// - Throws: `ArchiveError` of kind `malformed` when the child dies of it.
  public static func look(at path: String) throws(ArchiveError) {
    guard fileExists(path) else { return }
    switch divide(ignoringInterrupts: false) {
    case .child:
      // As long as a slow disk may take to read all of it.
      alarm(patience + UInt32(clamping: fileSize(path) >> 24))
      _ = try? ArchiveSummary(of: ArchiveReader(opening: path))
      _exit(0)
    case .ended(let status) where crashes.contains(status & 0x7f): throw damage(path)
    case .ended, .impossible: return
    }
  }

  // MARK: - Two processes

  private enum Side {
    case child
    /// The parent, after the end of the child with this status, as `waitpid` gives it.
    case ended(Int32)
    /// There is no child.
    case impossible
  }

  private static func divide(ignoringInterrupts: Bool) -> Side {
    let child = gnomon_fork()
    guard child >= 0 else { return .impossible }
    guard child > 0 else {
      // No report of the crash: the refusal says it.
      for number in crashes + [SIGINT] { signal(number, SIG_DFL) }
      return .child
    }
    // The terminal interrupts the child as well, and this process ends with it.
    if ignoringInterrupts { signal(SIGINT, SIG_IGN) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return .ended(status)
  }

  /// Ends this process as its child ended.
  private static func end(like status: Int32) -> Never {
    let number = status & 0x7f
    if number != 0 {
      signal(number, SIG_DFL)
      raise(number)
    }
    exit(number == 0 ? status >> 8 & 0xff : 128 + number)
  }

  private static func fail(_ problem: String) -> Never {
    FileHandle.standardError.write(Data("gnomon: error: \(problem)\n".utf8))
    exit(1)
  }

  private static func damage(_ path: String) -> ArchiveError {
    ArchiveError(.malformed, path: path, problem: verdict, remedy: "use another copy of the file")
  }
}
