import Numerics
import Sky

extension DarkMatterLine {
  /// The mean square of the whole field vector for an amplitude of one: the trace of Σ fraction M at one place and time
  /// (section 5.4).
  ///
  /// One for couplings with the matrix of the electric dipole. Tr D = 3 v_vir²/2 + v̄² for the axion gradient, and two
  /// thirds of it for the magnetic dipole, in units of c²: it changes with the Earth's motion.
  ///
  /// - Parameter time: when.
  public func meanSquare(at time: GPSTime) -> Double {
    components.reduce(0) { sum, component in
      let velocity =
        (component.meanVelocity - EarthVelocity.throughHalo(at: time, sun: sun)) / speedOfLight
      let virial = component.virialSpeed / speedOfLight
      let trace = 1.5 * virial * virial + dot(velocity, velocity)
      return switch coupling.haloCoupling {
      case .axionGradient: sum + component.fraction * trace
      case .magneticDipole: sum + component.fraction * trace * 2 / 3
      case .electricDipole: sum + component.fraction
      case .scalar: sum + 3 * component.fraction
      }
    }
  }
}

/// Amplitudes of lines, in the sense of `DarkMatterLine.amplitude`, from coupling constants (sections 0, 1 and 5.4).
public enum LineAmplitude {
  /// 2 g sqrt(ρ)/ħ in rad/s: the rate at which an axion's gradient turns a spin, for velocities in units of c.
  ///
  /// The peak rate of section 0 is γ b_eff = 2 g sqrt(2ρ) v/ħ, this amplitude times sqrt(2) v/c.
  ///
  /// - Parameters:
  ///   - coupling: g in 1/GeV.
  ///   - density: ρ in GeV/cm³.
  public static func axionWind(coupling: Double, density: Double = LocalDarkMatter.density) -> Double {
    LocalDarkMatter.axionWindRate(coupling: coupling, speed: speedOfLight, density: density) / 2.0.squareRoot()
  }

  /// ε sqrt(ρ/ε0) in V/m: the dark electric field after mixing; its peak is ε sqrt(2ρ/ε0).
  ///
  /// - Parameters:
  ///   - mixing: ε, dimensionless.
  ///   - density: ρ in GeV/cm³.
  public static func darkElectricField(mixing: Double, density: Double = LocalDarkMatter.density) -> Double {
    mixing * LocalDarkMatter.darkElectricField(density: density) / 2.0.squareRoot()
  }
}
