import Foundation
import Hub
import Threads
import Topology

/// A local network that is disturbed by a reproducible schedule of faults, and what must hold afterwards.
///
/// The hub listens on a Unix socket, and every node reaches it over a link of its own that can be cut. The same seed,
/// topology and number of faults give the same schedule: kinds, targets, lengths, and instants as shares of the archived
/// samples. What the machine's scheduler makes of it may differ; what must hold may not.
public final class ChaosRun: Sendable {
  private let topology: NetworkTopology
  private let options: LocalNetwork.Options
  private let schedule: ChaosSchedule
  private let network: LocalNetwork
  private let driver: ChaosDriver
  private let socketFolder: String

  /// Prepares the links; nothing is started.
  /// - Parameters:
  ///   - options: those of the network; hub's endpoint, links and restarts are added.
  ///   - seed: of the schedule, independent of the topology's.
  ///   - faults: how many.
  /// - Throws: ``LaunchError`` when a port or a folder cannot be had.
  public init(topology: NetworkTopology, options: LocalNetwork.Options, seed: UInt64, faults: Int) throws {
    self.topology = topology
    schedule = ChaosSchedule(
      seed: seed, count: faults, nodes: topology.nodes.map(\.name), patience: topology.hub.patience)
    // Paths of Unix sockets are at most 107 bytes long, those of runs are what they are.
    let socketFolder = FileManager.default.temporaryDirectory
      .appendingPathComponent("gnomon-\(UUID().uuidString.prefix(13))").path
    self.socketFolder = socketFolder
    let wrongTopologyPath = "\(options.folder)/wrong-topology.yaml"
    do {
      try FileManager.default.createDirectory(
        atPath: socketFolder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      var wrong = topology
      wrong.seed ^= 1
      try wrong.canonicalText.write(toFile: wrongTopologyPath, atomically: true, encoding: .utf8)
    } catch {
      throw LaunchError.folder(path: options.folder, reason: error.localizedDescription)
    }
    var links: [String: FaultyLink] = [:]
    for node in topology.nodes { links[node.name] = try FaultyLink(to: "\(socketFolder)/hub") }
    var options = options
    let fullDiskPath = "\(socketFolder)/full-disk"
    options.hubArguments += [
      "--endpoint", "ipc://\(socketFolder)/hub", "--progress-interval", "0.02", "--pretend-full", fullDiskPath,
    ]
    options.nodeEndpoints = links.mapValues { "tcp://127.0.0.1:\($0.port)" }
    options.restart = .onFailure(atMost: 10 + 3 * faults)
    self.options = options
    network = LocalNetwork(topology: topology, options: options)
    driver = ChaosDriver(
      network: network, schedule: schedule, topology: topology,
      surroundings: .init(
        executable: options.executable, folder: options.folder, topologyPath: options.topologyPath,
        wrongTopologyPath: wrongTopologyPath, nodeArguments: options.nodeArguments, fullDiskPath: fullDiskPath,
        links: links))
  }

  deinit {
    try? FileManager.default.removeItem(atPath: socketFolder)
  }

  /// Stops the network in good order, from any thread; a second call ends it at once.
  public func stop(reason: String) { network.stop(reason: reason) }

  /// Runs the network through the schedule, then checks what must hold.
  /// - Parameters:
  ///   - workers: threads of the correlator for the check.
  ///   - onProgress: called with the hub's counts.
  ///   - note: called with what is done next.
  /// - Returns: faults and invariants, also when the network failed.
  public func run(
    workers: Int, onProgress: (HubProgress.Snapshot) -> Void, note: (String) -> Void
  ) -> ChaosReport {
    let driving = Worker("chaos") { [driver] in try driver.run() }
    let outcome = Result {
      try network.run {
        driver.note($0)
        onProgress($0)
      }
    }
    driver.finish()
    let driven = Result { try driving.join() }
    let entries = driver.result
    let deaths = network.deaths
    var report = ChaosReport(
      seed: schedule.seed, entries: entries,
      otherDeaths: deaths.filter { !$0.isPlanned }.map { "\($0.process) \($0.how)" }, invariants: [])
    // A node may end because it found no hub for too long; nothing else has an excuse.
    let crashes = deaths.filter { !$0.isPlanned && ($0.process == "hub" || $0.how.contains("signal")) }
    report.invariants = [
      processes(outcome, driven, crashes: crashes),
      intruders(entries),
    ]
    report.invariants += ChaosInvariants.check(
      archive: options.archivePath, topology: topology, workers: workers, note: note)
    return report
  }

  private func processes(
    _ outcome: Result<Hub.Outcome, any Error>, _ driven: Result<Void, any Error>, crashes: [LocalNetwork.Death]
  ) -> ChaosReport.Invariant {
    let name = "the run ends, and no process dies by itself"
    do {
      let status = try outcome.get().status
      try driven.get()
      let dead = crashes.map { "\($0.process) \($0.how)" }
      return .init(
        name: name, held: status == .complete && dead.isEmpty,
        detail: (["\(status)"] + dead).joined(separator: "; "))
    } catch {
      return .init(name: name, held: false, detail: "\(error)")
    }
  }

  private func intruders(_ entries: [ChaosReport.Entry]) -> ChaosReport.Invariant {
    let asked = entries.filter { $0.fault.kind.isIntruder && $0.archived != nil }
    let welcomed = asked.filter { $0.outcome == .welcomed }
    return .init(
      name: "no second node of a name and none of another topology is let in", held: welcomed.isEmpty,
      detail: "\(asked.count) asked, \(asked.count { $0.outcome == .refused }) were refused, \(welcomed.count) let in")
  }
}
