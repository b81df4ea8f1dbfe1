import Archive
import CKernels
import Foundation
import Logging
import Protocol
import Threads
import Topology
import ZeroMQ

/// The thread that owns the hub's socket: welcomes nodes, checks and places their blocks, grants credit, says farewell.
final class Receiver {
  /// One stream's state.
  struct Stream {
    var ledger: StreamLedger
    var peer: Data?
    var lastHeard = ContinuousClock.now
    var pendingRows: [IndexRow] = []
    var clock: [ClockReport] = []
    var goodbye: ControlMessage.Goodbye?
    /// No more blocks will come.
    var ended = false
    var farewellSent = false
    var durable: UInt64 = 0
  }

  let layout: HubLayout
  let ring: SampleRing
  private let socket: Socket
  private let settings: HubSettings
  private let topologyChecksum: String
  /// Whether every message carries the name for which its sender was admitted.
  private let isSecured: Bool
  private let runIdentifier: String
  let archive: BoundedQueue<ArchiveTask>
  private let mailbox: Mailbox<ReceiverLetter>
  private let progress: HubProgress
  private let logger: Logger

  var streams: [Stream]
  private var peers: [Data: Int] = [:]
  var freedSlab: Int64 = -1
  var nextSlab: Int64 = 0
  var lastBatch = ContinuousClock.now
  var lastBatchSent = false
  private var lastHeartbeat = ContinuousClock.now
  private var closed = false
  private let identityFrame = Message()
  private let headFrame = Message()
  private let payloadFrame = Message()
  /// Why the run ends before its time, nil when it does not.
  private(set) var stopReason: String?
  private var isFailure = false

  init(
    layout: HubLayout, ring: SampleRing, socket: Socket, settings: HubSettings, topologyChecksum: String,
    isSecured: Bool, runIdentifier: String, archive: BoundedQueue<ArchiveTask>, mailbox: Mailbox<ReceiverLetter>,
    progress: HubProgress, logger: Logger
  ) {
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
    streams = layout.streams.map {
      Stream(
        ledger: StreamLedger(
          stream: $0.identifier, channelCount: $0.channels.count, sampleType: $0.sampleType,
          blockSamples: $0.blockSamples, rate: $0.rate, epoch: layout.epoch, length: $0.length))
    }
  }

  /// Serves until every stream has ended and the archive holds all that came.
  /// - Returns: false when a node vanished before its stream's end.
  /// - Throws: what another of the hub's threads failed with.
  func run() throws -> Bool {
    for stream in streams.indices { updateCredit(stream) }
    while !closed {
      for letter in mailbox.take() { try handle(letter) }
      try receiveAll()
      try handOver()
      try lookAfterPeers()
      guard !closed else { break }
      try socket.wait(for: mailbox.wakeup, milliseconds: 50)
    }
    return !isFailure
  }

  // MARK: - Letters from the other threads

  private func handle(_ letter: ReceiverLetter) throws {
    switch letter {
    case .durable(let sequences):
      for (stream, sequence) in sequences.enumerated() where sequence > streams[stream].durable {
        streams[stream].durable = sequence
        try acknowledge(stream)
      }
      try sendFarewells()
    case .slabFree(let slab):
      freedSlab = max(freedSlab, slab)
      for stream in streams.indices {
        let before = streams[stream].ledger.credit
        updateCredit(stream)
        if streams[stream].ledger.credit != before { try acknowledge(stream) }
      }
    case .stop(let reason):
      try stop(reason: reason)
    case .failed(let error):
      let notice = ControlMessage.stop(reason: "the hub failed: \(error)")
      for stream in streams where !stream.ended { try? send(notice, to: stream.peer) }
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
        streams[index].ended = true
      } else {
        try send(.stop(reason: reason), to: streams[index].peer)
      }
    }
    reportPeers()
  }

  // MARK: - Messages

  private func receiveAll() throws {
    // A bound on one turn, so that letters and heartbeats get theirs under full load.
    for _ in 0..<256 {
      guard try socket.receive(into: identityFrame) else { return }
      guard identityFrame.hasMore, try socket.receive(into: headFrame) else { continue }
      if headFrame.hasMore {
        guard try socket.receive(into: payloadFrame) else { continue }
        var surplus = payloadFrame.hasMore
        while surplus, try socket.receive(into: identityFrame) { surplus = identityFrame.hasMore }
        try handleBlock()
      } else {
        try handleControl()
      }
    }
  }

  private func handleBlock() throws {
    let identity = Data(identityFrame.bytes)
    guard let index = peers[identity] else {
      try refuse(.notWelcomed, identity: identity)
      return
    }
    guard !isSecured || headFrame.sender == layout.streams[index].name else {
      // Only a peer that has taken over another's routing identity comes here.
      try refuse(.notWelcomed, identity: identity)
      return
    }
    streams[index].lastHeard = .now
    guard !streams[index].ended else { return }
    do throws(BlockRefusal) {
      let header = try BlockHeader(decoding: headFrame.bytes)
      try streams[index].ledger.check(header, payloadSize: payloadFrame.count)
      let missing = try place(header, stream: index)
      streams[index].ledger.accept(header, missing: missing)
      streams[index].pendingRows.append(IndexRow(header))
      if header.clockOffset != 0 || streams[index].clock.last.map({ $0.offset != 0 }) == true {
        streams[index].clock.append(.init(firstSample: header.firstSample, offset: header.clockOffset))
      }
    } catch {
      streams[index].ledger.count(error)
      progress.update { $0.refused += 1 }
      logger.warning("\(layout.streams[index].name): \(error)", metadata: ["code": "\(error.code)"])
      if case .duplicate = error { return }
      let resume = streams[index].ledger.nextSequence
      try send(.refused(.init(code: error.code, detail: error.description, resumeSequence: resume)), to: identity)
    }
  }

  /// Copies a block's samples into the ring.
  /// - Returns: how many samples of each channel are missing.
  private func place(_ header: BlockHeader, stream: Int) throws(BlockRefusal) -> Int64 {
    let first = header.firstSample
    let count = Int(header.sampleCount)
    let payload = payloadFrame.bytes
    let size = ring.streams[stream].sampleSize
    let values = Int(header.channelCount) * count * size
    let room = ring.contiguousRoom(stream: stream, from: first)
    guard let start = payload.baseAddress, !header.flags.contains(.allMissing) else {
      guard header.payloadChecksum == 0 else { throw .payloadChecksum(sequence: header.sequence) }
      ring.fillMissing(stream: stream, from: first, to: first + Int64(count))
      return Int64(count)
    }
    // The usual block is one piece of the ring and is checked while it is copied: what a bad one leaves there is
    // overwritten by the next.
    let isOnePiece = header.channelCount == 1 && room >= count
    let checksum =
      isOnePiece
      ? gnomon_crc32c_copy(ring.pointer(stream: stream, channel: 0, sample: first), start, payload.count)
      : gnomon_crc32c(0, start, payload.count)
    guard checksum == header.payloadChecksum else { throw .payloadChecksum(sequence: header.sequence) }
    var missing: Int64 = 0
    if header.flags.contains(.someMissing) {
      for sample in 0..<count
      where (0..<size).contains(where: {
        payload.loadUnaligned(fromByteOffset: 8 * (size * sample + $0), as: Double.self).isNaN
      }) {
        missing += 1
      }
    } else if gnomon_all_finite(start, values) == 0 {
      throw .unflaggedNonFinite(sequence: header.sequence)
    }
    guard !isOnePiece else { return missing }
    for channel in 0..<Int(header.channelCount) {
      ring.forEachPiece(stream: stream, from: first, to: first + Int64(count)) { sample, pieceCount in
        let offset = 8 * size * (channel * count + Int(sample - first))
        UnsafeMutableRawPointer(ring.pointer(stream: stream, channel: channel, sample: sample))
          .copyMemory(from: start + offset, byteCount: 8 * size * pieceCount)
      }
    }
    return missing
  }

  private func handleControl() throws {
    let identity = Data(identityFrame.bytes)
    let message: ControlMessage
    do {
      message = try ControlMessage(decoding: Data(headFrame.bytes))
    } catch {
      logger.warning("a peer sent \(error)")
      try send(.refused(.init(code: "message", detail: "\(error)")), to: identity)
      return
    }
    let index = peers[identity].flatMap { !isSecured || headFrame.sender == layout.streams[$0].name ? $0 : nil }
    if let index { streams[index].lastHeard = .now }
    switch message {
    case .hello(let hello):
      try welcome(hello, identity: identity)
    case .goodbye(let goodbye):
      guard let index, !streams[index].ended else { return }
      end(index, goodbye)
      try sendFarewells()
    case .heartbeat:
      break
    case .welcome, .acknowledge, .farewell, .stop, .refused:
      logger.warning("a peer sent a message that only hubs send")
    }
  }

  private func welcome(_ hello: ControlMessage.Hello, identity: Data) throws {
    func refuse(_ code: String, _ detail: String) throws {
      logger.warning("refused \(hello.node): \(detail)")
      progress.update { $0.refused += 1 }
      try send(.refused(.init(code: code, detail: detail)), to: identity)
    }
    guard hello.protocolVersion == ControlMessage.protocolVersion else {
      return try refuse(
        "version",
        "protocol version \(hello.protocolVersion); this hub speaks \(ControlMessage.protocolVersion)")
    }
    guard !isSecured || headFrame.sender == hello.node else {
      return try refuse(
        "key", "the key of '\(headFrame.sender ?? "")' does not open the stream of '\(hello.node)'")
    }
    guard let index = layout.streams.firstIndex(where: { $0.name == hello.node }) else {
      return try refuse("unknown-node", "the hub's topology has no node '\(hello.node)'")
    }
    let expected = layout.streams[index]
    guard hello.topology == topologyChecksum else {
      return try refuse(
        "topology",
        "node and hub work from different topologies (\(hello.topology), \(topologyChecksum)): use the same file")
    }
    guard hello.channels == expected.channels, hello.blockSamples == expected.blockSamples,
      hello.rateNumerator == expected.rate.numerator, hello.rateDenominator == expected.rate.denominator
    else {
      return try refuse("layout", "channels, rate or block size differ from the hub's topology")
    }
    guard hello.sampleType == expected.sampleType, hello.basebandHertz == expected.baseband else {
      func text(_ type: BlockHeader.SampleType, _ baseband: Double?) -> String {
        baseband.map { "\(type) about \($0) Hz" } ?? "\(type)"
      }
      return try refuse(
        "sample-type",
        "the node sends \(text(hello.sampleType, hello.basebandHertz)), the hub's topology says "
          + text(expected.sampleType, expected.baseband))
    }
    guard stopReason == nil, !streams[index].ended else { return try refuse("ended", "the stream has ended") }
    if let old = streams[index].peer, old != identity {
      guard ContinuousClock.now - streams[index].lastHeard > .seconds(2 * settings.heartbeat) else {
        return try refuse("name-taken", "a node named '\(hello.node)' is already sending")
      }
      peers[old] = nil
    }
    peers[identity] = index
    streams[index].peer = identity
    streams[index].lastHeard = .now
    let ledger = streams[index].ledger
    logger.info("welcome \(hello.node) at sample \(ledger.nextSample)")
    try send(
      .welcome(
        .init(
          run: runIdentifier, nextSequence: ledger.nextSequence, nextSample: ledger.nextSample, credit: ledger.credit,
          heartbeat: settings.heartbeat)), to: identity)
    reportPeers()
  }

  private func end(_ index: Int, _ goodbye: ControlMessage.Goodbye?) {
    streams[index].goodbye = goodbye
    streams[index].ended = true
    if let goodbye {
      logger.info("\(layout.streams[index].name) says goodbye after \(goodbye.samples) samples: \(goodbye.reason)")
    }
    reportPeers()
  }

  private func reportPeers() {
    let connected = streams.filter { $0.peer != nil }.count
    let finished = streams.filter(\.ended).count
    let lost = streams.reduce(Int64(0)) { $0 + max(0, ($1.goodbye?.samples ?? 0) - $1.ledger.nextSample) }
    progress.update {
      $0.connected = connected
      $0.finished = finished
      $0.lost = lost
    }
  }

  // MARK: - To the nodes

  private func acknowledge(_ index: Int) throws {
    let stream = streams[index]
    try send(.acknowledge(.init(durable: stream.durable, credit: stream.ledger.credit)), to: stream.peer)
  }

  private func sendFarewells() throws {
    for index in streams.indices {
      let stream = streams[index]
      guard stream.goodbye != nil, !stream.farewellSent, stream.durable == stream.ledger.nextSequence else { continue }
      streams[index].farewellSent = true
      let missing = stream.ledger.missing
      try send(.farewell(.init(archived: stream.ledger.nextSample - missing, missing: missing)), to: stream.peer)
    }
  }

  private func refuse(_ refusal: BlockRefusal, identity: Data) throws {
    progress.update { $0.refused += 1 }
    try send(.refused(.init(code: refusal.code, detail: refusal.description)), to: identity)
  }

  private func send(_ message: ControlMessage, to peer: Data?) throws {
    guard let peer else { return }
    try socket.send(peer, more: true)
    try socket.send(message.encoded())
  }

  private func lookAfterPeers() throws {
    let now = ContinuousClock.now
    guard now - lastHeartbeat > .seconds(settings.heartbeat) else { return }
    lastHeartbeat = now
    for index in streams.indices where streams[index].peer != nil && !streams[index].farewellSent {
      try send(.heartbeat, to: streams[index].peer)
      // A node that lives is heard at every heartbeat; once the run is ending, three missed ones are enough.
      let patience = stopReason == nil ? settings.patience : min(settings.patience, 3 * settings.heartbeat)
      if !streams[index].ended, now - streams[index].lastHeard > .seconds(patience) {
        let name = layout.streams[index].name
        logger.error("\(name) has been silent for \(patience) s")
        isFailure = true
        end(index, nil)
        try stop(reason: "node \(name) has been silent for \(patience) s")
      }
    }
  }
}
