import Archive
import Foundation
import Testing

/// A hub and three nodes of different rates, layouts and gaps as processes that a test starts, stops and kills.
final class FaultyNetwork {
  static let nodeNames = ["alpha", "beta", "gamma"]

  let folder: TemporaryFolder
  let topology: String
  let archive: String
  let endpoint: String
  private(set) var hub: GnomonProcess?
  private(set) var nodes: [String: GnomonProcess] = [:]

  /// - Parameters:
  ///   - speed: simulated seconds a second; the run has 600.
  ///   - hubSettings: further keys under `hub`.
  ///   - endpoint: where the hub listens; nil for one in the folder.
  init(speed: Double, hubSettings: String = "", endpoint: String? = nil, seed: Int = 7) throws {
    folder = try TemporaryFolder()
    archive = folder.path + "/archive.h5"
    self.endpoint = endpoint ?? "ipc://\(folder.path)/hub"
    topology = try folder.write(Self.text(speed: speed, hubSettings: hubSettings, seed: seed), to: "topology.yaml")
  }

  deinit {
    for process in [hub].compactMap({ $0 }) + nodes.values where process.process.isRunning {
      process.signal(SIGCONT)
      process.killNow()
    }
  }

  private static func text(speed: Double, hubSettings: String, seed: Int) -> String {
    """
    name: faults
    seed: \(seed)
    epoch: 2026-06-01T00:00:00Z
    duration: 600 s
    speed: \(speed)
    hub: {heartbeat: 0.3 s, patience: 2.5 s\(hubSettings)}
    bands:
      - {name: low, from: 5 Hz, to: 30 Hz, segment: 2 s, integration: 20 s, analysis: none}
    signals:
      - name: photons
        kind: isotropic-background
        from: 4 Hz
        to: 40 Hz
        spectrum: {amplitude-density: 4 fT/Hz^0.5, reference: 20 Hz, index: 0}
    nodes:
      - name: alpha
        site: {latitude: 40 deg, longitude: 116 deg}
        axes: [{name: x, azimuth: 0 deg, altitude: 0 deg}, {name: y, azimuth: 90 deg, altitude: 0 deg}]
        rate: 512 Hz
        block-samples: 1024
        noise: {white: 6 fT/Hz^0.5}
      - name: beta
        site: {latitude: 37 deg, longitude: -122 deg}
        axes: [{name: x, azimuth: 30 deg, altitude: 20 deg}]
        rate: 256 Hz
        block-samples: 300
        noise: {white: 6 fT/Hz^0.5}
        gaps: {intervals: [{start: 31.3 s, length: 7.7 s, reason: calibration}]}
      - name: gamma
        site: {latitude: -35 deg, longitude: 149 deg}
        axes: [{name: x, azimuth: 0 deg, altitude: 90 deg}]
        rate: 128 Hz
        block-samples: 128
        noise: {white: 6 fT/Hz^0.5}
    """
  }

  @discardableResult
  func startHub(_ more: [String] = []) throws -> GnomonProcess {
    let process = try GnomonProcess(["hub", topology, "--archive", archive, "--endpoint", endpoint] + more)
    hub = process
    return process
  }

  /// - Parameter endpoint: where this node looks for the hub; nil for where it is.
  @discardableResult
  func startNode(_ name: String, endpoint: String? = nil, _ more: [String] = []) throws -> GnomonProcess {
    let process = try GnomonProcess(["node", name, topology, "--hub", endpoint ?? self.endpoint] + more)
    nodes[name] = process
    return process
  }

  func startAll() throws {
    try startHub()
    for name in Self.nodeNames { try startNode(name) }
  }

  /// Waits until the archive holds so many seconds of a node.
  func waitForData(seconds: Int, of node: String = "gamma") throws {
    let rates = ["alpha": 512, "beta": 256, "gamma": 128]
    let stream = Self.nodeNames.firstIndex(of: node) ?? 0
    try waitUntil("\(seconds) s of \(node) are archived; the hub: \(hub?.errors ?? "")") {
      guard FileManager.default.fileExists(atPath: archive), let reader = try? ArchiveReader(opening: archive),
        let count = try? reader.sampleCount(stream: stream)
      else { return false }
      return count >= seconds * (rates[node] ?? 1)
    }
  }

  /// Waits for all processes, which must end well.
  func finish() throws {
    for (name, process) in [("hub", hub)].compactMap({ name, process in process.map { (name, $0) } })
      + nodes.sorted(by: { $0.key < $1.key }).map({ ($0.key, $0.value) })
    {
      let result = try process.wait()
      #expect(result.status == 0, "\(name): \(result.errors)")
    }
  }

  /// What proves that two archives hold the same.
  func checksums() throws -> [String] {
    let stored = try #require(try ArchiveReader(opening: archive).checksums())
    return [stored.samples, stored.products]
  }

  /// Checks what must hold of every finished run.
  /// - Returns: the accounting.
  @discardableResult
  func expectWhole() throws -> [StreamAccounting] {
    let verification = try ArchiveVerification(of: archive)
    #expect(verification.isWhole, "\(verification.findings)")
    let reader = try ArchiveReader(opening: archive)
    #expect(try reader.status() == .complete)
    let accounting = try reader.accounting()
    for (stream, row) in accounting.enumerated() {
      #expect(row.sent == row.archived + row.declaredMissing)
      let count = try reader.sampleCount(stream: stream)
      #expect(Int64(count) == row.sent)
    }
    return accounting
  }

  /// What is stored of a run in which nothing happens.
  private static let undisturbedRun = Swift.Result {
    let network = try FaultyNetwork(speed: 1e6)
    try network.startAll()
    try network.finish()
    try network.expectWhole()
    let streams = try #require(try ArchiveReader(opening: network.archive).checksums()).checksums.streams
    return (checksums: try network.checksums(), streams: streams)
  }

  /// The checksums of a run in which nothing happens.
  static let undisturbed = undisturbedRun.map(\.checksums)
  /// Those of its streams by name.
  static let undisturbedStreams = undisturbedRun.map(\.streams)
}
