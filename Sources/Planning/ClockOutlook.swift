import DarkMatter
import Glibc
import Inference
import Instruments
import Numerics
import Sky
import Topology

/// What the clocks of a topology will exclude and find: each alone, and together those that answer to the same coupling.
public struct ClockOutlook: Sendable, Codable {
  /// As `gnomon analyze` will search them.
  public var searches: [ClockForecast]

  /// - Parameters:
  ///   - topology: its clocks, their noise and gaps, the duration and the scalar signals.
  ///   - signals: those to look at.
  ///   - options: how limits will be stated.
  /// - Returns: nil for a topology without clocks.
  /// - Throws: `ClockAnalysisError`, `InstrumentError` for gaps that cannot be.
  init?(_ topology: NetworkTopology, signals: [Signal], options: ClockAnalysisOptions) throws {
    let nodes = topology.nodes.filter { $0.clockRatio != nil }
    guard !nodes.isEmpty else { return nil }
    let sensitivities = nodes.compactMap { $0.clockRatio?.sensitivity }
    let answers = sensitivities.map { $0.couplingCoefficients(options.couplings.radius) }
    let clocks = try zip(nodes, answers).compactMap { node, own in
      try node.clockRatio.map { try PlannedClock(node, $0, topology: topology, coefficients: own) }
    }
    var searches: [ClockForecast] = []
    func forecast(_ common: CommonClockSearch) throws {
      let members = common.members.map { clocks[$0] }
      var forecast = try ClockForecast(
        members, factors: common.shares, couplings: common.answering,
        options: options)
      for signal in signals {
        guard case .scalar(let field) = signal.field else { continue }
        // A search for a coupling finds what has its proportions.
        let isAxion = field.inverseDecayConstant != 0
        let amplitudes = common.members.map {
          isAxion ? field.quadraticPeak(in: sensitivities[$0]) / 2 : field.amplitude(in: sensitivities[$0])
        }
        guard amplitudes[0] != 0,
          zip(amplitudes, common.shares).allSatisfy({ abs($0 - $1 * amplitudes[0]) < 1e-6 * abs($0) })
        else { continue }
        forecast.add(
          signal: signal.name, frequency: (isAxion ? 2 : 1) * field.restFrequency, amplitude: amplitudes[0],
          isStochastic: field.isStochastic, order: isAxion ? .quadratic : .linear, clocks: members,
          factors: common.shares)
      }
      searches.append(forecast)
    }
    for index in clocks.indices {
      let couplings = ClockCoupling.answering(answers[index])
      try forecast(
        CommonClockSearch(
          members: [index], shares: [1], couplings: couplings.map(\.0), coefficients: couplings.map(\.coefficient)))
    }
    for common in CommonClockSearch.all(of: answers) { try forecast(common) }
    self.searches = searches
  }
}

extension PlannedClock {
  /// Cells of the run in which noise that gaps let through is followed.
  private static let cells = 8192

  /// The clock of a node, with the live time that the gaps of its seed leave.
  fileprivate init(
    _ node: Node, _ ratio: ClockRatio, topology: NetworkTopology, coefficients: ScalarCouplings
  ) throws {
    let interval = node.sampleRate.interval
    let count = try topology.sampleCount(of: node)
    let schedule = try GapSchedule(
      node.gaps, sampleRate: node.sampleRate, seed: topology.seed, nodeIdentifier: nodeIdentifier(node.name),
      samplesAreAverages: true)
    // A few days at a time.
    let step = Int64(1 << 16)
    let width = (count + Int64(Self.cells) - 1) / Int64(Self.cells)
    var live = count
    var missing = [Int64](repeating: 0, count: Self.cells)
    for first in stride(from: 0, to: count, by: Int64.Stride(step)) {
      for gap in schedule.gaps(firstSample: first, count: Int(min(step, count - first))) {
        live -= Int64(gap.samples.count)
        var start = gap.samples.lowerBound
        while start < gap.samples.upperBound {
          let cell = start / width
          let end = min((cell + 1) * width, gap.samples.upperBound)
          missing[Int(cell)] += end - start
          start = end
        }
      }
    }
    let noise = ratio.noise
    let days = Double(topology.duration) * 1e-9 / 86_400
    let first = ratio.sampleDeviation(sampleRate: node.sampleRate)
    // The mean weight of a noise that grows from 1 to 1 + g is 1/(1 + g).
    let deviation = first * (1 + noise.growth * days).squareRoot()
    let white = 2 * interval * first * first
    var noiseRatio: @Sendable (Double) -> Double = { _ in 1 }
    if noise.isColoured {
      let coarse = Double(width) * interval
      let present = (0..<Int((count + width - 1) / width)).filter { 2 * missing[$0] < width }
      let observed = ObservedNoise(
        present: present, interval: coarse, white: white, lowestFrequency: 1 / (16 * Double(count) * interval)
      ) { noise.density(frequency: $0, interval: interval) }
      noiseRatio = { frequency in
        frequency < 0.1 / coarse
          ? observed.ratio(frequency)
          : noise.density(frequency: min(frequency, 0.5 / interval), interval: interval) / white
      }
    }
    self.init(
      name: node.name, interval: interval, span: Double(count) * interval, liveTime: Double(live) * interval,
      deviation: deviation, noiseRatio: noiseRatio,
      gain: {
        let x = Double.pi * $0 * interval
        return (x > 0 ? sin(x) / x : 1) * ratio.response(frequency: $0).magnitude
      },
      coefficients: Dictionary(
        uniqueKeysWithValues: ClockCoupling.answering(coefficients).map { ($0.0, $0.coefficient) }))
  }
}
