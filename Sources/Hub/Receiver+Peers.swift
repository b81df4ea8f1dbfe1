import Foundation
import Protocol
import ZeroMQ

/// Nodes: welcomed, looked after, missed, and bidden farewell.
extension Receiver {
  // MARK: - From the nodes

  func receiveAll() throws {
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

  private func handleControl() throws {
    let identity = Data(identityFrame.bytes)
    let message: ControlMessage
    do {
      message = try ControlMessage(decoding: Data(headFrame.bytes))
    } catch {
      warn("a peer sent", "\(error)")
      try send(.refused(.init(code: "message", detail: "\(error)")), identity: identity)
      return
    }
    let index = stream(ofSender: identity)
    if let index { streams[index].lastHeard = .now }
    switch message {
    case .hello(let hello):
      try welcome(hello, identity: identity)
    case .goodbye(let goodbye):
      guard let index else { return try refuseStranger(identity) }
      try take(goodbye, stream: index)
    case .heartbeat:
      // A node of the hub before this one may have nothing else to say, and waits.
      if index == nil { try refuseStranger(identity) }
    case .request(let request):
      try handle(request, identity: identity)
    case .ready(let ready):
      guard let index else { return try refuseStranger(identity) }
      try handle(ready, stream: index)
    case .welcome, .acknowledge, .farewell, .stop, .refused, .prepare, .inject, .abandon, .injected:
      warn("a peer sent", "a message that only hubs send")
    }
  }

  /// The stream that the sender of the frame at hand may feed, nil for a stranger.
  ///
  /// With keys the name of the sender's key has to fit as well: a peer can take over another's routing identity, but not
  /// its key.
  func stream(ofSender identity: Data) -> Int? {
    peers[identity].flatMap { !isSecured || headFrame.sender == layout.streams[$0].name ? $0 : nil }
  }

  func refuseStranger(_ identity: Data) throws {
    progress.update { $0.refused += 1 }
    let refusal = BlockRefusal.notWelcomed
    try send(.refused(.init(code: refusal.code, detail: refusal.description)), identity: identity)
  }

  // MARK: - Greeting

  private func welcome(_ hello: ControlMessage.Hello, identity: Data) throws {
    if let refusal = refusal(of: hello) ?? refusalOfName(hello, identity: identity) {
      warn("refused \(hello.node.prefix(64)):", refusal.detail, code: refusal.code)
      progress.update { $0.refused += 1 }
      refusedGreetings["greeting: \(refusal.code)", default: 0] += 1
      return try send(.refused(refusal), identity: identity)
    }
    guard let index = layout.streams.firstIndex(where: { $0.name == hello.node }) else { return }
    if let old = streams[index].peer, old != identity { peers[old] = nil }
    // One connection, one stream: a peer that now calls itself otherwise has left its old one.
    if let former = peers[identity], former != index { streams[former].peer = nil }
    peers[identity] = index
    streams[index].peer = identity
    streams[index].instance = hello.instance
    streams[index].injects = hello.injects ?? false
    streams[index].isKnown = true
    streams[index].isDeclared = false
    streams[index].lastHeard = .now
    // It goes on: an earlier goodbye, of which blocks are still lacking, is void.
    if !streams[index].ended { streams[index].goodbye = nil }
    let ledger = streams[index].ledger
    logger.info("welcome \(hello.node) at sample \(ledger.nextSample)")
    if !ledger.gaps.isEmpty {
      logger.notice(
        "\(hello.node): \(ledger.gaps.samples) samples were declared missing while it was away; it may send them")
    }
    let signals = injections.signals(of: hello.node)
    try send(
      .welcome(
        .init(
          run: runIdentifier, nextSequence: ledger.nextSequence, nextSample: ledger.nextSample,
          durable: streams[index].durable, credit: ledger.credit, heartbeat: settings.heartbeat,
          epochGPSNanoseconds: layout.epoch.nanoseconds, samples: layout.streams[index].length,
          gaps: ledger.gaps.isEmpty ? nil : ledger.gaps.runs, signals: signals.isEmpty ? nil : signals)), to: index)
    reportPeers()
    // A node that is welcome goes on; while something is being agreed upon it is asked anew.
    try prepare(index)
  }

  /// What is wrong with a greeting in itself.
  private func refusal(of hello: ControlMessage.Hello) -> ControlMessage.Refused? {
    guard hello.protocolVersion == ControlMessage.protocolVersion else {
      return .init(
        code: "version",
        detail: "protocol version \(hello.protocolVersion); this hub speaks \(ControlMessage.protocolVersion)")
    }
    guard !isSecured || headFrame.sender == hello.node else {
      return .init(
        code: "key", detail: "the key of '\(headFrame.sender ?? "")' does not open the stream of '\(hello.node)'")
    }
    guard let expected = layout.streams.first(where: { $0.name == hello.node }) else {
      return .init(code: "unknown-node", detail: "the hub's topology has no node '\(hello.node)'")
    }
    // A real instrument works from no topology; what it says of its stream has to fit all the same.
    guard hello.topology.isEmpty || hello.topology == topologyChecksum else {
      return .init(
        code: "topology",
        detail:
          "node and hub work from different topologies (\(hello.topology), \(topologyChecksum)): use the same file")
    }
    guard hello.channels == expected.channels, hello.blockSamples == expected.blockSamples,
      hello.rateNumerator == expected.rate.numerator, hello.rateDenominator == expected.rate.denominator
    else {
      return .init(
        code: "layout",
        detail:
          "the hub's topology has \(expected.name) with channels \(expected.channels.joined(separator: ",")), "
          + "\(expected.rate.numerator)/\(expected.rate.denominator) samples a second in blocks of \(expected.blockSamples); "
          + "the node sends \(hello.channels.joined(separator: ",")), \(hello.rateNumerator)/\(hello.rateDenominator) "
          + "in blocks of \(hello.blockSamples)")
    }
    guard hello.sampleType == expected.sampleType, hello.basebandHertz == expected.baseband else {
      func text(_ type: BlockHeader.SampleType, _ baseband: Double?) -> String {
        baseband.map { "\(type) about \($0) Hz" } ?? "\(type)"
      }
      return .init(
        code: "sample-type",
        detail: "the node sends \(text(hello.sampleType, hello.basebandHertz)), the hub's topology says "
          + text(expected.sampleType, expected.baseband))
    }
    guard hello.injects ?? false || injections.signals(of: hello.node).isEmpty else {
      return .init(
        code: "signals", detail: "signals were put into this run while it ran, and this node cannot carry them")
    }
    return nil
  }

  /// Why a node of the topology cannot be welcomed now.
  private func refusalOfName(_ hello: ControlMessage.Hello, identity: Data) -> ControlMessage.Refused? {
    guard let index = layout.streams.firstIndex(where: { $0.name == hello.node }) else { return nil }
    let stream = streams[index]
    // One that has not heard its farewell may ask for it again.
    guard !stream.ended && stopReason == nil || stream.ledger.isComplete else {
      return .init(code: "ended", detail: "the stream has ended")
    }
    guard let old = stream.peer, old != identity, hello.instance == nil || hello.instance != stream.instance else {
      return nil
    }
    guard ContinuousClock.now - stream.lastHeard <= .seconds(2 * settings.heartbeat), isReachable(old) else {
      return nil
    }
    return .init(code: "name-taken", detail: "a node named '\(hello.node)' is already sending")
  }

  /// Whether the connection of a peer still stands, as far as this machine knows.
  private func isReachable(_ peer: Data) -> Bool {
    (try? transmit(.heartbeat, to: peer)) ?? true
  }

  // MARK: - Absence

  func lookAfterPeers() throws {
    let now = ContinuousClock.now
    guard now - lastHeartbeat > .seconds(settings.heartbeat) else { return }
    lastHeartbeat = now
    try reassureOperator()
    // A node that lives is heard at every heartbeat; once the run is ending, three missed ones are enough.
    let patience = stopReason == nil ? settings.patience : min(settings.patience, 3 * settings.heartbeat)
    for index in streams.indices where !streams[index].farewellSent {
      if streams[index].peer != nil { try send(.heartbeat, to: index) }
      if streams[index].peer != nil, !streams[index].ended, now - streams[index].lastHeard > .seconds(patience) {
        miss(index, "has been silent for \(patience) s")
      }
      guard streams[index].peer == nil, !streams[index].ended else { continue }
      if stopReason != nil {
        logger.error("\(layout.streams[index].name) is away; its stream ends with what is archived")
        nodeVanished = nodeVanished || streams[index].isKnown && !streams[index].ledger.isComplete
        giveUp(index)
      } else if streams[index].ledger.isComplete, now - started > .seconds(3 * settings.heartbeat) {
        // All of it was archived before this hub began, and its node has no question.
        end(index)
      }
    }
  }

  /// Notes that a node has gone, for now.
  private func miss(_ index: Int, _ how: String) {
    guard let peer = streams[index].peer else { return }
    peers[peer] = nil
    streams[index].peer = nil
    streams[index].awaySince = .now
    reportPeers()
    guard !streams[index].ended else { return }
    logger.warning(
      "\(layout.streams[index].name) \(how); it may come back, its samples are declared missing after \(settings.absence) s"
    )
  }

  // MARK: - The end

  /// Notes that nothing new will come; the stream ends when all that was sent is here.
  private func take(_ goodbye: ControlMessage.Goodbye, stream index: Int) throws {
    let ledger = streams[index].ledger
    let length = layout.streams[index].length
    guard goodbye.blocks <= ledger.credit, (0...length).contains(goodbye.samples) else {
      let refusal = ControlMessage.Refused(
        code: "goodbye",
        detail: "goodbye after \(goodbye.blocks) blocks and \(goodbye.samples) samples where the credit was "
          + "\(ledger.credit) blocks and the run has \(length) samples: count what was sent")
      warn("\(layout.streams[index].name):", refusal.detail, code: refusal.code)
      progress.update { $0.refused += 1 }
      return try send(.refused(refusal), to: index)
    }
    logger.info("\(layout.streams[index].name) says goodbye after \(goodbye.samples) samples: \(goodbye.reason)")
    streams[index].goodbye = goodbye
    // Again to one that comes back for it.
    streams[index].farewellSent = false
    if !streams[index].ended {
      streams[index].awaySince = .now
      endWhenAllIsIn(index)
    }
    reportPeers()
    try sendFarewells()
  }

  /// Ends a stream whose node has said goodbye when every block up to its count is here or declared missing.
  func endWhenAllIsIn(_ index: Int) {
    guard let goodbye = streams[index].goodbye, streams[index].ledger.nextSequence >= goodbye.blocks else { return }
    end(index)
  }

  /// Ends the stream of a node that will not come back: what it said to have sent and is not here is declared missing.
  func giveUp(_ index: Int) {
    if let goodbye = streams[index].goodbye { declareMissing(index, blocksBelow: goodbye.blocks) }
    end(index)
  }

  private func end(_ index: Int) {
    let held = streams[index].ledger.nextSample
    if let goodbye = streams[index].goodbye, goodbye.samples > held {
      logger.warning(
        "\(layout.streams[index].name) counts \(goodbye.samples) samples; its \(goodbye.blocks) blocks hold \(held)")
      streams[index].goodbye?.samples = held
    }
    streams[index].ended = true
    reportPeers()
  }

  func reportPeers() {
    let connected = streams.filter { $0.peer != nil }.count
    let finished = streams.filter(\.ended).count
    let lost = streams.reduce(Int64(0)) { $0 + max(0, ($1.goodbye?.samples ?? 0) - $1.ledger.nextSample) }
    progress.update {
      $0.connected = connected
      $0.finished = finished
      $0.lost = lost
    }
  }

  /// Says in the log what a peer did, the same thing at most once in ten seconds.
  func warn(_ subject: String, _ what: String, code: String? = nil) {
    guard let more = throttle.ask(subject + (code ?? "")) else { return }
    logger.warning("\(subject) \(what)\(more)", metadata: code.map { ["code": "\($0)"] })
  }

  // MARK: - To the nodes

  func acknowledge(_ index: Int, late: [UInt64]? = nil) throws {
    let stream = streams[index]
    try send(.acknowledge(.init(durable: stream.durable, credit: stream.ledger.credit, late: late)), to: index)
  }

  /// Tells the nodes what came of all letters together.
  func sendAcknowledgements() throws {
    var isAny = false
    for index in streams.indices where streams[index].owesAcknowledgement {
      streams[index].owesAcknowledgement = false
      isAny = true
      try acknowledge(index)
    }
    if isAny { try sendFarewells() }
  }

  func sendFarewells() throws {
    for index in streams.indices {
      let stream = streams[index]
      guard stream.goodbye != nil, stream.ended, !stream.farewellSent, stream.lateInHand == 0,
        stream.durable == stream.ledger.nextSequence
      else { continue }
      streams[index].farewellSent = true
      let missing = stream.ledger.missing
      try send(.farewell(.init(archived: stream.ledger.nextSample - missing, missing: missing)), to: index)
    }
  }

  /// Sends to the node of a stream, if it is here.
  func send(_ message: ControlMessage, to index: Int) throws {
    guard let peer = streams[index].peer else { return }
    if try !transmit(message, to: peer) { miss(index, "has closed its connection, or does not read") }
  }

  /// Sends to any peer, known or not.
  private func send(_ message: ControlMessage, identity: Data) throws {
    if let index = peers[identity] { return try send(message, to: index) }
    _ = try transmit(message, to: identity)
  }

  /// - Returns: false when the peer is not connected any more, or has left ten thousand messages unread.
  func transmit(_ message: ControlMessage, to peer: Data) throws -> Bool {
    do {
      try socket.send(peer, more: true, wait: false)
    } catch  where [.hostUnreachable, .again].contains(error.code) {
      return false
    }
    try socket.send(message.encoded())
    return true
  }
}
