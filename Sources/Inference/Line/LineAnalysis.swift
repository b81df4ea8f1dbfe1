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
  /// Threads; the result does not depend on it.
  public var workers: Int

  public init(
    templates: [LineHypothesis] = LineHypothesis.standardHalo, confidence: Double = 0.95,
    globalThreshold: Double = 0.0027, simulations: Int = 400, seed: UInt64 = 1,
    workers: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    self.templates = templates
    self.confidence = confidence
    self.globalThreshold = globalThreshold
    self.simulations = simulations
    self.seed = seed
    self.workers = workers
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
    /// The best around each frequency of the amplitudes, ascending.
    public var points: [Point]
    /// Frequencies at which the statistic was computed.
    public var frequencies: Int
    /// How often the statistic crosses one upwards in this scan away from the loudest line, measured from it and scaled to
    /// the whole band.
    public var crossings: Double
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
    /// Frequency and strength with their uncertainties; of found lines only.
    public var estimate: LineEstimate?
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
