import DarkMatter
import Numerics

/// The speeds at which the particles of one component reach the Earth, at any time of the year, in units of c.
struct LineSpeeds: Hashable, Sendable {
  /// The largest |v̄|.
  let mean: Double
  /// What few particles exceed, 2.5 v_vir above the mean; for the standard halo 812 km/s.
  let most: Double
  /// Beyond these 5e-7 of the particles are left.
  let band: ClosedRange<Double>
  private let virial: Double

  /// The degree to which a sky quadrature must be exact for the line in a network: ceil(hypot(p d, κ)) + 16 with
  /// κ = 2 v |v̄|/v_vir² (vector-network section 9.3), and for narrow streams, where that is far too much, the rule for
  /// narrow spots.
  ///
  /// - Parameter phase: p d, largest wavenumber times longest baseline.
  func quadratureDegree(phase: Double) -> Double {
    let sharpness = 2 * most * mean / (virial * virial)
    let narrow = 7 * sharpness.squareRoot()
    let degree = sharpness <= narrow ? (phase * phase + sharpness * sharpness).squareRoot() : phase + narrow
    return degree.rounded(.up) + 16
  }

  fileprivate init(mean: Double, slowest: Double, virial: Double) {
    self.mean = mean
    self.virial = virial
    most = mean + 2.5 * virial
    band = max(0, slowest - 4 * virial)...mean + 4 * virial
  }
}

extension DarkMatterLine {
  /// - Parameter component: one with a dispersion.
  func speeds(of component: Component) -> LineSpeeds {
    let solar = length(component.meanVelocity - sun.equatorial)
    // The Earth moves at 29.8 km/s around the Sun.
    return LineSpeeds(
      mean: (solar + 30e3) / speedOfLight, slowest: max(0, solar - 30e3) / speedOfLight,
      virial: component.virialSpeed / speedOfLight)
  }
}
