import DarkMatter
import Glibc
import Numerics

/// What upper limits on an amplitude mean for the couplings of dark matter (physics page clock, section 6).
///
/// All of the dark matter is taken to be the field; below about 1e-22 eV that is known to be wrong (`isAllOfDarkMatter`).
public struct ClockCouplingLimits: Sendable {
  /// One mass.
  public struct Point: Hashable, Sendable {
    /// eV.
    public var mass: Double
    /// Of the signal, in Hz.
    public var frequency: Double
    /// A95.
    public var amplitude: Double
    /// The limit on the magnitude of the coupling; for the axion on 1/f_a in 1/GeV.
    public var coupling: Double

    /// Whether the mass can be that of all dark matter.
    public var isAllOfDarkMatter: Bool { mass >= 1e-22 }
  }

  /// Density of the dark matter in GeV/cm³.
  public var density: Double
  /// F.
  public var stochasticFactor: Double

  public init(density: Double = LocalDarkMatter.density, stochasticFactor: Double = StochasticFactor.paper.value) {
    self.density = density
    self.stochasticFactor = stochasticFactor
  }

  /// Limits on one coupling of a scalar field, the others zero.
  ///
  /// - Parameters:
  ///   - frequencies: Hz.
  ///   - amplitudes: A95 at these frequencies; NaN gives no point.
  ///   - coefficient: how the ratio of clocks answers to the coupling, not zero (`ClockSensitivity.couplingCoefficients`).
  ///   - planckMass: the reduced one in GeV.
  public func scalar(
    frequencies: [Double], amplitudes: [Double], coefficient: Double, planckMass: Double = ReducedPlanckMass.paper
  ) -> [Point] {
    zip(frequencies, amplitudes).compactMap { frequency, amplitude in
      guard amplitude.isFinite else { return nil }
      let mass = ClockSignalOrder.linear.mass(frequency: frequency)
      // One coupling alone: whichever stands for it.
      let limits = ScalarClockSignal(
        mass: mass, coefficients: ScalarCouplings(gluons: coefficient), density: density, planckMass: planckMass
      ).couplings(amplitude: amplitude, stochasticFactor: stochasticFactor)
      return Point(mass: mass, frequency: frequency, amplitude: amplitude, coupling: limits.gluons)
    }
  }

  /// Limits on the inverse decay constant of the axion.
  ///
  /// - Parameters:
  ///   - mode: what the amplitude is compared with; decides the mass that a frequency stands for.
  ///   - frequencies: Hz.
  ///   - amplitudes: A95 at these frequencies; NaN gives no point.
  ///   - quarkMassCoefficient: how the ratio answers to the mean mass of the light quarks.
  ///   - quarkMassRatio: m_u/m_d.
  public func axion(
    _ mode: AxionClockSignal.Mode, frequencies: [Double], amplitudes: [Double], quarkMassCoefficient: Double,
    quarkMassRatio: Double = AxionClockSignal.defaultQuarkMassRatio
  ) -> [Point] {
    zip(frequencies, amplitudes).compactMap { frequency, amplitude in
      guard amplitude.isFinite else { return nil }
      let mass = mode.order.mass(frequency: frequency)
      let limit = AxionClockSignal(
        mass: mass, quarkMassCoefficient: quarkMassCoefficient, quarkMassRatio: quarkMassRatio, density: density
      ).inverseDecayConstant(amplitude: amplitude, stochasticFactor: stochasticFactor, mode: mode)
      return Point(mass: mass, frequency: frequency, amplitude: amplitude, coupling: limit)
    }
  }
}

/// Limits on the amplitude of a field at |zeta| = 1 that take its random amplitude into account themselves, without a
/// factor F (section 6).
public enum StochasticLimit {
  /// r = A_0²/(2 sigma²) of a linear signal, sigma the error of a quadrature in one segment.
  ///
  /// - Parameters:
  ///   - power: sum of the powers P of all segments.
  ///   - segments: independent stretches of one coherence time, 1 for a field that is coherent all along.
  ///   - confidenceLevel: in (0, 1).
  /// - Returns: 0 when the power is less than noise alone has with probability 1 - `confidenceLevel`.
  public static func strength(power: Double, segments: Int = 1, confidenceLevel: Double = 0.95) -> Double {
    precondition(segments >= 1, "at least one segment")
    // The sum of the powers over 1 + r has a gamma distribution, half a chi-squared one.
    let quantile = chiSquaredQuantile(1 - confidenceLevel, degreesOfFreedom: 2 * Double(segments)) / 2
    return max(0, power / quantile - 1)
  }

  /// A_0.
  ///
  /// - Parameters:
  ///   - power: as `strength`.
  ///   - sigma: error of a quadrature in one segment.
  ///   - segments: as `strength`.
  ///   - confidenceLevel: as `strength`.
  public static func amplitude(
    power: Double, sigma: Double, segments: Int = 1, confidenceLevel: Double = 0.95
  ) -> Double {
    sigma * (2 * strength(power: power, segments: segments, confidenceLevel: confidenceLevel)).squareRoot()
  }
}
