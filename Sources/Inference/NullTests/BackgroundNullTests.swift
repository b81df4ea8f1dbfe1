import Correlator
import Foundation
import Numerics

/// Tests that a background passes and an artefact does not.
///
/// The statistic that found it is computed again where it should vanish: with the wrong geometry, with the stations shifted
/// against each other in time, in neighbouring bands; and where it should stay: without each station. What pairs of
/// channels share beyond the fitted background is tested too.
public struct BackgroundNullTests: Hashable, Sendable, Codable {
  /// The statistic on other matrices.
  public struct Trial: Hashable, Sendable, Codable {
    /// Such as "stations 7 segments apart".
    public var name: String
    /// nil where no fit could be made.
    public var statistic: Double?
    /// Equivalent standard deviations of its local probability.
    public var sigma: Double?

    public init(name: String, statistic: Double?, sigma: Double?) {
      self.name = name
      self.statistic = statistic
      self.sigma = sigma
    }
  }

  /// The statistic without one station.
  public struct WithoutStation: Hashable, Sendable, Codable {
    public var station: String
    /// nil when the other stations cannot measure a background.
    public var statistic: Double?
    public var sigma: Double?
    /// Where the background is found without the station.
    public var chirality: Estimate?
    /// By how many standard deviations of one number the parameters that the others see depart from those of all; nil
    /// where the station adds nothing to what the others know, or they know nothing.
    public var pull: Double?
    /// Mean square of (measured - model)/uncertainty over the pairs of the others, by a fit to them alone: about 1 where they
    /// agree among themselves.
    public var disagreement: Double?
  }

  /// The pair of channels that agrees least with the fitted background.
  public struct WorstPair: Hashable, Sendable, Codable {
    public var first: String
    public var second: String
    /// (measured - model)/uncertainty.
    public var pull: Double
    public var pairs: Int
  }

  /// Θ with the true geometry.
  public var statistic: Double
  /// Trials with random axes on permuted places.
  public var scrambles: [Double]
  /// Stations shifted against each other by more than a segment; empty when it was not asked for.
  public var timeShifts: [Trial]
  /// The bands below and above; what they show may belong to the signal.
  public var neighbours: [Trial]
  public var withoutStation: [WithoutStation]
  public var worstPair: WorstPair?

  /// Share of scrambles, the true geometry among them, whose statistic is as large as the true one; nil without any.
  public var scrambleProbability: Double? {
    scrambles.isEmpty ? nil : Double(1 + scrambles.count { $0 >= statistic }) / Double(1 + scrambles.count)
  }

  /// Probability of the largest of the time shifts' statistics by noise alone; nil without any.
  public var timeShiftProbability: Double? { Self.joint(timeShifts.compactMap(\.sigma).map(Self.oneSided)) }

  /// Probability that the stations left out change the answer as much as the worst one does; nil without any.
  public var stationProbability: Double? {
    Self.joint(withoutStation.compactMap(\.pull).map(Self.twoSided))
  }

  /// The station without which the others agree best: which one is at fault when `stationProbability` says that one is.
  ///
  /// What a faulty station tells moves the fit to all, so that the largest `pull` may be another's.
  public var suspect: WithoutStation? {
    withoutStation.filter { $0.disagreement != nil }.min { ($0.disagreement ?? 0) < ($1.disagreement ?? 0) }
      ?? withoutStation.filter { $0.pull != nil }.max { ($0.pull ?? 0) < ($1.pull ?? 0) }
  }

  /// Probability of the worst pair's disagreement among as many pairs; nil without pairs.
  public var pairProbability: Double? {
    worstPair.map { -expm1(Double($0.pairs) * log1p(-min(Self.twoSided($0.pull), 1 - 1e-12))) }
  }

  private static func oneSided(_ sigma: Double) -> Double { sigma > 0 ? 0.5 * erfc(sigma / 2.0.squareRoot()) : 0.5 }

  private static func twoSided(_ pull: Double) -> Double { erfc(abs(pull) / 2.0.squareRoot()) }

  /// Probability that the smallest of several probabilities is as small as it is.
  private static func joint(_ probabilities: [Double]) -> Double? {
    guard let smallest = probabilities.min() else { return nil }
    return -expm1(Double(probabilities.count) * log1p(-min(smallest, 1 - 1e-12)))
  }
}

/// How many null tests are made, and from when on one has failed.
public struct BackgroundNullTestOptions: Hashable, Sendable, Codable {
  /// Random geometries; 0 for none.
  public var scrambles: Int
  /// Key of their random numbers.
  public var seed: UInt64

  public init(scrambles: Int = 39, seed: UInt64 = 1) {
    self.scrambles = scrambles
    self.seed = seed
  }
}

/// Makes the null tests that need nothing but the stored matrices.
///
/// - Parameters:
///   - spectra: rows of one band, as of the fit.
///   - plan: the band.
///   - geometry: of the channels.
///   - stations: name of the station of each channel.
///   - fit: of these matrices, by `fitDeterminedBackground`.
///   - fitOptions: those of the fit.
///   - options: number of scrambles.
/// - Returns: the tests without time shifts and neighbouring bands; without a detection only the worst pair.
/// - Throws: `InferenceError.sizeMismatch`.
public func testBackground(
  _ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry, stations: [String], fit: BackgroundFit,
  fitOptions: BackgroundFitOptions = BackgroundFitOptions(),
  options: BackgroundNullTestOptions = BackgroundNullTestOptions()
) throws -> BackgroundNullTests {
  guard stations.count == geometry.channelCount else {
    throw InferenceError.sizeMismatch(
      input: "stations of the channels", expected: geometry.channelCount, found: stations.count)
  }
  var quick = fitOptions
  quick.profilePoints = 0
  for parameter in fit.undetermined {
    switch parameter {
    case .longitudinalFraction: quick.longitudinalFraction = quick.longitudinalFraction ?? 0
    case .chirality: quick.chirality = quick.chirality ?? 0
    case .spectralIndex: quick.spectralIndex = quick.spectralIndex ?? quick.detectionIndex
    case .amplitude: break
    }
  }
  var tests = BackgroundNullTests(
    statistic: fit.detection.statistic, scrambles: [], timeShifts: [], neighbours: [], withoutStation: [],
    worstPair: nil)
  for number in 0..<(fit.detection.isSignificant ? options.scrambles : 0) {
    let wrong = try geometry.scrambled(key: Philox.derive(options.seed, tag: 0x5343_5241, a: Int64(number), b: 0))
    if let detection = try? detectBackground(spectra, plan: plan, geometry: wrong, options: quick) {
      tests.scrambles.append(detection.statistic)
    }
  }
  var names: [String] = []
  for station in stations where !names.contains(station) { names.append(station) }
  let empty = Set(fit.channelsWithoutData)
  let agreement =
    names.count > 1 && fit.detection.isSignificant
    ? try? StationAgreement(spectra, plan: plan, geometry: geometry, options: quick) : nil
  for name in names where names.count > 1 && fit.detection.isSignificant {
    let members = stations.indices.filter { stations[$0] == name }
    guard members.contains(where: { !empty.contains(geometry.labels[$0]) }) else { continue }
    let rest = spectra.map { row in
      var row = row
      for channel in members { row.present[channel] = false }
      return row
    }
    var entry = BackgroundNullTests.WithoutStation(station: name)
    if let other = try? fitDeterminedBackground(rest, plan: plan, geometry: geometry, options: quick) {
      entry.statistic = other.detection.statistic
      entry.sigma = other.detection.equivalentSigma
      entry.chirality = other.chirality
      let squares = other.pulls(calibration: fitOptions.calibration).map { $0.pull * $0.pull }
      entry.disagreement = squares.isEmpty ? nil : squares.reduce(0, +) / Double(squares.count)
    }
    // Half of a probability of both signs.
    entry.pull = agreement?.logProbability(without: Set(members)).map {
      Significance.equivalentSigma(logProbability: $0 - log(2))
    }
    tests.withoutStation.append(entry)
  }
  let pulls = fit.pulls(calibration: fitOptions.calibration)
  if let (pair, pull) = pulls.max(by: { abs($0.pull) < abs($1.pull) }) {
    tests.worstPair = .init(
      first: fit.labels[pair.first], second: fit.labels[pair.second], pull: pull, pairs: pulls.count)
  }
  return tests
}

/// The test for a background alone, without a fit of its parameters.
///
/// - Parameters: as `fitIsotropicBackground`.
/// - Throws: `InferenceError`.
public func detectBackground(
  _ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry,
  options: BackgroundFitOptions = BackgroundFitOptions()
) throws -> Detection {
  try options.validate()
  guard geometry.channelCount >= 2 else { throw InferenceError.tooFewChannels(geometry.channelCount) }
  let (spectra, _) = ChannelHealth.withoutSilentChannels(
    spectra, bins: plan.binCount, channels: geometry.channelCount)
  let data = try SpectralData(spectra, plan: plan, geometry: geometry, options: options)
  let reference =
    options.referenceFrequency
    ?? (data.frequencies[0] * data.frequencies[data.frequencies.count - 1]).squareRoot()
  let likelihood = try WhittleLikelihood(
    channelCount: geometry.channelCount, groups: data.groups,
    templates: IsotropicTemplates.make(
      geometry: geometry, frequencies: data.frequencies, restFrequency: options.restFrequency),
    logFrequencies: data.frequencies.map { log($0 / reference) })
  return try SignalSearch(LikelihoodWorkspace(likelihood), options: options).detection
}

extension BackgroundFit {
  /// How far each pair of channels departs from the fit, in standard deviations.
  fileprivate func pulls(calibration: CalibrationUncertainty?) -> [(pair: PairCorrelation, pull: Double)] {
    pairs.map { pair in
      let gain = calibration?.deviation(pair.first, pair.second) ?? 0
      return (pair, (pair.correlation - pair.model) / hypot(pair.uncertainty, gain * pair.model))
    }.filter(\.1.isFinite)
  }
}

extension NetworkGeometry {
  /// The same places in another order, with axes drawn evenly from the sphere.
  func scrambled(key: UInt64) throws -> NetworkGeometry {
    var deviates = DeviateStream(key: key)
    let places = deviates.permutation(positions.count).map { positions[$0] }
    let axes = places.map { _ in SIMD3(deviates.normal(), deviates.normal(), deviates.normal()) }
    return try NetworkGeometry(positions: places, directions: axes, labels: labels)
  }
}
