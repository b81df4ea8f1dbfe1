import Foundation

/// Dense symmetric positive definite matrices of a few rows, in place, row-major, without allocation.
///
/// LAPACK's calls cost more than the arithmetic at these sizes, and the fit makes thousands of them.
enum PositiveDefinite {
  /// Replaces the upper triangle of `matrix` by U with U^T U = matrix.
  ///
  /// - Returns: the row whose pivot is not positive, or nil when the factor exists.
  @inline(__always)
  static func factor(_ matrix: UnsafeMutablePointer<Double>, _ count: Int) -> Int? {
    for pivot in 0..<count {
      let row = matrix + pivot * count
      guard row[pivot] > 0, row[pivot].isFinite else { return pivot }
      let inverse = 1 / row[pivot].squareRoot()
      for column in pivot..<count { row[column] *= inverse }
      for lower in (pivot + 1)..<max(count, pivot + 1) {
        let target = matrix + lower * count
        let weight = row[lower]
        for column in lower..<count { target[column] -= weight * row[column] }
      }
    }
    return nil
  }

  /// ln det of the matrix whose factor is given.
  @inline(__always)
  static func logDeterminant(_ factor: UnsafePointer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for row in 0..<count { sum += log(factor[row * count + row]) }
    return 2 * sum
  }

  /// Writes the whole inverse of the matrix whose factor is given, which becomes the factor's inverse.
  @inline(__always)
  static func invert(
    _ factor: UnsafeMutablePointer<Double>, _ count: Int, into inverse: UnsafeMutablePointer<Double>
  ) {
    for back in 0..<count {
      let pivot = count - 1 - back
      let row = factor + pivot * count
      let scale = 1 / row[pivot]
      // The inverse's row is built beside the factor's, in the space of the result.
      let built = inverse + pivot * count
      for column in pivot..<count { built[column] = 0 }
      for lower in (pivot + 1)..<max(count, pivot + 1) {
        let below = factor + lower * count
        let weight = row[lower] * scale
        for column in lower..<count { built[column] -= weight * below[column] }
      }
      built[pivot] = scale
      for column in pivot..<count { row[column] = built[column] }
    }
    for first in 0..<count {
      for second in first..<count {
        let one = factor + first * count
        let other = factor + second * count
        var sum = 0.0
        for column in second..<count { sum += one[column] * other[column] }
        inverse[first * count + second] = sum
        inverse[second * count + first] = sum
      }
    }
  }

  /// Replaces `right` ([row][side], `sides` right-hand sides) by the solution, given the factor.
  @inline(__always)
  static func solve(
    _ factor: UnsafePointer<Double>, _ count: Int, _ right: UnsafeMutablePointer<Double>, _ sides: Int
  ) {
    for pivot in 0..<count {
      let row = factor + pivot * count
      let solved = right + pivot * sides
      let scale = 1 / row[pivot]
      for side in 0..<sides { solved[side] *= scale }
      for lower in (pivot + 1)..<max(count, pivot + 1) {
        let target = right + lower * sides
        let weight = row[lower]
        for side in 0..<sides { target[side] -= weight * solved[side] }
      }
    }
    for back in 0..<count {
      let pivot = count - 1 - back
      let row = factor + pivot * count
      let target = right + pivot * sides
      for lower in (pivot + 1)..<max(count, pivot + 1) {
        let solved = right + lower * sides
        let weight = row[lower]
        for side in 0..<sides { target[side] -= weight * solved[side] }
      }
      let scale = 1 / row[pivot]
      for side in 0..<sides { target[side] *= scale }
    }
  }

  /// Inverse of a small symmetric matrix; nil when it is not positive definite.
  static func inverse(_ matrix: [Double], _ count: Int) -> [Double]? {
    var factor = matrix
    var result = [Double](repeating: 0, count: count * count)
    let failed = factor.withUnsafeMutableBufferPointer { factor -> Bool in
      guard let base = factor.baseAddress else { return true }
      guard self.factor(base, count) == nil else { return true }
      return result.withUnsafeMutableBufferPointer { result -> Bool in
        guard let target = result.baseAddress else { return true }
        invert(base, count, into: target)
        return false
      }
    }
    return failed ? nil : result
  }
}
