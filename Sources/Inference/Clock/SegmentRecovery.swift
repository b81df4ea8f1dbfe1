import DarkMatter
import Glibc
import Numerics

/// The share of the power of a line of the standard halo that a sinusoid fitted in a segment gets, at the best frequency: the
/// line is not constant within a segment, and how much it changes is known.
///
/// With the correlation function C of the field (physics page clock, section 2.4),
///
///     eta = max_nu (2/T_seg) int_0^T_seg (1 - t/T_seg) Re[C(t) exp(2 pi i nu t)] dt
///
/// nu the distance of the best frequency from m c²/h; for a quadratic signal C². It depends on T_seg/tau_c alone: the halo's
/// speeds go with the v/c that tau_c is stated with, 1e-3 for the standard one.
public struct SegmentRecovery: Sendable {
  /// eta at T_seg/tau_c = 0, 1/cells, ... 1.
  private let shares: [Double]
  private let speed: Double

  private static let cells = 32
  private static let linear = (0...cells).map { share(coherenceTimes: Double($0) / Double(cells), order: .linear) }
  private static let quadratic = (0...cells).map {
    share(coherenceTimes: Double($0) / Double(cells), order: .quadratic)
  }
  private static let rule = GaussLegendre(count: 48)

  /// - Parameters:
  ///   - order: whether the signal goes with the field or its square.
  ///   - speed: v/c in tau_c.
  public init(order: ClockSignalOrder, speed: Double = CoherenceBands.speed) {
    shares = order == .linear ? Self.linear : Self.quadratic
    self.speed = speed
  }

  /// eta.
  ///
  /// - Parameters:
  ///   - frequency: of the signal in Hz.
  ///   - length: of a segment in s, at most tau_c.
  public func share(frequency: Double, length: Double) -> Double {
    let place = min(1, frequency * length * speed * speed) * Double(Self.cells)
    let cell = min(Int(place), Self.cells - 1)
    return shares[cell] + (place - Double(cell)) * (shares[cell + 1] - shares[cell])
  }

  /// eta without a table.
  ///
  /// - Parameters:
  ///   - x: T_seg/tau_c.
  ///   - order: of the signal.
  public static func share(coherenceTimes x: Double, order: ClockSignalOrder) -> Double {
    // The line is shifted by its kinetic energy, 0.7/tau_c.
    let shares = (0...80).map { power(coherenceTimes: x, shift: 0.02 * Double($0), order: order) }
    return min(1, shares.max() ?? 1)
  }

  /// The share at a frequency that is `shift`/tau_c above that of the rest mass.
  private static func power(coherenceTimes x: Double, shift: Double, order: ClockSignalOrder) -> Double {
    var sum = 0.0
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let u = 0.5 * (node + 1)
      let field = correlation(coherenceTimes: u * x / order.harmonic)
      let value = order == .linear ? field : field * field
      sum += weight * (1 - u) * (value * ComplexNumber(magnitude: 1, phase: 2 * .pi * shift * u * x)).real
    }
    return sum
  }

  /// E[conj(zeta(0)) zeta(t)] = (1 + 2 q s²)^(-3/2) exp(-q V²/(1 + 2 q s²)), q = i pi f_m t.
  private static func correlation(coherenceTimes: Double) -> ComplexNumber {
    let unit = CoherenceBands.speed * speedOfLight
    let dispersion = ScalarField.standardVirialSpeed / unit
    let wind = LocalDarkMatter.windSpeed / unit
    let q = Double.pi * coherenceTimes
    let spread = ComplexNumber(1, q * dispersion * dispersion)
    let exponent = ComplexNumber(0, -q * wind * wind) / spread
    let root = ComplexNumber(magnitude: pow(spread.magnitude, -1.5), phase: -1.5 * spread.phase)
    return exp(exponent.real) * root * ComplexNumber(magnitude: 1, phase: exponent.imaginary)
  }
}
