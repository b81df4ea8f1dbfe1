import Foundation
import Synchronization

/// Shows on standard error how far one item of a list is: a line that renews itself on a terminal, else one at the end.
final class ItemProgress: Sendable {
  private let heading: String
  private let quiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let started = ContinuousClock.now
  private let shownPercent = Mutex(-1)

  init(heading: String, quiet: Bool) {
    self.heading = heading
    self.quiet = quiet
  }

  /// - Parameter share: of the work that is done, 0 ... 1.
  func show(_ share: Double) {
    guard !quiet, isTerminal else { return }
    let percent = Int(100 * share)
    shownPercent.withLock { shown in
      guard percent > shown else { return }
      shown = percent
      let seconds = self.seconds
      let rest = share > 0.05 ? String(format: ", %.0f s left", seconds * (1 - share) / share) : ""
      FileHandle.standardError.write(Data("\r\u{1B}[K\(heading): \(percent) %\(rest)".utf8))
    }
  }

  func finish() {
    guard !quiet else { return }
    complain((isTerminal ? "\r\u{1B}[K" : "") + heading + String(format: ": done in %.1f s", seconds))
  }

  private var seconds: Double {
    let duration = ContinuousClock.now - started
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
