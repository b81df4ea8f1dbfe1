import CSodium
import FoundationEssentials

/// What was put into an archive blindly: its truth encrypted, and a commitment to it that nobody can change afterwards.
///
/// The truth is the JSON of `SealedTruth`, padded to a multiple of 16 KiB so that its length says nothing, and encrypted with
/// libsodium's secretbox (XSalsa20, Poly1305). The commitment is its SHA-256 before padding; a random salt in it keeps
/// guesses from being tried against the commitment.
public struct SealedInjection: Hashable, Sendable, Codable {
  /// Where an archive keeps its sealed injections: a text, JSON.
  static let dataset = "sealed"
  private static let padding = 16384

  /// SHA-256 of the truth, 64 hexadecimal digits.
  public var commitment: String
  /// Such as `xsalsa20-poly1305`.
  public var cipher: String
  /// 24 bytes, base64.
  public var nonce: String
  /// The encrypted truth, base64.
  public var box: String

  /// Encrypts a truth.
  public init(sealing truth: SealedTruth, key: SealKey) {
    let text = Array(json(truth).utf8)
    var hash = SecureHash()
    text.withUnsafeBytes { hash.update($0) }
    commitment = hash.finalize()
    cipher = "xsalsa20-poly1305"
    let nonce = randomBytes(Int(crypto_secretbox_NONCEBYTES))
    // JSON ends before the blanks, so that no length has to be kept.
    let blanks = Self.padding - text.count % Self.padding
    let padded = text + [UInt8](repeating: UInt8(ascii: " "), count: blanks)
    var box = [UInt8](repeating: 0, count: padded.count + Int(crypto_secretbox_MACBYTES))
    crypto_secretbox_easy(&box, padded, UInt64(padded.count), nonce, key.bytes)
    self.nonce = Data(nonce).base64EncodedString()
    self.box = Data(box).base64EncodedString()
  }

  /// Decrypts the truth and checks it against the commitment.
  ///
  /// - Parameter path: of the archive, for errors.
  /// - Throws: `ArchiveError` of kind `wrongUse` for another key, of kind `malformed` for a truth that is not the one committed to.
  public func truth(key: SealKey, path: String) throws(ArchiveError) -> SealedTruth {
    let text = try plainText(key: key, path: path)
    do {
      return try decode(SealedTruth.self, from: text)
    } catch {
      throw broken(path, "it describes no injection: \(error)")
    }
  }

  /// The truth as it was committed to: SHA-256 of these bytes is the commitment.
  public func plainText(key: SealKey, path: String) throws(ArchiveError) -> String {
    guard cipher == "xsalsa20-poly1305", let nonce = Data(base64Encoded: nonce), let box = Data(base64Encoded: box),
      nonce.count == Int(crypto_secretbox_NONCEBYTES), box.count > Int(crypto_secretbox_MACBYTES)
    else { throw broken(path, "its cipher, nonce or box is damaged") }
    var padded = [UInt8](repeating: 0, count: box.count - Int(crypto_secretbox_MACBYTES))
    guard crypto_secretbox_open_easy(&padded, Array(box), UInt64(box.count), Array(nonce), key.bytes) == 0 else {
      throw ArchiveError(
        .wrongUse, path: path, object: "/\(Self.dataset)", problem: "the key does not open commitment \(commitment)",
        remedy: "use the key that gnomon inject --blind wrote with this archive")
    }
    while padded.last == UInt8(ascii: " ") { padded.removeLast() }
    var hash = SecureHash()
    padded.withUnsafeBytes { hash.update($0) }
    guard hash.finalize() == commitment else {
      throw broken(path, "the truth in it is not the one that was committed to: it was changed afterwards")
    }
    return String(decoding: padded, as: UTF8.self)
  }

  private func broken(_ path: String, _ problem: String) -> ArchiveError {
    ArchiveError(
      .malformed, path: path, object: "/\(Self.dataset)", problem: problem,
      remedy: "the file was changed after the injection; use a copy that was not")
  }
}

/// The truth of a blind injection.
public struct SealedTruth: Hashable, Sendable, Codable {
  /// Random, so that the truth cannot be guessed from its hash.
  public var salt: String
  /// The rows of `/injections` that it stands for.
  public var injections: [InjectionRow]
  /// The signals as topology text.
  public var signals: String
  /// JSON: command line and inputs of the injection.
  public var provenance: String

  public init(injections: [InjectionRow], signals: String, provenance: String) {
    salt = Data(randomBytes(32)).base64EncodedString()
    self.injections = injections
    self.signals = signals
    self.provenance = provenance
  }
}

/// The secret of a sealed injection: 32 bytes.
public struct SealKey: Hashable, Sendable {
  fileprivate let bytes: [UInt8]

  /// A new one, from the system's random numbers.
  public init() {
    bytes = randomBytes(Int(crypto_secretbox_KEYBYTES))
  }

  /// Reads `text`; nil unless it is 64 hexadecimal digits, blanks around them ignored.
  public init?(_ text: String) {
    let digits = text.filter { !$0.isWhitespace }
    guard digits.utf8.count == 2 * Int(crypto_secretbox_KEYBYTES), digits.allSatisfy(\.isHexDigit) else { return nil }
    let values = digits.compactMap(\.hexDigitValue)
    bytes = stride(from: 0, to: values.count, by: 2).map { UInt8(16 * values[$0] + values[$0 + 1]) }
  }

  /// 64 hexadecimal digits.
  public var text: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// Random bytes that nobody can foretell.
private func randomBytes(_ count: Int) -> [UInt8] {
  _ = sodium_init()
  var bytes = [UInt8](repeating: 0, count: count)
  randombytes_buf(&bytes, count)
  return bytes
}
