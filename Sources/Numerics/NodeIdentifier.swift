/// The 64-bit number a node's random keys are derived from: FNV-1a 64 of the UTF-8 bytes of its name (section 9.1).
///
/// Two nodes of a network whose names give one number must be refused.
public func nodeIdentifier(_ name: String) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in name.utf8 {
    hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }
  return hash
}
