import Archive
import Foundation
import Logging
import Protocol
import Security
import Threads
import Topology
import ZeroMQ

/// The thread that owns the hub's socket: welcomes nodes, checks and places their blocks, grants credit, says farewell.
final class Receiver {
  /// One stream's state.
  struct Stream {
    var ledger: StreamLedger
    /// The routing identity of the node, nil while it is away.
    var peer: Data?
    /// What the node calls this process of it, when it does.
    var instance: String?
    /// Whether the node can put signals into its samples; nil when it was never here.
    var injects: Bool?
    /// Whether it has said from when on it can do so, and waits.
    var isReady = false
    /// Whether the node was ever here, in this hub or in the one before it.
    var isKnown = false
    var lastHeard = ContinuousClock.now
    /// End of the samples that were in the archive when this hub began.
    var archived: Int64
    var pendingRows: [IndexRow] = []
    var clock: [ClockReport] = []
    /// The clock offset reported last.
    var clockOffset = 0.0
    /// What the node said to have sent in all, when nothing new will come; blocks may still be on their way, once more.
    var goodbye: ControlMessage.Goodbye?
    /// No more blocks will come: all that was sent is here or declared missing.
    var ended = false
    var farewellSent = false
    var durable: UInt64 = 0
    /// The node is to be told what is durable, or what it may send.
    var owesAcknowledgement = false
    /// Late blocks that are on their way into the archive.
    var lateInHand = 0
    /// When the node was found to be away, or said goodbye.
    var awaySince = ContinuousClock.now
    /// The hub is declaring its samples missing.
    var isDeclared = false

    /// Where the stream stands after the first `count` rows that wait.
    func front(afterRows count: Int) -> (sequence: UInt64, sample: Int64) {
      guard count < pendingRows.count else { return (ledger.nextSequence, ledger.nextSample) }
      return (pendingRows[count].sequence, pendingRows[count].firstSample)
    }
  }

  let layout: HubLayout
  let ring: SampleRing
  let socket: Socket
  let settings: HubSettings
  let topologyChecksum: String
  /// Whether every message carries the name for which its sender was admitted.
  let isSecured: Bool
  let runIdentifier: String
  let archive: BoundedQueue<ArchiveTask>
  let mailbox: Mailbox<ReceiverLetter>
  let progress: HubProgress
  let logger: Logger

  var streams: [Stream]
  var peers: [Data: Int] = [:]
  var injections: InjectionState
  var freedSlab: Int64 = -1
  var nextSlab: Int64 = 0
  /// Slabs that hold samples of an earlier hub: so many there are, are asked of the archive, and are in the ring.
  let storedSlabs: Int64
  var requestedSlabs: Int64 = 0
  var loadedSlabs: Int64 = 0
  let started = ContinuousClock.now
  var lastBatch = ContinuousClock.now
  var lastBatchSent = false
  var lastHeartbeat = ContinuousClock.now
  private var closed = false
  let identityFrame = Message()
  let headFrame = Message()
  let payloadFrame = Message()
  var throttle = NoticeThrottle()
  /// Why the run ends before its time, nil when it does not.
  private(set) var stopReason: String?
  /// Whether a node was away when the run was stopped.
  var nodeVanished = false
  /// Peers that were sent away for what they said, in this hub and in those before it, by reason.
  var refusedGreetings: [String: Int64]
  /// Connections that were sent away at the door of this hub, by reason.
  private let turnedAway: () -> [String: Int]

  /// - Parameters:
  ///   - stored: what the archive holds already.
  ///   - turnedAway: counts the connections that were sent away at the door, by reason.
  init(
    layout: HubLayout, ring: SampleRing, socket: Socket, settings: HubSettings, topologyChecksum: String,
    isSecured: Bool,
    runIdentifier: String, stored: HubArchive, archive: BoundedQueue<ArchiveTask>,
    mailbox: Mailbox<ReceiverLetter>, injections: InjectionState, progress: HubProgress, logger: Logger,
    turnedAway: @escaping () -> [String: Int]
  ) {
    self.turnedAway = turnedAway
    refusedGreetings = stored.refusedPeers
    self.injections = injections
    self.layout = layout
    self.ring = ring
    self.socket = socket
    self.settings = settings
    self.topologyChecksum = topologyChecksum
    self.isSecured = isSecured
    self.runIdentifier = runIdentifier
    self.archive = archive
    self.mailbox = mailbox
    self.progress = progress
    self.logger = logger
    streams = zip(layout.streams, stored.streams).map { stream, stored in
      var ledger = StreamLedger(
        stream: stream.identifier, channelCount: stream.channels.count, sampleType: stream.sampleType,
        blockSamples: stream.blockSamples, rate: stream.rate, epoch: layout.epoch, length: stream.length)
      ledger.resume(
        nextSequence: stored.nextSequence, nextSample: stored.nextSample, missing: stored.missing, gaps: stored.gaps,
        late: stored.late, duplicates: stored.duplicates, refused: stored.refused)
      var state = Stream(ledger: ledger, archived: stored.nextSample)
      state.isKnown = stored.nextSequence > 0
      state.durable = stored.nextSequence
      state.clock = stored.clock
      state.clockOffset = stored.clock.last?.offset ?? 0
      return state
    }
    storedSlabs =
      zip(layout.streams, stored.streams).map { layout, stored in
        (stored.nextSample + Int64(layout.slabSamples) - 1) / Int64(layout.slabSamples)
      }.max() ?? 0
  }

  /// Serves until every stream has ended and the archive holds all that came.
  /// - Throws: what another of the hub's threads failed with.
  func run() throws {
    for stream in streams.indices { updateCredit(stream) }
    requestStoredSlabs()
    while !closed {
      for letter in mailbox.take() { try handle(letter) }
      try sendAcknowledgements()
      try receiveAll()
      try goOnWithInjection()
      handOver()
      try lookAfterPeers()
      guard !closed else { break }
      try socket.wait(for: mailbox.wakeup, milliseconds: 50)
    }
    try refusePending("the run has ended")
  }

  // MARK: - Letters from the other threads

  private func handle(_ letter: ReceiverLetter) throws {
    switch letter {
    case .durable(let sequences):
      for (stream, sequence) in sequences.enumerated() where sequence > streams[stream].durable {
        streams[stream].durable = sequence
        streams[stream].owesAcknowledgement = true
      }
    case .lateDurable(let blocks):
      for (stream, sequences) in blocks {
        streams[stream].lateInHand -= sequences.count
        try acknowledge(stream, late: sequences)
      }
      try sendFarewells()
    case .loaded(let slab):
      loadedSlabs = slab + 1
    case .slabFree(let slab):
      freedSlab = max(freedSlab, slab)
      requestStoredSlabs()
      for stream in streams.indices {
        let before = streams[stream].ledger.credit
        updateCredit(stream)
        if streams[stream].ledger.credit != before { streams[stream].owesAcknowledgement = true }
      }
    case .proposal(let result):
      try handle(result)
    case .injectionStored:
      try finishInjection()
    case .stop(let reason):
      try stop(reason: reason)
    case .failed(let error):
      let notice = ControlMessage.stop(reason: "the hub failed: \(error)")
      for index in streams.indices where !streams[index].ended { try? send(notice, to: index) }
      throw error
    case .closed:
      closed = true
    }
  }

  /// Blocks that fit into the slabs that are free, whole.
  private func updateCredit(_ index: Int) {
    let layout = layout.streams[index]
    let samples = min((freedSlab + 1 + Int64(SampleRing.slots)) * Int64(layout.slabSamples), layout.length)
    let ledger = streams[index].ledger
    // What is received counts as it came; only what is still to come is in full blocks, except the last of the run.
    let room = samples - ledger.nextSample
    let blocks =
      samples == layout.length
      ? (room + Int64(layout.blockSamples) - 1) / Int64(layout.blockSamples) : room / Int64(layout.blockSamples)
    streams[index].ledger.credit = max(ledger.credit, ledger.nextSequence + UInt64(max(0, blocks)))
  }

  private func stop(reason: String) throws {
    guard stopReason == nil else { return }
    stopReason = reason
    logger.notice("stopping: \(reason)")
    for index in streams.indices where !streams[index].ended {
      if streams[index].peer == nil {
        if streams[index].isKnown, !streams[index].ledger.isComplete { nodeVanished = true }
        giveUp(index)
      } else {
        try send(.stop(reason: reason), to: index)
      }
    }
    reportPeers()
  }

  /// Peers that were sent away so far, at the door and for what they said, by reason.
  var refusedPeers: [String: Int64] {
    refusedGreetings.merging(turnedAway().mapValues { Int64($0) }, uniquingKeysWith: +)
  }

  /// What has become of the streams so far.
  var accounting: [StreamAccounting] {
    accounting(upTo: streams.map { ($0.ledger.nextSequence, $0.ledger.nextSample) })
  }

  /// What has become of the streams so far.
  /// - Parameter fronts: for each stream the block and the sample after what the archive has by then; what came behind has all
  ///   its samples.
  func accounting(upTo fronts: [(sequence: UInt64, sample: Int64)]) -> [StreamAccounting] {
    zip(layout.streams, zip(streams, fronts)).map { layout, state in
      let (stream, front) = state
      let ledger = stream.ledger
      return StreamAccounting(
        stream: layout.name, sent: max(stream.goodbye?.samples ?? 0, ledger.nextSample),
        archived: front.sample - ledger.missing, declaredMissing: ledger.missing, late: Int64(ledger.late),
        duplicate: Int64(ledger.duplicates), refused: Int64(ledger.refused),
        blocksSent: Int64(max(stream.goodbye?.blocks ?? 0, ledger.nextSequence)),
        blocksArchived: Int64(front.sequence))
    }
  }
}
