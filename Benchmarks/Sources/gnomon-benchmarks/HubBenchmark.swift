import Foundation
import Hub
import Instruments
import Logging
import Numerics
import Sky
import Synchronization
import Topology

/// The hub's critical rate: how many samples a second it receives, checks, archives and correlates end to end.
enum HubBenchmark {
  static let blockSamples = 8192
  static let senders = 4
  /// An archive with its matrices, what the processes hold, and some more, as a multiple of the samples.
  static let warmth = 3

  /// One single-channel stream for every channel, 512 Hz in name, 64 KiB blocks, segments of 4096 samples.
  static func topology(channels: Int, samples: Int64) -> NetworkTopology {
    let nodes = (0..<channels).map { number in
      Node(
        name: "channel\(number)", site: Site(latitude: Double(number), longitude: 3 * Double(number)),
        sampleRate: SampleRate(512), unit: "T", blockSamples: blockSamples,
        instrument: .vectorSensor(
          VectorSensor(
            axes: [.init(name: "x", direction: LocalDirection(east: 1, north: 0, up: 0))],
            noise: NoiseModel(white: 1))))
    }
    let band = AnalysisBand(
      name: "all", lowestFrequency: 0.125, highestFrequency: 255.8, segment: 8_000_000_000,
      integration: 1_024_000_000_000)
    return NetworkTopology(
      name: "critical-rate", seed: 1, epoch: GPSTime(nanoseconds: 0), duration: samples * 1_000_000_000 / 512,
      synthesisBlock: 16_000_000_000, bands: [band], signals: [], nodes: nodes)
  }

  /// Runs the hub in this process with senders in others.
  /// - Parameter withArchive: called with the path of the archive that the hub made; it goes afterwards.
  /// - Returns: samples of all channels per second, from the first, sent when all senders are here, to the closed archive.
  static func run(
    channels: Int, mebibytes: Int, folder: String, withArchive: (String) throws -> Void = { _ in }
  ) throws -> Double {
    let perChannel = Int64(mebibytes << 20) / Int64(8 * channels) / 65536 * 65536
    let topology = topology(channels: channels, samples: perChannel)
    let path = "\(folder)/critical-rate.h5"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var logger = Logger(label: "hub")
    logger.logLevel = .error
    let hub = try Hub(
      topology: topology,
      options: .init(
        archive: path, replaceArchive: true, workers: 2, run: "critical-rate", topologyText: "", provenance: "{}",
        synchronise: false), logger: logger)
    let senders = (0..<Self.senders).map { sender in
      let first = channels * sender / Self.senders
      return SenderProcess(
        channels: channels, samples: perChannel, first: first, count: channels * (sender + 1) / Self.senders - first)
    }
    Bounds.warmMemory(mebibytes: warmth * mebibytes)
    let start = Mutex(ContinuousClock.now)
    let outcome = try hub.run { endpoint in
      // The hub goes on meanwhile. The clock starts when all senders are here, as that of the Python peer does.
      Thread.detachNewThread {
        do {
          for sender in senders { try sender.start(hub: endpoint) }
          for sender in senders { try sender.waitUntilReady() }
          start.withLock { $0 = .now }
          for sender in senders { try sender.go() }
        } catch {
          hub.stop(reason: "a sender could not be started: \(error)")
        }
      }
    }
    let elapsed = ContinuousClock.now - start.withLock { $0 }
    let allSent = senders.map { $0.end() }.allSatisfy { $0 }
    guard outcome.status == .complete, allSent else {
      throw BenchmarkError(description: "the hub's run was not complete: \(outcome.status)")
    }
    try withArchive(path)
    let time = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    return Double(perChannel) * Double(channels) / time
  }
}

extension HubBenchmark {
  /// Replays an archive at full speed into a hub in the same process.
  /// - Parameters:
  ///   - mebibytes: of its samples.
  ///   - gnomon: path of the program.
  /// - Returns: samples of all channels per second, from the first to the closed archive.
  static func replay(_ archive: String, mebibytes: Int, gnomon: String) throws -> Double {
    Bounds.warmMemory(mebibytes: warmth * mebibytes)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: gnomon)
    process.arguments = ["replay", archive, "--hub", "local", "--workers", "2", "--quiet", "--format", "json"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard let answer = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let samples = answer["samples"] as? Double, let seconds = answer["seconds"] as? Double, seconds > 0
    else { throw BenchmarkError(description: "\(gnomon) replay gave no answer: is it built?") }
    return samples / seconds
  }
}

struct BenchmarkError: Error, CustomStringConvertible {
  var description: String
}

/// The identifier of a node's stream on the wire.
func streamIdentifier(of node: Node) -> UInt64 { nodeIdentifier(node.name) }
