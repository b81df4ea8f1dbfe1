import Foundation

/// Connections of a stranger to a TCP port of this machine, from an address of the loopback that nobody else has.
///
/// In turns they send garbage and end, say nothing at all, and begin like ZeroMQ and announce a frame of 4 TiB; what is not
/// ended by the other side is held until ``end()``.
struct GarbageFlood {
  static let address = "127.0.0.2"
  private var held: [Int32] = []
  /// Connections that were made.
  private(set) var count = 0

  /// Makes so many connections, one after the other.
  init(port: Int, connections: Int) {
    // The first half of a CURVE greeting, then the header of a long frame.
    let greeting =
      [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0] + Array("CURVE".utf8) + [UInt8](repeating: 0, count: 47)
    let frame: [UInt8] = [0x06, 0, 0, 4, 0, 0, 0, 0, 0]
    let words = [Array("GET / HTTP/1.1\r\n\r\n".utf8) + [UInt8](repeating: 0x55, count: 4096), [], greeting + frame]
    for turn in 0..<connections {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0, Self.use(descriptor, Self.address, 0, bind),
        Self.use(descriptor, "127.0.0.1", port, connect)
      else {
        close(descriptor)
        continue
      }
      count += 1
      let bytes = words[turn % words.count]
      _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      if turn % words.count == 0 { close(descriptor) } else { held.append(descriptor) }
    }
  }

  /// Reads what came back on all connections that are held.
  /// - Returns: the longest answer in bytes.
  func longestAnswer() -> Int {
    var buffer = [UInt8](repeating: 0, count: 4096)
    return held.map { recv($0, &buffer, buffer.count, Int32(MSG_DONTWAIT)) }.max() ?? 0
  }

  /// Closes all connections.
  mutating func end() {
    for descriptor in held { close(descriptor) }
    held = []
  }

  private static func use(
    _ descriptor: Int32, _ host: String, _ port: Int,
    _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
