import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Planning
import Sky
import Testing
import Topology

@Suite("Forecasts of topologies")
struct QuickstartForecastTests {
  static func topology(_ name: String, overrides: [String] = []) throws -> NetworkTopology {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("topologies")
    let path = folder.appendingPathComponent(name).path
    let parsed = NetworkTopology.parse(
      text: try String(contentsOfFile: path, encoding: .utf8), file: path, overrides: overrides)
    return try #require(parsed.topology)
  }

  /// The file states the uncertainties of a fit that finds the noise too, computed by another program.
  @Test func quickstart() throws {
    let forecast = try NetworkForecast(
      Self.topology("quickstart.yaml"), options: ForecastOptions(suggests: false, skyOrder: 1))
    let signal = try #require(forecast.signals.first)
    let unknownNoise = ["ln A": 0.075, "f_L": 0.037, "P_V": 0.080, "index": 0.13]
    for parameter in signal.parameters {
      let found = try #require(parameter.uncertainty)
      let limit = try #require(unknownNoise[parameter.name])
      #expect(found < limit, "\(parameter.name): \(found)")
      let alone = try #require(parameter.uncertaintyAlone)
      #expect(alone <= found)
    }
    #expect(signal.statistic > 1000 && signal.statistic < signal.weakStatistic)
    // The power is measured to 1/13 by such a fit.
    let fittingNoise = try #require(signal.statisticFittingNoise)
    #expect(fittingNoise > 300 && fittingNoise < 700)
    #expect(signal.detectionProbability > 0.999)
    // f_L and P_V come from cross correlations, to which knowing the noise adds little.
    for (parameter, limit) in zip(signal.parameters[1...2], [0.037, 0.080]) {
      let found = try #require(parameter.uncertainty)
      #expect(found > 0.9 * limit)
    }

    let chirality = try #require(forecast.chirality)
    #expect(chirality.baselines.count == 66)
    let best = try #require(chirality.baselines.first?.uncertainty)
    let whole = try #require(chirality.uncertainty)
    let fittingAll = try #require(chirality.uncertaintyFittingAll)
    #expect(whole < best)
    #expect(fittingAll >= whole)
    #expect(forecast.reach.allSatisfy { $0.half > 0 && $0.most > $0.half })
  }

  /// Four times the run halves the uncertainties, and the amplitude of a broad background that is detected falls by
  /// the fourth root of two.
  @Test func longerRuns() throws {
    let options = ForecastOptions(suggests: false, skyOrder: 1)
    let short = try NetworkForecast(Self.topology("quickstart.yaml"), options: options)
    let long = try NetworkForecast(
      Self.topology("quickstart.yaml", overrides: ["duration='40 min'"]), options: options)
    let (first, second) = (short.signals[0].parameters[2], long.signals[0].parameters[2])
    let (once, fourTimes) = (try #require(first.uncertainty), try #require(second.uncertainty))
    #expect(abs(once / fourTimes - 2) < 0.01)
    let (before, after) = (try #require(short.reach.last), try #require(long.reach.last))
    #expect(abs(before.half / after.half - 2.0.squareRoot()) < 0.01)
  }

  /// A triad locates a stream alike from everywhere (section 6), turning with the Earth or not, and knows no chirality.
  @Test func triad() throws {
    var topology = try Self.topology("two-stations.yaml")
    topology.nodes = Array(topology.nodes.prefix(1))
    topology.signals = []
    topology.duration = 4_000_000_000_000_000
    let forecast = try NetworkForecast(
      topology, options: ForecastOptions(frequency: 19, suggests: true, skyOrder: 1))
    let gradient = try #require(forecast.skies.first)
    let (least, greatest) = (try #require(gradient.least), try #require(gradient.greatest))
    #expect(greatest / least < 1.02, "\(least), \(greatest)")
    #expect(forecast.chirality?.uncertainty == nil)
    #expect(forecast.chirality?.baselines.isEmpty ?? true)
    #expect(forecast.suggestions.contains { $0.figure == .chirality && $0.before == nil })
    let detection = try #require(forecast.suggestions.first { $0.figure == .detection })
    #expect(detection.additions.allSatisfy { $0.gain > 1 })
  }

  @Test func wrongRequests() throws {
    let topology = try Self.topology("two-stations.yaml")
    #expect(throws: PlanningError.unknownSignal("axions", known: ["dark-photons"])) {
      try NetworkForecast(topology, options: ForecastOptions(signal: "axions"))
    }
    #expect(throws: PlanningError.badFrequency(40, limit: 32)) {
      try NetworkForecast(topology, options: ForecastOptions(frequency: 40))
    }
    var silent = topology
    silent.nodes = silent.nodes.map { node in
      var node = node
      if case .vectorSensor(var sensor) = node.instrument {
        sensor.noise = NoiseModel(white: 0)
        node.instrument = .vectorSensor(sensor)
      }
      return node
    }
    #expect(throws: ForecastError.self) { try NetworkForecast(silent) }
  }
}
