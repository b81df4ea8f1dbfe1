import Archive
import CLinux
import Correlator
import Foundation
import Logging
import Protocol
import Security
import Synchronization
import Threads
import Topology
import ZeroMQ

/// The correlator hub: receives every stream of a topology, archives it, correlates what the archive holds.
///
/// Three threads work beside each other: the one that calls ``run(onListening:)`` owns the socket, one owns HDF5, one
/// correlates with the help of `workers` more. Samples pass between them in a ring of slabs; credit to the nodes is what
/// keeps the ring from overflowing, so a slow disk slows the nodes and nothing is dropped.
public final class Hub: Sendable {
  /// What a run of the hub needs beside the topology.
  public struct Options: Sendable {
    /// Path of the archive to create, or of an unfinished one of the same topology to go on with.
    public var archive: String
    /// Replaces an archive that is there already.
    public var replaceArchive: Bool
    /// Where to listen; nil for the topology's endpoint.
    public var endpoint: String?
    /// Threads of the correlator.
    public var workers: Int
    /// Identifies a new run in messages and in the archive; one that is resumed keeps its own.
    public var run: String
    /// Topology text as it is archived, and how the run was made, as JSON.
    public var topologyText: String
    public var provenance: String
    /// What the streams carry, when it is not what the topology says: they come from an archive with injections. Nil for the
    /// signals of the topology.
    public var injections: [InjectionRow]?
    public var sealedInjections: [SealedInjection] = []
    /// Forces the archive to the disk before the run counts as complete, against a power cut.
    public var synchronise: Bool
    /// Encrypts, and admits only whom they name; nil for connections in the clear.
    public var keys: HubKeys?
    /// Where spectators may watch; nil for nowhere.
    public var spectators: String?
    /// While there is a file of this path, the disk counts as full: to rehearse what then happens.
    public var pretendedFullDisk: String?

    public init(
      archive: String, replaceArchive: Bool = false, endpoint: String? = nil, workers: Int = 2, run: String,
      topologyText: String, provenance: String, synchronise: Bool = true, keys: HubKeys? = nil,
      spectators: String? = nil
    ) {
      self.archive = archive
      self.replaceArchive = replaceArchive
      self.endpoint = endpoint
      self.workers = workers
      self.run = run
      self.topologyText = topologyText
      self.provenance = provenance
      self.synchronise = synchronise
      self.keys = keys
      self.spectators = spectators
    }
  }

  /// How a run ended.
  public struct Outcome: Sendable, Codable {
    public var status: RunStatus
    public var accounting: [StreamAccounting]
    /// Whether a node was away when the run was stopped, before the end of its stream.
    public var nodeVanished: Bool
    /// Connections that were let in with a key, and those that were sent away, by reason; nil when nobody counted.
    public var admission: AdmissionDesk.Counts?

    public init(
      status: RunStatus, accounting: [StreamAccounting], nodeVanished: Bool, admission: AdmissionDesk.Counts? = nil
    ) {
      self.status = status
      self.accounting = accounting
      self.nodeVanished = nodeVanished
      self.admission = admission
    }
  }

  private let topology: NetworkTopology
  private let options: Options
  private let logger: Logger
  private let layout: HubLayout
  private let mailbox = Mailbox<ReceiverLetter>()
  private let diskWait: DiskWait
  /// Counts for whoever watches.
  public let progress: HubProgress

  /// - Throws: `TopologyError` or `BandPlanError` when the topology does not fit together.
  public init(topology: NetworkTopology, options: Options, logger: Logger) throws {
    self.topology = topology
    self.options = options
    self.logger = logger
    layout = try HubLayout(topology: topology)
    progress = HubProgress(channels: layout.streams.map(\.channels.count), lengths: layout.streams.map(\.length))
    diskWait = DiskWait(
      progress: progress, logger: logger, archive: options.archive, pretence: options.pretendedFullDisk)
  }

  /// Ends the run in good order, from any thread: nodes are told to stop, what they sent is archived and correlated.
  public func stop(reason: String) {
    mailbox.post(.stop(reason))
    diskWait.giveUp()
  }

  /// Runs until every stream has ended.
  /// - Parameter onListening: called with the endpoint once nodes can connect and the archive is open.
  /// - Returns: how it ended; the archive is closed.
  /// - Throws: `ZeroMQError` when the endpoint cannot be had, `ArchiveError` when the archive cannot be written; the archive
  ///   then says that it failed, as far as it can still be written.
  public func run(onListening: (String) -> Void) throws -> Outcome {
    // Messages and matrices come and go all the time: memory given back to the system would have to be cleared again.
    gnomon_keep_freed_memory(256 << 20)
    let context = try Context()
    let desk = try options.keys.map { try AdmissionDesk(context: context, list: $0.allowed, logger: logger) }
    defer { desk?.close() }
    let socket = try Socket(.router, in: context)
    var doorkeepers = [try secure(socket, for: .node, at: options.endpoint ?? topology.hub.endpoint)]
    try socket.setLinger(milliseconds: 2000)
    // A peer that sends without credit, or does not read its answers, is held up before it fills the memory.
    try socket.setHighWaterMark(sending: 10_000, receiving: 1000)
    let largest = topology.hub.connections?.largestMessage ?? topology.largestBlockBytes
    // Encryption adds 33 bytes to each.
    try socket.setMaximumMessageSize(Int64(max(largest, ControlMessage.sizeLimit) + 64))
    try socket.setMandatoryRouting()
    let endpoint = try socket.bind(options.endpoint ?? topology.hub.endpoint)
    var contents = ArchiveLayout(
      runIdentifier: options.run, topologyText: options.topologyText, topology: topology, bands: layout.bands,
      provenance: options.provenance)
    if let injections = options.injections { contents.injections = injections }
    contents.sealedInjections = options.sealedInjections
    contents.takesLiveInjections = options.injections == nil
    let stored = try HubArchive(path: options.archive, replacing: options.replaceArchive, layout: contents)
    let writer = stored.writer
    if stored.recovery != nil { announceResumption(stored) }

    let spectators = try options.spectators.map { endpoint in
      try SpectatorThread(
        endpoint: endpoint, layout: layout, units: topology.nodes.map(\.unit), progress: progress, run: options.run,
        context: context
      ) { doorkeepers.append(try secure($0, for: .spectator, at: endpoint)) }
    }
    defer { spectators?.close() }
    if let spectators { logger.notice("spectators are welcome at \(spectators.endpoint)") }

    let ring = layout.ring()
    let slabs = BoundedQueue<CompletedSlab>(capacity: .max)
    let memory = MatrixMemory()
    let archive = ArchiveThread(
      ring: ring, slabs: slabs, mailbox: mailbox, progress: progress, diskWait: diskWait, writer: writer,
      memory: memory, written: stored.streams.map(\.nextSample))
    let correlator = CorrelatorThread(
      layout: layout, ring: ring, slabs: slabs, archive: archive.tasks, mailbox: mailbox, workers: options.workers,
      memory: memory, spectators: spectators)
    let receiver = Receiver(
      layout: layout, ring: ring, socket: socket, settings: topology.hub, topologyChecksum: topology.streamChecksum,
      isSecured: options.keys != nil,
      runIdentifier: writer.layout.runIdentifier, stored: stored, archive: archive.tasks, mailbox: mailbox,
      injections: InjectionState(
        topology: topology, rows: writer.layout.injections, room: try writer.injectionRoom(),
        isReplay: options.injections != nil), progress: progress, logger: logger,
      turnedAway: { [doorkeepers] in Self.counts(of: desk, doorkeepers).refused })
    let report: @Sendable (any Error) -> Void = { [mailbox] in mailbox.post(.failed($0)) }
    let threads = [
      Worker("archive", { try archive.run() }, onFailure: report),
      Worker("correlator", { try correlator.run() }, onFailure: report),
    ]
    func join() throws {
      archive.tasks.close()
      slabs.close()
      for thread in threads { try thread.join() }
    }
    do {
      onListening(endpoint)
      try receiver.run()
      try join()
      let status = receiver.stopReason.map { RunStatus.interrupted($0) } ?? .complete
      let accounting = receiver.accounting
      try writer.update(refusedPeers: receiver.refusedPeers)
      try writer.finish(status: status, accounting: accounting, synchronizing: options.synchronise)
      let admission = Self.counts(of: desk, doorkeepers)
      if desk != nil || !admission.refused.isEmpty { logger.notice("at the door: \(admission.text)") }
      return Outcome(
        status: status, accounting: accounting, nodeVanished: receiver.nodeVanished, admission: admission)
    } catch {
      try? join()
      // The first error is the one to report; closing may fail for the same reason.
      _ = try? writer.finish(
        status: .interrupted("failed: \(error)"), accounting: receiver.accounting, synchronizing: false)
      throw error
    }
  }

  /// What happened at the doors so far.
  private static func counts(of desk: AdmissionDesk?, _ doorkeepers: [Doorkeeper?]) -> AdmissionDesk.Counts {
    var counts = desk?.counts ?? AdmissionDesk.Counts()
    for doorkeeper in doorkeepers { counts.add(turnedAway: doorkeeper?.turnedAway ?? [:]) }
    return counts
  }

  /// Sets who may come in at a socket, and how many may ask; to be called before it listens.
  private func secure(_ socket: Socket, for role: AllowList.Role, at endpoint: String) throws -> Doorkeeper? {
    try options.keys?.secure(socket, for: role)
    // Who may open a Unix socket is for the file system to say.
    guard endpoint.hasPrefix("tcp://") else { return nil }
    return try Doorkeeper(
      watching: socket, limits: ConnectionLimits(topology.hub.connections, peers: topology.nodes.count), logger: logger)
  }

  private func announceResumption(_ archive: HubArchive) {
    logger.notice("going on with the unfinished run \(archive.writer.layout.runIdentifier) in \(options.archive)")
    for (layout, stream) in zip(layout.streams, archive.streams) {
      logger.info("\(layout.name): \(stream.nextSample) of \(layout.length) samples are archived")
    }
    for cut in archive.recovery?.cuts ?? [] {
      logger.notice("\(cut.stream): \(cut.blocks) blocks after the last flush dropped; the node still has them")
    }
  }
}
