import Security
import Topology

extension ConnectionLimits {
  /// What a topology says, or else what suits the number of peers.
  init(_ settings: ConnectionSettings?, peers: Int) {
    self.init(peers: peers)
    guard let settings else { return }
    perAddress = settings.perAddress ?? perAddress
    inAll = settings.together ?? inAll
    rate = settings.rate ?? rate
    burst = settings.burst.map(Double.init) ?? burst
    handshakeMilliseconds = settings.handshake.map { Int32($0 * 1000) } ?? handshakeMilliseconds
  }
}
