import Foundation
import Numerics

/// Scratch memory of one fit and the innermost evaluation of the likelihood, bin by bin, without allocation.
///
/// Coordinates are (a_1, ..., a_n, index) in scaled units, then the calibration factors g, if any; `order` is their number.
final class LikelihoodWorkspace {
  let likelihood: WhittleLikelihood
  let calibration: CalibrationUncertainty?
  let order: Int
  /// Number of calibration factors.
  var gainCount: Int { calibration?.standardDeviations.count ?? 0 }
  /// ln L of the last evaluation.
  private(set) var logLikelihood = -Double.infinity
  /// Gradient of ln L in the coordinates with the noise held, and with the noise eliminated.
  private(set) var gradient: [Double]
  private(set) var reducedGradient: [Double]
  /// Fisher matrix [order][order] with the noise known, and with the noise eliminated.
  private(set) var fisher: [Double]
  private(set) var reducedFisher: [Double]
  /// Reduced gradient and Fisher matrix of each bin.
  private(set) var binGradient: [Double]
  private(set) var binFisher: [Double]
  /// Squared length, in units of standard deviations, of the noise part of the scoring step.
  private(set) var noiseDecrement = 0.0
  /// Gradient of ln L in the noise densities, [bin][channel].
  private(set) var noiseGradient: [Double]
  /// Variance of each noise density at known coordinates, [bin][channel]; filled when `collectsNoiseVariance` is set.
  private(set) var noiseVariance: [Double] = []
  var collectsNoiseVariance = false

  /// [bin][1 + order][channel]: the scoring step of the noise at fixed coordinates, and its response to each coordinate.
  private let noiseSolution: UnsafeMutablePointer<Double>
  private let noiseFisher: UnsafeMutablePointer<Double>
  private let mixedFisher: UnsafeMutablePointer<Double>
  private let precision: UnsafeMutablePointer<Double>
  private let ratio: UnsafeMutablePointer<Double>
  private let gathered: UnsafeMutablePointer<Double>
  private let products: UnsafeMutablePointer<Double>
  private let signal: UnsafeMutablePointer<Double>
  private let slope: UnsafeMutablePointer<Double>

  init(_ likelihood: WhittleLikelihood, calibration: CalibrationUncertainty? = nil) {
    self.likelihood = likelihood
    self.calibration = calibration
    let n = likelihood.channelCount
    let bins = likelihood.binCount
    order = likelihood.componentCount + 1 + (calibration?.standardDeviations.count ?? 0)
    gradient = [Double](repeating: 0, count: order)
    reducedGradient = gradient
    fisher = [Double](repeating: 0, count: order * order)
    reducedFisher = fisher
    binGradient = [Double](repeating: 0, count: bins * order)
    binFisher = [Double](repeating: 0, count: bins * order * order)
    noiseGradient = [Double](repeating: 0, count: bins * n)
    func allocate(_ count: Int) -> UnsafeMutablePointer<Double> {
      let memory = UnsafeMutablePointer<Double>.allocate(capacity: count)
      memory.initialize(repeating: 0, count: count)
      return memory
    }
    noiseSolution = allocate(bins * n * (order + 1))
    noiseFisher = allocate(n * n)
    mixedFisher = allocate(order * n)
    precision = allocate(n * n)
    ratio = allocate(n * n)
    gathered = allocate(order * n * n)
    products = allocate(order * n * n)
    signal = allocate(n * n)
    slope = allocate(n * n)
  }

  deinit {
    for memory in [noiseSolution, noiseFisher, mixedFisher, precision, ratio, gathered, products, signal, slope] {
      memory.deallocate()
    }
  }

  /// Evaluates ln L, its gradient and the Fisher matrix.
  ///
  /// - Returns: false when Sigma is not positive definite somewhere; nothing else is then valid.
  func evaluate(coordinates: [Double], noise: [Double]) -> Bool {
    let n = likelihood.channelCount
    for index in 0..<order {
      gradient[index] = 0
      reducedGradient[index] = 0
    }
    for index in 0..<(order * order) {
      fisher[index] = 0
      reducedFisher[index] = 0
    }
    noiseDecrement = 0
    logLikelihood = 0
    return coordinates.withUnsafeBufferPointer { coordinates in
      noise.withUnsafeBufferPointer { noise in
        likelihood.templates.withUnsafeBufferPointer { templates in
          guard let coordinates = coordinates.baseAddress, let noise = noise.baseAddress,
            let templates = templates.baseAddress
          else { return false }
          for bin in 0..<likelihood.binCount {
            let binTemplates = templates + bin * likelihood.componentCount * n * n
            guard evaluate(bin: bin, templates: binTemplates, coordinates: coordinates, noise: noise + bin * n) else {
              return false
            }
          }
          addPrior(coordinates)
          return true
        }
      }
    }
  }

  /// The normal law of the calibration factors.
  private func addPrior(_ coordinates: UnsafePointer<Double>) {
    guard let calibration else { return }
    for (number, deviation) in calibration.standardDeviations.enumerated() {
      let place = likelihood.componentCount + 1 + number
      let precision = 1 / (deviation * deviation)
      let value = coordinates[place]
      logLikelihood -= 0.5 * precision * value * value
      gradient[place] -= precision * value
      reducedGradient[place] -= precision * value
      fisher[place * order + place] += precision
      reducedFisher[place * order + place] += precision
    }
  }

  private func evaluate(
    bin: Int, templates: UnsafePointer<Double>, coordinates: UnsafePointer<Double>, noise: UnsafePointer<Double>
  ) -> Bool {
    let n = likelihood.channelCount
    let components = likelihood.componentCount
    let shape = exp(coordinates[components] * likelihood.logFrequencies[bin])
    noiseFisher.update(repeating: 0, count: n * n)
    mixedFisher.update(repeating: 0, count: order * n)
    let firstGradient = bin * order
    let firstFisher = bin * order * order
    for index in 0..<order { binGradient[firstGradient + index] = 0 }
    for index in 0..<(order * order) { binFisher[firstFisher + index] = 0 }
    for channel in 0..<n { noiseGradient[bin * n + channel] = 0 }

    for number in likelihood.groups.indices {
      guard
        add(
          group: number, bin: bin, shape: shape, templates: templates, coordinates: coordinates, noise: noise)
      else { return false }
    }
    for index in 0..<order { gradient[index] += binGradient[firstGradient + index] }
    for index in 0..<(order * order) { fisher[index] += binFisher[firstFisher + index] }
    return eliminateNoise(bin: bin)
  }

  /// Adds one group's share of one bin to ln L, gradients and Fisher matrices.
  private func add(
    group number: Int, bin: Int, shape: Double, templates: UnsafePointer<Double>, coordinates: UnsafePointer<Double>,
    noise: UnsafePointer<Double>
  ) -> Bool {
    let n = likelihood.channelCount
    let components = likelihood.componentCount
    let weight = likelihood.groups[number].weight
    let size = likelihood.groups[number].channels.count
    let logFrequency = likelihood.logFrequencies[bin]
    return likelihood.groups[number].channels.withUnsafeBufferPointer { channels in
      likelihood.groups[number].matrices.withUnsafeBufferPointer { matrices in
        guard let channels = channels.baseAddress, let measured = matrices.baseAddress.map({ $0 + bin * size * size })
        else { return true }
        let square = size * size
        for component in 0..<components {
          let source = templates + component * n * n
          let target = gathered + component * square
          for row in 0..<size {
            let line = source + channels[row] * n
            for column in 0..<size { target[row * size + column] = shape * line[channels[column]] }
            guard calibration != nil else { continue }
            let factor = gain(channels[row], coordinates)
            for column in 0..<size {
              target[row * size + column] *= factor * gain(channels[column], coordinates)
            }
          }
        }
        // Sigma, then its factor, then its inverse, all in one place.
        precision.update(repeating: 0, count: square)
        for component in 0..<components {
          let source = gathered + component * square
          let amplitude = coordinates[component]
          for index in 0..<square { precision[index] += amplitude * source[index] }
        }
        for row in 0..<size { precision[row * size + row] += noise[channels[row]] }
        guard factor(precision, size) else { return false }
        let logDeterminant = CholeskyInPlace.logDeterminant(factor: precision, order: size)
        CholeskyInPlace.invert(precision, order: size)
        var trace = 0.0
        for index in 0..<square { trace += precision[index] * measured[index] }
        logLikelihood -= weight * (trace + logDeterminant)

        // R = Sigma^-1 C and M_c = Sigma^-1 D_c; the derivative along the index is a combination of the M_c.
        multiply(precision, measured, size, into: ratio)
        let last = products + components * square
        last.update(repeating: 0, count: square)
        for component in 0..<components {
          let product = products + component * square
          multiply(precision, gathered + component * square, size, into: product)
          let amplitude = coordinates[component] * logFrequency
          for index in 0..<square { last[index] += amplitude * product[index] }
        }
        if calibration != nil {
          multiplyGainSlopes(channels, size: size, coordinates: coordinates)
        }
        for first in 0..<order {
          let one = products + first * square
          var sum = 0.0
          for row in 0..<size {
            sum -= one[row * size + row]
            for column in 0..<size { sum += ratio[row * size + column] * one[column * size + row] }
          }
          binGradient[bin * order + first] += weight * sum
          for second in first..<order {
            let other = products + second * square
            var sum = 0.0
            for row in 0..<size {
              for column in 0..<size { sum += one[row * size + column] * other[column * size + row] }
            }
            binFisher[(bin * order + first) * order + second] += weight * sum
            if second > first { binFisher[(bin * order + second) * order + first] += weight * sum }
          }
          for row in 0..<size {
            var sum = 0.0
            for column in 0..<size { sum += one[row * size + column] * precision[column * size + row] }
            mixedFisher[first * n + channels[row]] += weight * sum
          }
        }
        for row in 0..<size {
          var sum = -precision[row * size + row]
          for column in 0..<size { sum += ratio[row * size + column] * precision[column * size + row] }
          noiseGradient[bin * n + channels[row]] += weight * sum
          for column in 0..<size {
            let value = precision[row * size + column]
            noiseFisher[channels[row] * n + channels[column]] += weight * value * value
          }
        }
        return true
      }
    }
  }

  /// 1 + g of a channel.
  private func gain(_ channel: Int, _ coordinates: UnsafePointer<Double>) -> Double {
    calibration?.groups[channel].map { 1 + coordinates[likelihood.componentCount + 1 + $0] } ?? 1
  }

  /// Sigma^-1 dS/dg of every calibration factor: its rows and columns of S, each divided by 1 + g.
  private func multiplyGainSlopes(
    _ channels: UnsafePointer<Int>, size: Int, coordinates: UnsafePointer<Double>
  ) {
    guard let calibration else { return }
    let square = size * size
    signal.update(repeating: 0, count: square)
    for component in 0..<likelihood.componentCount {
      let source = gathered + component * square
      for index in 0..<square { signal[index] += coordinates[component] * source[index] }
    }
    for number in calibration.standardDeviations.indices {
      let place = likelihood.componentCount + 1 + number
      let inverse = 1 / (1 + coordinates[place])
      for row in 0..<size {
        let own = calibration.groups[channels[row]] == number ? inverse : 0
        for column in 0..<size {
          let other = calibration.groups[channels[column]] == number ? inverse : 0
          slope[row * size + column] = signal[row * size + column] * (own + other)
        }
      }
      multiply(precision, slope, size, into: products + place * square)
    }
  }

  /// Schur complement of the bin's noise block: what is left for the coordinates when the noise follows.
  private func eliminateNoise(bin: Int) -> Bool {
    let n = likelihood.channelCount
    let solution = noiseSolution + bin * (order + 1) * n
    for channel in 0..<n {
      if !likelihood.hasData[channel] { noiseFisher[channel * n + channel] = 1 }
      solution[channel] = noiseGradient[bin * n + channel]
    }
    for index in 0..<(order * n) { solution[n + index] = mixedFisher[index] }
    guard factor(noiseFisher, n) else { return false }
    for side in 0...order { CholeskyInPlace.solve(factor: noiseFisher, order: n, solution + side * n) }
    for first in 0..<order {
      let mixed = mixedFisher + first * n
      for channel in 0..<n { binGradient[bin * order + first] -= mixed[channel] * solution[channel] }
      reducedGradient[first] += binGradient[bin * order + first]
      for second in 0..<order {
        let response = solution + (1 + second) * n
        for channel in 0..<n {
          binFisher[(bin * order + first) * order + second] -= mixed[channel] * response[channel]
        }
        reducedFisher[first * order + second] += binFisher[(bin * order + first) * order + second]
      }
    }
    for channel in 0..<n { noiseDecrement += noiseGradient[bin * n + channel] * solution[channel] }
    if collectsNoiseVariance {
      if noiseVariance.isEmpty { noiseVariance = [Double](repeating: 0, count: likelihood.binCount * n) }
      CholeskyInPlace.invert(noiseFisher, order: n)
      for channel in 0..<n { noiseVariance[bin * n + channel] = noiseFisher[channel * n + channel] }
    }
    return true
  }

  /// Scoring step of the noise that goes with a step of the coordinates, [bin][channel], into `step`.
  func noiseStep(for change: [Double], into step: inout [Double]) {
    let n = likelihood.channelCount
    for bin in 0..<likelihood.binCount {
      let solution = noiseSolution + bin * (order + 1) * n
      for channel in 0..<n {
        var value = solution[channel]
        for coordinate in 0..<order { value -= solution[(1 + coordinate) * n + channel] * change[coordinate] }
        step[bin * n + channel] = value
      }
    }
  }

  /// How far each noise density falls when a coordinate rises, along the ridge of ln L: [bin][channel][coordinate].
  func noiseResponse() -> [Double] {
    let n = likelihood.channelCount
    var response: [Double] = []
    for bin in 0..<likelihood.binCount {
      for channel in 0..<n {
        for side in 1...order { response.append(noiseSolution[(bin * (order + 1) + side) * n + channel]) }
      }
    }
    return response
  }

  /// Cholesky's factor in place; false when the matrix is not positive definite.
  private func factor(_ matrix: UnsafeMutablePointer<Double>, _ count: Int) -> Bool {
    do {
      try CholeskyInPlace.factor(matrix, order: count)
      return true
    } catch {
      return false
    }
  }

  @inline(__always)
  private func multiply(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ size: Int,
    into product: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<size {
      let target = product + row * size
      for column in 0..<size { target[column] = 0 }
      for inner in 0..<size {
        let weight = left[row * size + inner]
        let line = right + inner * size
        for column in 0..<size { target[column] += weight * line[column] }
      }
    }
  }
}
