import Foundation
import Logging
import Synchronization
import Threads
import ZeroMQ

/// Keeps connections that prove nothing from piling up at a listening TCP socket, and counts those that came to nothing.
///
/// A thread of its own follows what libzmq reports and cuts what exceeds the limits. libzmq has by then taken the connection
/// and closes it at the cut: neither keys are exchanged on it nor is its descriptor kept. What the limits cannot prevent is
/// the cost of taking and closing one: a firewall can.
public final class Doorkeeper: Sendable {
  private let counts = Mutex<[String: Int]>([:])
  private let logger: Logger

  /// Begins to watch; to be called by the owner of the socket before it listens. Ends when the socket is closed.
  /// - Throws: `ZeroMQError`.
  public init(watching socket: Socket, limits: ConnectionLimits, logger: Logger) throws {
    self.logger = logger
    try socket.setAcceptance(backlog: 1024, handshakeMilliseconds: limits.handshakeMilliseconds)
    let monitor = Confined(try ConnectionMonitor(of: socket))
    _ = Worker("doorkeeper") { [self] in try serve(monitor.value, limits) }
  }

  /// How many connections came to nothing before their makers had proved who they are, by reason; those that the admission
  /// desk refused are its to count.
  public var turnedAway: [String: Int] { counts.withLock { $0 } }

  /// A monitor on its way from the thread that made it to the one that owns it.
  private final class Confined: @unchecked Sendable {
    // Whoever hands it on touches it no more.
    let value: ConnectionMonitor
    init(_ value: ConnectionMonitor) { self.value = value }
  }

  private func serve(_ monitor: ConnectionMonitor, _ limits: ConnectionLimits) throws {
    var record = ConnectionRecord(limits: limits)
    var throttle = NoticeThrottle()
    var failure: ConnectionEvent.HandshakeFailure?
    var proofs: [ContinuousClock.Instant] = []
    while true {
      var excessive: [(descriptor: Int32, excess: ConnectionRecord.Excess)] = []
      // A bound on one turn, so that a flood cannot put off its own end.
      for _ in 0..<256 {
        guard let event = try monitor.next() else { break }
        switch event {
        case .ended: return
        case .accepted(let descriptor):
          if let one = record.accept(descriptor, from: peerAddress(descriptor), at: .now) { excessive.append(one) }
        case .proved: proofs.append(.now)
        case .failed(let how): failure = how
        case .closed(let descriptor):
          let known = record.close(descriptor)
          if known?.isCut == true {
            // Counted when it was cut.
          } else if let failure {
            if failure != .notAdmitted { turnAway(known?.address ?? "an unknown address", failure.text, &throttle) }
          } else if let known, !isProved(&proofs, limits) {
            turnAway(known.address, ConnectionEvent.HandshakeFailure.protocolError.text, &throttle)
          }
          failure = nil
        }
      }
      // Only those that are still there after all that has been heard. Should libzmq close one at this very moment and the
      // system give its number to another connection, that one is cut and made again by its owner.
      for one in excessive {
        guard let address = record.address(of: one.descriptor) else { continue }
        shutdown(one.descriptor, Int32(SHUT_RDWR))
        turnAway(address, one.excess.rawValue, &throttle)
      }
      try monitor.wait()
    }
  }

  /// Whether a young connection that closes without a word may be one whose maker had proved who he is; it then takes the
  /// oldest such proof with it. So the count of strangers is never too high, and too low by no more than the peers that came in
  /// during one handshake time.
  private func isProved(_ proofs: inout [ContinuousClock.Instant], _ limits: ConnectionLimits) -> Bool {
    let now = ContinuousClock.now
    proofs.removeAll { now - $0 > .milliseconds(limits.handshakeMilliseconds) }
    guard !proofs.isEmpty else { return false }
    proofs.removeFirst()
    return true
  }

  private func turnAway(_ address: String, _ reason: String, _ throttle: inout NoticeThrottle) {
    counts.withLock { $0[reason, default: 0] += 1 }
    guard let more = throttle.ask(address + reason) else { return }
    logger.warning("turned away a connection from \(address): \(reason)\(more)")
  }
}

extension ConnectionEvent.HandshakeFailure {
  var text: String {
    switch self {
    case .protocolError: "no ZeroMQ, or not with the right key of this hub"
    case .notAdmitted: "not admitted"
    case .abandoned: "no introduction"
    }
  }
}

/// The address at the other end of a connection, of an IPv6 one the first 64 bits: the rest is its owner's to choose.
private func peerAddress(_ descriptor: Int32) -> String {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  return withUnsafeMutablePointer(to: &storage) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      guard getpeername(descriptor, generic, &length) == 0 else { return "an unknown address" }
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      switch Int32(generic.pointee.sa_family) {
      case AF_INET:
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          _ = inet_ntop(AF_INET, &$0.pointee.sin_addr, &text, socklen_t(text.count))
          return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
      case AF_INET6:
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
          withUnsafeMutableBytes(of: &address.pointee.sin6_addr) { bytes in
            // An IPv4 address in IPv6 clothes keeps all of its bits.
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
            for index in 8..<16 where !isMapped { bytes[index] = 0 }
          }
          _ = inet_ntop(AF_INET6, &address.pointee.sin6_addr, &text, socklen_t(text.count))
          return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
      default: return "this machine"
      }
    }
  }
}
