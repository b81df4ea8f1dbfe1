import Foundation
import Hub
import Launcher
import Topology

/// Shows how a replay over the wire gets on, until it is told to finish.
final class WireProgress {
  private let timer: any DispatchSourceTimer

  init(_ replay: WireReplay, topology: NetworkTopology, quiet: Bool) {
    let display = ProgressDisplay(
      nodes: topology.nodes.count, duration: Double(topology.duration) * 1e-9, quiet: quiet)
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
    timer.schedule(deadline: .now() + 0.5, repeating: 0.5)
    timer.setEventHandler {
      let (sent, total) = replay.progress
      var snapshot = HubProgress.Snapshot()
      (snapshot.totalArchived, snapshot.totalSamples) = (sent, total)
      display.show(snapshot)
    }
    timer.resume()
  }

  func finish() {
    timer.cancel()
    if isatty(STDERR_FILENO) == 1 { complain("") }
  }
}
