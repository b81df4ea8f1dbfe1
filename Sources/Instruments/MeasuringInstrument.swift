import DarkMatter
import Sky

/// A kind of instrument as the rest of the house sees it: all that topology, node, hub, archive, forecasts and reports ask of
/// one.
///
/// A new kind is a type that conforms to this, in a file of its own, and a row in Topology's table of kinds.
public protocol MeasuringInstrument: Hashable, Sendable, Codable {
  /// What archives call the kind.
  static var archiveName: String { get }
  /// What acts on it.
  static var measurand: Measurand { get }

  /// In their order on the wire, in archives and in products.
  var channels: [InstrumentChannel] { get }
  /// Its models, as archives keep them.
  var record: InstrumentRecord { get }
  /// Seconds until its samples have forgotten a step of what acts on it to 1e-6.
  var settlingTime: Double { get }
  /// The same instrument without any noise of its own: its channels read the field alone.
  var noiseless: Self { get }

  /// The same instrument with some of its channels only, in this order.
  ///
  /// - Parameter names: of channels; what a single channel is called does not matter to an instrument with one.
  /// - Returns: nil when it does not have them.
  func selecting(_ names: [String]) -> Self?

  /// How a vector field comes into the channels; nil for an instrument on which none acts.
  ///
  /// - Throws: `InstrumentError` naming the parameter at fault.
  func readout() throws(InstrumentError) -> SensorReadout?

  /// Makes the instrument's samples.
  ///
  /// - Parameters:
  ///   - station: where and when it samples.
  ///   - plan: what the nodes share.
  /// - Throws: `InstrumentError` naming the parameter at fault.
  func samples(at station: SamplingStation, plan: ObservationPlan) throws(InstrumentError) -> any SampleSource
}

extension MeasuringInstrument {
  /// What archives call the kind.
  public var archiveName: String { Self.archiveName }
  /// What acts on it.
  public var measurand: Measurand { Self.measurand }
}

/// What acts on an instrument.
public enum Measurand: Hashable, Sendable {
  /// A vector field, along directions.
  case vectorField
  /// The constants of nature, which scalar fields move.
  case constants
}

/// One stream of numbers that an instrument gives.
public struct InstrumentChannel: Hashable, Sendable {
  /// A path component such as `x` or `vertical`.
  public var name: String
  /// The sensitive axis, or that along which spins are read; nil for a channel that looks nowhere.
  public var direction: LocalDirection?

  public init(name: String, direction: LocalDirection? = nil) {
    self.name = name
    self.direction = direction
  }
}

/// The models of an instrument, as archives keep them beside its samples.
public struct InstrumentRecord: Sendable {
  /// How it follows what acts on it.
  public var response: any Encodable & Sendable
  public var noise: any Encodable & Sendable
  /// The spins between field and readout; nil when there are none.
  public var spins: (any Encodable & Sendable)?

  public init(
    response: any Encodable & Sendable, noise: any Encodable & Sendable, spins: (any Encodable & Sendable)? = nil
  ) {
    self.response = response
    self.noise = noise
    self.spins = spins
  }
}

/// Where and when a node samples its instrument.
public struct SamplingStation: Hashable, Sendable {
  /// From which the keys of noise and gaps are derived.
  public var nodeName: String
  /// One of the plan's.
  public var site: Site
  public var sampleRate: SampleRate
  /// Centre frequency in Hz of channels that record complex baseband, nil for real channels.
  public var baseband: Double?
  /// When samples are really taken.
  public var clock: ClockModel
  /// When none are.
  public var gaps: DataGaps

  public init(
    nodeName: String, site: Site, sampleRate: SampleRate, baseband: Double? = nil, clock: ClockModel = ClockModel(),
    gaps: DataGaps = DataGaps()
  ) {
    self.nodeName = nodeName
    self.site = site
    self.sampleRate = sampleRate
    self.baseband = baseband
    self.clock = clock
    self.gaps = gaps
  }
}
