import Foundation
import Protocol
import Security
import ZeroMQ

/// Why a hub was asked in vain to put signals into its network.
public enum InjectionError: Error, CustomStringConvertible {
  case noHub(endpoint: String)
  case refused(ControlMessage.Refused)
  case silent(endpoint: String)

  public var description: String {
    switch self {
    case .noHub(let endpoint):
      "no answer from a hub at \(endpoint): is one running there, and are the keys those of an operator whom it admits?"
    case .refused(let refusal):
      "nothing was injected (\(refusal.code)): \(refusal.detail)"
    case .silent(let endpoint):
      "the hub at \(endpoint) ended before it said what became of it: gnomon archive info shows what its data carry"
    }
  }
}

/// Asks a hub to let signals begin or end in its running network.
public enum InjectionClient {
  /// Sends a request and waits for the answer.
  ///
  /// - Parameters:
  ///   - endpoint: where the hub listens.
  ///   - keys: those of an operator; nil for a connection in the clear.
  ///   - patience: seconds of silence after which the hub counts as gone.
  /// - Returns: from when on the data carry what.
  /// - Throws: ``InjectionError`` or `ZeroMQError`.
  public static func send(
    _ request: ControlMessage.InjectionRequest, to endpoint: String, keys: PeerKeys? = nil, patience: Double = 10
  ) throws -> ControlMessage.Injected {
    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    try socket.setLinger(milliseconds: 0)
    try keys?.secure(socket)
    try socket.connect(endpoint)
    try socket.send(ControlMessage.request(request).encoded())
    let message = Message()
    var lastHeard = ContinuousClock.now
    var isTaken = false
    // The hub sends heartbeats as long as it is at work.
    while ContinuousClock.now - lastHeard < .seconds(patience) {
      guard try socket.receive(into: message) else {
        try socket.wait(milliseconds: 100)
        continue
      }
      lastHeard = .now
      isTaken = true
      switch try ControlMessage(decoding: Data(message.bytes)) {
      case .injected(let answer): return answer
      case .refused(let refusal): throw InjectionError.refused(refusal)
      default: break
      }
    }
    throw isTaken ? InjectionError.silent(endpoint: endpoint) : InjectionError.noHub(endpoint: endpoint)
  }
}
