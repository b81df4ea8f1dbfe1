/// The connections of a listening socket whose makers have not proved yet who they are, and which of them are too many.
///
/// libzmq does not say which connection's handshake succeeded. But one that outlives the handshake time has succeeded, or
/// libzmq would have closed it: so a connection counts as unproved until it is closed or so old.
public struct ConnectionRecord: Sendable {
  /// Why a connection is one too many.
  public enum Excess: String, Hashable, Sendable, CaseIterable {
    case tooMany = "too many connections at once"
    case tooOften = "too many connections in a short time"
  }

  private struct Connection {
    var address: String
    var since: ContinuousClock.Instant
    /// Asked to be cut, and not closed yet.
    var isCut = false
  }

  private struct Origin {
    var unproved = 0
    /// Connections that may still be made; refilled at the rate of the limits.
    var tokens: Double
    var last: ContinuousClock.Instant
  }

  private let limits: ConnectionLimits
  private var connections: [Int32: Connection] = [:]
  private var origins: [String: Origin] = [:]
  private var lastReview: ContinuousClock.Instant?

  public init(limits: ConnectionLimits) {
    self.limits = limits
  }

  /// How many connections are unproved, without those that are to be cut.
  public private(set) var count = 0

  /// Notes a new connection.
  /// - Parameters:
  ///   - descriptor: by which ``close(_:)`` will name it.
  ///   - address: who made it.
  ///   - now: not before the times of earlier calls.
  /// - Returns: a connection to be cut, this one or an older one of the address that has most, and why; nil when none is.
  public mutating func accept(
    _ descriptor: Int32, from address: String, at now: ContinuousClock.Instant
  ) -> (descriptor: Int32, excess: Excess)? {
    review(now)
    close(descriptor)
    var origin = origins[address] ?? Origin(tokens: limits.burst, last: now)
    origin.tokens = min(limits.burst, origin.tokens + limits.rate * seconds(now - origin.last))
    origin.last = now
    let isTooOften = origin.tokens < 1
    if !isTooOften { origin.tokens -= 1 }
    origin.unproved += 1
    count += 1
    origins[address] = origin
    connections[descriptor] = Connection(address: address, since: now)
    if isTooOften { return (give(up: descriptor), .tooOften) }
    if origin.unproved > limits.perAddress { return (give(up: descriptor), .tooMany) }
    guard count > limits.inAll,
      let crowd = origins.max(by: { ($0.value.unproved, $0.key) < ($1.value.unproved, $1.key) })?.key,
      let oldest = connections.filter({ $0.value.address == crowd && !$0.value.isCut })
        .min(by: { $0.value.since < $1.value.since })
    else { return nil }
    return (give(up: oldest.key), .tooMany)
  }

  /// Notes that a connection is to be cut; it stays known until it is closed.
  private mutating func give(up descriptor: Int32) -> Int32 {
    guard let connection = connections[descriptor], !connection.isCut else { return descriptor }
    connections[descriptor]?.isCut = true
    origins[connection.address]?.unproved -= 1
    count -= 1
    return descriptor
  }

  /// Notes the end of a connection.
  /// - Returns: the address of its maker, and whether it was to be cut; nil when it was proved, or not known.
  @discardableResult
  public mutating func close(_ descriptor: Int32) -> (address: String, isCut: Bool)? {
    guard let connection = connections[descriptor] else { return nil }
    _ = give(up: descriptor)
    connections[descriptor] = nil
    return (connection.address, connection.isCut)
  }

  /// The maker of an unproved connection; nil when there is none.
  public func address(of descriptor: Int32) -> String? { connections[descriptor]?.address }

  /// Strikes what has outlived its handshake, and addresses of which there is nothing to remember.
  private mutating func review(_ now: ContinuousClock.Instant) {
    if let lastReview, now - lastReview < .milliseconds(250) { return }
    lastReview = now
    // A second more, so that what libzmq closes in the end is still known.
    let age = Duration.milliseconds(limits.handshakeMilliseconds + 1000)
    for (descriptor, connection) in connections where now - connection.since > age { close(descriptor) }
    origins = origins.filter { _, origin in
      origin.unproved > 0 || origin.tokens + limits.rate * seconds(now - origin.last) < limits.burst
    }
  }

  private func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
