import CLinux
import Foundation

/// Survives what the HDF5 library does not: a damaged file may make it crash, or read for ever.
///
/// What reads the file is a child process, so that the file can be refused when the child dies of it. The child is this
/// program again from its start, with the same arguments: Swift's locks do not survive a `fork` without `exec`, because they
/// keep the number of the thread that took them.
public enum CrashGuard {
  /// Longest that the look at one file may take, in seconds.
  private static let patience: UInt32 = 60
  /// Bytes of the note on which the child says which file it looks at; refused files follow.
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
    if let mandate = Mandate.received() { return take(mandate) }
    let descriptor = gnomon_memory_file()
    guard descriptor >= 0, ftruncate(descriptor, room) == 0 else { return }
    let shared = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let shared, shared != MAP_FAILED else { return }
    let text = shared.bindMemory(to: CChar.self, capacity: room)
    while true {
      text[0] = 0
      let mandate = Mandate(descriptor: descriptor)
      guard let status = run(CommandLine.arguments, mandate, staysForInterrupts: true) else { return }
      let path = String(cString: text)
      guard crashes.contains(status & 0x7f) else { end(like: status) }
      guard !path.isEmpty, refused.insert(path).inserted else {
        fail("the import was ended by signal \(status & 0x7f)")
      }
      let line = path + "\n"
      let end = lseek(descriptor, 0, SEEK_END)
      guard line.withCString({ pwrite(descriptor, $0, line.utf8.count, end) }) == line.utf8.count else {
        fail("\(path): \(verdict)")
      }
      cleanUp()
    }
  }

  /// Returns in a child process that does the rest of the work with an archive; this process stays here, and ends as the child
  /// does, with an error that names the archive when the child dies of it.
  /// - Parameter path: of the archive.
  public static func enter(archive path: String) {
    if let mandate = Mandate.received() { return take(mandate) }
    guard let status = run(CommandLine.arguments, Mandate(), staysForInterrupts: true) else { return }
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

  /// Lets a child process read an archive first, so that this process may.
  ///
  /// What else may be wrong with the archive is not told here.
  /// - Parameters:
  ///   - path: of the archive; there may be none.
  ///   - arguments: of this program, for a command that begins with ``enter(archive:)`` and reads the bookkeeping of the archive,
  ///     all but its samples and matrices. What it prints is not shown.
  /// - Throws: `ArchiveError` of kind `malformed` when the child dies of it.
  public static func look(at path: String, with arguments: [String]) throws(ArchiveError) {
    guard fileExists(path) else { return }
    // As long as a slow disk may take to read all of it.
    let mandate = Mandate(seconds: patience + UInt32(clamping: fileSize(path) >> 24))
    let status = run(
      Array(CommandLine.arguments.prefix(1)) + arguments, mandate, staysForInterrupts: false)
    if let status, crashes.contains(status & 0x7f) { throw damage(path) }
  }

  // MARK: - Two processes

  /// What a child is told in its environment: who its parent is, where its note is, how long it may take.
  private struct Mandate {
    static let variable = "GNOMON_GUARDED_BY"

    var parent = getpid()
    /// Of the note; -1 for none.
    var descriptor: Int32 = -1
    /// 0 for as long as it likes.
    var seconds: UInt32 = 0

    var text: String { "\(parent) \(descriptor) \(seconds)" }

    /// What the parent of this process has said, once; nil for a process that nobody guards.
    static func received() -> Mandate? {
      guard let text = ProcessInfo.processInfo.environment[variable] else { return nil }
      unsetenv(variable)
      let words = text.split(separator: " ")
      guard words.count == 3, let parent = pid_t(words[0]), let descriptor = Int32(words[1]),
        let seconds = UInt32(words[2]), parent == getppid()
      else { return nil }
      return Mandate(parent: parent, descriptor: descriptor, seconds: seconds)
    }
  }

  /// Makes this process the child that its mandate says.
  private static func take(_ mandate: Mandate) {
    gnomon_end_with_parent()
    guard getppid() == mandate.parent else { exit(1) }
    if mandate.seconds > 0 {
      alarm(mandate.seconds)
      let nowhere = open("/dev/null", O_WRONLY)
      dup2(nowhere, 1)
      dup2(nowhere, 2)
    }
    guard mandate.descriptor >= 0 else { return }
    _ = fcntl(mandate.descriptor, F_SETFD, FD_CLOEXEC)
    let shared = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_SHARED, mandate.descriptor, 0)
    guard let shared, shared != MAP_FAILED else { return }
    note = shared.bindMemory(to: CChar.self, capacity: room)
    let length = Int(lseek(mandate.descriptor, 0, SEEK_END)) - room
    guard length > 0 else { return }
    var bytes = [UInt8](repeating: 0, count: length)
    guard pread(mandate.descriptor, &bytes, length, off_t(room)) == length else { return }
    refused = Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  /// Runs this program and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: the name of the program first.
  ///   - staysForInterrupts: whether an interrupt of the terminal, which comes to the child as well, is left to it.
  /// - Returns: its status as `waitpid` gives it; nil when there is no child.
  private static func run(_ arguments: [String], _ mandate: Mandate, staysForInterrupts: Bool) -> Int32? {
    var environment = ProcessInfo.processInfo.environment
    environment[Mandate.variable] = mandate.text
    var child: pid_t = 0
    let words = arguments.map { strdup($0) } + [nil]
    let settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    guard posix_spawn(&child, "/proc/self/exe", nil, nil, words, settings) == 0 else { return nil }
    if staysForInterrupts { signal(SIGINT, SIG_IGN) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
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
