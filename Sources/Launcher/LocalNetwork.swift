import Foundation
import Hub
import Synchronization
import Threads
import Topology

/// A whole topology as processes of this machine: one hub, one process for every node.
///
/// The hub is started first; nodes follow when it listens. When one process dies, all are stopped.
public final class LocalNetwork: Sendable {
  /// Where things are, and how the processes are to be called.
  public struct Options: Sendable {
    /// The `gnomon` program itself.
    public var executable: URL
    /// Folder of the run; it exists.
    public var folder: String
    /// The resolved topology file in it that every process reads.
    public var topologyPath: String
    /// Path of the archive to make.
    public var archivePath: String
    /// Further arguments of the hub and of every node.
    public var hubArguments: [String]
    public var nodeArguments: [String]
    /// Order in which nodes are started, by name; empty for that of the topology.
    public var nodeOrder: [String]

    public init(
      executable: URL, folder: String, topologyPath: String, archivePath: String, hubArguments: [String] = [],
      nodeArguments: [String] = [], nodeOrder: [String] = []
    ) {
      self.executable = executable
      self.folder = folder
      self.topologyPath = topologyPath
      self.archivePath = archivePath
      self.hubArguments = hubArguments
      self.nodeArguments = nodeArguments
      self.nodeOrder = nodeOrder
    }
  }

  enum Event: Sendable {
    case hub(HubEvent)
    case exited(ChildProcess.Exit)
    case stop(String)
  }

  private let topology: NetworkTopology
  private let options: Options
  private let events = BoundedQueue<Event>(capacity: .max)

  public init(topology: NetworkTopology, options: Options) {
    self.topology = topology
    self.options = options
  }

  /// Stops the network in good order, from any thread; a second call ends it at once.
  public func stop(reason: String) {
    events.push(.stop(reason))
  }

  /// Starts everything and stays until all processes have ended.
  /// - Parameters:
  ///   - onProgress: called with the hub's counts about twice a second.
  /// - Returns: how the hub's run ended.
  /// - Throws: ``LaunchError`` when a process cannot be started or dies.
  public func run(onProgress: (HubProgress.Snapshot) -> Void) throws -> Hub.Outcome {
    let logs = options.folder + "/logs"
    do {
      try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    } catch {
      throw LaunchError.folder(path: logs, reason: error.localizedDescription)
    }
    var children: [String: ChildProcess] = [:]
    defer { for child in children.values { child.kill() } }
    var running = Set<String>()
    var outcome: Hub.Outcome?
    var failure: LaunchError?
    var stops = 0

    func start(_ name: String, _ arguments: [String], log: String) throws {
      do {
        children[name] = try ChildProcess(
          name: name, executable: options.executable, arguments: arguments, logPath: "\(logs)/\(log).log",
          onLine: { [events] line in
            if let event = HubEvent(line: line) { events.push(.hub(event)) }
          }, onExit: { [events] in events.push(.exited($0)) })
        running.insert(name)
      } catch let error as LaunchError {
        throw error
      } catch {
        throw LaunchError.start(name: name, reason: error.localizedDescription)
      }
    }
    func stopHub() {
      // Nodes stop when the hub tells them; those that it cannot reach end with the pipe.
      children["hub"]?.terminate()
    }

    try start(
      "hub",
      ["hub", options.topologyPath, "--archive", options.archivePath, "--supervised", "--format", "json"]
        + options.hubArguments, log: "hub")
    while !running.isEmpty, let event = events.pop() {
      switch event {
      case .hub(.listening(let endpoint)):
        let names = options.nodeOrder.isEmpty ? topology.nodes.map(\.name) : options.nodeOrder
        for name in names {
          try start(
            "node \(name)",
            ["node", name, options.topologyPath, "--hub", endpoint, "--supervised"] + options.nodeArguments,
            log: name)
        }
      case .hub(.progress(let snapshot)):
        onProgress(snapshot)
      case .hub(.finished(let result)):
        outcome = result
      case .exited(let exit):
        running.remove(exit.name)
        // A node that the hub said farewell to ends by itself; one that it never reached has to be told.
        if exit.name == "hub" { for name in running { children[name]?.terminate() } }
        guard exit.status != 0 || (exit.name == "hub" && outcome == nil) else { continue }
        if failure == nil, let child = children[exit.name] {
          let how = exit.bySignal ? "was killed by signal \(exit.status)" : "failed with exit code \(exit.status)"
          failure = .processDied(name: exit.name, how: how, log: child.lastLogLines(8), logPath: child.logPath)
        }
        if exit.name != "hub" { stopHub() }
      case .stop:
        stops += 1
        if stops == 1 { stopHub() } else { for child in children.values { child.kill() } }
      }
    }
    if let failure { throw failure }
    guard let outcome else { throw LaunchError.start(name: "hub", reason: "it ended without a result") }
    return outcome
  }
}
