import DarkMatter
import Foundation
import Testing
import Topology

@Suite("Topologies that come with the package")
struct ShippedTopologyTests {
  @Test("all are sound, without a warning")
  func sound() throws {
    let files = try shippedTopologies()
    #expect(files.map(\.name).contains("quickstart.yaml"))
    for (name, text) in files {
      let parsed = NetworkTopology.parse(text: text, file: name)
      #expect(parsed.topology != nil, "\(parsed.faults)")
      #expect(parsed.warnings.isEmpty, "\(parsed.warnings)")
    }
  }

  @Test("quickstart has the stations of the table")
  func stations() throws {
    let folder = packageFolder
    let table = try String(contentsOf: folder.appendingPathComponent("data/gnome-stations.csv"), encoding: .utf8)
    let rows = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let text = try #require(try shippedTopologies().first { $0.name == "quickstart.yaml" }).text
    let topology = try NetworkTopology.parse(text: text, file: "quickstart.yaml").get()
    #expect(topology.nodes.map(\.name) == rows.map { String($0[0]) })
    for (node, row) in zip(topology.nodes, rows) {
      let values = try row.dropFirst().prefix(4).map { try #require(Double($0)) }
      #expect(node.site.longitude == values[0])
      #expect(node.site.latitude == values[1])
      guard case .vectorSensor(let sensor) = node.instrument, let axis = sensor.axes.first?.direction else { continue }
      let (azimuth, altitude) = (values[2] * .pi / 180, values[3] * .pi / 180)
      #expect(abs(axis.east - sin(azimuth) * cos(altitude)) < 1e-15)
      #expect(abs(axis.north - cos(azimuth) * cos(altitude)) < 1e-15)
      #expect(abs(axis.up - sin(altitude)) < 1e-15)
      // pT per sample at 512 Hz; a white one-sided density N has the variance N x 512 Hz/2. Where the table has no
      // figure, the file assumes 0.1 pT.
      let noise = Double(row[5]) ?? 0.1
      #expect(abs(sensor.noise.white / (noise * 1e-12 * (2.0 / 512).squareRoot()) - 1) < 1e-12)
    }
  }

  @Test("pairs of clocks have the numbers and sources of the table, and say that these are not checked")
  func pairs() throws {
    let table = try String(
      contentsOf: packageFolder.appendingPathComponent("data/clock-pairs.csv"), encoding: .utf8)
    let rows = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst()
    #expect(rows.count == ClockPair.allCases.count)
    for (row, pair) in zip(rows, ClockPair.allCases) {
      // The source, in quotes, is the last column.
      let parts = row.split(separator: "\"")
      let cells = parts[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      #expect(cells[0] == pair.rawValue && cells[1] == pair.title && String(parts[1]) == pair.source)
      let sensitivity = pair.sensitivity
      let own = [
        sensitivity.fineStructure, sensitivity.electronMass, sensitivity.quarkMass, sensitivity.chargeRadius,
      ]
      #expect(zip(own, cells[2...5]).allSatisfy { abs($0 - (Double($1) ?? 0)) <= 1e-12 * abs($0) }, "\(row)")
      #expect((cells[6] == "not checked against the paper") == !pair.isChecked)
    }
  }

  @Test("the summary counts what will run")
  func summary() throws {
    let text = try #require(try shippedTopologies().first { $0.name == "quickstart.yaml" }).text
    let summary = TopologySummary(try NetworkTopology.parse(text: text, file: "quickstart.yaml").get())
    #expect(summary.nodeCount == 12 && summary.channelCount == 12)
    #expect(summary.sampleCount == 12 * 600 * 512)
    #expect(summary.sampleRates == ["512 Hz"])
    #expect(summary.bands.first?.bins == 61 && summary.bands.first?.integrations == 10)
    // Berkeley to Hayward: 29.9 km by the haversine formula with the mean radius; the ellipsoid adds some promille.
    #expect(abs((summary.shortestBaseline ?? 0) - 29.9) < 0.3)
    #expect((summary.longestBaseline ?? 0) < 12_757)
    #expect(summary.archiveBytes >= summary.sampleCount * 8)
    #expect(summary.text.contains("12 nodes, 12 channels at 512 Hz"))
  }
}
