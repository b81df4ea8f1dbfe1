/// Everything that a written report shows, as plain values: whoever has results maps them onto this.
///
/// Sections without content are left out of the report.
public struct ReportContent: Sendable {
  public var title: String
  /// One line below the title: run, interval, network.
  public var subtitle: String
  /// What was found, in sentences; the first is the answer.
  public var verdict: [String]
  public var results: [ResultTable]
  public var stations: [Station]
  public var noiseSpectra: NoiseSpectra?
  public var pairCorrelations: PairCorrelations?
  public var parityOdd: ParityOddCorrelation?
  public var posteriors: [Posterior]
  /// What follows the results, one for each question that was asked.
  public var sections: [ReportSection]
  public var quality: QualityTimeline?
  public var accounting: [AccountingRow]
  /// Peers that the hub sent away, in one line; empty when there were none.
  public var refusedPeers = ""
  /// Version, command line, seed, checksums, host, library versions: name and value in order.
  public var provenance: [ProvenanceItem]
  /// Longer texts that are folded away, such as the resolved topology.
  public var attachments: [Attachment]

  public init(
    title: String, subtitle: String = "", verdict: [String] = [], results: [ResultTable] = [], stations: [Station] = [],
    noiseSpectra: NoiseSpectra? = nil, pairCorrelations: PairCorrelations? = nil,
    parityOdd: ParityOddCorrelation? = nil, posteriors: [Posterior] = [], sections: [ReportSection] = [],
    quality: QualityTimeline? = nil,
    accounting: [AccountingRow] = [], provenance: [ProvenanceItem] = [], attachments: [Attachment] = []
  ) {
    self.title = title
    self.subtitle = subtitle
    self.verdict = verdict
    self.results = results
    self.stations = stations
    self.noiseSpectra = noiseSpectra
    self.pairCorrelations = pairCorrelations
    self.parityOdd = parityOdd
    self.posteriors = posteriors
    self.sections = sections
    self.quality = quality
    self.accounting = accounting
    self.provenance = provenance
    self.attachments = attachments
  }
}

extension ReportContent {
  /// Measured quantities that belong together.
  public struct ResultTable: Sendable {
    public var title: String
    public var rows: [ResultRow]

    public init(title: String, rows: [ResultRow]) {
      self.title = title
      self.rows = rows
    }
  }

  /// One quantity: what was measured and, for a simulation, what was put in.
  public struct ResultRow: Sendable {
    public var name: String
    /// `"$P$_V"`.
    public var symbol: RichText
    public var value: Double
    /// One standard deviation in the unit of the value; nil for a number without one (a statistic, a count).
    public var uncertainty: Double?
    /// Empty for pure numbers.
    public var unit: String
    /// The injected value, when the archive knows it.
    public var truth: Double?
    /// A remark at the end of the row.
    public var note: String

    public init(
      name: String, symbol: RichText, value: Double, uncertainty: Double? = nil, unit: String = "",
      truth: Double? = nil, note: String = ""
    ) {
      self.name = name
      self.symbol = symbol
      self.value = value
      self.uncertainty = uncertainty
      self.unit = unit
      self.truth = truth
      self.note = note
    }

    /// (value - truth)/uncertainty, when all three are known.
    public var pull: Double? {
      guard let truth, let uncertainty, uncertainty > 0 else { return nil }
      let pull = (value - truth) / uncertainty
      return pull.isFinite ? pull : nil
    }
  }

  /// A site with the directions its sensors are sensitive to.
  public struct Station: Sendable {
    public var name: String
    /// Degrees, north positive.
    public var latitude: Double
    /// Degrees, east positive.
    public var longitude: Double
    public var axes: [SensorAxis]

    public init(name: String, latitude: Double, longitude: Double, axes: [SensorAxis]) {
      self.name = name
      self.latitude = latitude
      self.longitude = longitude
      self.axes = axes
    }
  }

  /// A direction in degrees: azimuth clockwise from north, altitude above the horizon.
  public struct SensorAxis: Hashable, Sendable {
    public var azimuth: Double
    public var altitude: Double

    public init(azimuth: Double, altitude: Double) {
      self.azimuth = azimuth
      self.altitude = altitude
    }
  }

  /// When each node had data.
  public struct QualityTimeline: Sendable {
    /// What time zero is, such as "2026-01-01T00:00:00 UTC".
    public var start: String
    /// Seconds shown.
    public var duration: Double
    public var nodes: [NodeQuality]

    public init(start: String, duration: Double, nodes: [NodeQuality]) {
      self.start = start
      self.duration = duration
      self.nodes = nodes
    }
  }

  public struct NodeQuality: Sendable {
    public var name: String
    public var gaps: [Gap]

    public init(name: String, gaps: [Gap]) {
      self.name = name
      self.gaps = gaps
    }
  }

  /// Missing data: seconds from the start of the timeline.
  public struct Gap: Sendable {
    public var start: Double
    public var end: Double
    public var reason: String

    public init(start: Double, end: Double, reason: String) {
      self.start = start
      self.end = end
      self.reason = reason
    }
  }

  /// What became of one stream's samples.
  public struct AccountingRow: Sendable {
    public var stream: String
    public var sent: Int64
    public var archived: Int64
    /// Samples declared missing.
    public var missing: Int64
    /// Blocks that came late, twice, or were refused.
    public var late: Int64
    public var duplicate: Int64
    public var refused: Int64

    public init(
      stream: String, sent: Int64, archived: Int64, missing: Int64, late: Int64 = 0, duplicate: Int64 = 0,
      refused: Int64 = 0
    ) {
      self.stream = stream
      self.sent = sent
      self.archived = archived
      self.missing = missing
      self.late = late
      self.duplicate = duplicate
      self.refused = refused
    }

    /// sent - archived - missing: 0 when nothing was lost.
    public var unaccounted: Int64 { sent &- archived &- missing }
  }

  public struct ProvenanceItem: Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public struct Attachment: Sendable {
    public var title: String
    public var text: String

    public init(title: String, text: String) {
      self.title = title
      self.text = text
    }
  }
}
