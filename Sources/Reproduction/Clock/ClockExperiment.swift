import DarkMatter
import Glibc
import Inference
import Instruments
import Sky

/// The clock comparison of arXiv:2301.10784 anew: white frequency noise of 1.0e-14 at 1 s, no signal, 26 months in averages of
/// 20 s, 235 days of them live.
struct ClockExperiment {
  /// T in s: 26 months.
  static let span: Double = 68_374_800
  /// s of readings: 235 days.
  static let liveTime = 235 * 86_400.0
  /// sigma_1, the Allan deviation at 1 s.
  static let deviation = 1.0e-14
  /// Where the search ends, in Hz.
  static let highestFrequency = 5e-3
  /// The envelope of the limits on amplitudes, and the projection, as the paper states them.
  static let envelope = 2e-17
  static let projection = 1e-18

  static let text = """
    White frequency noise of 1.0e-14 at 1 s without a signal, 26 months of averages of 20 s with the gaps of campaigns and \
    outages, the first drawing within 1 % of 235 days of readings. A sinusoid with an offset is fitted at 1.7 million \
    frequencies up to 5 mHz.
    """

  /// The readings.
  let series: ClockSeries

  /// - Parameters:
  ///   - run: random numbers.
  ///   - experiment: number of the experiment in its item.
  /// - Throws: `InstrumentError`, `ClockAnalysisError`.
  init(_ run: ReproductionRun, experiment: Int) throws {
    let seed = run.seed(ofExperiment: experiment)
    let (rate, name) = (SampleRate(1, per: 20), "yb-ptb")
    let count = Int(Self.span * rate.hertz)
    let plan = ObservationPlan(
      seed: seed, epoch: GPSTime(nanoseconds: 0), synthesisBlock: 1, duration: Int64(Self.span) * 1_000_000_000,
      sites: [],
      signals: [])
    var values: [Double] = []
    var realisation: UInt32 = 0
    repeat {
      let gaps = DataGaps(
        outagesPerHour: 3600.0 / 22_200, meanOutage: 600, liveDays: 0.30514, realisation: realisation)
      let source = try ClockRatioSource(
        ratio: ClockRatio(
          sensitivity: .ytterbiumChargeRadius, noise: ClockNoise(whiteFrequency: Self.deviation)),
        nodeName: name, sampleRate: rate, gaps: gaps, plan: plan)
      let days = (0..<Int64(count / 4320)).count { !source.isEntirelyMissing(firstSample: $0 * 4320, count: 4320) }
      realisation += 1
      // 0.973156 of a live day, before anything is rendered.
      guard abs(Double(days) * 0.973156 / 235 - 1) < 0.01 || realisation > 1000 else { continue }
      values = [Double](unsafeUninitializedCapacity: count) { buffer, filled in
        if let start = buffer.baseAddress { source.render(firstSample: 0, count: count, into: start) }
        filled = count
      }
    } while values.isEmpty
    let present = values.indices.filter { !values[$0].isNaN }
    let interval = rate.interval
    series = try ClockSeries(
      times: present.map { (Double($0) + 0.5) * interval - Self.span / 2 }, values: present.map { values[$0] },
      sigmas: [Double](repeating: Self.deviation * rate.hertz.squareRoot(), count: present.count), interval: interval)
  }

  /// The limits on the couplings as the paper has them: F = 3.
  func limits(on couplings: [ClockCoupling]) throws -> [ClockLimit] {
    let answers = ClockSensitivity.ytterbiumChargeRadius.couplingCoefficients()
    return try ClockSearchResult(
      [("yb-ptb", SearchedClock(series, averages: true))],
      couplings: couplings.map { ($0, coefficient: $0.coefficient(in: answers)) },
      options: ClockAnalysisOptions(oversampling: 5, highestFrequency: Self.highestFrequency, workers: 2)
    ).limits
  }
}

/// `count` numbers from `first` to `last` at equal ratios.
func logarithmically(_ first: Double, _ last: Double, _ count: Int) -> [Double] {
  evenly(0, 1, count).map { first * pow(last / first, $0) }
}
