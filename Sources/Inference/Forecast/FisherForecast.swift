import Glibc
import Numerics

/// The exact Fisher matrix of a family's parameters, F_ab = Σ Tr[Σ⁻¹ ∂_a S Σ⁻¹ ∂_b S], (31), the noise known.
public struct FisherForecast: Sendable {
  public let labels: [String]
  public let matrix: RealMatrix

  /// - Parameters:
  ///   - family: a signal, and its derivatives with all parameters; the first tensor is both S and ∂S/∂ln A.
  ///   - network: the channels.
  ///   - times: what stands for the run.
  public init(_ family: TemplateFamily, network: ForecastNetwork, times: ObservationTimes) throws {
    let count = family.labels.count
    var sum = RealMatrix(rows: count, columns: count)
    for cell in family.cells {
      for view in try network.views(at: cell.frequency, rotation: family.rotation, times: times) {
        let derivatives = view.matrices(cell, count: count)
        let covariance = ComplexMatrix.identity(view.directions.count) + derivatives[0]
        let inverse = try ComplexCholesky(of: covariance).inverse()
        let products = derivatives.map { inverse * $0 }
        for a in 0..<count {
          for b in 0...a {
            sum[a, b] += cell.samples * view.share * Self.traceOfProduct(products[a], products[b])
          }
        }
      }
    }
    for a in 0..<count { for b in 0..<a { sum[b, a] = sum[a, b] } }
    labels = family.labels
    matrix = sum
  }

  public init(labels: [String], matrix: RealMatrix) {
    self.labels = labels
    self.matrix = matrix
  }

  /// One standard deviation of each parameter, all fitted together; nil for those that the network cannot tell apart
  /// from others or does not feel.
  public var uncertainties: [Double?] {
    let count = labels.count
    // A derivative that vanishes leaves the rounding errors of directions behind, some 1e-16 of the signal.
    let least = 1e-26 * ((0..<count).map { matrix[$0, $0] }.max() ?? 0)
    let scale = (0..<count).map { matrix[$0, $0] > least ? 1 / matrix[$0, $0].squareRoot() : 0 }
    var scaled = matrix
    for a in 0..<count { for b in 0..<count { scaled[a, b] *= scale[a] * scale[b] } }
    guard let system = try? SymmetricEigensystem(of: scaled) else { return labels.map { _ in nil } }
    return (0..<count).map { parameter in
      guard scale[parameter] > 0 else { return nil }
      var variance = 0.0
      for (column, value) in system.values.enumerated() {
        let share = system.vectors[parameter, column]
        guard value > 1e-10 else {
          if abs(share) > 1e-4 { return nil }
          continue
        }
        variance += share * share / value
      }
      return variance.squareRoot() * scale[parameter]
    }
  }

  /// One standard deviation of a parameter by its name, all fitted together.
  public func uncertainty(_ label: String) -> Double? {
    labels.firstIndex(of: label).flatMap { uncertainties[$0] }
  }

  /// The Fisher matrix of some of the parameters, all others known.
  public func holdingAllBut(_ kept: [String]) -> FisherForecast {
    let indices = kept.compactMap { labels.firstIndex(of: $0) }
    var part = RealMatrix(rows: indices.count, columns: indices.count)
    for (a, i) in indices.enumerated() { for (b, j) in indices.enumerated() { part[a, b] = matrix[i, j] } }
    return FisherForecast(labels: indices.map { labels[$0] }, matrix: part)
  }

  /// Re Tr[A B].
  static func traceOfProduct(_ a: ComplexMatrix, _ b: ComplexMatrix) -> Double {
    var sum = 0.0
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let (left, right) = (a[i, k], b[k, i])
        sum += left.real * right.real - left.imaginary * right.imaginary
      }
    }
    return sum
  }
}
