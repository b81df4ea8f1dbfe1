import Archive
import Foundation
import Logging

/// Waits for space when the disk is full: the archive stands still, credit ends, the nodes wait, and nothing is lost.
final class DiskWait: @unchecked Sendable {
  // `isOver` is touched only with the condition locked.
  private let condition = NSCondition()
  private var isOver = false
  private let progress: HubProgress
  private let logger: Logger

  private let archive: String
  private let pretence: String?

  /// - Parameters:
  ///   - archive: path of the file that is written, for errors.
  ///   - pretence: while there is a file of this path, there is no room; nil for the truth.
  init(progress: HubProgress, logger: Logger, archive: String, pretence: String?) {
    self.progress = progress
    self.logger = logger
    self.archive = archive
    self.pretence = pretence
  }

  /// Does something that may find the disk full, again and again until there is room.
  /// - Parameter body: has no effect when it throws for want of space.
  /// - Throws: what `body` throws for other reasons; for want of space only after ``giveUp()``.
  func untilThereIsRoom(_ body: () throws -> Void) throws {
    var waited = false
    while true {
      do {
        if let pretence, access(pretence, F_OK) == 0 {
          throw ArchiveError(
            .diskFull, path: archive, problem: "no space left on the disk, as \(pretence) asks to pretend",
            remedy: "delete that file")
        }
        try body()
        if waited {
          progress.update { $0.notice = nil }
          logger.notice("there is space again: the run goes on")
        }
        return
      } catch let error as ArchiveError where error.kind == .diskFull {
        if !waited {
          progress.update { $0.notice = "\(error); the run waits and goes on by itself" }
          logger.error("\(error); the run waits and goes on by itself")
        }
        waited = true
        guard wait() else { throw error }
      }
    }
  }

  /// Ends the waiting, for good: the run is to be stopped.
  func giveUp() {
    condition.lock()
    isOver = true
    condition.broadcast()
    condition.unlock()
  }

  /// - Returns: false when there is nothing to wait for any more.
  private func wait() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    if !isOver { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.5)) }
    return !isOver
  }
}
