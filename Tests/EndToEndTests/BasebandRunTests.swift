import Archive
import Foundation
import Testing

/// One real node of 256 Hz, beside it one of complex baseband, and another of these far away with gaps and a clock that is
/// off. 22.5 Hz has an odd number of cycles in a segment.
private let mixed = """
  name: mixed
  seed: 11
  epoch: 2026-01-01T00:00:00Z
  duration: 64 s
  synthesis: {block: 2 s}
  bands:
    - {name: low, from: 11 Hz, to: 31 Hz, segment: 2 s, integration: 16 s}
  signals:
    - name: background
      from: 9 Hz
      to: 33 Hz
      spectrum: {density: 3e-26 T^2/Hz, reference: 20 Hz, index: 0}
      chirality: 0.5
  defaults:
    nodes:
      block-samples: 100
      noise: {white: 1 fT/Hz^0.5}
  nodes:
    - name: real
      site: {latitude: 50 deg, longitude: 8 deg}
      rate: 256 Hz
      axes: [{name: up, azimuth: 0 deg, altitude: 90 deg}, {name: north, azimuth: 0 deg, altitude: 0 deg}]
    - name: coil
      site: {latitude: 50 deg, longitude: 8 deg}
      rate: 32 Hz
      baseband: 22.5 Hz
      axes: [{name: up, azimuth: 0 deg, altitude: 90 deg}, {name: north, azimuth: 0 deg, altitude: 0 deg}]
    - name: far
      site: {latitude: 31 deg, longitude: -12 deg}
      rate: 64 Hz
      baseband: 40.5 Hz
      axes: [{name: east, azimuth: 90 deg, altitude: 0 deg}, {name: up, azimuth: 20 deg, altitude: 70 deg}]
      clock: {offset: 4 ms}
      gaps: {intervals: [{start: 20.5 s, length: 3 s, reason: calibration}]}

  """

@Suite("Networks with complex baseband", .serialized)
struct BasebandRunTests {
  @Test("Real and complex nodes at one place see one field, whoever starts first; a gap is a gap in both parts")
  func mixedNetwork() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(mixed, to: "mixed.yaml")
    func run(_ name: String, _ more: [String]) throws -> ArchiveReader {
      let result = try GnomonProcess.run(["up", file, "--output", "\(folder.path)/\(name)", "--no-report"] + more)
      #expect(result.status == 0, "\(result.errors)")
      return try ArchiveReader(opening: "\(folder.path)/\(name)/archive.h5")
    }
    let reader = try run("a", [])
    let verification = try ArchiveVerification(of: reader.path)
    #expect(verification.isWhole && verification.findings.isEmpty, "\(verification.findings)")
    #expect(reader.streams.map(\.baseband) == [nil, 22.5, 40.5])
    #expect(try reader.accounting().map(\.declaredMissing) == [0, 0, 3 * 64])
    let samples = try reader.samples(stream: 2, channel: 0, 0..<64 * 64)
    for (index, value) in samples.enumerated() {
      #expect(value.isNaN == (2 * 1312..<2 * 1504).contains(index), "double \(index)")
    }

    let rows = try reader.products(band: 0)
    #expect(rows.filter { $0.present.allSatisfy { $0 } }.reduce(0) { $0 + $1.segments } == 58)
    let plan = reader.bands[0]
    var imaginary = 0.0
    for row in rows {
      func element(_ bin: Int, _ i: Int, _ j: Int) -> (real: Double, imaginary: Double) {
        let index = 2 * ((bin * 6 + i) * 6 + j)
        return (row.values[index], row.values[index + 1])
      }
      for bin in 0..<plan.binCount {
        for axis in 0..<2 {
          // Noise 1e-4 of the field; the mirror image that the window lets into the real channel is smaller.
          let real = element(bin, axis, axis).real
          let cross = element(bin, axis, axis + 2)
          #expect(abs(cross.real / real - 1) < 0.1 && abs(cross.imaginary / real) < 0.1)
          imaginary += cross.imaginary / real / Double(2 * rows.count * plan.binCount)
          #expect(abs(element(bin, axis + 2, axis + 2).real / real - 1) < 0.1)
          // The far node's spectra with both are the same: its own phase, clock and all, is that of the field.
          guard row.present[4] else { continue }
          let (first, second) = (element(bin, 4, axis), element(bin, 4, axis + 2))
          let scale = (element(bin, 4, 4).real * real).squareRoot()
          #expect(abs(first.real - second.real) < 0.1 * scale && abs(first.imaginary - second.imaginary) < 0.1 * scale)
        }
      }
    }
    #expect(abs(imaginary) < 1e-3)

    let again = try run(
      "b", ["--start-order", "reverse", "--speed", "40", "--endpoint", "ipc://\(folder.path)/hub", "--workers", "1"])
    let (first, second) = (try #require(try reader.checksums()), try #require(try again.checksums()))
    #expect(first.samples == second.samples && first.products == second.products)
  }

  @Test("An array at 100 kHz finds the background that was put in")
  func resonantArray() throws {
    let folder = try TemporaryFolder()
    let result = try GnomonProcess.run(
      ["up", "topologies/resonant-array.yaml", "--output", folder.path + "/run", "--set", "duration=120 s"])
    #expect(result.status == 0, "\(result.errors)")
    let reader = try ArchiveReader(opening: folder.path + "/run/archive.h5")
    let stored = try #require(try reader.analysis(band: 0, named: "background_fit"))
    let fit = try #require(try JSONSerialization.jsonObject(with: Data(stored.result.utf8)) as? [String: Any])
    for (key, truth, precision) in [("amplitude", 0.64e-30, 0.1e-30), ("chirality", 0.6, 0.1)] {
      let estimate = try #require(fit[key] as? [String: Any])
      let value = try #require(estimate["value"] as? Double)
      let uncertainty = try #require(estimate["uncertainty"] as? Double)
      print("resonant array, seed 1: \(key) = \(value) +- \(uncertainty), truth \(truth)")
      #expect(abs(value - truth) < 4 * uncertainty)
      #expect(uncertainty < precision)
    }
    #expect(result.output.contains("100000 Hz"))
  }
}
