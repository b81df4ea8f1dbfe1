import CZeroMQ

/// A pair of CURVE keys, each as the 40 printable characters of its Z85 form.
public struct CurveKeyPair: Hashable, Sendable {
  public let publicKey: String
  public let secretKey: String

  /// Characters of a key in Z85 form.
  public static let length = 40

  /// Makes a new pair from the system's random numbers.
  /// - Throws: ``ZeroMQError`` when this libzmq was built without CURVE.
  public init() throws(ZeroMQError) {
    var publicText = [CChar](repeating: 0, count: Self.length + 1)
    var secretText = publicText
    guard zmq_curve_keypair(&publicText, &secretText) == 0 else { throw .last("make a CURVE key pair") }
    publicKey = String(decoding: publicText.prefix(Self.length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    secretKey = String(decoding: secretText.prefix(Self.length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The pair to which a secret key belongs.
  /// - Parameter secretKey: Z85, 40 characters.
  /// - Throws: ``ZeroMQError`` when it is no key.
  public init(secretKey: String) throws(ZeroMQError) {
    var publicText = [CChar](repeating: 0, count: Self.length + 1)
    guard Self.isKey(secretKey), zmq_curve_public(&publicText, secretKey) == 0 else {
      throw ZeroMQError(operation: "read a CURVE secret key", endpoint: nil, code: .invalid)
    }
    publicKey = String(decoding: publicText.prefix(Self.length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.secretKey = secretKey
  }

  /// Whether a text is the Z85 form of 32 bytes.
  public static func isKey(_ text: String) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 32)
    return text.utf8.count == length && zmq_z85_decode(&bytes, text) != nil
  }

  /// The Z85 form of a key's 32 bytes, nil for another length.
  public static func text(ofKey bytes: UnsafeRawBufferPointer) -> String? {
    guard bytes.count == 32, let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return nil }
    var text = [CChar](repeating: 0, count: length + 1)
    guard zmq_z85_encode(&text, start, 32) != nil else { return nil }
    return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension Socket {
  /// Encrypts every connection and admits only peers that the context's admission desk lets in.
  ///
  /// To be called before the socket listens and after the desk has opened: without one libzmq lets every key in.
  ///
  /// - Parameters:
  ///   - keys: the server's own.
  ///   - domain: what the desk is told of the socket for which a peer asks.
  /// - Throws: ``ZeroMQError``.
  public func serveCurve(_ keys: CurveKeyPair, domain: String) throws(ZeroMQError) {
    try set(ZMQ_CURVE_SERVER, 1, "ask for encryption")
    try set(ZMQ_CURVE_SECRETKEY, keys.secretKey, "set the secret key")
    try set(ZMQ_ZAP_DOMAIN, domain, "set the domain of admission")
  }

  /// Encrypts the connection to a server whose public key is known.
  ///
  /// To be called before the socket connects.
  ///
  /// - Throws: ``ZeroMQError``.
  public func useCurve(_ keys: CurveKeyPair, server publicKey: String) throws(ZeroMQError) {
    try set(ZMQ_CURVE_SERVERKEY, publicKey, "set the server's public key")
    try set(ZMQ_CURVE_PUBLICKEY, keys.publicKey, "set the public key")
    try set(ZMQ_CURVE_SECRETKEY, keys.secretKey, "set the secret key")
  }

  private func set(_ option: Int32, _ text: String, _ operation: String) throws(ZeroMQError) {
    guard zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else { throw .last(operation) }
  }
}
