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

  /// The largest difference of powers from direct fits at some frequencies.
  static func worstPower(_ spectrum: SinusoidSpectrum, _ series: ClockSeries) throws -> Double {
    try stride(from: 20, to: spectrum.count, by: spectrum.count / 5).map { index in
      let fit = try SinusoidFit(
        times: series.times, values: series.values, sigmas: series.sigmas, frequency: spectrum[index].frequency)
      return abs(fit.power - spectrum[index].power)
    }.max() ?? .nan
  }

  /// False alarms, powers and limits of runs with noise alone or a signal, each with random gaps.
  struct Calibration {
    var runs = 0
    var falseAlarms5 = 0
    var falseAlarms1 = 0
    var powers: [Double] = []
    /// Of a signal: what was found less what was injected, in standard deviations, and how often A95 covers it.
    var cosines: [Double] = []
    var sines: [Double] = []
    var covered = 0
  }

  /// - Parameters:
  ///   - runs: how many.
  ///   - cycles: of the injected signal in the span; its frequency is one of the search's.
  ///   - strength: its amplitude over the 5 % global threshold; 0 for noise alone.
  static func calibrate(runs: Int, cycles: Double, strength: Double) throws -> Calibration {
    let (count, interval) = (1024, 100.0)
    var result = Calibration()
    for run in 0..<runs {
      let buffer = AlignedBuffer(count: count)
      NormalDeviates.fillWhite(buffer.buffer, firstSample: 0, key: UInt64(1_000_000 + run), scale: 1)
      let generator = NormalDeviates.uniforms(key: UInt64(2_000_000 + run))
      var isUp = true
      let slots = (0..<count).filter { slot in
        if slot % 32 == 0, slot > 0 { isUp = generator() < 0.6 }
        // The ends stay, so that all runs have one span.
        return isUp || slot == count - 1
      }
      let middle = 0.5 * Double(count) * interval
      let times = slots.map { (Double($0) + 0.5) * interval - middle }
      func series(_ values: [Double]) throws -> ClockSeries {
        try ClockSeries(times: times, values: values, sigmas: times.map { _ in 1 }, interval: interval)
      }
      let noise = slots.map { buffer.pointer[$0] }
      let options = SearchOptions(highestFrequency: 2.5e-3, oversampling: 10)
      let quiet = try SinusoidSearch([SearchedClock(series(noise))], options: options).run()
      result.runs += 1
      let threshold = try quiet.threshold.power(falseAlarmProbability: 0.05)
      if strength == 0 {
        let peak = quiet.peak?.power ?? 0
        if peak > threshold { result.falseAlarms5 += 1 }
        if peak > (try quiet.threshold.power(falseAlarmProbability: 0.01)) { result.falseAlarms1 += 1 }
        result.powers += stride(from: 20, to: quiet.count, by: 10).map { quiet[$0].power }
        continue
      }
      let index = (0..<quiet.count).min {
        abs(quiet.frequency($0) * quiet.span - cycles) < abs(quiet.frequency($1) * quiet.span - cycles)
      }
      guard let index else { continue }
      let point = quiet[index]
      let sigma = (point.covariance.cosine.squareRoot(), point.covariance.sine.squareRoot())
      let amplitude = strength * sigma.0 * (2 * threshold).squareRoot()
      let phase = 2.399963229728653 * Double(run)
      let loud = zip(times, noise).map { time, value in
        value + amplitude * cos(2 * .pi * point.frequency * (time - quiet.phaseOrigin) + phase)
      }
      let spectrum = try SinusoidSearch([SearchedClock(series(loud))], options: options).run()
      let found = spectrum[index]
      result.cosines.append((found.cosine - amplitude * cos(phase)) / sigma.0)
      result.sines.append((found.sine + amplitude * sin(phase)) / sigma.1)
      let limit = try AmplitudePosterior(cosine: found.cosine, sine: found.sine, covariance: found.covariance)
        .upperLimit()
      if limit >= amplitude { result.covered += 1 }
    }
    return result
  }
}

extension NormalDeviates {
  /// Uniform numbers in (0, 1), from normal ones.
  fileprivate static func uniforms(key: UInt64) -> () -> Double {
    var index: UInt32 = 0
    return {
      index += 1
      let deviates = four(SIMD4(index, 0, 0, 0), key: key)
      return 0.5 * erfc(deviates.x * 0.5.squareRoot())
    }
  }
}
