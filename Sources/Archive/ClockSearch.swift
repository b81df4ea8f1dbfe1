import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Synthesis
import Topology

extension ArchiveAnalysis {
  /// What the clocks of a run say.
  public struct Clocks: Sendable, Codable {
    public var analysis: ClockAnalysis
    /// Scalar fields that were put in.
    public var injected: [Injected]
  }

  /// A scalar field that was put in.
  public struct Injected: Hashable, Sendable, Codable {
    public var name: String
    /// Hz.
    public var frequency: Double
    /// The amplitude that the drawn realisation has in each clock, by its name.
    public var amplitudes: [String: Double]
  }

  /// Name under which the answer of the clocks is stored, in `/products`.
  public static let storedClocksName = "clock_search"
}

extension ArchiveReader {
  /// Searches the clocks of a run one by one, and together those that answer to the strong interaction.
  ///
  /// Missing samples are left out. The samples' own noise is the stated white frequency noise.
  ///
  /// - Parameters:
  ///   - options: threshold and limits.
  ///   - progress: called with a line for every search.
  /// - Returns: nil for a run without clocks.
  /// - Throws: `ArchiveError`.
  func searchClocks(
    options: ClockAnalysisOptions = ClockAnalysisOptions(), progress: (String) -> Void
  ) throws -> ArchiveAnalysis.Clocks? {
    let topology = try topology()
    var found: [(name: String, ratio: ClockRatio, data: SearchedClock)] = []
    var analysis = ClockAnalysis(searches: [], stabilities: [])
    let middle = Double(topology.duration) * 0.5e-9
    for (stream, layout) in streams.enumerated() {
      guard let ratio = topology.nodes.first(where: { $0.name == layout.name })?.clockRatio else { continue }
      let values = try samples(stream: stream, channel: 0, 0..<sampleCount(stream: stream))
      let interval = layout.sampleRate.interval
      let present = values.indices.filter { !values[$0].isNaN }
      do {
        analysis.stabilities.append(
          try ClockStability(
            clock: layout.name, values: values, interval: interval, whiteFrequencyNoise: ratio.whiteFrequencyNoise))
        let series = try ClockSeries(
          times: present.map { (Double($0) + 0.5) * interval - middle }, values: present.map { values[$0] },
          sigmas: present.map { _ in ratio.sampleDeviation(sampleRate: layout.sampleRate) }, interval: interval)
        let data = SearchedClock(series, averages: true)
        progress("searching clock \(layout.name): \(present.count) of \(values.count) samples are there")
        analysis.searches.append(try ClockSearchResult([(layout.name, data)], options: options))
        found.append((layout.name, ratio, data))
      } catch let error as ClockAnalysisError {
        analysis.unsearched[layout.name] = error.description
      }
    }
    guard !found.isEmpty || !analysis.unsearched.isEmpty else { return nil }
    try searchTogether(found, options: options, analysis: &analysis, progress: progress)
    return ArchiveAnalysis.Clocks(analysis: analysis, injected: try injectedScalars(found.map { ($0.name, $0.ratio) }))
  }

  /// One field in all clocks, each weighted with how it answers to d_g.
  private func searchTogether(
    _ clocks: [(name: String, ratio: ClockRatio, data: SearchedClock)], options: ClockAnalysisOptions,
    analysis: inout ClockAnalysis, progress: (String) -> Void
  ) throws {
    let answering = clocks.map { (clock: $0, answer: $0.ratio.sensitivity.couplingCoefficients().gluons) }
      .filter { $0.answer != 0 }
    guard answering.count > 1, let first = answering.first?.answer else { return }
    let names = answering.map(\.clock.name)
    progress("searching \(names.joined(separator: ", ")) together")
    do {
      analysis.searches.append(
        try ClockSearchResult(
          answering.map { clock, answer in
            var data = clock.data
            data.factor = answer / first
            return (clock.name, data)
          }, options: options))
    } catch let error as ClockAnalysisError {
      analysis.unsearched[names.joined(separator: " + ")] = error.description
    }
  }

  /// The scalar fields that the archive records as put in.
  private func injectedScalars(_ clocks: [(name: String, ratio: ClockRatio)]) throws -> [ArchiveAnalysis.Injected] {
    try injections().enumerated().filter { $0.element.model == "scalar" }.compactMap { position, row in
      guard let field = try? decode(ScalarField.self, from: row.parameters) else { return nil }
      let zeta = field.phasor(signalIndex: row.details?.signalIndex ?? position, seed: row.seed).magnitude
      let amplitudes = clocks.map { ($0.name, zeta * abs(field.amplitude(in: $0.ratio.sensitivity))) }
      return ArchiveAnalysis.Injected(
        name: row.identifier, frequency: field.restFrequency,
        amplitudes: Dictionary(amplitudes, uniquingKeysWith: { first, _ in first }))
    }
  }
}
