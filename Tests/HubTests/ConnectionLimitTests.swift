import Archive
import Foundation
import Hub
import Testing
import Topology
import ZeroMQ

/// Connections to a TCP port of this machine that are held and say nothing.
private struct SilentConnections: ~Copyable {
  private let descriptors: [Int32]

  init(_ count: Int, to port: UInt16) {
    descriptors = (0..<count).map { _ in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      return descriptor
    }
  }

  /// Waits until the other side has ended one of them, a minute at most.
  func waitForEnd(of position: Int) {
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      descriptors[position], SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    // The greeting of ZeroMQ comes first.
    var buffer = [UInt8](repeating: 0, count: 64)
    while recv(descriptors[position], &buffer, buffer.count, 0) > 0 {}
  }

  deinit { for descriptor in descriptors { close(descriptor) } }
}

@Test("The topology says how many connections one address may make; the others are cut, counted and on record")
func settings() throws {
  var topology = topology()
  var connections = ConnectionSettings()
  // One comes back in a quarter of an hour.
  (connections.burst, connections.rate) = (4, 0.001)
  topology.hub.connections = connections
  let run = try RunningHub(topology)
  let context = try Context()
  let peers = try ["alpha", "beta"].map { try Peer($0, topology, context, run.endpoint) }
  for peer in peers { _ = try peer.welcome() }
  let port = try #require(UInt16(run.endpoint.split(separator: ":").last ?? ""))
  // Both nodes and two of these are within the limit.
  let strangers = SilentConnections(9, to: port)
  strangers.waitForEnd(of: 8)
  for peer in peers {
    for block in 0..<4 as Range<UInt64> { try peer.block(block) }
    _ = try peer.goodbye(blocks: 4)
  }
  let outcome = try run.outcome()
  #expect(outcome.status == .complete)
  let reason = "too many connections in a short time"
  #expect(outcome.admission?.refused[reason] == 7)
  let reader = try ArchiveReader(opening: run.archive)
  #expect(try reader.refusedPeers()[reason] == 7)
  #expect(try reader.accounting().allSatisfy { $0.sent == 2000 && $0.archived == 2000 })
}
