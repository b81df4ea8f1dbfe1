import Archive
import Foundation
import Hub
import Synchronization
import Threads
import Topology

/// A whole topology as processes of this machine: one hub, one process for every node.
///
/// The hub is started first; nodes follow when it listens. When one process dies, all are stopped, unless the policy is to
/// start it again.
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
    /// What is done when a process fails.
    public var restart: RestartPolicy
    /// Where a node looks for the hub, by name; where the hub listens for those without one.
    public var nodeEndpoints: [String: String]

    public init(
      executable: URL, folder: String, topologyPath: String, archivePath: String, hubArguments: [String] = [],
      nodeArguments: [String] = [], nodeOrder: [String] = [], restart: RestartPolicy = .never,
      nodeEndpoints: [String: String] = [:]
    ) {
      self.executable = executable
      self.folder = folder
      self.topologyPath = topologyPath
      self.archivePath = archivePath
      self.hubArguments = hubArguments
      self.nodeArguments = nodeArguments
      self.nodeOrder = nodeOrder
      self.restart = restart
      self.nodeEndpoints = nodeEndpoints
    }
  }

  /// What is done when a process fails.
  public enum RestartPolicy: Sendable {
    /// The whole network is stopped.
    case never
    /// The process is started again, all processes together at most so many times; then the network is stopped. The
    /// endpoint of the hub must be a fixed one.
    case onFailure(atMost: Int)
  }

  /// The end of a process after which it was started again.
  struct Death: Sendable, Codable {
    /// `hub`, or `node NAME`.
    var process: String
    /// Such as `was killed by signal 9`.
    var how: String
    /// Whether ``LocalNetwork/kill(_:)`` was asked for it.
    var isPlanned: Bool
  }

  enum Event: Sendable {
    case hub(HubEvent)
    case exited(ChildProcess.Exit)
    case kill(String)
    case restart(String)
    case stop(String)
  }

  private let topology: NetworkTopology
  private let options: Options
  private let events = BoundedQueue<Event>(capacity: .max)
  private let children = Mutex<[String: ChildProcess]>([:])
  private let deathList = Mutex<[Death]>([])

  public init(topology: NetworkTopology, options: Options) {
    self.topology = topology
    self.options = options
  }

  /// Stops the network in good order, from any thread; a second call ends it at once.
  public func stop(reason: String) {
    events.push(.stop(reason))
  }

  /// The processes that failed and were started again so far.
  var deaths: [Death] { deathList.withLock { $0 } }

  /// The process of that name, `hub` or `node NAME`, whether it runs or not.
  func process(_ name: String) -> ChildProcess? { children.withLock { $0[name] } }

  /// Ends a process with SIGKILL, from any thread; it stays away until ``restart(_:)``.
  func kill(_ name: String) { events.push(.kill(name)) }

  /// Starts again what was killed, from any thread; nothing when the process had ended before or the run is over.
  func restart(_ name: String) { events.push(.restart(name)) }

  /// Starts everything and stays until all processes have ended.
  /// - Parameters:
  ///   - onProgress: called with the hub's counts about twice a second.
  /// - Returns: how the hub's run ended.
  /// - Throws: ``LaunchError`` when a process cannot be started or dies.
  public func run(onProgress: (HubProgress.Snapshot) -> Void) throws -> Hub.Outcome {
    do {
      try FileManager.default.createDirectory(atPath: options.folder + "/logs", withIntermediateDirectories: true)
    } catch {
      throw LaunchError.folder(path: options.folder + "/logs", reason: error.localizedDescription)
    }
    defer { try? FileManager.default.removeItem(atPath: endpointPath) }
    defer { for child in children.withLock({ $0.values.map(\.self) }) { child.kill() } }
    var state = State()
    try start("hub", &state)
    while !(state.running.isEmpty && state.heldBack.isEmpty), let event = events.pop() {
      switch event {
      case .hub(.listening(let endpoint)):
        let isFirst = state.endpoint == nil
        state.endpoint = endpoint
        // For whoever wants to speak with the hub while the run goes on.
        try? (endpoint + "\n").write(toFile: endpointPath, atomically: true, encoding: .utf8)
        guard isFirst else { continue }
        let names = options.nodeOrder.isEmpty ? topology.nodes.map(\.name) : options.nodeOrder
        for name in names { try start("node \(name)", &state) }
      case .hub(.progress(let snapshot)):
        onProgress(snapshot)
      case .hub(.finished(let result)):
        state.outcome = result
      case .exited(let exit):
        try handle(exit, &state)
      case .kill(let name):
        guard state.running.contains(name) else { continue }
        state.heldBack.insert(name)
        state.dying.insert(name)
        process(name)?.kill()
      case .restart(let name):
        // When its end is not yet known, it is started again as soon as it is.
        let isGone = state.heldBack.remove(name) != nil && !state.running.contains(name)
        if isGone, !state.isEnding { try start(name, &state) }
      case .stop:
        state.stops += 1
        state.heldBack = []
        if state.stops == 1, state.running.contains("hub") {
          stopHub()
        } else {
          for name in state.running { process(name)?.kill() }
        }
      }
    }
    if let failure = state.failure { throw failure }
    guard let outcome = state.outcome else {
      throw LaunchError.start(name: "hub", reason: "it ended without a result")
    }
    return outcome
  }

  /// File in the folder that says where the hub listens, as long as the run goes on.
  private var endpointPath: String { options.folder + "/endpoint" }

  /// What ``run(onProgress:)`` knows of its processes.
  private struct State {
    var running = Set<String>()
    /// Killed on request, and not yet to be started again.
    var heldBack = Set<String>()
    /// Killed on request, and the end of it not yet heard of.
    var dying = Set<String>()
    var endpoint: String?
    var outcome: Hub.Outcome?
    var failure: LaunchError?
    var stops = 0
    var restarts = 0

    var isEnding: Bool { outcome != nil || failure != nil || stops > 0 }
  }

  private func arguments(_ name: String, _ state: State) -> [String] {
    guard name != "hub" else {
      // A hub that is started again goes on with its archive.
      let isFirst = process(name) == nil
      return ["hub", options.topologyPath, "--archive", options.archivePath, "--supervised", "--format", "json"]
        + options.hubArguments.filter { isFirst || $0 != "--replace" }
    }
    let node = String(name.dropFirst("node ".count))
    let endpoint = options.nodeEndpoints[node] ?? state.endpoint ?? topology.hub.endpoint
    return ["node", node, options.topologyPath, "--hub", endpoint, "--supervised"] + options.nodeArguments
  }

  private func start(_ name: String, _ state: inout State) throws {
    let log = name == "hub" ? "hub" : String(name.dropFirst("node ".count))
    do {
      let child = try ChildProcess(
        name: name, executable: options.executable, arguments: arguments(name, state),
        logPath: "\(options.folder)/logs/\(log).log", continuesLog: process(name) != nil,
        onLine: { [events] line in
          if let event = HubEvent(line: line) { events.push(.hub(event)) }
        }, onExit: { [events] in events.push(.exited($0)) })
      children.withLock { $0[name] = child }
      state.running.insert(name)
    } catch let error as LaunchError {
      throw error
    } catch {
      throw LaunchError.start(name: name, reason: error.localizedDescription)
    }
  }

  private func stopHub() {
    // Nodes stop when the hub tells them; those that it cannot reach end with the pipe.
    process("hub")?.terminate()
  }

  private func handle(_ exit: ChildProcess.Exit, _ state: inout State) throws {
    state.running.remove(exit.name)
    let isHub = exit.name == "hub"
    if isHub, state.outcome == nil { state.outcome = storedOutcome() }
    if exit.status != 0 || (isHub && state.outcome == nil) {
      let how = exit.bySignal ? "was killed by signal \(exit.status)" : "failed with exit code \(exit.status)"
      if try startAgain(exit.name, how, &state) { return }
      // A node that came back when the hub had all of its stream may find nobody.
      let isAlone = !isHub && (!exit.bySignal || exit.status == SIGTERM)
      let isExcused =
        state.outcome?.status == .complete && allowedRestarts > 0 && (isAlone || state.dying.contains(exit.name))
      if state.failure == nil, !isExcused, let child = process(exit.name) {
        state.failure = .processDied(
          name: exit.name, how: how, log: child.lastLogLines(8), logPath: child.logPath)
      }
      if !isHub, !isExcused { stopHub() }
    } else {
      state.heldBack.remove(exit.name)
      state.dying.remove(exit.name)
    }
    if isHub {
      state.heldBack = []
      // A node that the hub said farewell to ends by itself; one that it never reached has to be told.
      for name in state.running { process(name)?.terminate() }
    }
  }

  private var allowedRestarts: Int {
    if case .onFailure(let most) = options.restart { most } else { 0 }
  }

  /// Whether a process that failed is started again, now or when ``restart(_:)`` is called.
  private func startAgain(_ name: String, _ how: String, _ state: inout State) throws -> Bool {
    guard !state.isEnding, state.restarts < allowedRestarts else { return false }
    state.restarts += 1
    let isPlanned = state.dying.remove(name) != nil
    deathList.withLock { $0.append(Death(process: name, how: how, isPlanned: isPlanned)) }
    if !state.heldBack.contains(name) { try start(name, &state) }
    return true
  }

  /// The outcome that the archive states, when the hub was killed between the end of its work and the word of it.
  private func storedOutcome() -> Hub.Outcome? {
    guard allowedRestarts > 0, let archive = try? ArchiveReader(opening: options.archivePath),
      (try? archive.status()) == .complete, let accounting = try? archive.accounting()
    else { return nil }
    return Hub.Outcome(status: .complete, accounting: accounting, nodeVanished: false)
  }
}
