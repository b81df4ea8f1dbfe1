import CLinux
import Foundation

/// Survives what the HDF5 library does not: a damaged file of a stranger may make it crash, or read for ever.
///
/// The work is done in a child process that says which file it is about to look at. When the child dies of it, that file is
/// refused and the work begins again in another child.
public enum CrashGuard {
  /// Longest that the look at one file may take, in seconds.
  private static let patience: UInt32 = 60
  private static let room = 4096

  // Set before any other thread starts, and never again in that process.
  nonisolated(unsafe) private static var note: UnsafeMutablePointer<CChar>?
  nonisolated(unsafe) private static var refused: Set<String> = []

  /// Returns in a child process that does the rest; this process stays here, and ends as the child does.
  ///
  /// To be called while the process has one thread and no file of HDF5 open.
  /// - Parameter cleanUp: removes what a child that died has left.
  public static func enter(cleanUp: () -> Void) {
    let shared = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard let shared, shared != MAP_FAILED else { return }
    let text = shared.bindMemory(to: CChar.self, capacity: room)
    while true {
      text[0] = 0
      let child = gnomon_fork()
      if child < 0 { return }
      if child == 0 {
        note = text
        // No report of the crash: the refusal says it.
        for number in [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGINT] { signal(number, SIG_DFL) }
        return
      }
      // The terminal interrupts the child as well, and this process ends with it.
      signal(SIGINT, SIG_IGN)
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0 && errno == EINTR {}
      let number = status & 0x7f
      guard number != 0 else { exit(status >> 8 & 0xff) }
      let path = String(cString: text)
      guard [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM].contains(number), refused.insert(path).inserted, !path.isEmpty
      else {
        FileHandle.standardError.write(Data("gnomon: error: the import was ended by signal \(number)\n".utf8))
        exit(1)
      }
      cleanUp()
    }
  }

  /// Notes that a file is looked at from now on.
  /// - Throws: `ForeignFileError` when a child died of it.
  static func begin(_ path: String) throws(ForeignFileError) {
    guard let note else { return }
    guard !refused.contains(path) else {
      throw ForeignFileError(path, "it is damaged: the HDF5 library crashes or hangs on it")
    }
    strncpy(note, path, room - 1)
    alarm(patience)
  }

  /// Notes that no file is looked at.
  static func end() {
    note?[0] = 0
    if note != nil { alarm(0) }
  }
}
