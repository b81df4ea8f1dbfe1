import Foundation
import Numerics

/// Normal and Gamma deviates of a key, one after the other.
struct DeviateStream {
  private let key: UInt64
  private var block: UInt32 = 0
  private var kept = SIMD4<Double>()
  private var left = 0

  init(key: UInt64) { self.key = key }

  mutating func normal() -> Double {
    if left == 0 {
      kept = NormalDeviates.four(SIMD4(block, 0, 0, 0), key: key)
      block += 1
      left = 4
    }
    left -= 1
    return kept[left]
  }

  /// E|ζ|² = 1.
  mutating func complexNormal() -> ComplexNumber {
    let real = normal()
    return ComplexNumber(real, normal()) * 0.5.squareRoot()
  }

  /// Gamma deviate of scale one by the rejection of Marsaglia and Tsang (2000).
  ///
  /// - Parameter shape: at least 1.
  mutating func gamma(_ shape: Double) -> Double {
    let d = shape - 1.0 / 3
    while true {
      let x = normal()
      let root = 1 + x / (9 * d).squareRoot()
      guard root > 0 else { continue }
      let v = root * root * root
      let uniform = 0.5 * erfc(normal() * 0.5.squareRoot())
      if log(uniform) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}

/// Mean matrices drawn from a model: complex Wishart matrices of every row and bin.
struct SpectralDraws: Sendable {
  private let template: BandMatrices
  /// Lower triangular factors of Sigma, [row][bin].
  private let factors: [[ComplexMatrix]]

  /// - Parameters:
  ///   - data: rows whose times, channels and weights the draws have.
  ///   - covariance: Sigma of a row and bin.
  /// - Throws: `LinearAlgebraError` when a Sigma is not positive definite.
  init(like data: BandMatrices, covariance: (_ row: Int, _ bin: Int) -> ComplexMatrix) throws {
    template = data
    factors = try data.rows.indices.map { row in
      try data.frequencies.indices.map { try ComplexCholesky(of: covariance(row, $0)).lower }
    }
  }

  /// One experiment.
  func draw(key: UInt64) -> BandMatrices {
    var result = template
    var deviates = DeviateStream(key: key)
    for row in template.rows.indices {
      let size = template.rows[row].channels.count
      let weight = template.rows[row].weight
      for bin in template.frequencies.indices {
        let lower = factors[row][bin]
        // Columns whose outer products sum to weight x C: Bartlett's triangle, or single vectors when they are few.
        let columns = weight >= Double(size) ? size : max(1, Int(weight.rounded()))
        let isTriangle = weight >= Double(size)
        let scale = 1 / (isTriangle ? weight : Double(columns)).squareRoot()
        var root = ComplexMatrix(rows: size, columns: columns)
        for column in 0..<columns {
          for inner in (isTriangle ? column : 0)..<size {
            let deviate =
              isTriangle && inner == column
              ? ComplexNumber(deviates.gamma(weight - Double(column)).squareRoot()) : deviates.complexNormal()
            for i in inner..<size { root[i, column] += lower[i, inner] * deviate * scale }
          }
        }
        let start = bin * size * size
        for i in 0..<size {
          for j in 0...i {
            var sum = ComplexNumber.zero
            for column in 0..<columns { sum += root[i, column] * root[j, column].conjugate }
            result.rows[row].matrices[start + i * size + j] = sum
            result.rows[row].matrices[start + j * size + i] = sum.conjugate
          }
        }
      }
    }
    return result
  }
}
