import CLinux
import Foundation
import Logging
import Protocol
import Security
import Topology
import ZeroMQ

/// A stream's side of the conversation with the hub: greeting, credit, what is not yet acknowledged, heartbeats, the end;
/// and all that again when the hub was away.
///
/// Confined to the thread that owns the socket.
final class HubSession {
  private let hello: ControlMessage.Hello
  private let settings: HubSettings
  private let logger: Logger
  private let mailbox: Mailbox<StreamSender.Letter>
  private let schedule: SignalSchedule?
  private let makeSource: (StreamStretch) throws -> any BlockSource
  private var connection: HubConnection
  private let headerBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockHeader.size, alignment: 8)

  /// What makes the blocks; nil until the hub has said from where.
  private var feed: SourceFeed?
  private var feedCount = 0
  /// Blocks that the hub has not acknowledged, in order of sequence; those before `nextToSend` are sent.
  private var window: [SampleBlock] = []
  private var nextToSend = 0
  /// The block and the sample after the last one of the window.
  private var front = StreamStretch()
  private var credit: UInt64 = 0
  private var lateBlocks: LateBlocks?
  private var goodbyeSent = false
  private var resends = 0
  private var run: String?

  /// What only the start of a process needs of its libraries, half of what is resident, is given back once.
  private static let startIsOver: Void = gnomon_release_code_pages()

  private(set) var farewell: ControlMessage.Farewell?
  private(set) var sentBlocks: UInt64 = 0
  private(set) var sentSamples: Int64 = 0
  private(set) var endReason = "complete"
  private(set) var isOver = false
  private var isStopping = false

  init(
    hello: ControlMessage.Hello, endpoint: String, settings: HubSettings, keys: PeerKeys?, context: Context?,
    logger: Logger, mailbox: Mailbox<StreamSender.Letter>, schedule: SignalSchedule?,
    makeSource: @escaping (StreamStretch) throws -> any BlockSource
  ) throws {
    self.hello = hello
    self.settings = settings
    self.logger = logger
    self.mailbox = mailbox
    self.schedule = schedule
    self.makeSource = makeSource
    connection = try HubConnection(endpoint: endpoint, settings: settings, keys: keys, context: context)
    try connection.greetAgain(hello)
  }

  deinit {
    headerBytes.deallocate()
  }

  /// Ends the source, whatever the state.
  func end() {
    feed?.end()
    lateBlocks?.end()
  }

  // MARK: - From the source and the owner

  /// Takes what a source delivers.
  /// - Throws: what the source failed with.
  func handle(_ event: BlockEvent, ofFeed identifier: Int) throws {
    if let lateBlocks, lateBlocks.handles(identifier) { return try lateBlocks.handle(event) }
    guard let feed, feed.identifier == identifier else { return }
    switch event {
    case .blocks(let blocks):
      guard !isStopping, let last = blocks.last else { return }
      window += blocks
      front = StreamStretch(firstSequence: last.header.sequence + 1, firstSample: last.header.endSample)
    case .finished: feed.isFinished = true
    case .failed(let error): throw error
    }
  }

  /// Ends the stream after what is sent; what is rendered but not sent was never part of it.
  func stop(reason: String) {
    guard !isStopping else { return }
    isStopping = true
    endReason = reason
    feed?.stop()
    lateBlocks?.end()
    lateBlocks = nil
    // What was refused goes once more: it was sent.
    window.removeAll { $0.header.sequence >= sentBlocks }
    if run == nil {
      farewell = .init(archived: 0, missing: 0)
      isOver = true
    }
  }

  // MARK: - The conversation

  /// Sends what credit allows, waits for the hub or a letter, reads what came.
  func exchange(waitingFor wakeup: Wakeup) throws {
    if connection.isWelcomed {
      try sendBlocks()
      try sayGoodbyeWhenDone()
    }
    try connection.wait(for: wakeup)
    while let message = try connection.receive() { try handle(message) }
    try lookAfterConnection()
  }

  private func sendBlocks() throws {
    while nextToSend < window.count, window[nextToSend].header.sequence < credit {
      let block = window[nextToSend]
      try send(block)
      nextToSend += 1
      sentBlocks = max(sentBlocks, block.header.sequence + 1)
      sentSamples = max(sentSamples, block.header.endSample)
    }
  }

  private func send(_ block: SampleBlock) throws {
    block.header.encode(into: headerBytes)
    try connection.send(block, header: UnsafeRawBufferPointer(headerBytes))
  }

  private func sayGoodbyeWhenDone() throws {
    if let lateBlocks {
      try lateBlocks.send(with: send)
      guard lateBlocks.isDone else { return }
      logger.info("sent again what had been declared missing")
      self.lateBlocks = nil
    }
    guard isStopping || feed?.isFinished == true, nextToSend == window.count, !goodbyeSent else { return }
    goodbyeSent = true
    try connection.send(.goodbye(.init(blocks: sentBlocks, samples: sentSamples, reason: endReason)))
  }

  private func handle(_ message: ControlMessage) throws {
    switch message {
    case .welcome(let welcome):
      try follow(welcome)
    case .acknowledge(let acknowledge):
      credit = max(credit, acknowledge.credit)
      release(below: acknowledge.durable)
      if acknowledge.durable > 0 { _ = Self.startIsOver }
      if let late = acknowledge.late { try lateBlocks?.release(late) }
    case .farewell(let farewell):
      self.farewell = farewell
      isOver = true
    case .stop(let reason):
      stop(reason: reason)
    case .refused(let refusal):
      try handle(refusal)
    case .prepare(let injection):
      try prepare(injection)
    case .inject(let injection):
      for signal in injection.signals { logger.notice("signal \(signal.name) is put in, or changed") }
      try schedule?.add(injection.signals)
      // Samples that should have waited for this: the hub is asked from where they are to be made anew.
      if schedule?.isStale ?? false { try connection.greetAgain(hello) }
    case .abandon:
      schedule?.release()
    case .heartbeat, .hello, .goodbye, .request, .ready, .injected:
      break
    }
  }

  /// Says from when on the node can carry signals, and makes no more samples until the hub has decided.
  private func prepare(_ injection: ControlMessage.Injection) throws {
    var answer = ControlMessage.Ready(identifier: injection.identifier, earliestNanoseconds: 0)
    if let schedule {
      do throws(TopologyError) {
        answer.earliestNanoseconds = try schedule.prepare(for: injection.signals)
      } catch {
        answer.problem = "\(error)"
      }
    } else {
      answer.problem = "the node sends what was recorded before"
    }
    try connection.send(.ready(answer))
  }

  /// Goes to where the hub says: within the window, or with a new source.
  private func follow(_ welcome: ControlMessage.Welcome) throws {
    guard welcome.protocolVersion == ControlMessage.protocolVersion else {
      throw NodeError.protocolVersion(hub: welcome.protocolVersion)
    }
    connection.welcomed()
    logger.info(
      "\(run == nil ? "welcomed" : "welcomed again") to run \(welcome.run), sending from sample \(welcome.nextSample)")
    run = welcome.run
    credit = welcome.credit
    goodbyeSent = false
    try schedule?.follow(welcome.signals ?? [])
    schedule?.raise(to: welcome.nextSample)
    release(below: welcome.durable, sentOrNot: true)
    sentBlocks = welcome.nextSequence
    sentSamples = welcome.nextSample
    lateBlocks?.end()
    lateBlocks = nil
    if let gaps = welcome.gaps, !gaps.isEmpty, !isStopping {
      lateBlocks = try LateBlocks(gaps) { [unowned self] in try makeFeed($0) }
    }
    let due = StreamStretch(firstSequence: welcome.nextSequence, firstSample: welcome.nextSample)
    if schedule?.isStale ?? false {
      if feed != nil {
        logger.notice("signals were put in while this node was away: what it has not sent is made again")
      }
      try begin(at: due)
    } else if let index = window.firstIndex(where: { $0.header.stretchStart == due }) {
      nextToSend = index
    } else if feed != nil, front == due {
      nextToSend = window.count
    } else {
      try begin(at: due)
    }
  }

  private func begin(at start: StreamStretch) throws {
    feed?.end()
    // Its folder is free for the next.
    feed = nil
    window.removeAll()
    nextToSend = 0
    front = start
    guard !isStopping else { return }
    feed = try makeFeed(start)
  }

  private func makeFeed(_ stretch: StreamStretch) throws -> SourceFeed {
    feedCount += 1
    return SourceFeed(try makeSource(stretch), identifier: feedCount, mailbox: mailbox)
  }

  private func release(below sequence: UInt64, sentOrNot: Bool = false) {
    let count = window.prefix(sentOrNot ? window.count : nextToSend).prefix { $0.header.sequence < sequence }.count
    guard count > 0 else { return }
    feed?.release(Array(window.prefix(count)))
    window.removeFirst(count)
    nextToSend = max(0, nextToSend - count)
    resends = 0
  }

  /// Sends again from where the hub says, unless the refusal is final or repeats without any progress.
  private func handle(_ refusal: ControlMessage.Refused) throws {
    switch refusal.code {
    case "not-welcomed":
      // Another hub answers than the one that knew us; or the same one, after it had given us up.
      if connection.isWelcomed {
        logger.notice("the hub at \(connection.endpoint) does not know this node any more; greeting it again")
        try connection.greetAgain(hello)
      }
      return
    case "name-taken":
      // It may be our own old connection, which the hub still believes in.
      guard connection.timeWithoutWelcome < .seconds(1.5 * settings.patience) else { throw NodeError.refused(refusal) }
      logger.warning("\(refusal.detail); trying again")
      connection.postpone()
      return
    case "ended" where isAcknowledged:
      isOver = true
      return
    default: break
    }
    guard let resume = refusal.resumeSequence, resends < 5 else { throw NodeError.refused(refusal) }
    resends += 1
    lateBlocks?.sendAgain()
    logger.warning("block refused (\(refusal.code)): \(refusal.detail); sending again from \(resume)")
    guard let index = window.firstIndex(where: { $0.header.sequence == resume }) else {
      return try connection.greetAgain(hello)
    }
    nextToSend = min(nextToSend, index)
  }

  /// Whether the hub has all of the stream for good.
  private var isAcknowledged: Bool {
    run != nil && window.isEmpty && lateBlocks == nil && (isStopping || feed?.isFinished == true)
  }

  private func lookAfterConnection() throws {
    let isEnding = isStopping || isAcknowledged
    let patience = isEnding ? min(settings.patience, 3 * settings.heartbeat) : settings.patience
    if isEnding, connection.silence > .seconds(patience) {
      guard isAcknowledged else {
        throw NodeError.hubSilent(endpoint: connection.endpoint, seconds: patience)
      }
      isOver = true
      return
    }
    let limit = run == nil ? settings.patience : settings.outage
    guard connection.silence <= .seconds(limit) else {
      throw run == nil
        ? NodeError.noWelcome(endpoint: connection.endpoint, seconds: limit)
        : NodeError.hubSilent(endpoint: connection.endpoint, seconds: limit)
    }
    if connection.isWelcomed, connection.silence > .seconds(patience) {
      logger.warning("the hub at \(connection.endpoint) has been silent for \(patience) s; connecting again")
      try connection.open(greeting: hello)
    }
    try connection.keepAlive(greeting: hello)
  }
}

extension BlockHeader {
  /// Number of the sample after the block's last.
  var endSample: Int64 { firstSample + Int64(sampleCount) }

  /// The stretch of a stream that begins with the block.
  var stretchStart: StreamStretch { StreamStretch(firstSequence: sequence, firstSample: firstSample) }
}
