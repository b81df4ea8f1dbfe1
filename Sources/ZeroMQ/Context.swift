import CZeroMQ

/// The library's state in this process: its I/O threads and the sockets made from it.
///
/// Safe to share between threads, as libzmq documents; sockets are not.
public final class Context: @unchecked Sendable {
  // zmq contexts are thread-safe by libzmq's documentation, so the pointer may cross threads.
  let handle: UnsafeMutableRawPointer

  /// - Parameter ioThreads: threads that move bytes; one serves about a gigabyte per second.
  /// - Throws: ``ZeroMQError`` when the library has no memory or file handles left.
  public init(ioThreads: Int = 1) throws(ZeroMQError) {
    guard let handle = zmq_ctx_new() else { throw .last("create a ZeroMQ context") }
    self.handle = handle
    zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(ioThreads))
  }

  deinit {
    zmq_ctx_term(handle)
  }
}
