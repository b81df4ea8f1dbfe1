import Foundation
import Protocol
import Security
import Topology
import ZeroMQ

/// The socket to the hub, made anew when the hub was silent for too long, with what is known of when it spoke.
///
/// libzmq connects again by itself when a connection closes; but what was queued for the old hub then goes to the new one,
/// and a connection that the network swallowed is never noticed. So a silent hub gets a new socket. Confined to one thread.
final class HubConnection {
  let endpoint: String
  private let settings: HubSettings
  private let keys: PeerKeys?
  private let context: Context
  private var socket: Socket
  private let message = Message()

  private(set) var isWelcomed = false
  private var lastHeard = ContinuousClock.now
  private var lastSpoke = ContinuousClock.now
  private var welcomeLost = ContinuousClock.now
  /// When the next greeting is due, and how long to wait for the answer to it.
  private var nextGreeting = ContinuousClock.now
  private var greetingInterval: Double

  /// - Parameters:
  ///   - keys: nil for a connection in the clear.
  ///   - context: shared with other nodes of this process; nil for one of its own.
  init(endpoint: String, settings: HubSettings, keys: PeerKeys?, context shared: Context?) throws {
    self.endpoint = endpoint
    self.keys = keys
    self.settings = settings
    context = try shared ?? Context()
    socket = try Self.connect(endpoint, context, keys)
    greetingInterval = Self.firstInterval(settings)
  }

  private static func connect(_ endpoint: String, _ context: Context, _ keys: PeerKeys?) throws -> Socket {
    let socket = try Socket(.dealer, in: context)
    try socket.setLinger(milliseconds: 2000)
    try socket.setHighWaterMark(0)
    try socket.setReconnectInterval(milliseconds: 50, atMost: 2000)
    try keys?.secure(socket)
    try socket.connect(endpoint)
    return socket
  }

  private static func firstInterval(_ settings: HubSettings) -> Double { 3 * settings.heartbeat }

  // MARK: - Greeting

  /// Time since the hub was last heard.
  var silence: Duration { .now - lastHeard }

  /// Time since this node was last welcome.
  var timeWithoutWelcome: Duration { isWelcomed ? .zero : .now - welcomeLost }

  /// Drops the old connection with all that was queued on it, and greets the hub on a new one.
  func open(greeting hello: ControlMessage.Hello) throws {
    try socket.setLinger(milliseconds: 0)
    socket = try Self.connect(endpoint, context, keys)
    try greetAgain(hello)
  }

  /// Greets the hub on the connection that there is.
  func greetAgain(_ hello: ControlMessage.Hello) throws {
    if isWelcomed {
      isWelcomed = false
      welcomeLost = .now
      greetingInterval = Self.firstInterval(settings)
    }
    nextGreeting = .now + .seconds(greetingInterval)
    // Longer and longer, so that a hub that comes back is not stormed; but soon enough to be noticed.
    greetingInterval = min(2 * greetingInterval, max(settings.patience, Self.firstInterval(settings)))
    try send(.hello(hello))
  }

  /// Leaves the next greeting for later: the hub has said that it does not want one now.
  func postpone() {
    nextGreeting = .now + .seconds(settings.heartbeat)
  }

  func welcomed() {
    isWelcomed = true
    greetingInterval = Self.firstInterval(settings)
  }

  /// Sends a heartbeat when it is time; greets again when no answer came to the last greeting.
  func keepAlive(greeting hello: ControlMessage.Hello) throws {
    if !isWelcomed {
      if .now >= nextGreeting { try open(greeting: hello) }
    } else if .now - lastSpoke >= .seconds(settings.heartbeat) {
      try send(.heartbeat)
    }
  }

  // MARK: - Messages

  func send(_ message: ControlMessage) throws {
    try socket.send(message.encoded())
    lastSpoke = .now
  }

  /// Sends a block; its samples go without a copy.
  func send(_ block: SampleBlock, header: UnsafeRawBufferPointer) throws {
    try socket.send(header, more: true)
    try socket.send(block.payload, keeping: block.memory)
    lastSpoke = .now
  }

  /// Waits until the hub has sent something, the wakeup was rung, or it is time to look after the connection.
  func wait(for wakeup: Wakeup) throws {
    try socket.wait(for: wakeup, milliseconds: Int(settings.heartbeat * 1000 / 2) + 1)
  }

  /// The hub's next message, nil when none is waiting.
  func receive() throws -> ControlMessage? {
    guard try socket.receive(into: message) else { return nil }
    lastHeard = .now
    return try ControlMessage(decoding: Data(message.bytes))
  }
}
