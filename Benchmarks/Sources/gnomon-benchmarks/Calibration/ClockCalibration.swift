import Dashboard
import Foundation
import Inference
import Numerics

/// Whether thresholds, amplitudes and limits of searches in clock data are what they say, from many simulated campaigns
/// that are searched from 0.05/T to half of the rate.
struct ClockCalibration: Codable {
  /// Searches without a signal.
  struct NoiseAlone: Codable {
    var campaign: SimulatedCampaign
    /// Mean of P, which should be 1, and its share above 2.9957, which should be 5 %.
    var meanPower: Double
    var shareAbove: Double
    var falseAlarms: [CalibratedShare]
    /// Global probabilities of the loudest peaks.
    var probabilities: [Double]
  }

  /// Searches of one signal.
  struct Injection: Codable {
    /// Frequency in 1/T, and amplitude over the one whose power is the 5 % global threshold.
    var cycles: Double
    var strength: Double
    /// Share of runs whose loudest peak is above the threshold.
    var detected: Double
    /// Of c and s at the injected frequency less the truth, in standard deviations; P of the difference is exponential.
    var cosineBias: Double
    var sineBias: Double
    var meanPower: Double
    /// Of the loudest peaks above the threshold: amplitude over the truth, less one. Nil below 1/T, where a drift looks like
    /// any slow oscillation and the loudest frequency says nothing.
    var peakBias: Double?
    /// Share of runs whose upper limit on the amplitude is at least the truth.
    var coverage: [String: CalibratedShare]
  }

  /// Coverage of A95 far above 1/T.
  struct Coverage: Codable {
    var limit: AmplitudeLimit
    var campaign: SimulatedCampaign
    /// The true amplitude in standard deviations of a quadrature.
    var amplitude: Double
    /// Beside what the closed form says.
    var share: CalibratedShare
  }

  var runs: Int
  var noiseAlone: [NoiseAlone] = []
  var injections: [Injection] = []
  var coverages: [Coverage] = []
  /// Where the run outlasts the coherence time.
  var segmented: SegmentedCalibration

  static let options = SearchOptions(oversampling: 10)
  /// Closed forms of the coverage for circular errors (physics page clock, section 5.1).
  private static let closedForms: [(amplitude: Double, bayes: Double, cls: Double)] = [
    (2.5, 0.99799, 0.99589), (2.8, 0.98998, 0.97759), (3.2, 0.98379, 0.96315), (4, 0.97641, 0.95224),
    (5, 0.97091, 0.95012), (7, 0.96483, 0.95),
  ]

  /// Runs the study.
  ///
  /// - Parameters:
  ///   - runs: of each kind.
  ///   - progress: receives lines of text.
  init(runs: Int, progress: (String) -> Void) throws {
    self.runs = runs
    segmented = try SegmentedCalibration(runs: runs, progress: progress)
    for campaign in SimulatedCampaign.allCases {
      progress("\(runs) searches of noise alone: \(campaign.rawValue)")
      noiseAlone.append(try Self.searchNoise(campaign, runs: runs))
    }
    for cycles in [0.25, 0.6, 31.4, 203.7] {
      progress("\(4 * runs) searches of signals at \(cycles)/T")
      injections += try Self.searchSignals(runs: runs, cycles: cycles)
    }
    for campaign in [SimulatedCampaign.whole, .unequal] {
      progress("coverage of upper limits: \(campaign.rawValue)")
      coverages += try Self.cover(campaign, runs: runs)
    }
  }

  private static func searchNoise(_ campaign: SimulatedCampaign, runs: Int) throws -> NoiseAlone {
    let found = try concurrentRuns(runs) { run in
      let spectrum = try SinusoidSearch(campaign.clocks(run: run), options: options).run()
      let powers = stride(from: 20, to: spectrum.count, by: 10).map { spectrum[$0].power }.filter(\.isFinite)
      return (
        probability: spectrum.threshold.falseAlarmProbability(power: spectrum.peak?.power ?? 0),
        mean: powers.reduce(0, +) / Double(powers.count),
        above: Double(powers.count { $0 > 2.9957 }) / Double(powers.count)
      )
    }
    let probabilities = found.map(\.probability).sorted()
    return NoiseAlone(
      campaign: campaign, meanPower: found.reduce(0) { $0 + $1.mean } / Double(runs),
      shareAbove: found.reduce(0) { $0 + $1.above } / Double(runs),
      falseAlarms: [0.01, 0.05].map { level in
        CalibratedShare(stated: level, hits: probabilities.count { $0 < level }, of: runs)
      }, probabilities: probabilities)
  }

  private static let strengths = [1.0, 2, 3, 5]

  private static func searchSignals(runs: Int, cycles: Double) throws -> [Injection] {
    let campaign = SimulatedCampaign.unequal
    /// One run of one strength.
    struct Found {
      var amplitude: Double
      var cosine = 0.0
      var sine = 0.0
      var power = 0.0
      var peak: Double?
      var covered: [Bool] = []
    }
    let found = try concurrentRuns(runs) { run -> [Found] in
      let quiet = try SinusoidSearch(campaign.clocks(run: run), options: options).run()
      let threshold = try quiet.threshold.power(falseAlarmProbability: 0.05)
      let index = (0..<quiet.count).min {
        abs(quiet.frequency($0) * quiet.span - cycles) < abs(quiet.frequency($1) * quiet.span - cycles)
      }
      guard let index else { return [] }
      let v = quiet[index].covariance
      let frequency = quiet.frequency(index)
      // Signals of all phases, in steps of the golden angle.
      let phase = 2.399963229728653 * Double(run)
      return try strengths.map { strength in
        // The amplitude whose power is the threshold, for the phase that it has.
        let (c, s) = (cos(phase), -sin(phase))
        let unit = 0.5 * (v.sine * c * c - 2 * v.mixed * c * s + v.cosine * s * s) / v.determinant
        let amplitude = strength * (threshold / unit).squareRoot()
        let loud = try campaign.clocks(run: run) {
          amplitude * cos(2 * .pi * frequency * ($0 - quiet.phaseOrigin) + phase)
        }
        let spectrum = try SinusoidSearch(loud, options: options).run()
        let point = spectrum[index]
        var result = Found(amplitude: amplitude)
        let (dc, ds) = (point.cosine - amplitude * c, point.sine - amplitude * s)
        result.cosine = dc / v.cosine.squareRoot()
        result.sine = ds / v.sine.squareRoot()
        result.power = 0.5 * (v.sine * dc * dc - 2 * v.mixed * dc * ds + v.cosine * ds * ds) / v.determinant
        if let peak = spectrum.peak, peak.power > threshold { result.peak = peak.amplitude }
        result.covered = try AmplitudeLimit.allCases.map { try upperLimit($0, point) >= amplitude }
        return result
      }
    }
    return strengths.indices.map { position in
      let all = found.map { $0[position] }
      func mean(_ value: (Found) -> Double) -> Double { all.reduce(0) { $0 + value($1) } / Double(all.count) }
      let peaks = all.compactMap { run in run.peak.map { $0 / run.amplitude - 1 } }
      return Injection(
        cycles: cycles, strength: strengths[position], detected: Double(peaks.count) / Double(all.count),
        cosineBias: mean(\.cosine), sineBias: mean(\.sine), meanPower: mean(\.power),
        peakBias: cycles > 1 ? peaks.reduce(0, +) / Double(peaks.count) : nil,
        coverage: Dictionary(
          uniqueKeysWithValues: AmplitudeLimit.allCases.enumerated().map { number, limit in
            (
              limit.rawValue,
              CalibratedShare(stated: 0.95, hits: all.count { $0.covered[number] }, of: all.count)
            )
          }))
    }
  }

  /// As `SinusoidSpectrum.upperLimits` states them, without its table.
  private static func upperLimit(_ limit: AmplitudeLimit, _ point: SinusoidSpectrum.Point) throws -> Double {
    guard limit != .bayes else {
      return try AmplitudePosterior(cosine: point.cosine, sine: point.sine, covariance: point.covariance).upperLimit()
    }
    let sigma = (0.5 * (point.covariance.cosine + point.covariance.sine)).squareRoot()
    return sigma * limit.value(amplitude: point.amplitude / sigma)
  }

  /// The fit is linear in the data: a signal adds to cosine and sine of the noise.
  private static func cover(_ campaign: SimulatedCampaign, runs: Int) throws -> [Coverage] {
    let cases = closedForms.flatMap { form in AmplitudeLimit.allCases.map { (form, $0) } }
    let perRun = 10
    let hits = try concurrentRuns(runs) { run -> [Int] in
      let spectrum = try SinusoidSearch(campaign.clocks(run: run), options: options).run()
      return try cases.enumerated().map { number, item in
        try (1...perRun).count { place in
          var point = spectrum[spectrum.count * place / (perRun + 1)]
          let sigma = (0.5 * (point.covariance.cosine + point.covariance.sine)).squareRoot()
          let phase = 2.399963229728653 * Double((run * perRun + place) * cases.count + number)
          point.cosine += item.0.amplitude * sigma * cos(phase)
          point.sine -= item.0.amplitude * sigma * sin(phase)
          return try upperLimit(item.1, point) >= item.0.amplitude * sigma
        }
      }
    }
    return cases.enumerated().map { number, item in
      let stated =
        switch item.1 {
        case .bayes: item.0.bayes
        case .cls: item.0.cls
        case .neyman: 0.95
        }
      return Coverage(
        limit: item.1, campaign: campaign, amplitude: item.0.amplitude,
        share: CalibratedShare(stated: stated, hits: hits.reduce(0) { $0 + $1[number] }, of: perRun * runs))
    }
  }
}

extension ClockCalibration {
  /// The tables for people.
  var text: String {
    func padded(_ text: String, _ length: Int) -> String {
      text.padding(toLength: length, withPad: " ", startingAt: 0)
    }
    var lines = ["noise alone, \(runs) searches each        p < 0.01           p < 0.05           mean P   P > 2.9957"]
    lines += noiseAlone.map { noise in
      padded(noise.campaign.rawValue, 38) + noise.falseAlarms.map { padded($0.text, 19) }.joined()
        + String(format: "%7.4f  %7.4f", noise.meanPower, noise.shareAbove)
    }
    lines += [
      "", "signals, \(runs) searches each, gaps and unequal weights",
      "f T     x threshold  found    bias of c, s (± \(String(format: "%.3f", 1 / Double(runs).squareRoot())))  mean P of"
        + " error  amplitude of peak    coverage of bayes, cls, neyman",
    ]
    lines += injections.map { injection in
      String(
        format: "%6.2f %8.0f %10.3f %11.3f %8.3f %16.3f", injection.cycles, injection.strength, injection.detected,
        injection.cosineBias, injection.sineBias, injection.meanPower)
        + (injection.peakBias.map { String(format: "%+17.4f      ", $0) } ?? padded("       not resolved", 23))
        + AmplitudeLimit.allCases.compactMap { injection.coverage[$0.rawValue] }
        .map { String(format: "%.3f", $0.found) }.joined(separator: "  ")
    }
    lines += ["", "coverage of A95 far above 1/T (in brackets: deviation from the closed form)", "limit   A/sigma"]
    let campaigns = [SimulatedCampaign.whole, .unequal]
    lines[lines.count - 1] += campaigns.map { "   " + padded($0.rawValue, 22) }.joined()
    for limit in AmplitudeLimit.allCases {
      for coverage in coverages where coverage.limit == limit && coverage.campaign == .whole {
        let same = campaigns.compactMap { campaign in
          coverages.first {
            $0.limit == limit && $0.campaign == campaign && $0.amplitude == coverage.amplitude
          }
        }
        lines.append(
          padded(limit.rawValue, 8) + String(format: "%5.1f  ", coverage.amplitude)
            + same.map { "   " + padded($0.share.text, 22) }.joined())
      }
    }
    return lines.joined(separator: "\n") + "\n\n" + segmented.text
  }

  /// Global probabilities found and stated.
  var figure: SVGDrawing {
    ProbabilityFigure.drawing([
      ProbabilityFigure.panel(
        "one clock, global p of noise alone", noiseAlone.prefix(4).map { ($0.campaign.rawValue, $0.probabilities) }),
      ProbabilityFigure.panel(
        "coloured noise and two clocks", noiseAlone.suffix(3).map { ($0.campaign.rawValue, $0.probabilities) }),
      segmented.panel,
    ])
  }
}
