import Correlator
import Glibc
import Inference
import Instruments
import Topology

extension ArchiveAnalysis {
  /// Name under which the correlations of clocks are stored with the products of their band.
  public static let storedPairsName = "clock_pairs"
}

extension ArchiveReader {
  /// What the matrices of each band say about pairs of clocks, line and shared noise.
  ///
  /// - Parameter options: false-alarm probability, and how charge radii follow the couplings.
  /// - Returns: one answer for every band with two clocks or more.
  /// - Throws: `ArchiveError`.
  func correlateClocks(options: ClockAnalysisOptions) throws -> [ClockBandCorrelations] {
    let clocks = try clockChannels(options: options)
    guard clocks.count > 1 else { return [] }
    return try bands.enumerated().compactMap { band, plan in
      let members = clocks.filter { !plan.absentChannels.contains($0.channel) }
      guard members.count > 1 else { return nil }
      var sums = ClockPairSums(plan: plan, clocks: members)
      let count = try productRowCount(band: band)
      // A few rows at a time: all of a long run might not fit.
      for first in stride(from: 0, to: count, by: 16) {
        for row in try products(band: band, rows: first..<min(count, first + 16)) { sums.add(row) }
      }
      let answer = sums.correlations(falseAlarmProbability: options.falseAlarmProbability)
      return answer.pairs.isEmpty ? nil : answer
    }
  }

  private func clockChannels(options: ClockAnalysisOptions) throws -> [ClockPairSums.Clock] {
    let topology = try topology()
    var clocks: [ClockPairSums.Clock] = []
    var channel = 0
    for layout in streams {
      if let ratio = topology.nodes.first(where: { $0.name == layout.name })?.clockRatio {
        let interval = layout.sampleRate.interval
        let answers = ratio.sensitivity.couplingCoefficients(options.couplings.radius)
        clocks.append(
          ClockPairSums.Clock(
            name: layout.name, channel: channel,
            phase: {
              // A sample is the average about the middle of its interval, and counted from its start.
              let response = ratio.response(frequency: $0)
              return atan2(response.imaginary, response.real) - .pi * $0 * interval
            },
            coefficients: Dictionary(
              uniqueKeysWithValues: ClockCoupling.answering(answers).map { ($0.0, $0.coefficient) })))
      }
      channel += layout.channels.count
    }
    return clocks
  }
}
