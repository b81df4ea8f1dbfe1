import Foundation
import Logging
import Protocol
import Topology
import ZeroMQ

/// A node's side of the conversation with the hub: credit, what is not yet acknowledged, heartbeats, the end.
///
/// Confined to the thread that owns the socket.
final class HubSession {
  private let socket: Socket
  private let endpoint: String
  private let settings: HubSettings
  private let generator: any BlockSource
  private let logger: Logger
  private let message = Message()
  private let headerBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockHeader.size, alignment: 8)

  /// Blocks that the hub has not acknowledged, in order of sequence; those before `nextToSend` are sent.
  private var window: [SampleBlock] = []
  private var nextToSend = 0
  private var credit: UInt64 = 0
  private var generatorDone = false
  private var goodbyeSent = false
  private var lastHeard = ContinuousClock.now
  private var lastSpoke = ContinuousClock.now
  private var resends = 0

  private(set) var welcome: ControlMessage.Welcome?
  private(set) var farewell: ControlMessage.Farewell?
  private(set) var sentBlocks: UInt64 = 0
  private(set) var sentSamples: Int64 = 0
  private(set) var endReason = "complete"
  private(set) var isStopping = false
  /// Whether blocks are still to come from the generator.
  var generatorStarted = false

  init(socket: Socket, endpoint: String, settings: HubSettings, generator: any BlockSource, logger: Logger) {
    self.socket = socket
    self.endpoint = endpoint
    self.settings = settings
    self.generator = generator
    self.logger = logger
  }

  deinit {
    headerBytes.deallocate()
  }

  /// Takes a rendered block into the window, unless the stream is ending.
  func queue(_ block: SampleBlock) {
    if !isStopping { window.append(block) }
  }

  /// The generator delivers nothing more.
  func generatorFinished() {
    generatorDone = true
  }

  /// Ends the stream after what is sent; what is rendered but not sent was never part of it.
  func stop(reason: String) {
    guard !isStopping else { return }
    isStopping = true
    endReason = reason
    generator.stop()
    window.removeSubrange(nextToSend...)
    if welcome == nil { farewell = .init(archived: 0, missing: 0) }
  }

  /// Sends what credit allows, waits for the hub or a letter, reads what came.
  func exchange(waitingFor wakeup: Wakeup) throws {
    try sendBlocks()
    try sayGoodbyeWhenDone()
    try socket.wait(for: wakeup, milliseconds: Int(settings.heartbeat * 1000 / 2) + 1)
    while try socket.receive(into: message) {
      lastHeard = .now
      try handle(ControlMessage(decoding: Data(message.bytes)))
    }
    try checkSilence()
  }

  private func sendBlocks() throws {
    while nextToSend < window.count, window[nextToSend].header.sequence < credit {
      let block = window[nextToSend]
      block.header.encode(into: headerBytes)
      try socket.send(UnsafeRawBufferPointer(headerBytes), more: true)
      try socket.send(block.payload)
      nextToSend += 1
      lastSpoke = .now
      sentBlocks = max(sentBlocks, block.header.sequence + 1)
      sentSamples = max(sentSamples, block.header.firstSample + Int64(block.header.sampleCount))
    }
  }

  private func sayGoodbyeWhenDone() throws {
    guard let welcome, generatorDone || (isStopping && !generatorStarted), nextToSend == window.count, !goodbyeSent
    else {
      return
    }
    goodbyeSent = true
    try socket.send(
      ControlMessage.goodbye(
        .init(
          blocks: max(sentBlocks, welcome.nextSequence), samples: max(sentSamples, welcome.nextSample),
          reason: endReason)
      ).encoded())
  }

  private func handle(_ message: ControlMessage) throws {
    switch message {
    case .welcome(let welcome):
      guard welcome.protocolVersion == ControlMessage.protocolVersion else {
        throw NodeError.protocolVersion(hub: welcome.protocolVersion)
      }
      self.welcome = welcome
      credit = welcome.credit
    case .acknowledge(let acknowledge):
      credit = max(credit, acknowledge.credit)
      release(below: acknowledge.durable)
    case .farewell(let farewell):
      self.farewell = farewell
    case .stop(let reason):
      stop(reason: reason)
    case .refused(let refusal):
      try goBack(after: refusal)
    case .heartbeat, .hello, .goodbye:
      break
    }
  }

  private func release(below sequence: UInt64) {
    let count = window.prefix(nextToSend).prefix { $0.header.sequence < sequence }.count
    for block in window.prefix(count) { generator.recycle(block) }
    window.removeFirst(count)
    nextToSend -= count
    if count > 0 { resends = 0 }
  }

  /// Sends again from where the hub says, unless the refusal is final or repeats without any progress.
  private func goBack(after refusal: ControlMessage.Refused) throws {
    guard let resume = refusal.resumeSequence, resends < 5 else { throw NodeError.refused(refusal) }
    guard let first = window.first?.header.sequence, first <= resume else {
      throw NodeError.resume(sequence: resume, oldest: window.first?.header.sequence ?? sentBlocks)
    }
    resends += 1
    logger.warning("block refused (\(refusal.code)): \(refusal.detail); sending again from \(resume)")
    nextToSend = min(nextToSend, Int(resume - first))
  }

  private func checkSilence() throws {
    let now = ContinuousClock.now
    if now - lastHeard > .seconds(settings.patience) {
      throw welcome == nil
        ? NodeError.noWelcome(endpoint: endpoint, seconds: settings.patience)
        : NodeError.hubSilent(endpoint: endpoint, seconds: settings.patience)
    }
    if welcome != nil, now - lastSpoke >= .seconds(settings.heartbeat) {
      try socket.send(ControlMessage.heartbeat.encoded())
      lastSpoke = now
    }
  }
}
