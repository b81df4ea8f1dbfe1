import CZeroMQ

/// What becomes of the connections that other processes make to a listening socket.
public enum ConnectionEvent: Hashable, Sendable {
  /// A connection stands; who made it is not known yet.
  case accepted(descriptor: Int32)
  /// The maker of some connection has proved who he is, or need not; libzmq does not say which.
  case proved
  /// Some connection came to nothing before its maker had proved who he is; ``closed(descriptor:)`` follows and says which.
  /// libzmq says it of most such connections, not of those that begin with something else than ZeroMQ.
  case failed(HandshakeFailure)
  /// The connection is about to be closed, whatever it was.
  case closed(descriptor: Int32)
  /// The socket is closed; nothing follows.
  case ended

  /// Why a handshake came to nothing.
  public enum HandshakeFailure: Hashable, Sendable {
    /// What came was no ZeroMQ, or not encrypted with the key of this side.
    case protocolError
    /// The admission desk said no.
    case notAdmitted
    /// The peer broke off, or said nothing in time.
    case abandoned
  }
}

/// Watches the connections of one listening socket, from any one thread.
///
/// libzmq's own thread reports in the order in which things happen and never waits for the reader.
public final class ConnectionMonitor {
  private let socket: Socket
  private let message = Message()

  /// Begins to watch; to be called by the owner of the socket before it listens.
  /// - Throws: ``ZeroMQError``.
  public init(of watched: Socket) throws(ZeroMQError) {
    let endpoint = "inproc://connections-\(UInt(bitPattern: watched.handle))"
    let events =
      ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
      | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_MONITOR_STOPPED
    guard zmq_socket_monitor(watched.handle, endpoint, events) == 0 else { throw .last("watch a socket") }
    socket = try Socket(.pair, in: watched.context)
    // Without a limit: libzmq would make its thread wait for a reader that is slow.
    try socket.setHighWaterMark(0)
    try socket.setLinger(milliseconds: 0)
    try socket.connect(endpoint)
  }

  /// The next event, nil when none is waiting.
  /// - Throws: ``ZeroMQError``.
  public func next() throws(ZeroMQError) -> ConnectionEvent? {
    while try socket.receive(into: message) {
      // Number of the event and its value, in the machine's byte order; then a frame with the endpoint.
      let bytes = message.bytes
      let isEvent = bytes.count == 6 && message.hasMore
      let number = isEvent ? Int32(bytes.loadUnaligned(as: UInt16.self)) : 0
      let value = isEvent ? bytes.loadUnaligned(fromByteOffset: 2, as: Int32.self) : 0
      while message.hasMore, try socket.receive(into: message) {}
      switch number {
      case ZMQ_EVENT_ACCEPTED: return .accepted(descriptor: value)
      case ZMQ_EVENT_DISCONNECTED: return .closed(descriptor: value)
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .proved
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return .failed(.protocolError)
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .failed(.notAdmitted)
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .failed(.abandoned)
      case ZMQ_EVENT_MONITOR_STOPPED: return .ended
      default: continue
      }
    }
    return nil
  }

  /// Waits until there is an event.
  public func wait() throws(ZeroMQError) { try socket.wait(milliseconds: -1) }
}
