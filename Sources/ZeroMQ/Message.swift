import CZeroMQ

/// One received frame, reused from one receive to the next so that receiving allocates nothing.
public final class Message {
  let storage: UnsafeMutablePointer<zmq_msg_t>

  public init() {
    storage = .allocate(capacity: 1)
    zmq_msg_init(storage)
  }

  deinit {
    zmq_msg_close(storage)
    storage.deallocate()
  }

  /// Bytes of the frame.
  public var count: Int { zmq_msg_size(storage) }

  /// Whether another frame of the same message follows.
  public var hasMore: Bool { zmq_msg_more(storage) != 0 }

  /// The frame's bytes, valid until the next receive into this message or its end.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: zmq_msg_data(storage), count: count)
  }

  /// The name under which the admission desk let the sender in; nil on a socket without encryption.
  public var sender: String? {
    guard let text = zmq_msg_gets(storage, "User-Id") else { return nil }
    return String(cString: text)
  }
}
