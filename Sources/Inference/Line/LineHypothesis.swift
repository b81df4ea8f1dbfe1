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
  /// Parameters beside frequency and amplitude that were chosen to fit the data; each is worth 2 in Θ (Akaike).
  public var fittedParameters: Int

  public init(
    name: String, coupling: HaloCoupling, components: [DarkMatterLine.Component] = [DarkMatterLine.Component()],
    sun: SolarMotion = SolarMotion(), fittedParameters: Int = 0
  ) {
    self.name = name
    self.coupling = coupling
    self.components = components
    self.sun = sun
    self.fittedParameters = fittedParameters
  }

  /// The couplings that a vector sensor can tell apart, in a standard halo.
  public static let standardHalo = [
    HaloCoupling.axionGradient, .electricDipole, .magneticDipole,
  ].map { LineHypothesis(name: $0.name, coupling: $0) }

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

extension LineHypothesis {
  /// How far the middle of the line lies above its rest frequency, relative: the mean of v²/2 (section 5.5).
  func meanShift(at time: GPSTime) -> Double {
    velocities(at: time).reduce(0) { sum, component in
      let (mean, virial) = (component.halo.meanVelocity, component.halo.virialSpeed)
      return sum + component.fraction * (dot(mean, mean) + 1.5 * virial * virial) / 2
    }
  }

  /// Root mean square of the whole field vector for an amplitude of one: the root of the trace of the matrix of section 5.4.
  ///
  /// - Parameter time: decides the Earth's velocity.
  public func rootMeanSquare(at time: GPSTime) -> Double {
    velocities(at: time).reduce(0) { sum, component in
      let origin = HaloCorrelation(component.halo, separation: SIMD3())
      let trace = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)].reduce(0) {
        $0 + origin.contraction(coupling, $1, $1).real
      }
      return sum + component.fraction * trace
    }.squareRoot()
  }
}
