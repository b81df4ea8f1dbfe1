import DarkMatter
import Foundation
import Inference
import Numerics

/// What the null tests of lines say of noise, of lines of the whole network and of tones of one station.
///
/// Probabilities of a test are even where it has nothing to find: those of stations in lines of the network, those of shifts
/// and scrambles where stations share nothing. In noise the loudest frequency was chosen for its agreement, among other
/// things; nobody asks there, as no line is found.
enum LineNullTestCalibration {
  private static let template = LineHypothesis(name: "EDM", coupling: .electricDipole)
  /// Hz: runs of 17,700 s are 0.3 and 12 coherence times.
  private static let frequencies = [10.0, 400]
  private static let duration = 17_700.0

  private enum Kind: String, CaseIterable {
    case noise, line
    case tone = "tone of one station"
  }

  /// - Parameters:
  ///   - experiments: of each kind and frequency.
  ///   - seed: of all random numbers.
  ///   - cases: names of kinds; none for all.
  /// - Throws: `LinearAlgebraError` or `InferenceError`.
  static func alarms(experiments: Int, seed: UInt64, cases: [String]) throws -> [NullTestCalibration.Alarms] {
    try frequencies.flatMap { frequency in
      try Kind.allCases.filter { cases.isEmpty || cases.contains($0.rawValue) }.flatMap {
        kind -> [NullTestCalibration.Alarms] in
        let tests = try (0..<experiments).map {
          try tested(
            kind, frequency: frequency, number: $0, key: Philox.derive(seed, tag: 0x4C4E_554C, a: Int64($0), b: 0))
        }
        let values: [(String, (LineNullTests) -> Double?)] = [
          ("one station", \.stationProbability), ("shifts", { $0.timeShifts?.probability }),
          ("scrambles", { $0.scrambles?.probability }),
          ("others by noise", { $0.stations.last.map { exp($0.logNoiseProbabilityWithout) } }),
        ]
        return values.compactMap { name, value in
          let found = tests.compactMap(value)
          guard !found.isEmpty else { return nil }
          return NullTestCalibration.Alarms(
            name: "\(Int(frequency)) Hz, \(kind.rawValue), \(name)",
            shares: [0.0027, 0.01, 0.05, 0.2].map { level in
              CalibratedShare(stated: level, hits: found.count { $0 <= level }, of: found.count)
            })
        }
      }
    }
  }

  private static func tested(_ kind: Kind, frequency: Double, number: Int, key: UInt64) throws -> LineNullTests {
    let length = min(600, LineObservation.longestSegment(frequency: frequency))
    let geometry = LineCalibration.observation(
      segments: Int(duration / (length / 2)) - 1, frequency: frequency, length: length)
    let search = try LineSearch(template, observation: geometry, restFrequency: frequency)
    var data = search.simulated(geometry, power: 0, experiment: number, key: key)
    switch kind {
    case .noise: break
    case .line:
      // So strong that the mean of Θ is 80.
      let power = LineCalibration.expected(80, search.eigenvalues)
      data = search.simulated(geometry, power: power, experiment: number, key: key)
    case .tone:
      // A phase and a strength for each axis of the second station.
      let strengths = (0..<3).map { axis -> ComplexNumber in
        let g = NormalDeviates.four(SIMD4(UInt32(axis), 0, 0, 7), key: key)
        return ComplexNumber(g[0], g[1])
      }
      let noise = data
      var (low, high) = (0.0, 1e3)
      for _ in 0..<30 {
        let middle = (low + high) / 2
        data = noise
        for row in data.amplitudes.indices where row % 6 >= 3 { data.amplitudes[row] += strengths[row % 3] * middle }
        if search.profile(data, restFrequency: frequency).statistic < 60 { low = middle } else { high = middle }
      }
    }
    let range = kind == .noise ? 0.5 / length : 1 / duration
    let best = search.maximum(data, near: frequency, frequencyRange: range)
    // Shifts and scrambles say of noise and of tones how often they are wrong; of lines a few do.
    let trials = kind == .line && number >= 20 ? 0 : 39
    return try testLine(
      template, restFrequency: best.frequency, in: data, stationNames: ["first", "second"],
      options: LineNullTestOptions(simulations: 200, trials: trials, agreementSimulations: 20, seed: key, workers: 2))
  }
}
