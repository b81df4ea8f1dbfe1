import Foundation
import Synchronization

/// A TCP port that leads to a Unix socket and can be cut, blocked or slowed down.
final class FaultyLink: Sendable {
  enum State: Sendable {
    case open
    /// Connections stand, but nothing passes: what a network does that swallows packets.
    case blocked
    /// A piece of at most 4 KiB every two milliseconds.
    case slow
  }

  let port: UInt16
  private let listener: Int32
  private let path: String
  private let state = Mutex(State.open)
  private let connections = Mutex<[Int32]>([])

  /// - Parameter path: the socket of the hub; need not be there yet.
  init(to path: String) throws {
    self.path = path
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else { throw DeadlinePassed(description: "no port for the link") }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [listener, weak self] in
      while true {
        let near = accept(listener, nil, nil)
        guard near >= 0 else { return }
        guard let self, self.connect(near) else {
          close(near)
          continue
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    cut()
  }

  func set(_ new: State) { state.withLock { $0 = new } }

  /// Breaks all connections; new ones can be made.
  func cut() {
    for descriptor in connections.withLock({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  private func connect(_ near: Int32) -> Bool {
    let far = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(far, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else {
      close(far)
      return false
    }
    // Descriptors stay open to the end of the test, so that no number is used again.
    connections.withLock { $0 += [near, far] }
    for (from, to) in [(near, far), (far, near)] {
      Thread.detachNewThread { [weak self] in Self.carry(from, to) { self?.state.withLock { $0 } } }
    }
    return true
  }

  private static func carry(_ from: Int32, _ to: Int32, _ state: () -> State?) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while let now = state() {
      if now != .open { poll(nil, 0, 2) }
      guard now != .blocked else { continue }
      var waiting = pollfd(fd: from, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 20) > 0 else { continue }
      let count = read(from, &buffer, now == .slow ? 4096 : buffer.count)
      guard count > 0 else { break }
      var sent = 0
      while sent < count {
        let part = send(to, Array(buffer[sent..<count]), count - sent, Int32(MSG_NOSIGNAL))
        guard part > 0 else { break }
        sent += part
      }
    }
    shutdown(from, Int32(SHUT_RDWR))
    shutdown(to, Int32(SHUT_RDWR))
  }
}
