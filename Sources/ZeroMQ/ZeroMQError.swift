import CZeroMQ

/// A failed call of libzmq: what was tried, on which endpoint, and the library's code.
public struct ZeroMQError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The result codes that callers tell apart, matched by `~=`.
  public struct Code: RawRepresentable, Sendable, Hashable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let addressInUse = Code(rawValue: EADDRINUSE)
    public static let addressNotAvailable = Code(rawValue: EADDRNOTAVAIL)
    public static let again = Code(rawValue: EAGAIN)
    public static let invalid = Code(rawValue: EINVAL)
    public static let hostUnreachable = Code(rawValue: EHOSTUNREACH)
  }

  public var operation: String
  public var endpoint: String?
  public var code: Code

  /// The last error of the calling thread.
  static func last(_ operation: String, endpoint: String? = nil) -> ZeroMQError {
    ZeroMQError(operation: operation, endpoint: endpoint, code: Code(rawValue: zmq_errno()))
  }

  public var description: String {
    let place = endpoint.map { " \($0)" } ?? ""
    let hint =
      switch code {
      case .addressInUse: "; another process listens there: choose another port, or `*` for any free one"
      case .addressNotAvailable: "; no interface of this machine has that address"
      default: ""
      }
    return "\(operation)\(place): \(String(cString: zmq_strerror(code.rawValue)))\(hint)"
  }
}
