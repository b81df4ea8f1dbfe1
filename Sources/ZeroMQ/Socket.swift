import CZeroMQ
import Foundation

/// A ZeroMQ socket, confined to the thread that uses it.
public final class Socket {
  /// The patterns that Gnomon speaks.
  public enum Kind: Sendable {
    case router, dealer, push, pull, publish, subscribe, pair

    var code: Int32 {
      switch self {
      case .router: ZMQ_ROUTER
      case .dealer: ZMQ_DEALER
      case .push: ZMQ_PUSH
      case .pull: ZMQ_PULL
      case .publish: ZMQ_PUB
      case .subscribe: ZMQ_SUB
      case .pair: ZMQ_PAIR
      }
    }
  }

  let handle: UnsafeMutableRawPointer
  let context: Context

  /// - Throws: ``ZeroMQError`` when the context has no sockets left.
  public init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
    guard let handle = zmq_socket(context.handle, kind.code) else { throw .last("create a ZeroMQ socket") }
    self.handle = handle
    self.context = context
  }

  deinit {
    zmq_close(handle)
  }

  // MARK: - Options

  /// How long closing waits for unsent messages, in milliseconds.
  public func setLinger(milliseconds: Int32) throws(ZeroMQError) {
    try set(ZMQ_LINGER, milliseconds, "set the linger time")
  }

  /// Messages queued in either direction before sending blocks; 0 leaves the flow to the protocol's credit.
  public func setHighWaterMark(_ messages: Int32) throws(ZeroMQError) {
    try setHighWaterMark(sending: messages, receiving: messages)
  }

  /// Messages of one peer queued in each direction: with more, sending blocks, and what comes waits on the peer's side.
  public func setHighWaterMark(sending: Int32, receiving: Int32) throws(ZeroMQError) {
    try set(ZMQ_SNDHWM, sending, "set the send limit")
    try set(ZMQ_RCVHWM, receiving, "set the receive limit")
  }

  /// Connections that the system keeps until they are accepted, and how long a peer may take to introduce itself before it
  /// is disconnected; to be called before the socket listens.
  public func setAcceptance(backlog: Int32, handshakeMilliseconds: Int32) throws(ZeroMQError) {
    try set(ZMQ_BACKLOG, backlog, "set the length of the queue of connections")
    try set(ZMQ_HANDSHAKE_IVL, handshakeMilliseconds, "set the handshake time")
  }

  /// Time between attempts to connect again, doubling from one to the other.
  public func setReconnectInterval(milliseconds: Int32, atMost longest: Int32) throws(ZeroMQError) {
    try set(ZMQ_RECONNECT_IVL, milliseconds, "set the reconnect interval")
    try set(ZMQ_RECONNECT_IVL_MAX, longest, "set the longest reconnect interval")
  }

  /// Makes a router's send to a peer that is not connected the error `.hostUnreachable`, instead of dropping the message.
  public func setMandatoryRouting() throws(ZeroMQError) {
    try set(ZMQ_ROUTER_MANDATORY, 1, "ask for the fate of messages")
  }

  /// The longest frame that is accepted, in bytes; a peer that sends more is disconnected.
  public func setMaximumMessageSize(_ bytes: Int64) throws(ZeroMQError) {
    var value = bytes
    guard zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &value, MemoryLayout<Int64>.size) == 0 else {
      throw .last("set the message size limit")
    }
  }

  func set(_ option: Int32, _ value: Int32, _ operation: String) throws(ZeroMQError) {
    var value = value
    guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else { throw .last(operation) }
  }

  // MARK: - Endpoints

  /// Listens at an endpoint.
  /// - Parameter endpoint: `tcp://127.0.0.1:5555`, with `*` as the port for any free one, or `ipc:///path`.
  /// - Returns: the endpoint with the port that was taken.
  public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
    guard zmq_bind(handle, endpoint) == 0 else { throw .last("listen at", endpoint: endpoint) }
    var text = [CChar](repeating: 0, count: 1024)
    var length = text.count
    guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &length) == 0 else {
      throw .last("ask for the endpoint of", endpoint: endpoint)
    }
    return String(decoding: text[..<max(0, length - 1)].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Connects, in the background and again whenever the connection breaks.
  public func connect(_ endpoint: String) throws(ZeroMQError) {
    guard zmq_connect(handle, endpoint) == 0 else { throw .last("connect to", endpoint: endpoint) }
  }

  // MARK: - Messages

  /// Sends one frame, copying its bytes.
  /// - Parameters:
  ///   - more: whether further frames of the same message follow.
  ///   - wait: whether to wait for room; otherwise a full queue is the error `.again`.
  public func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false, wait: Bool = true) throws(ZeroMQError) {
    let flags = (more ? ZMQ_SNDMORE : 0) | (wait ? 0 : ZMQ_DONTWAIT)
    while zmq_send(handle, bytes.baseAddress, bytes.count, flags) < 0 {
      guard zmq_errno() == EINTR else { throw .last("send") }
    }
  }

  /// Sends one frame without copying it.
  /// - Parameters:
  ///   - owner: kept until the frame has left; the bytes must stay as they are for so long.
  ///   - more: whether further frames of the same message follow.
  public func send(
    _ bytes: UnsafeRawBufferPointer, keeping owner: some AnyObject & Sendable, more: Bool = false
  ) throws(ZeroMQError) {
    var frame = zmq_msg_t()
    let hint = Unmanaged.passRetained(owner as AnyObject)
    guard
      zmq_msg_init_data(
        &frame, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count,
        { _, hint in
          if let hint { Unmanaged<AnyObject>.fromOpaque(hint).release() }
        }, hint.toOpaque()) == 0
    else {
      hint.release()
      throw .last("send")
    }
    while zmq_msg_send(&frame, handle, more ? ZMQ_SNDMORE : 0) < 0 {
      guard zmq_errno() == EINTR else {
        let error = ZeroMQError.last("send")
        zmq_msg_close(&frame)
        throw error
      }
    }
  }

  /// Sends one frame of data, copying it.
  public func send(_ data: Data, more: Bool = false, wait: Bool = true) throws(ZeroMQError) {
    let result: Result<Void, ZeroMQError> = data.withUnsafeBytes { bytes in
      do throws(ZeroMQError) {
        return .success(try send(bytes, more: more, wait: wait))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Takes the next frame if one is there.
  /// - Returns: false when none is waiting.
  public func receive(into message: Message) throws(ZeroMQError) -> Bool {
    while zmq_msg_recv(message.storage, handle, ZMQ_DONTWAIT) < 0 {
      switch zmq_errno() {
      case EAGAIN: return false
      case EINTR: continue
      default: throw .last("receive")
      }
    }
    return true
  }

  /// Waits until the socket has a message, the wakeup was rung, or the time is over.
  /// - Parameters:
  ///   - wakeup: rung by other threads that want this one's attention; cleared here.
  ///   - milliseconds: at most so long; -1 for ever.
  public func wait(for wakeup: Wakeup? = nil, milliseconds: Int) throws(ZeroMQError) {
    var items = [
      zmq_pollitem_t(socket: handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
      zmq_pollitem_t(socket: nil, fd: wakeup?.descriptor ?? 0, events: Int16(ZMQ_POLLIN), revents: 0),
    ]
    let count: Int32 = wakeup == nil ? 1 : 2
    if zmq_poll(&items, count, milliseconds) < 0 && zmq_errno() != EINTR { throw .last("wait for messages") }
    wakeup?.clear()
  }
}
