import DarkMatter
import Numerics
import Sky

/// A hypothesis of what a narrow line is: how it couples, and how its particles move.
public struct LineHypothesis: Hashable, Sendable, Codable {
  public var name: String
  public var coupling: HaloCoupling
  /// Their fractions sum to one.
  public var components: [DarkMatterLine.Component]
  public var sun: SolarMotion

  public init(
    name: String, coupling: HaloCoupling, components: [DarkMatterLine.Component] = [DarkMatterLine.Component()],
    sun: SolarMotion = SolarMotion()
  ) {
    self.name = name
    self.coupling = coupling
    self.components = components
    self.sun = sun
  }

  /// The couplings that a vector sensor can tell apart, in a standard halo.
  public static let standardHalo = [
    LineHypothesis(name: "axion gradient", coupling: .axionGradient),
    LineHypothesis(name: "electric dipole", coupling: .electricDipole),
    LineHypothesis(name: "magnetic dipole", coupling: .magneticDipole),
  ]

  /// The velocities of each component as seen from the Earth's centre, with its share.
  func velocities(at time: GPSTime) -> [(fraction: Double, halo: HaloModel)] {
    let earth = EarthVelocity.throughHalo(at: time, sun: sun)
    return components.map {
      (
        $0.fraction,
        // A stream without dispersion is one of 1 m/s: its coherence outlasts every run.
        HaloModel(
          meanVelocity: ($0.meanVelocity - earth) / speedOfLight, virialSpeed: max(1, $0.virialSpeed) / speedOfLight)
      )
    }
  }
}
