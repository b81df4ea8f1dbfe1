import Instruments
import Sky

extension Node {
  static let section = Section<Node>(
    blank: Node(
      name: "", site: Site(latitude: 0, longitude: 0), sampleRate: SampleRate(1), unit: "T", blockSamples: 1,
      instrument: .vectorSensor(VectorSensor.section.blank)),
    keys: [
      Key("name", .name, \.name, example: "mainz01", "Name of the station; decides its random numbers."),
      Key("site", Site.section.form, \.site, "Where it stands."),
      Key(
        "rate", .sampleRate, \.sampleRate, example: "512 Hz",
        "Samples per second of each channel, exact: 512 Hz, 0.1 Hz, 1/3 Hz."),
      Key(
        "baseband", .quantity(.frequency, .positive(upTo: 1e10)), optional: \.baseband, example: "100 kHz",
        """
        Centre frequency of a sensor above the audio band: its samples are complex and cover baseband - rate/2 to \
        baseband + rate/2. baseband x synthesis.block and baseband x segment are whole. Real samples without it.
        """),
      Key(
        "unit", .fieldUnit, \.fieldUnit, default: .tesla,
        "SI unit of the data; noise and signals are given in it or with a prefix. The same for all vector sensors."),
      Key(
        "block-samples", .integer(from: 1, to: 1_048_576), \.blockSamples, default: 8192,
        "Samples of each channel in one message to the hub."),
      Key("clock", ClockModel.section.form, \.clock, default: ClockModel.section.defaults, "How it keeps time."),
      Key("gaps", DataGaps.section.form, \.gaps, default: DataGaps.section.defaults, "When it records nothing."),
      Key(
        "calibration-uncertainty", .quantity(.ratio, .from(0, to: 0.5)), \.calibrationUncertainty, default: 0,
        """
        Standard deviation, such as 3 %, of the factor by which the stated response may be wrong; one factor for all \
        channels, independent of other nodes. Analyses widen amplitudes and limits by it; samples do not change.
        """),
    ],
    kinds: kinds)

  fileprivate var fieldUnit: FieldUnit {
    get { FieldUnit.named(unit) ?? .tesla }
    set { unit = newValue.symbol }
  }
}

extension Site {
  fileprivate static let section = Section<Site>(
    blank: Site(latitude: 0, longitude: 0),
    keys: [
      Key(
        "latitude", .quantity(.angle, .from(-90, to: 90)), \.latitude, example: "49.9915 deg",
        "Geodetic latitude (WGS84), north positive."),
      Key(
        "longitude", .quantity(.angle, .from(-180, to: 360)), \.longitude, example: "8.2354 deg",
        "Longitude, east positive."),
      Key(
        "altitude", .quantity(.length, .from(-12_000, to: 100_000)), \.altitude, default: 0,
        "Height above the ellipsoid."),
    ])
}

extension ClockModel {
  fileprivate static let section = Section<ClockModel>(
    blank: ClockModel(),
    keys: [
      Key(
        "offset", .quantity(.time, .from(-3600, to: 3600)), \.offset, default: 0,
        "How much later than stamped samples are taken; the node knows and reports it."),
      Key("drift", .quantity(.ratio, .from(-0.01, to: 0.01)), \.drift, default: 0, "Growth of offset, reported."),
      Key(
        "error", .quantity(.time, .from(-3600, to: 3600)), \.error, default: 0,
        "Further constant offset that the node does not know."),
      Key(
        "jitter", .quantity(.time, .from(0, to: 3600)), \.jitter, default: 0,
        "Standard deviation of the timing noise of each sample, not reported."),
      Key(
        "uncertainty", .quantity(.time, .from(0, to: 3600)), \.uncertainty, default: 0,
        "Standard deviation that the node claims."),
    ])
}

extension DataGaps {
  fileprivate var realisationNumber: Int {
    get { Int(realisation) }
    set { realisation = UInt32(newValue) }
  }

  fileprivate static let section = Section<DataGaps>(
    blank: DataGaps(),
    keys: [
      Key("intervals", .list(of: intervalSection.form), \.intervals, default: [], "Planned gaps, inside the run."),
      Key(
        "outages-per-hour", .number(.from(0, to: 3600)), \.outagesPerHour, default: 0,
        "Mean number of random outages in an hour."),
      Key(
        "mean-outage", .quantity(.time, .from(0, to: 1e6)), \.meanOutage, default: 0,
        "Mean length of a random outage; greater than 0 s when there are outages."),
      Key(
        "live-days", .quantity(.ratio, .positive(upTo: 1)), \.liveDays, default: 1,
        "Share of the days, counted from the epoch, on which the node records at all."),
      Key(
        "day-persistence", .quantity(.ratio, .positive(upTo: 1)), \.dayPersistence,
        default: DataGaps.typicalPersistence,
        "Probability that a live day follows a live one; above live-days and below 1, if that is below 1."),
      Key(
        "realisation", .integer(from: 0, to: 1_000_000), \.realisationNumber, default: 0,
        "Which drawing of days and outages; try some to meet a stated live time."),
    ])

  private static let intervalSection = Section<DataGaps.Interval>(
    blank: DataGaps.Interval(start: 0, length: 1, reason: .maintenance),
    keys: [
      Key(
        "start", .time(.from(0, to: longestTime)), \.start, example: "100 s",
        "Time from the epoch to the first missing sample."),
      Key("length", .time(.positive(upTo: longestTime)), \.length, example: "30 s", "Length of the gap."),
      Key(
        "reason", .choice { "\($0)" }, \.reason, default: .maintenance, "Why samples are missing."),
    ])
}
