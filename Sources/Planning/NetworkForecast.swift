import Inference
import Sky

/// What a network can do before it is built: everything that `gnomon forecast` says, as plain values.
///
/// Noise spectra are known, the live time is the whole run, and line searches resolve the line as far as the run allows.
public struct NetworkForecast: Sendable, Codable {
  public var network: String
  /// Start in UTC, and length in seconds.
  public var epoch: String
  public var duration: Double
  /// Unit of the field.
  public var unit: String
  public var channelCount: Int
  public var siteCount: Int
  /// Instants that stand for the run while the Earth turns.
  public var instants: Int
  public var bands: [Band]
  /// Hz, of the reference lines; nil without vector sensors.
  public var referenceFrequency: Double?
  public var signals: [SignalOutlook] = []
  public var reach: [ReachRow] = []
  public var reachCurves: [ReachCurve] = []
  public var skies: [SkyOutlook] = []
  public var chirality: ChiralityTable?
  public var overlaps: [OverlapTable] = []
  public var suggestions: [SuggestionList] = []
  /// What the reader should know, in sentences.
  public var notes: [String] = []
  public var stations: [Station]
  /// What clocks will exclude and find; nil without clocks.
  public var clocks: ClockOutlook?

  /// A band as it is forecast.
  public struct Band: Sendable, Codable {
    public var name: String
    /// Hz of the first and the last bin.
    public var lowest: Double
    public var highest: Double
    public var bins: Int
    /// How many of the bins are computed; each then stands for several.
    public var computedBins: Int
    /// Independent samples of each bin in the run.
    public var samplesPerBin: Double
  }

  /// What the network can say about a signal of the topology.
  public struct SignalOutlook: Sendable, Codable {
    public var name: String
    public var kind: String
    /// In words.
    public var description: String
    /// Exact Asimov statistic, and its weak form.
    public var statistic: Double
    public var weakStatistic: Double
    /// Expected of a fit that finds the noise too, as the analysis of an archive does; nil for a field that turns.
    public var statisticFittingNoise: Double?
    /// Independent samples that carry the signal, the threshold of five standard deviations, what the network can detect.
    public var reach: AmplitudeReach
    /// Share of all runs that detect it.
    public var detectionProbability: Double
    public var parameters: [Parameter] = []
    /// For a line: how well other couplings are told from the true one.
    public var separations: [Separation] = []
    /// For a stream: solid angle in sr, amplitude fitted; nil when its direction is not determined.
    public var solidAngle: Double?
    /// Relative change of the weak statistic with half of the instants; nil for a field that does not turn.
    public var rotationError: Double?
  }

  /// A parameter of a signal with the standard deviation that the network measures it to.
  public struct Parameter: Sendable, Codable {
    public var name: String
    public var value: Double?
    /// All parameters fitted together; nil when the network cannot determine it.
    public var uncertainty: Double?
    /// All others known.
    public var uncertaintyAlone: Double?
  }

  /// The expected statistic by which the true coupling is preferred to another; for weak signals Θ (1 - ρ²).
  public struct Separation: Sendable, Codable {
    public var coupling: String
    public var overlap: Double
    public var statistic: Double
  }

  /// The weakest field of a kind that the network detects.
  public struct ReachRow: Sendable, Codable {
    public var field: String
    public var coupling: String
    /// What the amplitudes are: the rms of the whole vector, or an amplitude density.
    public var quantity: String
    public var unit: String
    /// Amplitudes that half, and 95 %, of all runs detect.
    public var half: Double
    public var most: Double
    public var effectiveSamples: Double
    public var threshold: Double
  }

  /// The reach for the standard halo against the frequency of the boson.
  public struct ReachCurve: Sendable, Codable {
    public var coupling: String
    /// Hz.
    public var frequencies: [Double]
    /// rms of the whole vector that half of all runs detect.
    public var half: [Double]
  }

  /// How well a stream is located, by the direction from which it comes.
  public struct SkyOutlook: Sendable, Codable {
    public var coupling: String
    /// rms of the whole vector at which all directions are computed.
    public var amplitude: Double
    public var cells: [Cell]
    /// Over the cells, in sr, amplitude fitted; nil where the network does not determine it.
    public var median: Double?
    public var least: Double?
    public var greatest: Double?
    public var medianStatistic: Double

    public struct Cell: Sendable, Codable {
      /// Around the source.
      public var cell: SkyPixel
      public var statistic: Double
      /// sr, amplitude known, and fitted.
      public var solidAngle: Double?
      public var solidAngleFittingAmplitude: Double?
    }
  }

  /// σ(P_V) for an isotropic background.
  public struct ChiralityTable: Sendable, Codable {
    public var subject: String
    /// The whole network, ln A fitted; and f_L and index fitted too.
    public var uncertainty: Double?
    public var uncertaintyFittingAll: Double?
    /// Pairs, the best first.
    public var baselines: [ChiralityBaseline]
    /// σ(P_V) sqrt(K) of pairs in the best geometry for a weak signal of known amplitude, against z.
    public var boundSeparations: [Double]
    public var bounds: [Double]
  }

  /// Overlaps of templates.
  public struct OverlapTable: Sendable, Codable {
    public var title: String
    public var labels: [String]
    /// ρ, row by row; nil where a template vanishes.
    public var overlaps: [[Double?]]
  }

  /// Changes that serve a goal, the most useful first.
  public struct SuggestionList: Sendable, Codable {
    public var figure: PlanningGoal.Figure
    public var subject: String
    public var before: Double?
    public var turns: [Turn]
    public var additions: [Addition]
    /// Gain of one more station with one axis, over the Earth, for weak signals.
    public var map: [MapCell]

    /// Whether it matters where one more station stands, by a part in a thousand at least.
    public var placeMatters: Bool {
      let gains = map.map(\.gain)
      guard let least = gains.min(), let greatest = gains.max(), greatest.isFinite else { return true }
      return greatest > 1.001 * least
    }

    public struct Turn: Sendable, Codable {
      public var channel: String
      /// Degrees: what it has, and what it should have.
      public var oldAzimuth: Double
      public var oldAltitude: Double
      public var azimuth: Double
      public var altitude: Double
      public var after: Double?
      public var gain: Double
    }

    public struct Addition: Sendable, Codable {
      public var latitude: Double
      public var longitude: Double
      public var azimuth: Double
      public var altitude: Double
      public var after: Double?
      public var gain: Double
    }

    public struct MapCell: Sendable, Codable {
      public var cell: SkyPixel
      public var gain: Double
    }
  }

  public struct Station: Sendable, Codable {
    public var name: String
    public var site: Site
    public var axes: [LocalDirection]
  }
}

/// What to forecast.
public struct ForecastOptions: Sendable {
  /// Name of the one signal to look at; nil for all that are enabled.
  public var signal: String?
  /// Hz of the reference lines; nil for the geometric middle of the first band.
  public var frequency: Double?
  /// Whether to look for changes that help.
  public var suggests: Bool
  /// HEALPix order of the sky maps.
  public var skyOrder: Int
  /// How limits of clocks will be stated.
  public var clocks: ClockAnalysisOptions

  public init(
    signal: String? = nil, frequency: Double? = nil, suggests: Bool = true, skyOrder: Int = 3,
    clocks: ClockAnalysisOptions = ClockAnalysisOptions()
  ) {
    self.signal = signal
    self.frequency = frequency
    self.suggests = suggests
    self.skyOrder = skyOrder
    self.clocks = clocks
  }
}

/// Why a forecast is refused.
public enum PlanningError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownSignal(String, known: [String])
  /// Not positive, or not below half of the slowest sample rate.
  case badFrequency(Double, limit: Double)

  public var description: String {
    switch self {
    case .unknownSignal(let name, let known):
      known.isEmpty
        ? "the topology has no signals, so none is called '\(name)'"
        : "no signal is called '\(name)'; the topology has \(known.joined(separator: ", "))"
    case .badFrequency(let frequency, let limit):
      "the reference frequency \(frequency) Hz is not between 0 and \(limit) Hz, half of the slowest sample rate"
    }
  }
}
