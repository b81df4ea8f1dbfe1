import ZeroMQ

/// What a node or a spectator needs to reach a hub that encrypts: its own pair and the hub's public key.
public struct PeerKeys: Sendable {
  public var own: CurveKeyPair
  /// Public key of the hub, Z85.
  public var hub: String

  public init(own: CurveKeyPair, hub: String) {
    self.own = own
    self.hub = hub
  }

  /// Reads `hub.key` and the secret key of a node or spectator.
  /// - Throws: ``KeyError``.
  public init(folder: KeyFolder, role: AllowList.Role, name: String) throws(KeyError) {
    self.init(own: try folder.secret(role, name).keyPair(), hub: try folder.hubPublic.publicKey())
  }

  /// Encrypts a socket; to be called before it connects.
  public func secure(_ socket: Socket) throws(ZeroMQError) {
    try socket.useCurve(own, server: hub)
  }
}

/// What a hub needs to encrypt: its own pair, and whom it admits.
public struct HubKeys: Sendable {
  public var own: CurveKeyPair
  public var allowed: AllowList

  public init(own: CurveKeyPair, allowed: AllowList) {
    self.own = own
    self.allowed = allowed
  }

  /// Reads `hub.key_secret` and `allowed-keys`.
  /// - Throws: ``KeyError``.
  public init(folder: KeyFolder) throws(KeyError) {
    self.init(own: try folder.hubSecret.keyPair(), allowed: try folder.allowList())
  }

  /// Encrypts a socket for peers of one role; to be called before it listens.
  public func secure(_ socket: Socket, for role: AllowList.Role) throws(ZeroMQError) {
    try socket.serveCurve(own, domain: role.rawValue)
  }
}
