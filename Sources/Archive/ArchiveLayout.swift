import Correlator
import FoundationEssentials
import Instruments
import Sky
import Topology

/// All that an archive holds besides samples and results: known before the first sample arrives.
public struct ArchiveLayout: Sendable {
  /// One channel of a node.
  public struct Channel: Hashable, Sendable {
    public var name: String
    /// Where it looks, east, north, up at the site: its sensitive axis, or that along which it reads spins; up for a channel
    /// that looks nowhere, such as a clock's.
    public var direction: LocalDirection
    /// Unit vector in the frame that turns with the Earth.
    public var earthFixedDirection: SIMD3<Double>

    public init(name: String, direction: LocalDirection, earthFixedDirection: SIMD3<Double>) {
      self.name = name
      self.direction = direction
      self.earthFixedDirection = earthFixedDirection
    }
  }

  /// One node: channels that share rate, clock and index.
  public struct Stream: Hashable, Sendable {
    public var name: String
    /// What it is, by its instrument's `archiveName`, such as `vectorSensor` or `clock`.
    public var kind: String
    public var site: Site
    /// Metres, WGS84, in the frame that turns with the Earth.
    public var earthFixedPosition: SIMD3<Double>
    public var sampleRate: SampleRate
    /// Centre frequency f_c in Hz when the samples are complex baseband z, with the signal Re[z exp(-2πi f_c (t - epoch))];
    /// nil when they are real.
    public var baseband: Double?
    public var epoch: GPSTime
    public var unit: String
    public var blockSamples: Int
    public var channels: [Channel]
    /// JSON of the models of response, noise and clock.
    public var response: String
    public var noise: String
    public var clock: String
    /// JSON of the spins between field and readout; `null` when there are none.
    public var spins: String
    /// Nil when the sensor is not valid, or in archives that do not have it.
    public var transfer: TransferFunction?
    /// Standard deviation of the factor, one for all channels, by which the stated response may be wrong.
    public var calibrationUncertainty: Double
    /// What tables of readings said of the samples; nil for samples from elsewhere.
    public var readings: ReadingsRecord?

    public init(
      name: String, kind: String, site: Site, earthFixedPosition: SIMD3<Double>, sampleRate: SampleRate,
      baseband: Double? = nil, epoch: GPSTime, unit: String, blockSamples: Int, channels: [Channel],
      response: String = "{}", noise: String = "{}", clock: String = "{}", spins: String = "null",
      transfer: TransferFunction? = nil, calibrationUncertainty: Double = 0
    ) {
      self.name = name
      self.kind = kind
      self.site = site
      self.earthFixedPosition = earthFixedPosition
      self.sampleRate = sampleRate
      self.baseband = baseband
      self.epoch = epoch
      self.unit = unit
      self.blockSamples = blockSamples
      self.channels = channels
      self.response = response
      self.noise = noise
      self.clock = clock
      self.spins = spins
      self.transfer = transfer
      self.calibrationUncertainty = calibrationUncertainty
    }

    /// What the samples of its channels are.
    public var sampleKind: SampleKind { SampleKind(baseband: baseband) }
  }

  public var runIdentifier: String
  /// The topology file, byte for byte as it was given.
  public var topologyText: String
  /// What it means, with defaults and overrides resolved.
  public var topology: NetworkTopology
  /// JSON: version, command line, host, library versions, inputs' checksums.
  public var provenance: String
  /// In the order of the topology, which is also the order of channels in the products.
  public var streams: [Stream]
  public var bands: [BandPlan]
  public var injections: [InjectionRow]
  /// What was put in blindly; its truth is encrypted.
  public var sealedInjections: [SealedInjection] = []
  /// Whether `/injections` has room for signals that are put in while the archive is written.
  public var takesLiveInjections = false

  /// The layout of a topology's run.
  ///
  /// - Parameters:
  ///   - runIdentifier: unique name of the run.
  ///   - topologyText: the file as the user wrote it.
  ///   - topology: what it means.
  ///   - bands: the topology's bands, resolved to whole numbers; empty for an archive without products.
  ///   - provenance: a JSON object.
  public init(
    runIdentifier: String, topologyText: String, topology: NetworkTopology, bands: [BandPlan], provenance: String
  ) {
    self.runIdentifier = runIdentifier
    self.topologyText = topologyText
    self.topology = topology
    self.provenance = provenance
    self.bands = bands
    streams = topology.nodes.map { Stream($0, epoch: topology.epoch) }
    injections = topology.signals.enumerated().filter(\.element.enabled).map {
      InjectionRow($0.element, index: $0.offset, in: topology)
    }
  }

  /// `node/channel` of every channel, in the order of the products.
  public var channelLabels: [String] {
    streams.flatMap { stream in stream.channels.map { "\(stream.name)/\($0.name)" } }
  }
}

extension ArchiveLayout.Stream {
  init(_ node: Node, epoch: GPSTime) {
    let model = node.instrument.model
    let readout = try? model.readout()
    // The format wants a direction of every channel, also of those that look nowhere.
    let up = LocalDirection(east: 0, north: 0, up: 1)
    let channels = model.channels.enumerated().map { number, channel in
      let direction = readout?.directions[number] ?? channel.direction ?? up
      return ArchiveLayout.Channel(
        name: channel.name, direction: direction, earthFixedDirection: direction.earthFixed(at: node.site))
    }
    let range = node.recordedFrequencies
    self.init(
      name: node.name, kind: model.archiveName, site: node.site, earthFixedPosition: node.site.earthFixedPosition,
      sampleRate: node.sampleRate, baseband: node.baseband, epoch: epoch, unit: node.unit,
      blockSamples: node.blockSamples, channels: channels, response: json(model.record.response),
      noise: json(model.record.noise), clock: json(node.clock), spins: model.record.spins.map { json($0) } ?? "null",
      transfer: readout.map { TransferFunction($0, lowest: range.lowest, highest: range.highest) },
      // It is that of a response to a field.
      calibrationUncertainty: model.measurand == .vectorField ? node.calibrationUncertainty : 0)
  }
}

/// JSON with sorted keys, so that equal values give equal text.
func json(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  // Numbers that JSON lacks are written as text rather than refused.
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  guard let data = try? encoder.encode(value) else { return "{}" }
  return String(decoding: data, as: UTF8.self)
}

/// The counterpart of `json`.
func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  return try decoder.decode(type, from: Data(text.utf8))
}
