import Foundation
import Hub
import Synchronization

/// Shows how a run gets on: one line that renews itself on a terminal, a line every few seconds elsewhere.
final class ProgressDisplay: Sendable {
  private struct State {
    var started = ContinuousClock.now
    /// When the first samples were seen to be archived, and how many they were: the rate counts from there.
    var firstSamples: (time: ContinuousClock.Instant, count: Int64)?
    var lastLine: ContinuousClock.Instant?
    var lineIsOpen = false
    var snapshot = HubProgress.Snapshot()
  }

  private let nodes: Int
  private let duration: Double
  private let quiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  /// - Parameter duration: simulated seconds of the whole run.
  init(nodes: Int, duration: Double, quiet: Bool) {
    self.nodes = nodes
    self.duration = duration
    self.quiet = quiet
  }

  /// Prints a line of its own.
  func note(_ line: String) {
    guard !quiet else { return }
    state.withLock { state in
      if state.lineIsOpen { write("\n") }
      state.lineIsOpen = false
      write(line + "\n")
    }
  }

  func show(_ snapshot: HubProgress.Snapshot) {
    guard !quiet else { return }
    let news = state.withLock { state in
      snapshot.notice == state.snapshot.notice ? nil : snapshot.notice ?? "the run goes on"
    }
    if let news { note(news) }
    state.withLock { state in
      let now = ContinuousClock.now
      state.snapshot = snapshot
      if state.firstSamples == nil, snapshot.totalArchived > 0 { state.firstSamples = (now, snapshot.totalArchived) }
      if !isTerminal, let last = state.lastLine, now - last < .seconds(5) { return }
      state.lastLine = now
      let line = describe(snapshot, since: state.firstSamples ?? (now, 0), now: now)
      if isTerminal {
        write("\r\u{1B}[K" + line)
        state.lineIsOpen = true
      } else {
        write(line + "\n")
      }
    }
  }

  func finish(_ outcome: Hub.Outcome) {
    guard !quiet else { return }
    let (snapshot, started) = state.withLock { ($0.snapshot, $0.started) }
    let seconds = Self.seconds(ContinuousClock.now - started)
    let missing = outcome.accounting.reduce(0) { $0 + $1.declaredMissing }
    let lost = outcome.accounting.reduce(0) { $0 + $1.sent - $1.archived - $1.declaredMissing }
    note(
      "\(outcome.status): \(snapshot.totalArchived) samples archived in \(Self.format(seconds)), "
        + "\(missing) declared missing, lost = \(lost)")
  }

  private func describe(
    _ snapshot: HubProgress.Snapshot, since start: (time: ContinuousClock.Instant, count: Int64),
    now: ContinuousClock.Instant
  ) -> String {
    guard snapshot.totalArchived > 0, snapshot.totalSamples > 0 else {
      return "waiting for nodes: \(snapshot.connected) of \(nodes) connected"
    }
    let fraction = Double(snapshot.totalArchived) / Double(snapshot.totalSamples)
    let rate = Double(snapshot.totalArchived - start.count) / max(Self.seconds(now - start.time), 1e-3)
    let remaining = Double(snapshot.totalSamples - snapshot.totalArchived) / rate
    let filled = Int(fraction * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let percent = String(format: "%3.0f %%", 100 * fraction)
    let simulated = String(format: "%.0f of %.0f s", fraction * duration, duration)
    let speed = String(format: "%.2f Msamples/s", rate * 1e-6)
    return "\(bar) \(percent)  \(simulated)  \(speed)  ETA \(Self.format(remaining))  "
      + "\(snapshot.finished)/\(nodes) done  refused = \(snapshot.refused)  lost = \(snapshot.lost)"
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private static func format(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e7 else { return "unknown" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return seconds < 10 ? String(format: "%.1f s", seconds) : "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
