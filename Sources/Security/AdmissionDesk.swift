import Foundation
import Logging
import Synchronization
import Threads
import ZeroMQ

/// Decides for the sockets of one context which peers come in: the far side of ZeroMQ's authentication protocol (ZAP, RFC 27).
///
/// A thread of its own answers at the address that libzmq prescribes. Whoever is admitted carries the name of its key in every
/// message (``Message/sender``), so that no peer can speak for another.
public final class AdmissionDesk: Sendable {
  /// How many peers were let in, and how many sent away for which reason.
  public struct Counts: Hashable, Sendable, Codable {
    public var admitted = 0
    public var refused: [String: Int] = [:]

    public init() {}

    /// Adds connections that came to nothing before they reached the desk.
    public mutating func add(turnedAway: [String: Int]) {
      refused.merge(turnedAway, uniquingKeysWith: +)
    }

    /// One line for a log, such as `3 connections admitted; refused: 2 unknown key`.
    public var text: String {
      let parts = refused.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
      return "\(admitted) connections admitted; refused: " + (parts.isEmpty ? "none" : parts.joined(separator: ", "))
    }
  }

  private let state = Mutex((counts: Counts(), throttle: NoticeThrottle()))
  private let mailbox = Mailbox<Void>()
  private let list: AllowList
  private let logger: Logger
  private let worker = Mutex<Worker?>(nil)

  /// Opens the desk; to be done before any encrypted socket of the context listens.
  ///
  /// - Parameters:
  ///   - context: the sockets' context; it can have one desk.
  ///   - list: who is admitted. The domain of a socket is a ``AllowList/Role``.
  /// - Throws: `ZeroMQError`.
  public init(context: Context, list: AllowList, logger: Logger) throws {
    self.list = list
    self.logger = logger
    let socket = ConfinedSocket(try Socket(.router, in: context))
    try socket.value.setLinger(milliseconds: 0)
    _ = try socket.value.bind("inproc://zeromq.zap.01")
    worker.withLock { worker in
      worker = Worker("admission") { [self] in try serve(socket.value) }
    }
  }

  public var counts: Counts { state.withLock { $0.counts } }

  /// Ends the desk; sockets must be closed before.
  public func close() {
    mailbox.post(())
    try? worker.withLock { $0 }?.join()
  }

  private func serve(_ socket: Socket) throws {
    var frames: [Data] = []
    let message = Message()
    while mailbox.take().isEmpty {
      while try socket.receive(into: message) {
        frames.append(Data(message.bytes))
        guard !message.hasMore else { continue }
        defer { frames.removeAll() }
        try answer(frames, on: socket)
      }
      try socket.wait(for: mailbox.wakeup, milliseconds: -1)
    }
  }

  /// Request: routing envelope (peer, empty), version, request id, domain, address, identity, mechanism, credentials.
  private func answer(_ frames: [Data], on socket: Socket) throws {
    guard let delimiter = frames.firstIndex(where: \.isEmpty), frames.count >= delimiter + 7 else { return }
    let request = frames[(delimiter + 1)...].map { String(decoding: $0, as: UTF8.self) }
    let (version, identifier, domain, address) = (request[0], request[1], request[2], request[3])
    let verdict = judge(
      domain: domain, mechanism: request[5], credentials: frames.count > delimiter + 7 ? frames[delimiter + 7] : Data())
    state.withLock { state in
      switch verdict {
      case .success: state.counts.admitted += 1
      case .failure(let refusal): state.counts.refused[refusal.reason, default: 0] += 1
      }
    }
    let (code, text, user): (String, String, String)
    switch verdict {
    case .success(let name): (code, text, user) = ("200", "OK", name)
    case .failure(let refusal):
      (code, text, user) = ("400", refusal.reason, "")
      report(refusal, address: address)
    }
    var reply = frames[...delimiter].map { $0 }
    reply += [version, identifier, code, text, user, ""].map { Data($0.utf8) }
    for (index, frame) in reply.enumerated() { try socket.send(frame, more: index < reply.count - 1) }
  }

  private struct Refusal: Error {
    var reason: String
    var key: String?
  }

  private func judge(domain: String, mechanism: String, credentials: Data) -> Result<String, Refusal> {
    guard mechanism == "CURVE" else { return .failure(Refusal(reason: "no CURVE key")) }
    guard let key = credentials.withUnsafeBytes({ CurveKeyPair.text(ofKey: $0) }) else {
      return .failure(Refusal(reason: "malformed key"))
    }
    guard let entry = list.entries[key] else { return .failure(Refusal(reason: "unknown key", key: key)) }
    // Operators come in where nodes do, under a name that no node can have.
    if entry.role == .operator, domain == AllowList.Role.node.rawValue { return .success("operator \(entry.name)") }
    guard entry.role.rawValue == domain else {
      return .failure(Refusal(reason: "the key of a \(entry.role.rawValue)", key: key))
    }
    return .success(entry.name)
  }

  /// Says so in the log, for one address and reason at most once in ten seconds.
  private func report(_ refusal: Refusal, address: String) {
    guard let more = state.withLock({ $0.throttle.ask(address + refusal.reason) }) else { return }
    logger.warning("refused a peer at \(address): \(refusal.reason)\(refusal.key.map { " \($0)" } ?? "")\(more)")
  }
}
