import DarkMatter
import Foundation
import Numerics

/// Options of a search for narrow lines in a band.
public struct LineAnalysisOptions: Hashable, Sendable, Codable {
  /// The hypotheses.
  public var templates: [LineHypothesis]
  /// Confidence of the upper limits on the amplitude.
  public var confidence: Double
  /// Global probability below which a candidate counts as found.
  public var globalThreshold: Double
  /// Simulated experiments behind each comparison of couplings.
  public var simulations: Int
  /// Of the random numbers of significances and simulations.
  public var seed: UInt64

  public init(
    templates: [LineHypothesis] = LineHypothesis.standardHalo, confidence: Double = 0.95,
    globalThreshold: Double = 0.0027, simulations: Int = 400, seed: UInt64 = 1
  ) {
    self.templates = templates
    self.confidence = confidence
    self.globalThreshold = globalThreshold
    self.simulations = simulations
    self.seed = seed
  }
}

/// What a search for narrow lines in a band found.
public struct LineAnalysis: Sendable, Codable {
  /// The best of one template around one frequency of the scan.
  public struct Point: Sendable, Codable {
    /// Rest frequency in Hz.
    public var restFrequency: Double
    public var profile: LineProfile
    /// Amplitude that is excluded with the stated confidence, unit of the field.
    public var upperLimit: Double
  }

  /// The scan of one template.
  public struct Scan: Sendable, Codable {
    public var template: LineHypothesis
    /// One point for every half bin of the segments, ascending.
    public var points: [Point]
    /// How often noise crosses Θ = 1 upwards in this scan, measured from it.
    public var crossings: Int
    /// By how much the statistic away from the loudest line exceeds what independent noise gives, at least 1: a broad field
    /// in all stations, or noise that they share, lifts it everywhere. Significances count Θ divided by it.
    public var inflation: Double
  }

  /// A line that may be one.
  public struct Candidate: Sendable, Codable {
    public var template: LineHypothesis
    public var restFrequency: Double
    public var profile: LineProfile
    /// ln of the probability at this frequency, and anywhere in the band with any of the templates.
    public var logLocalProbability: Double
    public var logGlobalProbability: Double
    /// Which hypothesis it is; of the found line only.
    public var comparison: CouplingComparison?
  }

  public var scans: [Scan]
  /// By rising global probability; the most likely first.
  public var candidates: [Candidate]
  /// Seconds of a segment, and segments.
  public var segmentLength: Double
  public var segments: Int
  public var confidence: Double
  public var globalThreshold: Double

  /// The line that is found, if one is.
  public var detection: Candidate? {
    candidates.first { $0.logGlobalProbability < log(globalThreshold) }
  }
}

extension LineAnalysis {
  /// Searches a band for lines of every template.
  ///
  /// Between two half bins of the segments every template is scanned in steps of half the inverse of the longest coherent
  /// piece. Noise densities come with the observations; a line is weak against the noise of one bin of one segment.
  ///
  /// - Parameters:
  ///   - observations: the amplitudes at every half bin of the band, ascending in frequency, with one geometry.
  ///   - options: hypotheses and confidence.
  ///   - progress: called with the number of observations that are done.
  /// - Throws: `InferenceError` when there is nothing to analyse, `LinearAlgebraError`.
  public init(
    _ observations: [LineObservation], options: LineAnalysisOptions, progress: (Int) -> Void = { _ in }
  ) throws {
    guard let reference = observations.first, reference.present.contains(true) else { throw InferenceError.noSpectra }
    segmentLength = reference.segmentLength
    segments = reference.times.count
    confidence = options.confidence
    globalThreshold = options.globalThreshold
    var points = [[Point]](repeating: [], count: options.templates.count)
    var statistics = [[(frequency: Double, value: Double)]](repeating: [], count: options.templates.count)
    var searches: [LineSearch] = []
    var prepared: LineObservation?
    for (number, observation) in observations.enumerated() {
      // Modes depend slowly on the mass and on the ratios of the noise.
      if prepared.map({ !observation.resembles($0) }) ?? true {
        searches = try options.templates.map {
          try LineSearch($0, observation: observation, restFrequency: observation.frequency)
        }
        prepared = observation
      }
      for (index, search) in searches.enumerated() {
        let scan = search.scan(observation, halfWidth: 0.25 / observation.segmentLength)
        guard let best = scan.best else { continue }
        statistics[index] += zip(scan.frequencies, scan.profiles).map { ($0, $1.statistic) }
        let upperLimit = search.upperLimit(observation, restFrequency: best.frequency, confidence: options.confidence)
        points[index].append(
          Point(restFrequency: best.frequency, profile: best.profile, upperLimit: upperLimit))
      }
      progress(number + 1)
    }
    scans = options.templates.indices.map { index in
      let crossings = zip(statistics[index], statistics[index].dropFirst()).count { $0.value < 1 && $1.value >= 1 }
      return Scan(
        template: options.templates[index], points: points[index], crossings: crossings,
        inflation: LineAnalysis.inflation(
          statistics[index], segmentLength: reference.segmentLength, eigenvalues: searches[index].eigenvalues,
          key: Philox.derive(options.seed, tag: 0x494E_464C, a: Int64(index), b: 0)))
    }
    candidates = []
    candidates = try LineAnalysis.candidates(scans, observations: observations, options: options)
  }

  /// The 90 % quantile of a scan over that of independent noise, at least 1.
  ///
  /// What the loudest line leaks through the rectangular window, sinc² of the distance in bins, does not count.
  private static func inflation(
    _ statistics: [(frequency: Double, value: Double)], segmentLength: Double, eigenvalues: [Double], key: UInt64
  ) -> Double {
    guard let loudest = statistics.max(by: { $0.value < $1.value }) else { return 1 }
    let others = statistics.filter {
      let bins = abs($0.frequency - loudest.frequency) * segmentLength
      return bins > 3 && $0.value > 3 * loudest.value / (.pi * .pi * bins * bins)
        || bins > 3 && loudest.value / (bins * bins) < 1
    }.map(\.value).sorted()
    guard others.count >= 100 else { return 1 }
    let draws = (0..<1000).map { draw in
      let powers = LineSignificance.drawnPowers(eigenvalues, power: 0, draw: draw, key: key)
      return LineProfile(powers: powers, eigenvalues: eigenvalues).statistic
    }.sorted()
    return max(1, others[others.count * 9 / 10] / max(draws[draws.count * 9 / 10], 1e-3))
  }

  /// The loudest separate points of all scans, at most eight, with their probabilities and, when found, comparisons.
  private static func candidates(
    _ scans: [Scan], observations: [LineObservation], options: LineAnalysisOptions
  ) throws -> [Candidate] {
    var peaks = scans.flatMap { scan in scan.points.map { (template: scan.template, point: $0, scan: scan) } }
      .sorted { $0.point.profile.statistic > $1.point.profile.statistic }
    var result: [Candidate] = []
    while let peak = peaks.first, peak.point.profile.statistic > 1, result.count < 8 {
      guard
        let observation = observations.min(by: { a, b in
          abs(a.frequency - peak.point.restFrequency) < abs(b.frequency - peak.point.restFrequency)
        })
      else { break }
      let search = try LineSearch(
        peak.template, observation: observation, restFrequency: peak.point.restFrequency)
      let key = Philox.derive(options.seed, tag: 0x5349_474E, a: Int64(result.count), b: 0)
      let local = LineSignificance.logSurvival(
        peak.point.profile.statistic / peak.scan.inflation, eigenvalues: search.eigenvalues, key: key)
      // Up-crossings of a low level, scaled by how much rarer noise is above the level found.
      let low = LineSignificance.logSurvival(1, eigenvalues: search.eigenvalues, key: key)
      let trials = log(Double(max(1, peak.scan.crossings) * scans.count)) + local - low
      let expected = exp(min(trials, 0)) + exp(local)
      var candidate = Candidate(
        template: peak.template, restFrequency: peak.point.restFrequency, profile: peak.point.profile,
        logLocalProbability: local,
        logGlobalProbability: trials < -30 ? max(trials, local) : log1p(-exp(-min(expected, 50))), comparison: nil)
      if candidate.logGlobalProbability < log(options.globalThreshold), options.templates.count > 1, result.isEmpty {
        let stream = try LineHypothesis.coldStream(
          .axionGradient, fittedTo: observation, restFrequency: peak.point.restFrequency,
          frequencyRange: observation.lineWidth)
        let searches = try (options.templates + [stream]).map {
          try LineSearch($0, observation: observation, restFrequency: peak.point.restFrequency)
        }
        candidate.comparison = CouplingComparison(
          searches, observation: observation, restFrequency: peak.point.restFrequency,
          frequencyRange: observation.lineWidth, simulations: options.simulations, key: key)
      }
      result.append(candidate)
      // A line spreads over its width and, by leakage, into the bins beside it.
      let reach = max(3 / observation.segmentLength, 3 * observation.lineWidth)
      peaks.removeAll { abs($0.point.restFrequency - peak.point.restFrequency) <= reach }
    }
    return result.sorted { $0.logGlobalProbability < $1.logGlobalProbability }
  }
}

extension LineObservation {
  /// Whether modes made for another observation serve this one: masses within 2 %, noise ratios within 10 %.
  func resembles(_ other: LineObservation) -> Bool {
    guard abs(frequency / other.frequency - 1) < 0.02 else { return false }
    return zip(noise, other.noise).allSatisfy { abs($0 / $1 - 1) < 0.1 || $0 == $1 }
  }

  /// Width in Hz of a standard halo's line, at least the resolution of the run.
  var lineWidth: Double {
    let length = segmentLength * Double(max(1, times.count))
    return max(1e-6 * frequency, 1 / length)
  }
}

extension LineSearch {
  /// The amplitude below which the true one lies with a probability, for a flat prior on the amplitude.
  ///
  /// The stochastic amplitude of a line is part of the likelihood: a run shorter than the coherence time gives the weaker
  /// limit that it must.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes.
  ///   - restFrequency: Hz.
  ///   - confidence: such as 0.95.
  /// - Returns: unit of the field.
  public func upperLimit(_ observation: LineObservation, restFrequency: Double, confidence: Double) -> Double {
    let loss = LineSearch.binLoss(restFrequency - observation.frequency, observation)
    let powers = modes.powers(observation, offset: restFrequency - observation.frequency).map { $0 * loss }
    let values = eigenvalues.map { $0 * loss }
    let profile = LineProfile(powers: powers, eigenvalues: values)
    guard profile.uncertainty.isFinite else { return .infinity }
    let peak = profile.statistic / 2
    // The posterior on a grid in amplitude, wide enough that what lies beyond does not matter.
    var widest = (profile.power + 8 * profile.uncertainty).squareRoot()
    while LineProfile.gain(widest * widest, powers, values) > peak - 18 { widest *= 1.5 }
    let steps = 400
    var cumulative = [0.0]
    var previous = exp(-peak)
    for step in 1...steps {
      let amplitude = widest * Double(step) / Double(steps)
      let density = exp(LineProfile.gain(amplitude * amplitude, powers, values) - peak)
      cumulative.append(cumulative[step - 1] + (previous + density) / 2)
      previous = density
    }
    let wanted = confidence * cumulative[steps]
    guard let above = cumulative.firstIndex(where: { $0 >= wanted }), above > 0 else { return widest }
    let part = (wanted - cumulative[above - 1]) / (cumulative[above] - cumulative[above - 1])
    return widest * (Double(above - 1) + part) / Double(steps)
  }
}
