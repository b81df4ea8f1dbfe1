import Protocol

/// Why a node could not do its work.
public enum NodeError: Error, Sendable, CustomStringConvertible {
  case unknownNode(String, known: [String])
  case noWelcome(endpoint: String, seconds: Double)
  case hubSilent(endpoint: String, seconds: Double)
  case refused(ControlMessage.Refused)
  case protocolVersion(hub: Int)
  case resume(sequence: UInt64, oldest: UInt64)
  case replay(block: UInt64, sample: Int64, wanted: Int64)

  public var description: String {
    switch self {
    case .unknownNode(let name, let known):
      "the topology has no node '\(name)'; it has \(known.joined(separator: ", "))"
    case .noWelcome(let endpoint, let seconds):
      "no welcome from a hub at \(endpoint) within \(seconds) s: is `gnomon hub` running there, with this topology?"
    case .hubSilent(let endpoint, let seconds):
      "the hub at \(endpoint) has been silent for \(seconds) s: it died or the network broke; what it had not acknowledged is not archived"
    case .refused(let refusal): "the hub refused this node (\(refusal.code)): \(refusal.detail)"
    case .protocolVersion(let version):
      "the hub speaks protocol version \(version), this node \(ControlMessage.protocolVersion): use the same release on both"
    case .resume(let sequence, let oldest):
      "the hub asks for block \(sequence), but the oldest that this node still holds is \(oldest)"
    case .replay(let block, let sample, let wanted):
      "the hub goes on at sample \(wanted) with block \(block), which in the archive begins at sample \(sample): it has other blocks of this run"
    }
  }
}
