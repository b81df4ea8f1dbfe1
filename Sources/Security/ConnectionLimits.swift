/// What a listening socket bears of peers that have not proved yet who they are.
public struct ConnectionLimits: Hashable, Sendable {
  /// Unproved connections of one address at the same time.
  public var perAddress: Int
  /// Unproved connections of all addresses together.
  public var inAll: Int
  /// New connections of one address in a second, in the long run.
  public var rate: Double
  /// New connections of one address at once, after a time of peace.
  public var burst: Double
  /// Time in which a peer has to prove who it is, in milliseconds; libzmq closes the connection then.
  public var handshakeMilliseconds: Int32

  public init(perAddress: Int, inAll: Int, rate: Double, burst: Double, handshakeMilliseconds: Int32) {
    self.perAddress = perAddress
    self.inAll = inAll
    self.rate = rate
    self.burst = burst
    self.handshakeMilliseconds = handshakeMilliseconds
  }

  /// Enough for all peers of a network behind one address, even if all of them come back at once several times.
  /// - Parameter peers: how many are expected.
  public init(peers: Int) {
    self.init(
      perAddress: 16 + 2 * peers, inAll: 256 + 4 * peers, rate: 10 + Double(peers), burst: 50 + 5 * Double(peers),
      handshakeMilliseconds: 10_000)
  }
}
