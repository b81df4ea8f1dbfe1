import Foundation
import Numerics

/// Sums over the rows of one bin: ln L beyond that of the measured power as noise, gradients and Fisher matrices.
struct StreamBin {
  var logLikelihood = 0.0
  /// Of α, two turns and the factors of the calibration.
  let order: Int
  var gradient: [Double]
  var fisher: [Double]
  var noiseGradient: [Double]
  var noiseFisher: [Double]
  /// [parameter][channel].
  var mixed: [Double]

  private let channels: Int
  private var v: [ComplexNumber]
  private var w: [ComplexNumber]
  private var u: [ComplexNumber]
  private var y: [ComplexNumber]
  private var slope: [ComplexNumber]
  private var responses: [[ComplexNumber]]

  /// - Parameters:
  ///   - channels: of the network.
  ///   - gains: factors of the calibration.
  init(channels: Int, gains: Int) {
    self.channels = channels
    order = 3 + gains
    gradient = [Double](repeating: 0, count: order)
    fisher = [Double](repeating: 0, count: order * order)
    noiseGradient = [Double](repeating: 0, count: channels)
    noiseFisher = [Double](repeating: 0, count: channels * channels)
    mixed = [Double](repeating: 0, count: order * channels)
    v = [ComplexNumber](repeating: .zero, count: 2 * channels)
    w = v
    u = v
    y = v
    slope = v
    responses = [[ComplexNumber]](repeating: v, count: order - 1)
  }

  mutating func reset() {
    logLikelihood = 0
    for index in gradient.indices { gradient[index] = 0 }
    for index in fisher.indices { fisher[index] = 0 }
    for index in noiseGradient.indices { noiseGradient[index] = 0 }
    for index in noiseFisher.indices { noiseFisher[index] = 0 }
    for index in mixed.indices { mixed[index] = 0 }
  }

  /// Σ over channels of conj(a) b, columns j and k.
  private static func product(
    _ a: [ComplexNumber], _ j: Int, _ b: [ComplexNumber], _ k: Int, _ size: Int
  ) -> ComplexNumber {
    var sum = ComplexNumber.zero
    for i in 0..<size { sum += a[j * size + i].conjugate * b[k * size + i] }
    return sum
  }

  /// Adds one row; false when Sigma is not positive definite.
  ///
  /// - Parameters:
  ///   - gains: g of each factor; a channel shows 1 + g times the field.
  ///   - gainGroups: number of the factor of each channel of the network.
  mutating func add(
    _ row: BandMatrices.Row, _ vectors: StreamVectors, bin: Int, wavenumber: Double, shape: Double, amplitude: Double,
    noise: ArraySlice<Double>, power: ArraySlice<Double>, gains: [Double], gainGroups: [Int?]
  ) -> Bool {
    let size = row.channels.count
    let m = vectors.columns
    let weight = row.weight
    let root = row.channels.map { 1 / power[power.startIndex + $0].squareRoot() }
    let inverse = row.channels.map { 1 / noise[noise.startIndex + $0] }
    let groups = row.channels.map { gainGroups[$0] }
    let factors = root.indices.map { root[$0] * shape.squareRoot() * (1 + (groups[$0].map { gains[$0] } ?? 0)) }
    /// ∂V of a turn, or of a factor of the calibration.
    func slopes(_ a: Int, into slope: inout [ComplexNumber]) {
      if a < 2 { return vectors.slopes(a, wavenumber: wavenumber, factors: factors, into: &slope) }
      for k in 0..<m {
        for i in 0..<size {
          slope[k * size + i] = groups[i] == a - 2 ? v[k * size + i] / (1 + gains[a - 2]) : .zero
        }
      }
    }
    vectors.values(wavenumber: wavenumber, factors: factors, into: &v)
    for k in 0..<m { for i in 0..<size { w[k * size + i] = v[k * size + i] * inverse[i] } }
    // K = (1 + α s)^-1, s = V† N^-1 V.
    var s = SmallMatrix()
    for j in 0..<m { for k in 0..<m { s[j, k] = Self.product(v, j, w, k, size) } }
    guard let (kernel, determinant) = (s * amplitude).inverseOfOnePlus(m) else { return false }
    let start = bin * size * size
    for k in 0..<m {
      for i in 0..<size {
        var g = ComplexNumber.zero
        for j in 0..<m { g += w[j * size + i] * kernel[j, k] }
        u[k * size + i] = g
        var sum = ComplexNumber.zero
        for l in 0..<size {
          sum += row.matrices[start + i * size + l] * (root[i] * root[l]) * w[k * size + l]
        }
        y[k * size + i] = sum
      }
    }
    var z = SmallMatrix()
    for j in 0..<m { for k in 0..<m { z[j, k] = Self.product(w, j, y, k, size) } }
    let p = s.times(kernel, m)
    let kz = kernel.times(z, m)
    let kzk = kz.times(kernel, m)
    // ln L less that of Sigma = measured power.
    var change = amplitude * kz.trace(m) - log(determinant)
    for i in 0..<size {
      let own = row.matrices[start + i * size + i].real * root[i] * root[i]
      change += own - own * inverse[i] + log(inverse[i])
    }
    logLikelihood += weight * change

    gradient[0] += weight * (kzk.trace(m) - p.trace(m))
    fisher[0] += weight * p.times(p, m).trace(m)
    for a in 0..<(order - 1) {
      slopes(a, into: &slope)
      // Sigma^-1 ∂V = N^-1 ∂V - α U (W† ∂V).
      for k in 0..<m {
        var overlaps = (ComplexNumber.zero, ComplexNumber.zero)
        overlaps.0 = Self.product(w, 0, slope, k, size)
        if m > 1 { overlaps.1 = Self.product(w, 1, slope, k, size) }
        for i in 0..<size {
          var value = slope[k * size + i] * inverse[i] - u[i] * overlaps.0 * amplitude
          if m > 1 { value -= u[size + i] * overlaps.1 * amplitude }
          responses[a][k * size + i] = value
        }
      }
    }
    // C U = Y K.
    var cu = [ComplexNumber](repeating: .zero, count: m * size)
    for k in 0..<m { for j in 0..<m { for i in 0..<size { cu[k * size + i] += y[j * size + i] * kernel[j, k] } } }
    var q = [SmallMatrix](repeating: SmallMatrix(), count: order - 1)
    for a in 0..<(order - 1) {
      for j in 0..<m { for k in 0..<m { q[a][j, k] = Self.product(v, j, responses[a], k, size) } }
      var slopeOfData = 0.0
      for k in 0..<m { slopeOfData += Self.product(cu, k, responses[a], k, size).real }
      gradient[1 + a] += weight * 2 * amplitude * (slopeOfData - q[a].trace(m))
      let mixedTerm = weight * 2 * amplitude * p.times(q[a], m).trace(m)
      fisher[1 + a] += mixedTerm
      fisher[order * (1 + a)] += mixedTerm
    }
    for a in 0..<(order - 1) {
      slopes(a, into: &slope)
      for b in 0..<(order - 1) {
        // ∂V_a† Sigma^-1 ∂V_b.
        var r = SmallMatrix()
        for j in 0..<m { for k in 0..<m { r[j, k] = Self.product(slope, j, responses[b], k, size) } }
        fisher[order * (1 + a) + 1 + b] +=
          weight * 2 * amplitude * amplitude * (q[a].times(q[b], m).trace(m) + p.times(r, m).trace(m))
      }
    }
    for i in 0..<size {
      let channel = row.channels[i]
      let own = row.matrices[start + i * size + i].real * root[i] * root[i]
      // (Sigma^-1 C Sigma^-1)_II and (Sigma^-1)_II.
      var data = own * inverse[i] * inverse[i]
      var precision = inverse[i]
      for k in 0..<m {
        data -= 2 * amplitude * inverse[i] * (y[k * size + i] * u[k * size + i].conjugate).real
        precision -= amplitude * (u[k * size + i] * w[k * size + i].conjugate).real
        for j in 0..<m {
          data += amplitude * amplitude * (u[j * size + i] * z[j, k] * u[k * size + i].conjugate).real
        }
        mixed[channel] += weight * u[k * size + i].magnitudeSquared
        for a in 0..<(order - 1) {
          mixed[(1 + a) * channels + channel] +=
            weight * 2 * amplitude * (responses[a][k * size + i] * u[k * size + i].conjugate).real
        }
      }
      noiseGradient[channel] += weight * (data - precision)
      for l in 0..<size {
        var element = ComplexNumber(i == l ? inverse[i] : 0)
        for k in 0..<m { element -= u[k * size + i] * w[k * size + l].conjugate * amplitude }
        noiseFisher[channel * channels + row.channels[l]] += weight * element.magnitudeSquared
      }
    }
    return true
  }
}

/// A complex matrix of order one or two.
private struct SmallMatrix {
  private var elements = (ComplexNumber.zero, ComplexNumber.zero, ComplexNumber.zero, ComplexNumber.zero)

  subscript(row: Int, column: Int) -> ComplexNumber {
    get {
      switch 2 * row + column {
      case 0: elements.0
      case 1: elements.1
      case 2: elements.2
      default: elements.3
      }
    }
    set {
      switch 2 * row + column {
      case 0: elements.0 = newValue
      case 1: elements.1 = newValue
      case 2: elements.2 = newValue
      default: elements.3 = newValue
      }
    }
  }

  static func * (matrix: SmallMatrix, factor: Double) -> SmallMatrix {
    var result = SmallMatrix()
    for row in 0..<2 { for column in 0..<2 { result[row, column] = matrix[row, column] * factor } }
    return result
  }

  func times(_ other: SmallMatrix, _ order: Int) -> SmallMatrix {
    var result = SmallMatrix()
    for row in 0..<order {
      for column in 0..<order {
        for inner in 0..<order { result[row, column] += self[row, inner] * other[inner, column] }
      }
    }
    return result
  }

  /// Real part of the trace.
  func trace(_ order: Int) -> Double { order == 1 ? self[0, 0].real : self[0, 0].real + self[1, 1].real }

  /// (1 + this)^-1 of a Hermitian matrix, and det(1 + this); nil when it is not positive.
  func inverseOfOnePlus(_ order: Int) -> (SmallMatrix, determinant: Double)? {
    var result = SmallMatrix()
    let first = 1 + self[0, 0].real
    guard order == 2 else {
      guard first > 0 else { return nil }
      result[0, 0] = ComplexNumber(1 / first)
      return (result, first)
    }
    let second = 1 + self[1, 1].real
    let determinant = first * second - self[0, 1].magnitudeSquared
    guard first > 0, determinant > 0 else { return nil }
    result[0, 0] = ComplexNumber(second / determinant)
    result[1, 1] = ComplexNumber(first / determinant)
    result[0, 1] = -self[0, 1] / determinant
    result[1, 0] = -self[1, 0] / determinant
    return (result, determinant)
  }
}
