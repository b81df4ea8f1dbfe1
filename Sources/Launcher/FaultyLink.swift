import Foundation
import Synchronization

/// A TCP port on the loopback that leads to a Unix socket and can be cut, blocked or slowed down.
public final class FaultyLink: Sendable {
  /// What passes.
  public enum State: Sendable {
    case open
    /// Connections stand, but nothing passes: what a network does that swallows packets.
    case blocked
    /// A piece of at most 4 KiB every two milliseconds.
    case slow
  }

  /// The two ends of one connection; they are closed when nobody carries between them any more.
  private final class Connection: Sendable {
    let near: Int32
    let far: Int32

    init(near: Int32, far: Int32) { (self.near, self.far) = (near, far) }

    deinit {
      close(near)
      close(far)
    }

    func cut() {
      shutdown(near, Int32(SHUT_RDWR))
      shutdown(far, Int32(SHUT_RDWR))
    }
  }

  /// Where to connect.
  public let port: UInt16
  private let listener: Int32
  private let path: String
  private let state = Mutex(State.open)
  private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

  /// - Parameter path: the Unix socket that the link leads to; need not be there yet.
  /// - Throws: ``LaunchError/link(reason:)`` when no port is to be had.
  public init(to path: String) throws {
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
    guard bound else {
      let reason = String(cString: strerror(errno))
      close(listener)
      throw LaunchError.link(reason: reason)
    }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [listener, weak self] in
      while true {
        let near = accept(listener, nil, nil)
        guard near >= 0 else { break }
        guard let self, self.connect(near) else {
          close(near)
          continue
        }
      }
      close(listener)
    }
  }

  deinit {
    // The thread that accepts closes it.
    shutdown(listener, Int32(SHUT_RDWR))
    cut()
  }

  /// Changes what passes from now on, on all connections.
  public func set(_ new: State) { state.withLock { $0 = new } }

  /// Breaks all connections; new ones can be made.
  public func cut() {
    for connection in connections.withLock({ $0.values.map(\.self) }) { connection.cut() }
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
    let connection = Connection(near: near, far: far)
    connections.withLock { $0[ObjectIdentifier(connection)] = connection }
    for (from, to) in [(near, far), (far, near)] {
      Thread.detachNewThread { [weak self] in
        Self.carry(from, to) { self?.state.withLock { $0 } }
        connection.cut()
        _ = self?.connections.withLock { $0.removeValue(forKey: ObjectIdentifier(connection)) }
      }
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
      guard count > 0 else { return }
      var sent = 0
      while sent < count {
        let part = buffer.withUnsafeBytes {
          send(to, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
        }
        guard part > 0 else { return }
        sent += part
      }
    }
  }
}
