import Foundation
import Numerics

/// The room of one thread for one direction after the other.
final class LineSkyWorkspace {
  var products: [ComplexNumber]
  private let columns: Int
  /// λ and the angle that turns the two columns into independent modes.
  private var eigenvalues = (0.0, 0.0)
  private var turn = (cosine: 1.0, sine: 0.0)

  init(segments: Int, columns: Int) {
    products = [ComplexNumber](repeating: .zero, count: segments * columns)
    self.columns = columns
  }

  var trace: Double { eigenvalues.0 + eigenvalues.1 }

  /// The real symmetric matrix V†V.
  func set(_ gram00: Double, _ gram01: Double, _ gram11: Double) {
    guard columns == 2 else {
      eigenvalues = (gram00, 0)
      return
    }
    let angle = 0.5 * atan2(2 * gram01, gram00 - gram11)
    turn = (cos(angle), sin(angle))
    let mean = (gram00 + gram11) / 2
    let radius = hypot((gram00 - gram11) / 2, gram01)
    eigenvalues = (mean + radius, max(0, mean - radius))
  }

  /// max over s >= 0 of Σ_i [s p_i/(1 + s λ_i) - ln(1 + s λ_i)], and s.
  func likelihood(_ first: ComplexNumber, _ second: ComplexNumber) -> (value: Double, amplitude: Double) {
    guard columns == 2, eigenvalues.1 > 1e-12 * eigenvalues.0 else {
      // p/λ - 1 - ln(p/λ) at s = (p - λ)/λ².
      let power = first.magnitudeSquared
      guard eigenvalues.0 > 0, power > eigenvalues.0 else { return (0, 0) }
      let ratio = power / eigenvalues.0
      return (ratio - 1 - log(ratio), (ratio - 1) / eigenvalues.0)
    }
    let along = first * turn.cosine + second * turn.sine
    let across = second * turn.cosine - first * turn.sine
    let profile = LineProfile(
      powers: [along.magnitudeSquared, across.magnitudeSquared], eigenvalues: [eigenvalues.0, eigenvalues.1])
    return (profile.statistic / 2, profile.power)
  }
}
