import DarkMatter
import Foundation
import Inference
import Numerics
import Testing

/// A line of the network passes, one of a single station does not, and probabilities come true as often as they say.
@Suite("Null tests of lines") struct LineNullTestTests {
  private static let electric = LineHypothesis(name: "EDM", coupling: .electricDipole)
  private static let names = ["Mainz", "Canberra"]

  /// 17,700 s, 0.3 and 12 coherence times.
  private static func geometry(_ frequency: Double) -> LineObservation {
    let length = min(600, LineObservation.longestSegment(frequency: frequency))
    return LineNetwork().observation(segments: Int(17_700 / (length / 2)) - 1, frequency: frequency, length: length)
  }

  private static func options(_ number: Int, trials: Int = 0) -> LineNullTestOptions {
    LineNullTestOptions(simulations: 60, trials: trials, agreementSimulations: 30, seed: UInt64(number), workers: 2)
  }

  /// The tests of what data hold next to a frequency, as a search would hand it over.
  private static func tests(
    _ data: LineObservation, number: Int, trials: Int = 0, range: Double
  ) throws -> LineNullTests {
    let search = try LineSearch(electric, observation: data, restFrequency: data.frequency)
    let best = search.maximum(data, near: data.frequency, frequencyRange: range)
    return try testLine(
      electric, restFrequency: best.frequency, in: data, stationNames: names,
      options: options(number, trials: trials))
  }

  /// Noise, and a tone in all three axes of the second station.
  private static func spur(_ geometry: LineObservation, number: Int, statistic: Double) throws -> LineObservation {
    let search = try LineSearch(electric, observation: geometry, restFrequency: geometry.frequency)
    let noise = search.simulated(geometry, power: 0, experiment: number, key: 51)
    // Each axis with a phase and a strength of its own.
    let weights = (0..<3).map { axis -> ComplexNumber in
      let g = NormalDeviates.four(SIMD4(UInt32(number), UInt32(axis), 0, 9), key: 52)
      return ComplexNumber(g[0], g[1])
    }
    var (low, high) = (0.0, 1e3)
    var data = noise
    for _ in 0..<30 {
      let middle = (low + high) / 2
      data = noise
      for row in data.amplitudes.indices where row % 6 >= 3 { data.amplitudes[row] += weights[row % 3] * middle }
      if search.profile(data, restFrequency: geometry.frequency).statistic < statistic {
        low = middle
      } else {
        high = middle
      }
    }
    return data
  }

  @Test("a true line passes, and its probabilities are even", arguments: [(10.0, 60), (400, 12)])
  func lines(frequency: Double, experiments: Int) throws {
    let geometry = Self.geometry(frequency)
    let search = try LineSearch(Self.electric, observation: geometry, restFrequency: frequency)
    let power = search.power(expecting: 80)
    var (probabilities, passed, failed, mute) = ([Double](), 0, 0, 0)
    for number in 0..<experiments {
      let data = search.simulated(geometry, power: power, experiment: number, key: 41)
      let tests = try Self.tests(data, number: number, trials: number < 10 ? 19 : 0, range: 1 / 17_700.0)
      guard tests.statistic > 30 else { continue }
      probabilities.append(try #require(tests.stationProbability))
      for test in [tests.timeShifts, tests.scrambles].compactMap(\.self) {
        switch test.outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .mute: mute += 1
        }
      }
    }
    let count = Double(probabilities.count)
    print("\(frequency) Hz, \(probabilities.count) lines: \(passed) passed, \(failed) failed, \(mute) mute")
    for level in [0.05, 0.2, 0.5] {
      let hits = probabilities.count { $0 < level }
      print("  p < \(level): \(hits)")
      #expect(abs(Double(hits) - level * count) < 4 * (level * (1 - level) * count).squareRoot())
    }
    #expect(passed > 5 * (failed + 1))
  }

  @Test("a tone of one station is told from a line of the network", arguments: [(10.0, 30), (400, 8)])
  func spurs(frequency: Double, experiments: Int) throws {
    let geometry = Self.geometry(frequency)
    var (flagged, agreements, quiet) = (0, [Double](), [Double]())
    for number in 0..<experiments {
      let data = try Self.spur(geometry, number: number, statistic: 60)
      let tests = try Self.tests(data, number: number, trials: number < 30 ? 19 : 0, range: 1 / 17_700.0)
      if tests.singleStation?.station == "Canberra" { flagged += 1 }
      #expect(tests.singleStation?.station != "Mainz")
      if let shifts = tests.timeShifts { agreements.append(shifts.probability) }
      quiet.append(exp(tests.stations[1].logNoiseProbabilityWithout))
    }
    print(
      "\(frequency) Hz: \(flagged) of \(experiments) flagged; shifts p <= 0.05: \(agreements.count { $0 <= 0.05 }) "
        + "of \(agreements.count), others by noise p < 0.2: \(quiet.count { $0 < 0.2 })")
    #expect(flagged > experiments * 4 / 5)
    /// Four standard deviations and one more.
    func isUsual(_ hits: Int, of count: Int, at level: Double) -> Bool {
      abs(Double(hits) - level * Double(count)) < 4 * (level * (1 - level) * Double(count)).squareRoot() + 1
    }
    #expect(isUsual(agreements.count { $0 <= 0.05 }, of: agreements.count, at: 0.05))
    #expect(isUsual(quiet.count { $0 < 0.2 }, of: experiments, at: 0.2))
  }
}
