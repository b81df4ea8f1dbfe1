import Foundation
import Numerics
import Sky

/// A stream fitted to the matrices of a band: strength, direction and the noise of every channel and bin.
struct StreamFit {
  /// Ω, along which the waves run.
  var propagation: SIMD3<Double>
  /// α, unit²/Hz at the reference frequency.
  var amplitude: Double
  /// [bin][channel], in units of the measured power.
  var noise: [Double]
  /// Factors of the calibration.
  var gains: [Double]
  /// ln L - ln L(noise only).
  var gain: Double
}

/// The exact likelihood of a stream with free noise, Sigma = N + α V V†, of which the rank of V is one or two.
///
/// With U = Sigma^-1 V all of ln L, its gradient and the Fisher matrix need products of the size of V only (Sherman,
/// Morrison and Woodbury). The noise of each bin is eliminated from the step by its Schur complement, as in `FisherScoring`.
struct StreamScoring {
  let data: BandMatrices
  let mode: StreamForecast.Mode
  /// Measured power, [bin][channel].
  private let power: [Double]
  private let hasData: [Bool]
  private let gainGroups: [Int?]
  /// Standard deviations of the factors of the calibration.
  private let gainDeviations: [Double]

  init(_ data: BandMatrices, mode: StreamForecast.Mode) {
    self.data = data
    self.mode = mode
    gainGroups = data.calibration?.groups ?? [Int?](repeating: nil, count: data.geometry.channelCount)
    gainDeviations = data.calibration?.standardDeviations ?? []
    power = data.power
    hasData = (0..<data.geometry.channelCount).map { channel in data.rows.contains { $0.channels.contains(channel) } }
  }

  /// Climbs from a direction and strength to the nearest maximum.
  ///
  /// - Parameter tolerance: of the next step, in standard deviations.
  func climb(from propagation: SIMD3<Double>, amplitude: Double, tolerance: Double) -> StreamFit? {
    let unknowns = data.frequencies.count * data.geometry.channelCount
    var fit = StreamFit(
      propagation: propagation, amplitude: amplitude, noise: [Double](repeating: 1, count: unknowns),
      gains: gainDeviations.map { _ in 0 }, gain: 0)
    // The largest part of a radian by which a step may turn.
    let largestTurn = 0.3 / max(1, (data.wavenumbers.max() ?? 0) * data.longestBaseline)
    guard var current = evaluate(fit) else { return nil }
    fit.gain = current.logLikelihood
    for _ in 0..<60 {
      let step = current.step
      let decrement = current.decrement
      guard decrement.isFinite, decrement.squareRoot() > tolerance else { break }
      let turn = (step[1] * step[1] + step[2] * step[2]).squareRoot()
      var length = min(1, turn > 0 ? largestTurn / turn : 1)
      var accepted = false
      while length > 1e-4 {
        var trial = fit
        trial.amplitude += length * step[0]
        if trial.amplitude <= 0 { trial.amplitude = fit.amplitude / 4 }
        let moved =
          fit.propagation + length * (step[1] * current.tangents.0 + step[2] * current.tangents.1)
        trial.propagation = moved / dot(moved, moved).squareRoot()
        for index in trial.gains.indices { trial.gains[index] += length * step[3 + index] }
        for index in trial.noise.indices { trial.noise[index] += length * current.noiseStep[index] }
        if trial.noise.allSatisfy({ $0 > 0 }), trial.gains.allSatisfy({ $0 > -1 }), let next = evaluate(trial),
          next.logLikelihood >= current.logLikelihood
        {
          trial.gain = next.logLikelihood
          fit = trial
          current = next
          accepted = true
          break
        }
        length /= 4
      }
      if !accepted { break }
    }
    return fit
  }

  /// ln L at a point, and the scoring step from there.
  private struct Evaluation {
    var logLikelihood: Double
    var tangents: (SIMD3<Double>, SIMD3<Double>)
    /// α, two turns, in radians, and the factors of the calibration.
    var step: [Double]
    var noiseStep: [Double]
    /// Squared length of the step in standard deviations.
    var decrement: Double
  }

  private func evaluate(_ fit: StreamFit) -> Evaluation? {
    let n = data.geometry.channelCount
    let bins = data.frequencies.count
    let tangents = tangentBasis(fit.propagation)
    let vectors = data.rows.map {
      StreamVectors(
        mode: mode, propagation: fit.propagation, tangents: tangents, channels: $0.channels, geometry: data.geometry,
        time: $0.time)
    }
    var logLikelihood = 0.0
    let order = 3 + fit.gains.count
    var gradient = [Double](repeating: 0, count: order)
    var fisher = [Double](repeating: 0, count: order * order)
    var solutions = [Double](repeating: 0, count: bins * (1 + order) * n)
    var noiseDecrement = 0.0
    var bin = StreamBin(channels: n, gains: fit.gains.count)
    for number in 0..<bins {
      bin.reset()
      for (row, vector) in zip(data.rows, vectors) {
        guard
          bin.add(
            row, vector, bin: number, wavenumber: data.wavenumbers[number], shape: data.shape[number],
            amplitude: fit.amplitude, noise: fit.noise[number * n..<(number + 1) * n],
            power: power[number * n..<(number + 1) * n], gains: fit.gains, gainGroups: gainGroups)
        else { return nil }
      }
      logLikelihood += bin.logLikelihood
      for channel in 0..<n where !hasData[channel] { bin.noiseFisher[channel * n + channel] = 1 }
      // [gradient, mixed] solved for the noise at once.
      var sides = bin.noiseGradient + bin.mixed
      let solved = bin.noiseFisher.withUnsafeMutableBufferPointer { matrix -> Bool in
        guard let start = matrix.baseAddress, (try? CholeskyInPlace.factor(start, order: n)) != nil else {
          return false
        }
        return sides.withUnsafeMutableBufferPointer { sides in
          guard let first = sides.baseAddress else { return false }
          for side in 0..<(1 + order) { CholeskyInPlace.solve(factor: start, order: n, first + side * n) }
          return true
        }
      }
      guard solved else { return nil }
      for a in 0..<order {
        var removed = 0.0
        for channel in 0..<n { removed += bin.mixed[a * n + channel] * sides[channel] }
        gradient[a] += bin.gradient[a] - removed
        for b in 0..<order {
          var removed = 0.0
          for channel in 0..<n { removed += bin.mixed[a * n + channel] * sides[(1 + b) * n + channel] }
          fisher[a * order + b] += bin.fisher[a * order + b] - removed
        }
      }
      for channel in 0..<n { noiseDecrement += bin.noiseGradient[channel] * sides[channel] }
      for element in sides.indices { solutions[number * (1 + order) * n + element] = sides[element] }
    }
    // The normal law of the factors of the calibration.
    for (number, deviation) in gainDeviations.enumerated() {
      let precision = 1 / (deviation * deviation)
      logLikelihood -= 0.5 * precision * fit.gains[number] * fit.gains[number]
      gradient[3 + number] -= precision * fit.gains[number]
      fisher[(3 + number) * (order + 1)] += precision
    }
    // Where the direction is not determined only the strength moves.
    var step = [Double](repeating: 0, count: order)
    if let inverse = try? FisherScoring.inverse(fisher, order) {
      for a in 0..<order { for b in 0..<order { step[a] += inverse[a * order + b] * gradient[b] } }
    } else if fisher[0] > 0 {
      step[0] = gradient[0] / fisher[0]
    } else {
      return nil
    }
    var noiseStep = [Double](repeating: 0, count: bins * n)
    for number in 0..<bins {
      for channel in 0..<n {
        var value = solutions[number * (1 + order) * n + channel]
        for a in 0..<order { value -= solutions[(number * (1 + order) + 1 + a) * n + channel] * step[a] }
        noiseStep[number * n + channel] = value
      }
    }
    let decrement = noiseDecrement + (0..<order).reduce(0) { $0 + step[$1] * gradient[$1] }
    return Evaluation(
      logLikelihood: logLikelihood, tangents: tangents, step: step, noiseStep: noiseStep, decrement: max(0, decrement))
  }
}
