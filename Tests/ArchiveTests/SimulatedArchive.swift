import Archive
import CKernels
import Correlator
import Foundation
import Instruments
import Testing
import Topology

/// Archives of a small simulated network: real samples with spins, complex baseband with gaps and a clock that drifts.
enum SimulatedArchive {
  /// Signals in the order of the tests.
  static let signals = """
    - name: background
      from: 4 Hz
      to: 30 Hz
      spectrum: {density: 3e-26 T^2/Hz, reference: 10 Hz, index: -1}
      chirality: -0.5
    - name: late
      kind: line
      coupling: magnetic-dipole
      rest-frequency: 20 Hz
      strength: {rms: 1 pT}
      start: 11 s
      stop: 27 s
      rise: 2 s
    """

  static func topology(signals: String = "[]", baseband: Bool = true) throws -> NetworkTopology {
    try NetworkTopology.parse(
      text: """
        name: simulated
        seed: 5
        epoch: 2026-01-01T00:00:00Z
        duration: 32 s
        synthesis: {block: 4 s}
        bands:
          - {name: low, from: 15 Hz, to: 25 Hz, segment: 2 s, integration: 8 s}
        defaults:
          nodes: {block-samples: 200, noise: {white: 0.1 pT/Hz^0.5, knee: 1 Hz}}
        nodes:
          - name: cell
            site: {latitude: 50 deg, longitude: 8 deg}
            rate: 128 Hz
            axes: [{name: x, azimuth: 90 deg, altitude: 0 deg}, {name: up, azimuth: 0 deg, altitude: 90 deg}]
            response: {corner: 25 Hz}
          - name: \(baseband ? "coil" : "coarse")
            site: {latitude: 38 deg, longitude: -122 deg}
            rate: \(baseband ? "32 Hz\n    baseband: 20.5 Hz" : "64 Hz")
            axes: [{name: tilted, east: 1, north: 0, up: 1}]
            clock: {offset: 2 ms, drift: 1e-7, jitter: 10 us, uncertainty: 1 us}
            gaps: {intervals: [{start: 10.3 s, length: 9 s, reason: maintenance}]}
        signals: \(signals == "[]" ? "[]" : "\n" + signals.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        """, file: "simulated.yaml"
    ).get()
  }

  /// Writes the archive of a topology.
  static func write(_ topology: NetworkTopology, to path: String, finished: Bool = true) throws {
    var layout = ArchiveLayout(
      runIdentifier: "run", topologyText: topology.canonicalText, topology: topology, bands: [], provenance: "{}")
    layout.bands = [try band(topology)]
    let writer = try ArchiveWriter(creating: path, layout: layout)
    var accounts: [StreamAccounting] = []
    for (stream, node) in topology.nodes.enumerated() {
      guard case .vectorSensor(let sensor) = node.instrument else { continue }
      let source = try VectorSensorSource(
        sensor: sensor, nodeName: node.name, site: node.site, sampleRate: node.sampleRate, baseband: node.baseband,
        clock: node.clock, gaps: node.gaps, plan: topology.observationPlan)
      var sequence: UInt64 = 0
      var first: Int64 = 0
      let length = try topology.sampleCount(of: node)
      while first < length {
        let count = Int(min(Int64(node.blockSamples), length - first))
        var payload = [Double](repeating: 0, count: count * source.channelCount * source.sampleKind.size)
        payload.withUnsafeMutableBufferPointer { buffer in
          if let start = buffer.baseAddress { source.render(firstSample: first, count: count, into: start) }
        }
        let reason = source.gapReason(firstSample: first, count: count)
        let isMissing = source.isEntirelyMissing(firstSample: first, count: count)
        if isMissing { payload = [] }
        let row = IndexRow(
          sequence: sequence, firstSample: first,
          gpsNanoseconds: node.sampleRate.time(ofSample: first, epoch: topology.epoch).nanoseconds,
          count: UInt32(count), flags: isMissing ? 3 : reason == nil ? 0 : 1, reason: reason?.rawValue ?? 0,
          clockOffset: node.clock.offset + node.clock.drift * Double(first) * node.sampleRate.interval,
          clockUncertainty: node.clock.uncertainty,
          crc32c: payload.withUnsafeBytes { gnomon_crc32c(0, $0.baseAddress, $0.count) })
        try payload.withUnsafeBufferPointer { try writer.append(stream: stream, block: row, payload: $0) }
        sequence += 1
        first += Int64(count)
      }
      let missing = writer.missingSamples(stream: stream)
      accounts.append(
        StreamAccounting(
          stream: node.name, sent: length, archived: length - missing, declaredMissing: missing,
          blocksSent: Int64(sequence), blocksArchived: Int64(sequence)))
    }
    try writer.finish(status: finished ? .complete : .running, accounting: accounts)
  }

  private static func band(_ topology: NetworkTopology) throws -> BandPlan {
    let band = try #require(topology.bands.first)
    return try BandPlan(
      name: band.name, lowestFrequency: band.lowestFrequency, highestFrequency: band.highestFrequency,
      segment: band.segment, overlap: band.overlap, window: .hann, integration: band.integration)
  }
}
