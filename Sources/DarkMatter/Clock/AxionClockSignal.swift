/// The shift of a clock ratio by the QCD axion, theta(t) = sqrt(2 rho)/(m f_a) cos(m t + delta) (section 2.2):
///
///     y(t) = B cos²(m t + delta) = B/2 + (B/2) cos(2 m t + 2 delta)
///
/// The first part is a constant that no ratio can tell from its own offset, the second a line at f = 2 m c²/h.
public struct AxionClockSignal: Hashable, Sendable {
  /// eV.
  public var mass: Double
  /// rho in GeV/cm³.
  public var density: Double
  /// Relative change of the ratio for a relative change of the mean mass of the light quarks.
  public var quarkMassCoefficient: Double
  /// z = m_u/m_d.
  public var quarkMassRatio: Double

  /// The light quarks' mass ratio; the paper gives none.
  public static let defaultQuarkMassRatio = 0.47

  public init(
    mass: Double,
    quarkMassCoefficient: Double = ClockSensitivity.ytterbiumChargeRadius.couplingCoefficients().quarkMass,
    quarkMassRatio: Double = defaultQuarkMassRatio, density: Double = LocalDarkMatter.density
  ) {
    self.mass = mass
    self.quarkMassCoefficient = quarkMassCoefficient
    self.quarkMassRatio = quarkMassRatio
    self.density = density
  }

  /// How a limit on the amplitude becomes one on the decay constant.
  public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
    /// The peak B of equation (14) at f = m c²/h, as the paper does.
    case paper
    /// The line of amplitude B/2 at f = 2 m c²/h.
    case physical

    /// What the signal follows.
    public var order: ClockSignalOrder {
      switch self {
      case .paper: .linear
      case .physical: .quadratic
      }
    }

    /// Amplitude that is compared with the limit, over the peak.
    var share: Double {
      switch self {
      case .paper: 1
      case .physical: 0.5
      }
    }
  }

  /// d ln m_pi²/d(theta²) = -z/(2 (1 + z)²) without its minus and half: m_u m_d/(m_u + m_d)².
  public var quarkMassFactor: Double { quarkMassRatio / ((1 + quarkMassRatio) * (1 + quarkMassRatio)) }

  /// B times f_a² in GeV².
  private var peakTimesSquare: Double {
    -quarkMassCoefficient * quarkMassFactor * NaturalUnits.naturalDensity(density) / (mass * mass) * 1e-18
  }

  /// B of equation (14), the largest shift; positive for a negative coefficient.
  ///
  /// - Parameter decayConstant: f_a in GeV.
  public func peak(decayConstant: Double) -> Double { peakTimesSquare / (decayConstant * decayConstant) }

  /// Amplitude B/2 of the line at f = 2 m c²/h, and equally the constant shift.
  ///
  /// - Parameter decayConstant: f_a in GeV.
  public func oscillation(decayConstant: Double) -> Double { 0.5 * peak(decayConstant: decayConstant) }

  /// The limit on 1/f_a in 1/GeV of an amplitude (section 6).
  ///
  /// - Parameters:
  ///   - amplitude: the limit A95 at the frequency of the signal.
  ///   - stochasticFactor: F, multiplies 1/f_a.
  ///   - mode: what the amplitude is compared with.
  public func inverseDecayConstant(amplitude: Double, stochasticFactor: Double, mode: Mode) -> Double {
    stochasticFactor * (amplitude / (mode.share * abs(peakTimesSquare))).squareRoot()
  }
}
