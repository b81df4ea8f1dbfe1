import Foundation
import Synchronization

/// A TCP port on the loopback that leads to a Unix socket and can be cut, blocked, slowed down and made to garble.
///
/// A TCP connection loses and reorders nothing as long as it stands, so this one does not either. What a network can do to
/// messages beyond delay is to break off in the middle of one, and senders that are not sure send again.
public final class FaultyLink: Sendable {
  /// What is wrong with the link; several things at a time, or nothing.
  public struct Conditions: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Connections stand, but nothing passes: what a network does that swallows packets.
    public static let blocked = Conditions(rawValue: 1)
    /// A piece of at most 4 KiB every two milliseconds.
    public static let slow = Conditions(rawValue: 2)
    /// Every piece, in both directions, comes 40 to 120 ms later.
    public static let delayed = Conditions(rawValue: 4)
    /// Every message towards the socket comes twice.
    public static let repeating = Conditions(rawValue: 8)
    /// Every block claims that its clock is ``clockStep`` further off than its node said.
    public static let steppedClock = Conditions(rawValue: 16)
  }

  /// Seconds that are added to the claims of a stepped clock.
  public static let clockStep = 5e-3

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
  private let conditions = Mutex<Conditions>([])
  private let isToTear = Mutex(false)
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
  public func set(_ new: Conditions) { conditions.withLock { $0 = new } }

  /// Breaks the connection of the next message towards the socket in the middle of it; a new one can be made.
  public func tear() { isToTear.withLock { $0 = true } }

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
    for isOutward in [true, false] {
      Thread.detachNewThread { [weak self] in
        let carrier = Carrier(
          from: isOutward ? near : far, to: isOutward ? far : near, framer: isOutward ? MessageFramer() : nil)
        carrier.run(
          conditions: { self?.conditions.withLock { $0 } },
          isTorn: {
            self?.isToTear.withLock { isToTear in
              defer { isToTear = false }
              return isToTear
            } ?? true
          })
        connection.cut()
        _ = self?.connections.withLock { $0.removeValue(forKey: ObjectIdentifier(connection)) }
      }
    }
    return true
  }
}

/// Carries bytes from one descriptor to another; confined to one thread.
private final class Carrier {
  private let from: Int32
  private let to: Int32
  /// Where messages begin and end, in the direction in which they are tampered with.
  private var framer: MessageFramer?
  private var turn: UInt64 = 0

  init(from: Int32, to: Int32, framer: MessageFramer?) {
    self.from = from
    self.to = to
    self.framer = framer
  }

  /// - Parameters:
  ///   - conditions: those of now; nil when the link is gone.
  ///   - isTorn: whether the message at hand is to be torn.
  func run(conditions: () -> FaultyLink.Conditions?, isTorn: () -> Bool) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while let now = conditions() {
      if !now.isDisjoint(with: [.blocked, .slow]) { poll(nil, 0, 2) }
      guard !now.contains(.blocked) else { continue }
      var waiting = pollfd(fd: from, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 20) > 0 else { continue }
      let count = read(from, &buffer, now.contains(.slow) ? 4096 : buffer.count)
      guard count > 0 else { return }
      if now.contains(.delayed) {
        turn += 1
        poll(nil, 0, Int32(40 + turn * 37 % 81))
      }
      guard framer != nil else {
        guard write(buffer[..<count]) else { return }
        continue
      }
      framer?.append(buffer[..<count])
      while var message = framer?.next() {
        if isTorn() {
          _ = write(message.bytes[..<(message.bytes.count / 2)])
          return
        }
        if now.contains(.steppedClock) { message.stepClock(by: FaultyLink.clockStep) }
        guard write(message.bytes[...]) else { return }
        if now.contains(.repeating), message.isRepeatable, !write(message.bytes[...]) { return }
      }
    }
  }

  /// - Returns: false when the connection is gone.
  private func write(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let part = send(to, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        guard part > 0 else { return false }
        sent += part
      }
      return true
    }
  }
}
