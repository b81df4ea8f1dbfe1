import Foundation
import Hub
import Synchronization
import Threads
import Topology

/// Does what a schedule says to a running network, on a thread of its own.
///
/// The state that every process and link should be in follows from the faults that are going on; each turn brings them
/// there. So faults may overlap: a hub that is both slow and stopped is stopped.
final class ChaosDriver: Sendable {
  /// How a network is disturbed beside its processes.
  struct Surroundings: Sendable {
    var executable: URL
    var folder: String
    var topologyPath: String
    /// A topology with another seed.
    var wrongTopologyPath: String
    var nodeArguments: [String]
    /// While there is a file of this path, the hub takes its disk for full.
    var fullDiskPath: String
    /// The link that each node has to the hub.
    var links: [String: FaultyLink]
  }

  private struct Active {
    var index: Int
    var until: ContinuousClock.Instant
    var intruder: Intruder?
  }

  private let network: LocalNetwork
  private let schedule: ChaosSchedule
  private let nodes: [String]
  private let heartbeat: Double
  private let surroundings: Surroundings
  /// What the hub said last, and when.
  private let snapshot = Mutex((HubProgress.Snapshot(), ContinuousClock.now))
  private let mostArchived = Mutex<Int64>(0)
  private let isOver = Mutex(false)
  private let entries: Mutex<[ChaosReport.Entry]>

  init(network: LocalNetwork, schedule: ChaosSchedule, topology: NetworkTopology, surroundings: Surroundings) {
    self.network = network
    self.schedule = schedule
    nodes = topology.nodes.map(\.name)
    heartbeat = topology.hub.heartbeat
    self.surroundings = surroundings
    entries = Mutex(schedule.faults.map { .init(fault: $0, archived: nil, outcome: .tooLate) })
  }

  /// Tells how far the run is.
  func note(_ new: HubProgress.Snapshot) {
    snapshot.withLock { $0 = (new, .now) }
    mostArchived.withLock { $0 = max($0, new.totalArchived) }
  }

  /// Ends all faults that are going on; ``run()`` returns soon.
  func finish() { isOver.withLock { $0 = true } }

  /// What came of every fault.
  var result: [ChaosReport.Entry] { entries.withLock { $0 } }

  /// Works through the schedule until ``finish()``.
  func run() throws {
    var next = 0
    var active: [Active] = []
    var isBegun = false
    var lastFault = ContinuousClock.now
    var stopped: [String: Int32] = [:]
    var turn = 0
    while !isOver.withLock({ $0 }) {
      poll(nil, 0, 5)
      turn += 1
      let now = ContinuousClock.now
      let (seen, seenAt) = snapshot.withLock { $0 }
      let archived = mostArchived.withLock { $0 }
      let isComplete = seen.connected == nodes.count
      isBegun = isBegun || isComplete
      end(&active, now, &lastFault)
      while isBegun, next < schedule.faults.count,
        Double(archived) >= schedule.faults[next].progress * Double(seen.totalSamples)
      {
        let fault = schedule.faults[next]
        // Whoever asks for a name has to find its owner connected, to the hub of now and not to one that was killed, and to get
        // an answer before the next fault.
        if active.contains(where: { $0.intruder != nil }) { break }
        if fault.kind.isIntruder, isRunning(fault.target),
          !(active.isEmpty && isComplete && seenAt > lastFault && now - lastFault > .seconds(4 * heartbeat))
        {
          break
        }
        if let begun = try begin(next, now, archived) { active.append(begun) }
        if !fault.kind.isIntruder { lastFault = now }
        next += 1
      }
      apply(active, turn, &stopped)
    }
    apply([], 0, &stopped)
    for one in active {
      one.intruder?.end()
      let kind = schedule.faults[one.index].kind
      if !kind.isIntruder { settle(one.index, kind == .killHub || kind == .killNode ? .stayedAway : .resumed) }
    }
  }

  private func name(_ target: String) -> String { target == "hub" ? "hub" : "node \(target)" }

  private func isRunning(_ target: String) -> Bool { network.process(name(target))?.isRunning == true }

  private func settle(_ index: Int, _ outcome: ChaosReport.Outcome) {
    entries.withLock { $0[index].outcome = outcome }
  }

  private func begin(_ index: Int, _ now: ContinuousClock.Instant, _ archived: Int64) throws -> Active? {
    let fault = schedule.faults[index]
    guard isRunning(fault.target) else { return nil }
    entries.withLock { $0[index].archived = archived }
    var active = Active(index: index, until: now + .seconds(fault.seconds))
    switch fault.kind {
    case .killHub, .killNode: network.kill(name(fault.target))
    case .stopHub, .stopNode, .slowHub, .blockLink, .slowLink, .delayLink, .repeatLink, .stepClock, .fullDisk: break
    case .cutLink: surroundings.links[fault.target]?.cut()
    case .tearLink: surroundings.links[fault.target]?.tear()
    case .secondNode, .wrongTopology:
      let port = surroundings.links[fault.target]?.port ?? 0
      active.until = now + .seconds(60)
      active.intruder = try Intruder(
        node: fault.target, executable: surroundings.executable,
        arguments: [
          fault.kind == .secondNode ? surroundings.topologyPath : surroundings.wrongTopologyPath, "--hub",
          "tcp://127.0.0.1:\(port)",
        ] + surroundings.nodeArguments, logPath: "\(surroundings.folder)/logs/intruder-\(index).log")
    }
    return active
  }

  private func end(_ active: inout [Active], _ now: ContinuousClock.Instant, _ lastFault: inout ContinuousClock.Instant)
  {
    active.removeAll { one in
      let fault = schedule.faults[one.index]
      if let intruder = one.intruder {
        guard var outcome = intruder.outcome(of: fault.kind) ?? (now >= one.until ? .tooLate : nil) else {
          return false
        }
        // Whoever takes the name of one that has left, its stream complete, is that one started again and sends nothing.
        if outcome == .welcomed, fault.kind == .secondNode, !isRunning(fault.target) { outcome = .tooLate }
        intruder.end()
        settle(one.index, outcome)
        return true
      }
      guard now >= one.until else { return false }
      switch fault.kind {
      case .killHub, .killNode:
        network.restart(name(fault.target))
        settle(one.index, .restarted)
      default: settle(one.index, .resumed)
      }
      lastFault = now
      return true
    }
  }

  private static let conditions: [(ChaosFault.Kind, FaultyLink.Conditions)] = [
    (.blockLink, .blocked), (.slowLink, .slow), (.delayLink, .delayed), (.repeatLink, .repeating),
    (.stepClock, .steppedClock),
  ]

  /// Brings processes and links into the state that the faults going on ask for.
  private func apply(_ active: [Active], _ turn: Int, _ stopped: inout [String: Int32]) {
    let faults = active.map { schedule.faults[$0.index] }
    func isUnder(_ kind: ChaosFault.Kind, _ target: String) -> Bool {
      faults.contains { $0.kind == kind && $0.target == target }
    }
    for target in ["hub"] + nodes {
      let kind: ChaosFault.Kind = target == "hub" ? .stopHub : .stopNode
      let isToStop = isUnder(kind, target) || isUnder(.slowHub, target) && turn % 5 != 0
      guard let process = network.process(name(target)) else { continue }
      // One that was started again runs, whatever was done to the one before it.
      let isStopped = stopped[target] == process.identifier
      if isToStop != isStopped { process.signal(isToStop ? SIGSTOP : SIGCONT) }
      stopped[target] = isToStop ? process.identifier : nil
      var conditions: FaultyLink.Conditions = []
      for (kind, condition) in Self.conditions where isUnder(kind, target) { conditions.insert(condition) }
      surroundings.links[target]?.set(conditions)
    }
    let isFull = isUnder(.fullDisk, "hub")
    if isFull != FileManager.default.fileExists(atPath: surroundings.fullDiskPath) {
      if isFull {
        _ = FileManager.default.createFile(atPath: surroundings.fullDiskPath, contents: nil)
      } else {
        try? FileManager.default.removeItem(atPath: surroundings.fullDiskPath)
      }
    }
  }
}
