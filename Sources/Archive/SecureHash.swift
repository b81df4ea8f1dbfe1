import CSodium

/// SHA-256 of bytes that come in pieces.
struct SecureHash {
  private var state = crypto_hash_sha256_state()

  init() {
    // Only picks the library's implementations; the hash is the same if that fails.
    _ = sodium_init()
    crypto_hash_sha256_init(&state)
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let address = bytes.baseAddress else { return }
    crypto_hash_sha256_update(&state, address.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  mutating func update<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { update($0) }
  }

  /// The hash as 64 hexadecimal digits; nothing may be added afterwards.
  mutating func finalize() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256_final(&state, &digest)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The hash of a list of named hashes in the form of the program sha256sum: `<hash>  <name>\n`, in order of names.
  static func combined(_ hashes: [String: String]) -> String {
    var hash = SecureHash()
    for (name, value) in hashes.sorted(by: { $0.key < $1.key }) {
      Array("\(value)  \(name)\n".utf8).withUnsafeBytes { hash.update($0) }
    }
    return hash.finalize()
  }
}
