import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

/// How well the strength and the frequency of narrow lines come out, and what a scan costs.
enum LineCalibration {
  /// The answers for one coupling and ratio of the run to the coherence time.
  struct Regime: Codable {
    var coupling: String
    var coherenceTimes: Double
    var experiments: Int
    /// Information on ln power: the inverse of the Fisher bound on its variance.
    var modes: Double
    /// Mean of power over truth and its error: maximum over frequency and power together, and averaged over the frequency.
    var maximumRatio: Double
    var powerRatio: Double
    var powerRatioError: Double
    /// Variance of the power over the Fisher bound, and its standard error.
    var varianceRatio: Double
    var varianceRatioError: Double
    /// The same in the same experiments when the frequency is known.
    var knownFrequencyRatio: Double
    /// What the ratio must be for so few modes; see `expectedRatio`.
    var expectedRatio: Double
    /// Mean and spread of the pulls, as normal deviates of the truth's rank in the posterior.
    var amplitudePull: [Double]
    var frequencyPull: [Double]
    /// Share of experiments in which the intervals of 68, 90 and 95 % hold the amplitude.
    var coverage: [Double]
    /// Probabilities of the truth, for p-p plots.
    var amplitudeRanks: [Double]
    var frequencyRanks: [Double]
  }

  /// The share of scans of noise with a global probability below a level.
  struct FalseAlarms: Codable {
    var scans: Int
    var shares: [CalibratedShare]
    var probabilities: [Double]
  }

  private static let duration = 17_700.0

  static func regime(
    _ coupling: HaloCoupling, name: String, coherenceTimes: Double, experiments: Int, key: UInt64
  ) throws -> Regime {
    let speed = 220e3 / 299_792_458.0
    let frequency = coherenceTimes / (.pi * duration * speed * speed)
    let length = min(600, LineObservation.longestSegment(frequency: frequency))
    let geometry = observation(
      segments: Int(duration / (length / 2)) - 1, frequency: frequency - 0.3 / length, length: length)
    let search = try LineSearch(
      LineHypothesis(name: name, coupling: coupling), observation: geometry, restFrequency: frequency)
    let power = expected(100, search.eigenvalues)
    let information = search.eigenvalues.reduce(0.0) {
      $0 + power * $1 / (1 + power * $1) * (power * $1 / (1 + power * $1))
    }
    let range = max(1e-6 * frequency, 1 / duration)
    var results = [(maximum: Double, averaged: Double, known: Double, amplitude: Double, frequency: Double)](
      repeating: (0, 0, 0, 0, 0), count: experiments)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      forEachPiece(experiments, workers: 2) { _, experiment in
        let data = search.simulated(geometry, power: power, experiment: experiment, key: key)
        let best = search.maximum(data, near: frequency + 0.3 * range, frequencyRange: 1.5 * range)
        let posterior = LinePosterior(search, data, near: best, frequencyRange: range)
        results[experiment] = (
          best.profile.power / power, posterior.power / power,
          search.profile(data, restFrequency: frequency).power / power,
          posterior.probability(below: power.squareRoot()),
          posterior.probability(frequencyBelow: frequency)
        )
      }
    }
    let averaged = results.map(\.averaged)
    let (mean, scatter) = moments(averaged)
    // A variance's own error, from the fourth moment.
    let squares = moments(averaged.map { ($0 - mean) * ($0 - mean) })
    let known = moments(results.map(\.known)).scatter
    return Regime(
      coupling: name, coherenceTimes: coherenceTimes, experiments: experiments, modes: information,
      maximumRatio: moments(results.map(\.maximum)).mean, powerRatio: mean,
      powerRatioError: scatter / Double(experiments).squareRoot(), varianceRatio: scatter * scatter * information,
      varianceRatioError: squares.scatter / Double(experiments).squareRoot() * information,
      knownFrequencyRatio: known * known * information,
      expectedRatio: expectedRatio(search.eigenvalues, power: power),
      amplitudePull: pull(results.map(\.amplitude)), frequencyPull: pull(results.map(\.frequency)),
      coverage: [0.6827, 0.9, 0.95].map { level in
        Double(results.count { abs($0.amplitude - 0.5) < level / 2 }) / Double(experiments)
      }, amplitudeRanks: results.map(\.amplitude), frequencyRanks: results.map(\.frequency))
  }

  /// The variance of the likeliest power over the Fisher bound that so few random modes allow, by two effects of order 1/M.
  ///
  /// The joint Fisher matrix of power and frequency has no mixed element in white noise: Tr[Σ⁻¹ ∂_s S Σ⁻¹ ∂_ν S] with
  /// ∂_ν S = 2πi [t, S] is the trace of a commutator of t with functions of S. So the bound itself does not know that the
  /// frequency is fitted, and both effects are beyond it:
  ///
  /// * With known frequency the likeliest s solves Σ (p_i/λ_i² - 1/λ_i - s)/(s + 1/λ_i)² = 0, p_i exponential: a mean of
  ///   unbiased values (p_i - λ_i)/λ_i² with weights that depend on s itself. For equal modes it is linear and reaches the
  ///   bound; else its variance is drawn here from the modes alone.
  /// * The frequency takes one of the 2 M real degrees of freedom, M = Σ (s λ_i/(1 + s λ_i))²: 2 M/(2 M - 1), as for a variance
  ///   about a fitted mean.
  static func expectedRatio(_ eigenvalues: [Double], power: Double, draws: Int = 40_000) -> Double {
    let information = eigenvalues.reduce(0.0) {
      $0 + power * $1 / (1 + power * $1) * (power * $1 / (1 + power * $1))
    }
    let estimates = (0..<draws).map { draw -> Double in
      let powers = eigenvalues.indices.map { mode -> Double in
        let words = Philox.block(SIMD4(UInt32(draw), UInt32(mode), 0, 1), key: 11)
        let uniform = (Double(words[0]) + 0.5) * 0x1p-32
        return -log(uniform) * eigenvalues[mode] * (1 + power * eigenvalues[mode])
      }
      return LineProfile(powers: powers, eigenvalues: eigenvalues).power / power
    }
    let scatter = moments(estimates).scatter
    return scatter * scatter * information * 2 * information / (2 * information - 1)
  }

  /// Seconds of a scan of a day's data at a number of frequencies, in blocks of noise.
  static func scan(frequencies: Int) throws -> (seconds: Double, frequencies: Int) {
    let segments = 287
    let geometry = observation(segments: segments, frequency: 100, length: 600)
    // Half the scan's points of one transform belong to one bin.
    let perBin = 288
    let bins = max(1, frequencies / perBin)
    let blockBins = min(bins, 1000)
    let size = geometry.amplitudes.count
    var amplitudes = [ComplexNumber](repeating: .zero, count: blockBins * size)
    amplitudes.withUnsafeMutableBytes {
      NormalDeviates.fillWhite(
        $0.bindMemory(to: Double.self), firstSample: 0, key: 1, scale: 0.5.squareRoot())
    }
    let noise = [Double](repeating: 1, count: blockBins * geometry.channels.count)
    var scanned = 0
    let time = try seconds {
      let analysis = try LineAnalysis(
        blockCount: (bins + blockBins - 1) / blockBins,
        options: LineAnalysisOptions(simulations: 0),
        block: { number in
          let count = min(blockBins, bins - number * blockBins)
          let places = (0..<count).map { 100 + Double(number * blockBins + $0) / geometry.segmentLength }
          var first = geometry
          first.frequency = places[0]
          return LineBlock(
            geometry: first, frequencies: places, amplitudes: Array(amplitudes[..<(count * size)]),
            noise: Array(noise[..<(count * geometry.channels.count)]))
        })
      scanned = analysis.scans.first?.frequencies ?? 0
    }
    return (time, scanned)
  }

  static func observation(segments: Int, frequency: Double, length: Double) -> LineObservation {
    let places = [Site(latitude: 50, longitude: 8), Site(latitude: -35, longitude: 149)]
    let channels = places.enumerated().flatMap { number, site in
      [LocalDirection(east: 1, north: 0, up: 0), .init(east: 0, north: 1, up: 0), .init(east: 0, north: 0, up: 1)]
        .enumerated().map { axis, direction in
          LineObservation.Channel(
            label: "\(number)/\(axis)", position: site.earthFixedPosition, direction: direction.earthFixed(at: site),
            station: number)
        }
    }
    let count = segments * channels.count
    return LineObservation(
      channels: channels, segmentLength: length, window: .hann,
      times: (0..<segments).map { Double($0 + 1) * length / 2 },
      reference: GPSTime(nanoseconds: 1_400_000_000_000_000_000), frequency: frequency,
      amplitudes: [ComplexNumber](repeating: .zero, count: count), present: [Bool](repeating: true, count: count),
      noise: channels.indices.map { _ in 1 })
  }

  /// The amplitude² with a mean Θ.
  static func expected(_ statistic: Double, _ eigenvalues: [Double]) -> Double {
    var (low, high) = (0.0, 1e12 / (eigenvalues.max() ?? 1))
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if 2 * eigenvalues.reduce(0, { $0 + middle * $1 - log1p(middle * $1) }) < statistic {
        low = middle
      } else {
        high = middle
      }
    }
    return high
  }

  private static func moments(_ values: [Double]) -> (mean: Double, scatter: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))
    return (mean, variance.squareRoot())
  }

  private static func pull(_ ranks: [Double]) -> [Double] {
    let (mean, scatter) = moments(ranks.map { normalQuantile(min(max($0, 1e-5), 1 - 1e-5)) })
    return [mean, scatter]
  }
}
