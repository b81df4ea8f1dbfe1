import Foundation
import Inference
import Numerics

/// Kinds of small clock campaigns whose searches are calibrated.
enum SimulatedCampaign: String, CaseIterable, Codable {
  case whole
  case gaps
  /// Gaps, and readings that are five times as uncertain at the end, with a scatter of a third.
  case unequal = "gaps, unequal weights"
  /// The same at times off any lattice.
  case scattered = "the same, irregular times"
  /// Noise of a known spectrum that rises a hundredfold towards low frequencies.
  case coloured = "gaps, coloured noise"
  /// White noise and a random walk of which nothing is stated: the search measures them.
  case measured = "gaps, noise measured"
  /// Clocks of different noise that answer with opposite signs, and are there at different times.
  case two = "two clocks"

  static let count = 1024
  static let interval = 100.0
  /// Seconds from the first to the last reading, averaging included.
  static var span: Double { Double(count) * interval }

  /// The clocks of one run.
  ///
  /// - Parameters:
  ///   - run: decides the noise and the gaps.
  ///   - signal: what all measure, times their factor, by the time in s from the middle.
  func clocks(run: Int, signal: (Double) -> Double = { _ in 0 }) throws -> [SearchedClock] {
    switch self {
    case .two:
      return try [
        clock(run: 2 * run, factor: 1, sigma: 1, signal), clock(run: 2 * run + 1, factor: -0.7, sigma: 1.6, signal),
      ]
    default: return try [clock(run: run, factor: 1, sigma: 1, signal)]
    }
  }

  private func clock(
    run: Int, factor: Double, sigma: Double, _ signal: (Double) -> Double
  ) throws -> SearchedClock {
    let (count, interval) = (Self.count, Self.interval)
    let deviates = noise(run: run)
    let generator = NormalDeviates.uniforms(key: UInt64(2_000_000 + run))
    var isUp = true
    let slots = (0..<count).filter { slot in
      if slot % 32 == 0, slot > 0 { isUp = generator() < 0.6 }
      // The ends stay, so that all runs have one span.
      return self == .whole || isUp || slot == count - 1
    }
    let isUnequal = self == .unequal || self == .scattered
    var (times, values, sigmas): ([Double], [Double], [Double]) = ([], [], [])
    for slot in slots {
      let place = Double(slot) / Double(count)
      let deviation = isUnequal ? (1 + 4 * place) * exp(0.6 * (generator() - 0.5)) : sigma
      let shift = self == .scattered && slot > 0 && slot < count - 1 ? 0.5 * (generator() - 0.5) : 0
      let time = (Double(slot) + 0.5 + shift - Double(count) / 2) * interval
      times.append(time)
      sigmas.append(deviation)
      values.append(deviation * deviates[slot] + factor * signal(time))
    }
    var result = SearchedClock(
      try ClockSeries(times: times, values: values, sigmas: sigmas, interval: interval), factor: factor)
    if self == .measured {
      result.noiseRatio = try MeasuredNoise(SinusoidSearch([result], options: ClockCalibration.options).run()).ratio
    }
    if self == .coloured {
      let observed = ObservedNoise(present: slots, interval: interval, white: 2 * interval, lowestFrequency: 0) {
        2 * interval / (1 + Self.memory * Self.memory - 2 * Self.memory * cos(2 * .pi * $0 * interval))
      }
      result.noiseRatio = observed.ratio
    }
    return result
  }

  /// y_n = memory y_(n-1) + g_n.
  private static let memory = 0.9

  /// The noise of a run at every place of the lattice, in standard deviations of a reading where it is white.
  private func noise(run: Int) -> [Double] {
    let deviates = AlignedBuffer(count: Self.count)
    NormalDeviates.fillWhite(deviates.buffer, firstSample: 0, key: UInt64(1_000_000 + run), scale: 1)
    let white = Array(deviates.buffer)
    switch self {
    case .coloured:
      var last = white[0] / (1 - Self.memory * Self.memory).squareRoot()
      return [last]
        + white.dropFirst().map { deviate in
          last = Self.memory * last + deviate
          return last
        }
    case .measured:
      // White noise of 1.3 times the variance that is stated, and a walk.
      NormalDeviates.fillWhite(deviates.buffer, firstSample: 0, key: UInt64(3_000_000 + run), scale: 0.04)
      var walk = 0.0
      return white.indices.map { slot in
        walk += deviates.pointer[slot]
        return walk + 1.3.squareRoot() * white[slot]
      }
    default: return white
    }
  }
}
