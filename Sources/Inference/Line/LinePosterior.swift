import Foundation

/// Frequency and strength of a line with their uncertainties.
public struct LineEstimate: Hashable, Sendable, Codable {
  /// A range of amplitudes that holds the true one with a probability, as much of it below as above.
  public struct Interval: Hashable, Sendable, Codable {
    public var confidence: Double
    /// Unit of the field.
    public var lowest: Double
    public var highest: Double
  }

  /// Mean and standard deviation of the rest frequency, Hz.
  public var restFrequency: Double
  public var restFrequencyUncertainty: Double
  /// amplitude² at which the likelihood, averaged over the frequency, is largest; unit² of the field.
  public var power: Double
  /// At 68, 90 and 95 %, with the uncertainty of the calibration.
  public var intervals: [Interval]
  /// Relative standard deviation of the amplitude by the calibration alone.
  public var calibrationUncertainty: Double

  /// Root of the power.
  public var amplitude: Double { power.squareRoot() }
}

/// What is known of the frequency and the amplitude of a line.
///
/// The frequency is fitted to the same few random modes as the power: at the frequency of the largest likelihood the modes
/// look smaller than they are, and the power comes out low by a share of about 1/(2 M) for M modes, as a variance does about a
/// fitted mean. Averaging the likelihood over the frequency takes this away. The prior of the power is Jeffreys', the root of
/// its Fisher information, with which intervals of one parameter hold the truth as often as they say.
public struct LinePosterior: Sendable {
  /// Hz, ascending, with their probabilities.
  public let frequencies: [Double]
  public let frequencyProbabilities: [Double]
  /// Probability that the amplitude is smaller, on a grid even in ln amplitude.
  private let logAmplitudes: [Double]
  private let cumulative: [Double]
  /// amplitude² of the largest likelihood, averaged over the frequency.
  public let power: Double
  /// Relative standard deviation of the common factor by which the calibration may shift the amplitude.
  public let calibrationUncertainty: Double

  private static let amplitudeSteps = 320
  private static let frequencySteps = 24
  /// ln L below its maximum at which nothing matters.
  private static let depth = 18.0

  /// - Parameters:
  ///   - search: the template, ready at the line.
  ///   - observation: the amplitudes.
  ///   - best: frequency and profile of the largest statistic.
  ///   - frequencyRange: Hz to either side in which the line may lie.
  public init(
    _ search: LineSearch, _ observation: LineObservation, near best: (frequency: Double, profile: LineProfile),
    frequencyRange: Double
  ) {
    let steps = Self.frequencySteps
    let grid = Self.amplitudes(search, observation, best)
    var (center, reach) = (best.frequency, frequencyRange)
    var table: [[Double]] = []
    var frequencies: [Double] = []
    var totals: [Double] = []
    // Ever finer about the frequencies that matter.
    for _ in 0..<12 {
      frequencies = (-steps...steps).map { center + reach * Double($0) / Double(steps) }
      table = frequencies.map { frequency in
        let (powers, eigenvalues) = search.likelihood(observation, restFrequency: frequency)
        return grid.map { LineProfile.gain(exp(2 * $0), powers, eigenvalues) }
      }
      totals = table.map(logSum)
      let highest = totals.max() ?? 0
      let kept = totals.indices.filter { totals[$0] > highest - Self.depth }
      guard let first = kept.first, let last = kept.last else { break }
      let width = reach * Double(last - first + 2) / Double(2 * steps)
      guard width < 0.5 * reach else { break }
      center = (frequencies[first] + frequencies[last]) / 2
      reach = width
    }
    let highest = totals.max() ?? 0
    let weights = totals.map { exp($0 - highest) }
    let sum = weights.reduce(0, +)
    self.frequencies = frequencies
    frequencyProbabilities = weights.map { $0 / sum }

    let averaged = grid.indices.map { step in logSum(table.map { $0[step] }) }
    power = exp(2 * vertex(grid, averaged))
    let (_, eigenvalues) = search.likelihood(observation, restFrequency: best.frequency)
    let density = zip(grid, averaged).map { logarithm, value -> Double in
      let power = exp(2 * logarithm)
      let information = eigenvalues.reduce(0.0) { $0 + ($1 / (1 + power * $1)) * ($1 / (1 + power * $1)) }
      return value + log(information) / 2 + 2 * logarithm
    }
    let peak = density.max() ?? 0
    var cumulative = [0.0]
    for step in density.indices.dropFirst() {
      cumulative.append(cumulative[step - 1] + (exp(density[step - 1] - peak) + exp(density[step] - peak)) / 2)
    }
    let total = cumulative.last ?? 1
    self.cumulative = cumulative.map { $0 / total }
    logAmplitudes = grid
    calibrationUncertainty = search.calibrationUncertainty(observation, power: best.profile.power)
  }

  /// Logarithms of amplitudes between which the likelihood is not negligible.
  private static func amplitudes(
    _ search: LineSearch, _ observation: LineObservation, _ best: (frequency: Double, profile: LineProfile)
  ) -> [Double] {
    let (powers, eigenvalues) = search.likelihood(observation, restFrequency: best.frequency)
    let least = best.profile.statistic / 2 - depth
    let start = best.profile.power > 0 ? best.profile.power : best.profile.uncertainty
    guard start.isFinite, start > 0 else { return [0, 1] }
    var (low, high) = (start, start)
    let floor = 1e-7 * start
    while low > floor, LineProfile.gain(low, powers, eigenvalues) > least { low /= 1.25 }
    for _ in 0..<200 where LineProfile.gain(high, powers, eigenvalues) > least { high *= 1.25 }
    let (first, last) = (log(low) / 2, log(high) / 2)
    return (0...amplitudeSteps).map { first + (last - first) * Double($0) / Double(amplitudeSteps) }
  }

  /// The probability that the true amplitude is smaller than one.
  ///
  /// - Parameter amplitude: unit of the field.
  public func probability(below amplitude: Double) -> Double {
    guard calibrationUncertainty > 0 else { return statisticalProbability(below: amplitude) }
    return GainFactors.mean(uncertainty: calibrationUncertainty) { statisticalProbability(below: amplitude * $0) }
  }

  private func statisticalProbability(below amplitude: Double) -> Double {
    guard amplitude > 0, let first = logAmplitudes.first, let last = logAmplitudes.last else { return 0 }
    let place = (log(amplitude) - first) / (last - first) * Double(logAmplitudes.count - 1)
    guard place > 0 else { return 0 }
    guard place < Double(logAmplitudes.count - 1) else { return 1 }
    let step = Int(place)
    return cumulative[step] + (place - Double(step)) * (cumulative[step + 1] - cumulative[step])
  }

  /// The amplitude below which the true one lies with a probability.
  public func amplitude(probability: Double) -> Double {
    guard let first = logAmplitudes.first, let last = logAmplitudes.last else { return 0 }
    var (low, high) = (first - 5 * calibrationUncertainty, last + 5 * calibrationUncertainty)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if self.probability(below: exp(middle)) < probability { low = middle } else { high = middle }
    }
    return exp((low + high) / 2)
  }

  /// The probability that the rest frequency is smaller than one in Hz.
  public func probability(frequencyBelow frequency: Double) -> Double {
    guard frequencies.count > 1 else { return 0.5 }
    let step = frequencies[1] - frequencies[0]
    return zip(frequencies, frequencyProbabilities).reduce(0) {
      $0 + $1.1 * min(1, max(0, (frequency - $1.0) / step + 0.5))
    }
  }

  /// In numbers.
  public var estimate: LineEstimate {
    let mean = zip(frequencies, frequencyProbabilities).reduce(0) { $0 + ($1.0 - frequencies[0]) * $1.1 }
    let variance = zip(frequencies, frequencyProbabilities).reduce(0.0) {
      let distance = $1.0 - frequencies[0] - mean
      return $0 + distance * distance * $1.1
    }
    return LineEstimate(
      restFrequency: frequencies[0] + mean, restFrequencyUncertainty: variance.squareRoot(), power: power,
      intervals: [0.6827, 0.9, 0.95].map { confidence in
        .init(
          confidence: confidence, lowest: amplitude(probability: (1 - confidence) / 2),
          highest: amplitude(probability: (1 + confidence) / 2))
      }, calibrationUncertainty: calibrationUncertainty)
  }
}

/// A Gaussian factor about one, for averages over an uncertain calibration.
enum GainFactors {
  /// The mean of a function of the factor.
  ///
  /// - Parameter uncertainty: its standard deviation.
  static func mean(uncertainty: Double, of value: (Double) -> Double) -> Double {
    guard uncertainty > 0 else { return value(1) }
    var (sum, weights) = (0.0, 0.0)
    for step in -16...16 {
      let deviation = Double(step) / 4
      let weight = exp(-deviation * deviation / 2)
      // A gain is positive, however uncertain.
      sum += weight * value(exp(uncertainty * deviation))
      weights += weight
    }
    return sum / weights
  }
}

extension LineSearch {
  /// The relative standard deviation of the amplitude by the calibration of the channels.
  ///
  /// A factor 1 + ε in a channel shifts the amplitude by the channel's share of ε; channels of a station share ε, stations
  /// are independent.
  func calibrationUncertainty(_ observation: LineObservation, power: Double) -> Double {
    guard observation.channels.contains(where: { $0.gainUncertainty > 0 }) else { return 0 }
    let shares = modes.shares(power: power, channels: observation.channels.count)
    var stations: [Int: Double] = [:]
    for (channel, share) in zip(observation.channels, shares) {
      stations[channel.station, default: 0] += share * channel.gainUncertainty
    }
    return stations.keys.sorted().reduce(0.0) { $0 + (stations[$1] ?? 0) * (stations[$1] ?? 0) }.squareRoot()
  }
}

/// ln Σ exp(x).
private func logSum(_ values: [Double]) -> Double {
  let highest = values.max() ?? 0
  return highest + log(values.reduce(0) { $0 + exp($1 - highest) })
}

/// Where the parabola through the largest of evenly spaced values and its neighbours is largest.
private func vertex(_ places: [Double], _ values: [Double]) -> Double {
  guard let best = values.indices.max(by: { values[$0] < values[$1] }) else { return 0 }
  guard best > 0, best < values.count - 1 else { return places[best] }
  let (before, after) = (values[best - 1] - values[best], values[best + 1] - values[best])
  let curvature = before + after
  let shift = curvature < 0 ? (before - after) / (2 * curvature) : 0
  return places[best] + shift * (places[best + 1] - places[best])
}
