import Foundation

/// Tests that a line of the whole network passes, and one of a single station or of no common field does not.
///
/// The search counts what every station sees for itself, so that a tone which one instrument makes is loud too. Every test is
/// judged by drawn experiments that are as loud as the line that was found: lines of the whole network, which tell how often
/// the test doubts a true one, and lines of one station, which tell whether it would notice.
public struct LineNullTests: Hashable, Sendable, Codable {
  /// One station against the others.
  public struct Station: Hashable, Sendable, Codable {
    public var station: String
    /// Θ at the line's frequency of the other stations alone, and its mean in drawn lines of the network.
    public var statisticWithout: Double
    public var expectedWithout: Double
    /// ln of the probability that noise gives the others so much.
    public var logNoiseProbabilityWithout: Double
    /// amplitude² that the others see, with its standard deviation.
    public var powerWithout: Estimate
    /// Θ of a line in this station alone, and its mean in drawn lines of the network.
    public var statisticAlone: Double
    public var expectedAlone: Double
    /// Probability that this station alone explains so much of a line of the network that is as loud as this one.
    public var probability: Double
    /// Share of drawn lines of this station alone that the test notices.
    public var noticed: Double
  }

  /// What different stations agree in, against trials in which their agreement can only be chance.
  public struct Agreement: Hashable, Sendable, Codable {
    /// The part of ln L that comes from products of different stations.
    public var statistic: Double
    public var trials: [Double]
    /// Share of lines of the network, drawn ones and this one, for which `probability` is as large as found.
    public var probabilityIfLine: Double
    /// Share of drawn lines of the network, and of those of the most suspicious station alone, that pass.
    public var passesIfLine: Double
    public var passesIfAlone: Double

    /// Probability that stations which share nothing agree so well: the share of trials, the true one among them, whose
    /// statistic is as large.
    public var probability: Double { Double(1 + trials.count { $0 >= statistic }) / Double(1 + trials.count) }

    /// What the test says.
    public var outcome: Outcome {
      if passesIfLine - passesIfAlone < 0.5 { return .mute }
      if probability <= LineNullTests.pass { return .passed }
      return probabilityIfLine <= LineNullTests.doubtOfAgreement ? .failed : .mute
    }
  }

  public enum Outcome: String, Hashable, Sendable, Codable {
    case passed, failed
    /// Neither a line of the network nor one of a station is excluded.
    case mute
  }

  /// Name of the template.
  public var template: String
  /// Hz.
  public var restFrequency: Double
  /// Θ there.
  public var statistic: Double
  /// amplitude² with its standard deviation, unit² of the field.
  public var power: Estimate
  /// Empty with one station.
  public var stations: [Station]
  /// Probability that a line of the network makes some station as suspicious as the most suspicious one; nil with one station.
  public var stationProbability: Double?
  /// Stations shifted against each other in time by more than the line stays coherent, or turned in phase where the run is
  /// too short for that; nil with one station, or when it was not asked for.
  public var timeShifts: Agreement?
  /// Whether there was time to shift, or phases alone were turned.
  public var isShiftedInTime: Bool
  /// Axes of every station turned at random, on permuted places; as `timeShifts`.
  public var scrambles: Agreement?
  /// Drawn experiments behind the probabilities of stations, and those of shifts and scrambles.
  public var simulations: Int
  public var agreementSimulations: Int

  /// Below it a station explains too much of a line: one true line in about four hundred.
  public static let doubt = 0.0027
  /// Above it the agreement of stations may be chance.
  static let pass = 0.05
  static let doubtOfAgreement = 0.01

  /// The station in which the line lives, if it lives in one.
  public var singleStation: Station? {
    guard let stationProbability, stationProbability < Self.doubt else { return nil }
    return mostSuspicious
  }

  /// The station that explains most for itself.
  public var mostSuspicious: Station? { stations.min { $0.probability < $1.probability } }

  /// Whether some test could have noticed a line of the most suspicious station alone, with better than even chances.
  public var couldNotice: Bool {
    mostSuspicious.map { $0.noticed > 0.5 } ?? false
      || [timeShifts, scrambles].contains { $0.map { $0.outcome != .mute } ?? false }
  }
}

/// What null tests of a line cost.
public struct LineNullTestOptions: Hashable, Sendable, Codable {
  /// Drawn lines of the network, and of every station alone.
  public var simulations: Int
  /// Time shifts, and scrambles; 0 leaves both out.
  public var trials: Int
  /// Drawn lines that are shifted and scrambled too.
  public var agreementSimulations: Int
  /// Key of the random numbers.
  public var seed: UInt64
  /// Threads; no influence on the result.
  public var workers: Int

  public init(
    simulations: Int = 400, trials: Int = 0, agreementSimulations: Int = 100, seed: UInt64 = 1, workers: Int = 1
  ) {
    self.simulations = simulations
    self.trials = trials
    self.agreementSimulations = agreementSimulations
    self.seed = seed
    self.workers = workers
  }
}
