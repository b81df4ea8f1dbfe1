import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Frequency and strength of a line, by simulation")
struct LineCalibrationTests {
  /// Run of 17,700 s: 0.3, 3 and 12 coherence times.
  @Test("estimates are unbiased and intervals hold the truth as often as they say", arguments: [10.0, 100, 400])
  func calibration(frequency: Double) throws {
    let network = LineNetwork()
    let length = min(600, LineObservation.longestSegment(frequency: frequency))
    let geometry = network.observation(
      segments: Int(17_700 / (length / 2)) - 1, frequency: frequency - 0.3 / length, length: length)
    let search = try LineSearch(
      LineHypothesis(name: "EDM", coupling: .electricDipole), observation: geometry, restFrequency: frequency)
    let power = search.power(expecting: 100)
    let experiments = 80
    var (relative, ranks, frequencyRanks): ([Double], [Double], [Double]) = ([], [], [])
    for experiment in 0..<experiments {
      let data = search.simulated(geometry, power: power, experiment: experiment, key: 20_261_121)
      let range = max(1e-6 * frequency, 1 / 17_700)
      let best = search.maximum(data, near: frequency + 0.3 * range, frequencyRange: 1.5 * range)
      let posterior = LinePosterior(search, data, near: best, frequencyRange: range)
      relative.append(posterior.power / power)
      ranks.append(posterior.probability(below: power.squareRoot()))
      frequencyRanks.append(posterior.probability(frequencyBelow: frequency))
    }
    let mean = relative.reduce(0, +) / Double(experiments)
    let scatter = (relative.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(experiments - 1)).squareRoot()
    let error = scatter / Double(experiments).squareRoot()
    print("\(frequency) Hz: power \(mean) +- \(error) of the truth")
    #expect(abs(mean - 1) < 3.5 * error)
    for (name, ranks) in [("amplitude", ranks), ("frequency", frequencyRanks)] {
      let pulls = ranks.map { normalQuantile(min(max($0, 1e-4), 1 - 1e-4)) }
      let pull = pulls.reduce(0, +) / Double(experiments)
      let spread = (pulls.reduce(0) { $0 + ($1 - pull) * ($1 - pull) } / Double(experiments - 1)).squareRoot()
      let covered = ranks.count { abs($0 - 0.5) < 0.34 }
      print("  \(name): pulls \(pull) +- \(spread), \(covered) of \(experiments) within 68 %")
      #expect(abs(pull) < 3.5 / Double(experiments).squareRoot())
      #expect(abs(spread - 1) < 3.5 / Double(2 * experiments).squareRoot())
      #expect(
        abs(Double(covered) - 0.68 * Double(experiments)) < 3.5 * (0.68 * 0.32 * Double(experiments)).squareRoot())
    }
  }

  @Test("an uncertain calibration widens the interval so that it holds the truth, and weakens limits")
  func gains() throws {
    let uncertainty = 0.2
    let network = LineNetwork(gainUncertainty: uncertainty)
    let geometry = network.observation(segments: 59, frequency: 400, length: 240)
    let search = try LineSearch(
      LineHypothesis(name: "EDM", coupling: .electricDipole), observation: geometry, restFrequency: 400)
    let power = search.power(expecting: 400)
    let experiments = 80
    var pulls: [Double] = []
    for experiment in 0..<experiments {
      var data = search.simulated(geometry, power: power, experiment: experiment, key: 3)
      // A line that stands far above the noise, so that the factor is that of the line alone.
      let gains = (0..<2).map {
        1 + uncertainty * NormalDeviates.four(SIMD4(UInt32($0), UInt32(experiment), 1, 2), key: 8)[0]
      }
      for row in data.amplitudes.indices { data.amplitudes[row] *= gains[row % 6 / 3] }
      for channel in data.noise.indices { data.noise[channel] *= gains[channel / 3] * gains[channel / 3] }
      let own = try LineSearch(search.template, observation: data, restFrequency: 400)
      let best = own.maximum(data, near: 400, frequencyRange: 4e-4)
      let posterior = LinePosterior(own, data, near: best, frequencyRange: 4e-4)
      pulls.append(normalQuantile(min(max(posterior.probability(below: power.squareRoot()), 1e-4), 1 - 1e-4)))
    }
    let mean = pulls.reduce(0, +) / Double(experiments)
    let spread = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(experiments - 1)).squareRoot()
    print("pulls with 20 % gains: \(mean) +- \(spread)")
    #expect(abs(mean) < 3.5 / Double(experiments).squareRoot())
    #expect(abs(spread - 1) < 0.35)

    let noise = search.simulated(geometry, power: 0, experiment: 0, key: 4)
    var exact = noise
    for channel in exact.channels.indices { exact.channels[channel].gainUncertainty = 0 }
    let (wide, narrow) = (
      search.upperLimit(noise, restFrequency: 400, confidence: 0.95),
      search.upperLimit(exact, restFrequency: 400, confidence: 0.95)
    )
    print("limits: \(wide) with, \(narrow) without the uncertainty of the calibration")
    #expect(wide > 1.02 * narrow && wide < 1.4 * narrow)
  }
}

extension LineSearch {
  /// The amplitude² of a line whose Θ at the true power is as large as this on the average.
  func power(expecting statistic: Double) -> Double {
    var (low, high) = (0.0, 1e12 / (eigenvalues.max() ?? 1))
    for _ in 0..<200 {
      let middle = (low + high) / 2
      let mean = 2 * eigenvalues.reduce(0) { $0 + middle * $1 - log1p(middle * $1) }
      if mean < statistic { low = middle } else { high = middle }
    }
    return high
  }
}
