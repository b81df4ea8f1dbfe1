import DarkMatter
import Instruments
import Sky

/// A whole experiment: nodes, hub, bands, signals, seed and time, as the topology file states it.
public struct NetworkTopology: Hashable, Sendable, Codable {
  public var name: String
  public var description: String
  /// The one seed of every random number of the run.
  public var seed: UInt64
  /// Time of sample 0 of every stream, and reference time of the fields.
  public var epoch: GPSTime
  /// Length of the run in nanoseconds.
  public var duration: Int64
  public var speed: Speed
  /// Length in nanoseconds of the synthesis blocks that every node shares (vector-network section 9.4).
  public var synthesisBlock: Int64
  public var hub: HubSettings
  public var bands: [AnalysisBand]
  public var signals: [Signal]
  public var nodes: [Node]

  public init(
    name: String, description: String = "", seed: UInt64, epoch: GPSTime, duration: Int64, speed: Speed = .maximum,
    synthesisBlock: Int64, hub: HubSettings = HubSettings(), bands: [AnalysisBand], signals: [Signal], nodes: [Node]
  ) {
    self.name = name
    self.description = description
    self.seed = seed
    self.epoch = epoch
    self.duration = duration
    self.speed = speed
    self.synthesisBlock = synthesisBlock
    self.hub = hub
    self.bands = bands
    self.signals = signals
    self.nodes = nodes
  }
}

/// How fast simulated time passes.
public enum Speed: Hashable, Sendable, Codable {
  /// As fast as the machine can.
  case maximum
  /// Simulated seconds per second; 1 is real time.
  case factor(Double)
}

/// Where the hub listens and how it buffers.
public struct HubSettings: Hashable, Sendable, Codable {
  /// ZeroMQ endpoint, `tcp://127.0.0.1:*` (any free port) or `ipc://...`.
  public var endpoint: String
  /// Seconds between heartbeats of hub and nodes.
  public var heartbeat: Double
  /// Seconds of silence after which a peer counts as gone.
  public var patience: Double

  /// Seconds that a node may be away before the hub declares its samples missing.
  public var absence: Double
  /// Seconds for which a node tries to find a hub again that has gone.
  public var outage: Double
  /// What is borne of strangers; nil for what suits the number of nodes.
  public var connections: ConnectionSettings?

  public init(
    endpoint: String = "tcp://127.0.0.1:*", heartbeat: Double = 1, patience: Double = 20, absence: Double = 60,
    outage: Double = 3600, connections: ConnectionSettings? = nil
  ) {
    self.endpoint = endpoint
    self.heartbeat = heartbeat
    self.patience = patience
    self.absence = absence
    self.outage = outage
    self.connections = connections
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let defaults = HubSettings()
    self.init(
      endpoint: try values.decode(String.self, forKey: .endpoint),
      heartbeat: try values.decode(Double.self, forKey: .heartbeat),
      patience: try values.decode(Double.self, forKey: .patience),
      // Archives may be older than these.
      absence: try values.decodeIfPresent(Double.self, forKey: .absence) ?? defaults.absence,
      outage: try values.decodeIfPresent(Double.self, forKey: .outage) ?? defaults.outage,
      connections: try values.decodeIfPresent(ConnectionSettings.self, forKey: .connections))
  }
}

/// What the hub bears of peers that have not proved yet who they are; nil for what suits the number of nodes.
public struct ConnectionSettings: Hashable, Sendable, Codable {
  /// Unproved connections of one address at the same time, and of all addresses together.
  public var perAddress: Int?
  public var together: Int?
  /// New connections of one address in a second, in the long run, and at once after a time of peace.
  public var rate: Double?
  public var burst: Int?
  /// Seconds in which a peer has to prove who it is.
  public var handshake: Double?
  /// Bytes of a message; a peer that announces more is cut off.
  public var largestMessage: Int?

  /// Those that suit the number of nodes.
  public init() {}
}

/// A frequency range to correlate, and how.
public struct AnalysisBand: Hashable, Sendable, Codable {
  /// The shape that each segment is multiplied with before its Fourier transform.
  public enum Window: String, Hashable, Sendable, Codable, CaseIterable {
    case hann, sine, rectangular
  }

  /// What the matrices of the band are asked.
  public enum Analysis: String, Hashable, Sendable, Codable, CaseIterable {
    /// Is there an isotropic background with a power law through the whole band?
    case background
    /// Is there a narrow line?
    case line
    /// Nothing: the matrices are archived only.
    case none
  }

  /// A path component.
  public var name: String
  /// Hz, inclusive.
  public var lowestFrequency: Double
  /// Hz, inclusive.
  public var highestFrequency: Double
  /// Nanoseconds of one Fourier segment.
  public var segment: Int64
  /// Fraction of a segment shared with the next: 0 or 0.5.
  public var overlap: Double
  public var window: Window
  /// Nanoseconds of segments averaged to one matrix.
  public var integration: Int64
  public var analysis: Analysis
  /// Names of the nodes that take part; empty for all vector sensors, or, where there is none, for all clocks.
  public var nodes: [String]

  public init(
    name: String, lowestFrequency: Double, highestFrequency: Double, segment: Int64, overlap: Double = 0.5,
    window: Window = .hann, integration: Int64, analysis: Analysis = .background, nodes: [String] = []
  ) {
    self.name = name
    self.lowestFrequency = lowestFrequency
    self.highestFrequency = highestFrequency
    self.segment = segment
    self.overlap = overlap
    self.window = window
    self.integration = integration
    self.analysis = analysis
    self.nodes = nodes
  }

  /// Archives written before bands had an analysis, and nodes, are read as what they were: backgrounds, of all nodes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    lowestFrequency = try values.decode(Double.self, forKey: .lowestFrequency)
    highestFrequency = try values.decode(Double.self, forKey: .highestFrequency)
    segment = try values.decode(Int64.self, forKey: .segment)
    overlap = try values.decode(Double.self, forKey: .overlap)
    window = try values.decode(Window.self, forKey: .window)
    integration = try values.decode(Int64.self, forKey: .integration)
    analysis = try values.decodeIfPresent(Analysis.self, forKey: .analysis) ?? .background
    nodes = try values.decodeIfPresent([String].self, forKey: .nodes) ?? []
  }
}

/// A field that every node sees.
public struct Signal: Hashable, Sendable, Codable {
  public var name: String
  public var field: FieldModel
  /// False leaves the signal out of the streams but keeps its place among the keys of the random numbers.
  public var enabled: Bool
  /// When the field is there.
  public var activation: Activation

  public init(name: String, field: FieldModel, enabled: Bool = true, activation: Activation = .always) {
    self.name = name
    self.field = field
    self.enabled = enabled
    self.activation = activation
  }

  /// Archives written before signals could begin and end are read as what they were: always there.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    field = try values.decode(FieldModel.self, forKey: .field)
    enabled = try values.decode(Bool.self, forKey: .enabled)
    activation = try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .always
  }
}

/// One sensor station.
public struct Node: Hashable, Sendable, Codable {
  /// Unique; a path component: letters, digits, `-` and `_`.
  public var name: String
  public var site: Site
  public var sampleRate: SampleRate
  /// Centre frequency f_c in Hz of complex baseband channels, nil for real ones: they record z, with the signal
  /// Re[z exp(-2πi f_c (t - epoch))], at `sampleRate` complex samples a second.
  public var baseband: Double?
  /// Unit of the samples in astropy's spelling, such as `T` or `pT`.
  public var unit: String
  /// Samples of each channel in one block on the wire.
  public var blockSamples: Int
  public var instrument: Instrument
  public var clock: ClockModel
  public var gaps: DataGaps
  /// Standard deviation of the factor, one for all channels, by which the stated response may be wrong.
  public var calibrationUncertainty: Double

  public init(
    name: String, site: Site, sampleRate: SampleRate, baseband: Double? = nil, unit: String, blockSamples: Int,
    instrument: Instrument, clock: ClockModel = ClockModel(), gaps: DataGaps = DataGaps(),
    calibrationUncertainty: Double = 0
  ) {
    self.name = name
    self.site = site
    self.sampleRate = sampleRate
    self.baseband = baseband
    self.unit = unit
    self.blockSamples = blockSamples
    self.instrument = instrument
    self.clock = clock
    self.gaps = gaps
    self.calibrationUncertainty = calibrationUncertainty
  }

  /// Archives written before calibrations had an uncertainty are read as what they said: none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    site = try values.decode(Site.self, forKey: .site)
    sampleRate = try values.decode(SampleRate.self, forKey: .sampleRate)
    baseband = try values.decodeIfPresent(Double.self, forKey: .baseband)
    unit = try values.decode(String.self, forKey: .unit)
    blockSamples = try values.decode(Int.self, forKey: .blockSamples)
    instrument = try values.decode(Instrument.self, forKey: .instrument)
    clock = try values.decode(ClockModel.self, forKey: .clock)
    gaps = try values.decode(DataGaps.self, forKey: .gaps)
    calibrationUncertainty = try values.decodeIfPresent(Double.self, forKey: .calibrationUncertainty) ?? 0
  }
}
