import CZeroMQ

/// The library's state in this process: its I/O threads and the sockets made from it.
///
/// Safe to share between threads, as libzmq documents; sockets are not.
public final class Context: @unchecked Sendable {
  // zmq contexts are thread-safe by libzmq's documentation, so the pointer may cross threads.
  let handle: UnsafeMutableRawPointer

  /// - Parameters:
  ///   - ioThreads: threads that move bytes; one serves about a gigabyte per second.
  ///   - sockets: that may be open at the same time.
  /// - Throws: ``ZeroMQError`` when the library has no memory or file handles left.
  public init(ioThreads: Int = 1, sockets: Int = 1000) throws(ZeroMQError) {
    guard let handle = zmq_ctx_new() else { throw .last("create a ZeroMQ context") }
    self.handle = handle
    zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(ioThreads))
    zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, Int32(sockets))
  }

  deinit {
    zmq_ctx_term(handle)
  }
}
