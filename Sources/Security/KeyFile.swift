import Foundation
import ZeroMQ

/// One key on disk, in the certificate format of ZeroMQ's own tools, which pyzmq and czmq read.
///
///     curve
///         public-key = "40 characters"
///         secret-key = "40 characters"
///
/// The public file (`NAME.key`) lacks the last line; the other (`NAME.key_secret`) is readable by its owner only.
public struct KeyFile: Sendable {
  public var path: String

  public init(path: String) {
    self.path = path
  }

  /// The public key in it.
  /// - Throws: ``KeyError``.
  public func publicKey() throws(KeyError) -> String {
    try field("public-key")
  }

  /// The pair in it.
  /// - Throws: ``KeyError``; also when the file is open to others.
  public func keyPair() throws(KeyError) -> CurveKeyPair {
    let secret = try field("secret-key")
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else { throw .readableByOthers(path: path) }
    do {
      return try CurveKeyPair(secretKey: secret)
    } catch {
      throw .noKey(path: path, field: "secret-key")
    }
  }

  /// Writes the pair, or only its public half.
  /// - Throws: ``KeyError/unwritable(path:reason:)``.
  func write(_ keys: CurveKeyPair, withSecret: Bool) throws(KeyError) {
    var text = """
      # A CURVE key of Gnomon. \(withSecret ? "SECRET: keep it on one machine." : "Public: give it to whom you like.")
      metadata
      curve
          public-key = "\(keys.publicKey)"

      """
    if withSecret { text += "    secret-key = \"\(keys.secretKey)\"\n" }
    try writeFile(text, to: path, permissions: withSecret ? 0o600 : 0o644)
  }

  private func field(_ name: String) throws(KeyError) -> String {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, parts[0] == name else { continue }
      let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
      if CurveKeyPair.isKey(value) { return value }
    }
    throw .noKey(path: path, field: name)
  }
}

/// Writes a small file whole or not at all, with its permissions from the first byte on.
func writeFile(_ text: String, to path: String, permissions: mode_t) throws(KeyError) {
  func failure() -> KeyError { .unwritable(path: path, reason: String(cString: strerror(errno))) }
  let temporary = path + ".new"
  unlink(temporary)
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
  guard descriptor >= 0 else { throw failure() }
  let bytes = Array(text.utf8)
  let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
  let isWhole = written == bytes.count && fsync(descriptor) == 0
  let problem = failure()
  close(descriptor)
  guard isWhole else {
    unlink(temporary)
    throw problem
  }
  guard rename(temporary, path) == 0 else { throw failure() }
}
