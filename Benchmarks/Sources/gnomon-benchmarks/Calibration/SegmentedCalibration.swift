import DarkMatter
import Dashboard
import Foundation
import Inference
import Numerics
import Synthesis

/// Whether the search in segments is what it says: small campaigns of a halo whose speeds are a hundred times as large, so that
/// the coherence time is 100/f and a run is up to five of them.
struct SegmentedCalibration: Codable {
  /// Searches without a signal, coherent and in segments.
  struct NoiseAlone: Codable {
    var campaign: SimulatedCampaign
    /// Of the bands.
    var segments: [Int]
    /// Of -ln Q(Ks, S), which should be 1.
    var meanPower: Double
    var falseAlarms: [CalibratedShare]
    var probabilities: [Double]
  }

  /// Limits on a field of a certain amplitude.
  struct Coverage: Codable {
    var campaign: SimulatedCampaign
    /// Whether the field is a sum of waves that the segments do not know, instead of drawn anew in each.
    var isLine: Bool
    var segments: Int
    /// A_0 over the mean error of a quadrature in a segment.
    var amplitude: Double
    /// Mean of (S - Ks)/Σ r_k with its error, and the share of the power that should be there.
    var recovered: Double
    var recoveredError: Double
    var expected: Double
    /// Of A_0,95, with that share counted, and as if all of the power were there.
    var counted: CalibratedShare
    var plain: CalibratedShare
  }

  var noiseAlone: [NoiseAlone] = []
  var coverages: [Coverage] = []

  static let speed = 0.1

  /// Global probabilities of noise alone.
  var panel: PlotAxes {
    ProbabilityFigure.panel("also in segments", noiseAlone.map { ($0.campaign.rawValue, $0.probabilities) })
  }

  /// - Parameters:
  ///   - runs: of each kind.
  ///   - progress: receives lines of text.
  init(runs: Int, progress: (String) -> Void) throws {
    for campaign in [SimulatedCampaign.whole, .gaps, .unequal, .two] {
      progress("\(runs) searches of noise alone in segments: \(campaign.rawValue)")
      noiseAlone.append(try Self.searchNoise(campaign, runs: runs))
    }
    for campaign in [SimulatedCampaign.whole, .unequal] {
      for isLine in [false, true] {
        progress("limits in segments: \(campaign.rawValue), \(isLine ? "lines of a halo" : "amplitudes drawn anew")")
        for segments in [2, 5] {
          for amplitude in [1.0, 3, 10] {
            coverages.append(
              try Self.cover(campaign, isLine: isLine, segments: segments, amplitude: amplitude, runs: runs))
          }
        }
      }
    }
  }

  private static func searchNoise(_ campaign: SimulatedCampaign, runs: Int) throws -> NoiseAlone {
    let options = ClockAnalysisOptions(oversampling: 10, coherenceSpeed: speed)
    let found = try concurrentRuns(runs) { run in
      let spectrum = try options.spectrum(of: campaign.clocks(run: run))
      let peak = spectrum.peak.map(spectrum.power) ?? 0
      let powers = stride(from: spectrum.coherent.count, to: spectrum.count, by: 10).map(spectrum.power)
        .filter(\.isFinite)
      return (
        probability: spectrum.threshold.falseAlarmProbability(power: peak),
        mean: powers.reduce(0, +) / Double(powers.count), segments: spectrum.bands.map(\.allSegments)
      )
    }
    let probabilities = found.map(\.probability).sorted()
    return NoiseAlone(
      campaign: campaign, segments: found.first?.segments ?? [],
      meanPower: found.reduce(0) { $0 + $1.mean } / Double(runs),
      falseAlarms: [0.01, 0.05].map { level in
        CalibratedShare(stated: level, hits: probabilities.count { $0 < level }, of: runs)
      }, probabilities: probabilities)
  }

  /// m/s.
  private static let virialSpeed = ScalarField.standardVirialSpeed * speed / CoherenceBands.speed
  private static let wind = LocalDarkMatter.windSpeed * speed / CoherenceBands.speed

  private static func cover(
    _ campaign: SimulatedCampaign, isLine: Bool, segments: Int, amplitude: Double, runs: Int
  ) throws -> Coverage {
    let span = SimulatedCampaign.span
    // As long as the coherence time is allowed to be.
    let rest = Double(segments) / (speed * speed * span)
    let light = 299_792_458.0
    let shift = 0.5 * (1.5 * virialSpeed * virialSpeed + wind * wind) / (light * light)
    let centre = isLine ? rest * (1 + shift) : rest
    let band = CoherenceBands.Band(segments: segments, above: centre * 0.99, upTo: centre * 1.01)
    let options = SearchOptions(oversampling: 40)
    let expected =
      isLine ? SegmentRecovery(order: .linear, speed: speed).share(frequency: rest, length: span / Double(segments)) : 1
    let found = try concurrentRuns(runs) { run -> (excess: Double, counted: Bool, plain: Bool) in
      let quiet = try SemicoherentSearch(campaign.clocks(run: run), band: band, options: options).run()
      let weights = quiet.meanInformation
      let truth = amplitude * (Double(weights.count) / weights.reduce(0, +)).squareRoot()
      let zeta = field(run: run, rest: isLine ? rest : nil, segments: segments)
      let loud = try campaign.clocks(run: run) { time in
        let wave = zeta(time) * ComplexNumber(magnitude: 1, phase: -2 * .pi * rest * time)
        return truth * wave.real
      }
      let spectrum = try SemicoherentSearch(loud, band: band, options: options).run()
      guard
        let index = (0..<spectrum.count).min(by: {
          abs(spectrum.frequency($0) - centre) < abs(spectrum.frequency($1) - centre)
        })
      else { return (0, false, false) }
      let point = spectrum[index]
      let limit = SegmentedLimit.amplitude(sum: point.sum, information: point.information)
      let strength = 0.5 * truth * truth * point.information.reduce(0, +)
      return (
        (point.sum - Double(point.segments)) / strength, limit / expected.squareRoot() >= truth, limit >= truth
      )
    }
    let mean = found.reduce(0) { $0 + $1.excess } / Double(runs)
    let square = found.reduce(0) { $0 + ($1.excess - mean) * ($1.excess - mean) } / Double(runs)
    return Coverage(
      campaign: campaign, isLine: isLine, segments: segments, amplitude: amplitude, recovered: mean,
      recoveredError: (square / Double(runs)).squareRoot(), expected: expected,
      counted: CalibratedShare(stated: 0.95, hits: found.count { $0.counted }, of: runs),
      plain: CalibratedShare(stated: 0.95, hits: found.count { $0.plain }, of: runs))
  }

  /// zeta of a run by the time in s from its middle: of waves, or drawn anew in each segment.
  private static func field(run: Int, rest: Double?, segments: Int) -> (Double) -> ComplexNumber {
    let span = SimulatedCampaign.span
    if let rest {
      let waves = ScalarWaves(
        restFrequency: rest, virialSpeed: virialSpeed, meanVelocity: SIMD3(0, 0, -wind), count: 512, signalIndex: run,
        seed: 7)
      return { waves.amplitude(atSeconds: $0 + span / 2) }
    }
    let deviates = AlignedBuffer(count: 2 * segments)
    NormalDeviates.fillWhite(deviates.buffer, firstSample: 0, key: UInt64(3_000_000 + run), scale: 0.5.squareRoot())
    let values = (0..<segments).map { ComplexNumber(deviates.pointer[2 * $0], deviates.pointer[2 * $0 + 1]) }
    return { values[min(segments - 1, max(0, Int(($0 / span + 0.5) * Double(segments))))] }
  }
}

extension SegmentedCalibration {
  /// The tables for people.
  var text: String {
    func padded(_ text: String, _ length: Int) -> String {
      text.padding(toLength: length, withPad: " ", startingAt: 0)
    }
    var lines = ["noise alone, coherent and in segments         p < 0.01           p < 0.05           mean P  segments"]
    lines += noiseAlone.map { noise in
      padded(noise.campaign.rawValue, 46) + noise.falseAlarms.map { padded($0.text, 19) }.joined()
        + String(format: "%7.4f  ", noise.meanPower) + noise.segments.map { "\($0)" }.joined(separator: " ")
    }
    lines += [
      "",
      "limits A_0,95 in segments                  Ks  A_0/sigma   power that is there  expected  coverage               "
        + "with all power assumed",
    ]
    lines += coverages.map { row in
      padded("\(row.campaign.rawValue), \(row.isLine ? "line of a halo" : "drawn anew")", 42)
        + String(
          format: "%3d %10.0f   %8.3f ± %.3f %10.3f   ", row.segments, row.amplitude, row.recovered, row.recoveredError,
          row.expected) + padded(row.counted.text, 23) + row.plain.text
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
