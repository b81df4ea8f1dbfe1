import Foundation
import Inference
import Numerics

/// The search of an optical clock's data for sinusoids: months of 10 s averages with gaps.
enum ClockBenchmark {
  static let interval = 10.0

  /// A campaign as the Python peer makes it: days alive with probability 0.3 in runs, and short interruptions.
  ///
  /// - Parameters:
  ///   - months: of 30.4375 days.
  ///   - key: of the random numbers.
  static func campaign(months: Double, key: UInt64 = 7) throws -> ClockSeries {
    let slots = Int(months * 30.4375 * 86400 / interval)
    let perDay = Int(86400 / interval)
    let sigma = 1e-14 / interval.squareRoot()
    let deviates = AlignedBuffer(count: slots)
    NormalDeviates.fillWhite(deviates.buffer, firstSample: 0, key: key, scale: sigma)
    let generator = NormalDeviates.uniforms(key: key &+ 1)
    var (times, values): ([Double], [Double]) = ([], [])
    var (isAlive, isUp) = (true, true)
    var change = -2160 * log(generator())
    for slot in 0..<slots {
      if slot % perDay == 0, slot > 0 { isAlive = generator() < (isAlive ? 0.85 : 0.15 * 0.297 / 0.703) }
      while Double(slot) > change {
        isUp.toggle()
        change -= (isUp ? 2160 : 60) * log(generator())
      }
      guard isAlive, isUp else { continue }
      let time = (Double(slot) + 0.5 - Double(slots) / 2) * interval
      times.append(time)
      values.append(deviates.pointer[slot] + 2e-17 * cos(2 * .pi * 1.2345e-4 * time + 0.7))
    }
    return try ClockSeries(
      times: times, values: values, sigmas: [Double](repeating: sigma, count: times.count), interval: interval)
  }

  /// Seconds of a full least-squares search to 5 mHz at 1/(5 T), with numbers of readings and frequencies.
  static func search(_ series: ClockSeries, workers: Int) throws -> (time: Double, spectrum: SinusoidSpectrum) {
    var spectrum: SinusoidSpectrum?
    let time = try seconds {
      spectrum = try SinusoidSearch(
        [SearchedClock(series)], options: SearchOptions(highestFrequency: 5e-3, workers: workers)
      ).run()
    }
    guard let spectrum else { throw BenchmarkError(description: "the search gave nothing") }
    return (time, spectrum)
  }

  /// Seconds of the search to half of the rate of 10 s readings: of its coherent part, and of that in segments, above 1e6/T; with
  /// numbers of frequencies.
  static func wholeSearch(
    _ series: ClockSeries, workers: Int
  ) throws -> (coherent: (time: Double, frequencies: Int), segmented: (time: Double, frequencies: Int)) {
    let highest = 0.4999 / series.interval
    let options = ClockAnalysisOptions(oversampling: 5, highestFrequency: highest, workers: workers)
    var (coherent, segmented) = (0, 0)
    let first = try seconds { coherent = try options.search([SearchedClock(series)]).run().count }
    let second = try seconds {
      for band in CoherenceBands(span: series.span, highestFrequency: highest).bands {
        segmented += try SemicoherentSearch(
          [SearchedClock(series)], band: band, options: SearchOptions(oversampling: 5, workers: workers)
        ).run().count
      }
    }
    return ((first, coherent), (second, segmented))
  }

  /// The largest difference of powers from direct fits at some frequencies.
  static func worstPower(_ spectrum: SinusoidSpectrum, _ series: ClockSeries) throws -> Double {
    try stride(from: 20, to: spectrum.count, by: spectrum.count / 5).map { index in
      let fit = try SinusoidFit(
        times: series.times, values: series.values, sigmas: series.sigmas, frequency: spectrum[index].frequency)
      return abs(fit.power - spectrum[index].power)
    }.max() ?? .nan
  }
}

extension NormalDeviates {
  /// Uniform numbers in (0, 1), from normal ones.
  static func uniforms(key: UInt64) -> () -> Double {
    var index: UInt32 = 0
    return {
      index += 1
      let deviates = four(SIMD4(index, 0, 0, 0), key: key)
      return 0.5 * erfc(deviates.x * 0.5.squareRoot())
    }
  }
}
