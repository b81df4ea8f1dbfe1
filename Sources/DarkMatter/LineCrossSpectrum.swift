import Numerics
import Sky

/// A part of a line's two-point tensor that a search may give an amplitude of its own.
public enum LineTemplate: Hashable, Sendable {
  /// The tensor of a coupling without net helicity.
  case unpolarised(HaloCoupling)
  /// What a chirality of one adds to it: 2/3 V, with the weights of the coupling (section 5.5).
  case helicity(HaloCoupling)
}

/// The two-point tensors of a line of slow particles at one time, per unit of speed (vector-network section 5.5).
///
/// For an amplitude of one and c = 1: electric dipole has no unit, axion gradient and magnetic dipole that of v².
public struct LineCrossSpectrum: Sendable {
  /// Particles with one distribution of velocities, seen from the Earth.
  public struct Population: Sendable {
    /// Share of the number of particles.
    public var fraction: Double
    /// v̄, in units of c.
    public var meanVelocity: SIMD3<Double>
    /// v_vir in units of c; zero when all particles have one velocity.
    public var virialSpeed: Double
  }

  public let populations: [Population]
  /// m c/ħ times an Earth-fixed length is X in 1/c: rad/m.
  private let wavenumberPerSpeed: Double

  /// - Parameters:
  ///   - line: whose velocities; its coupling, chirality and amplitude are of no matter.
  ///   - time: at which the Earth's velocity is taken.
  public init(_ line: DarkMatterLine, at time: GPSTime) {
    let earth = EarthVelocity.throughHalo(at: time, sun: line.sun)
    populations = line.components.map {
      Population(
        fraction: $0.fraction, meanVelocity: ($0.meanVelocity - earth) / speedOfLight,
        virialSpeed: $0.virialSpeed / speedOfLight)
    }
    wavenumberPerSpeed = 2 * Double.pi * line.restFrequency / speedOfLight
  }

  /// The densities of all populations with a dispersion, per unit of speed.
  ///
  /// - Parameters:
  ///   - templates: which tensors, computed together.
  ///   - speed: v > 0 in units of c.
  ///   - separation: x_1 - x_2 in m, equatorial axes.
  public func densities(
    _ templates: [LineTemplate], speed: Double, separation: SIMD3<Double>
  ) -> [CrossSpectralTensor] {
    var sums = [CrossSpectralTensor](repeating: CrossSpectralTensor(), count: templates.count)
    for population in populations where population.virialSpeed > 0 && population.fraction > 0 {
      let halo = HaloModel(meanVelocity: population.meanVelocity, virialSpeed: population.virialSpeed)
      let spectrum = HaloSpectrum(halo, speed: speed, separation: wavenumberPerSpeed * separation)
      for (index, template) in templates.enumerated() {
        sums[index] = sums[index] + population.fraction * Self.tensor(template, spectrum, speed: speed)
      }
    }
    return sums
  }

  /// The tensors of a population whose particles all have one velocity; not per unit of speed.
  ///
  /// - Parameters: as `densities`.
  public func powers(
    _ templates: [LineTemplate], of population: Population, separation: SIMD3<Double>
  ) -> [CrossSpectralTensor] {
    let speed = length(population.meanVelocity)
    let stream = StreamTensor(direction: unitVector(population.meanVelocity) ?? SIMD3(0, 0, 1))
    let momentum = wavenumberPerSpeed * speed
    return templates.map { template in
      let tensor = CrossSpectralTensor { first, second in
        func part(_ mode: PolarizationMode) -> ComplexNumber {
          stream.contraction(mode, wavenumber: momentum, separation: separation, first, second)
        }
        switch template {
        case .unpolarised(.scalar): return part(.longitudinal) + 2 * part(.transverse)
        case .unpolarised(.electricDipole): return (part(.longitudinal) + 2 * part(.transverse)) / 3
        case .unpolarised(.axionGradient): return part(.longitudinal) * (speed * speed)
        case .unpolarised(.magneticDipole): return part(.transverse) * (2 * speed * speed / 3)
        case .helicity(.electricDipole): return part(.stokesV) * (2.0 / 3)
        case .helicity(.magneticDipole): return part(.stokesV) * (2 * speed * speed / 3)
        case .helicity(.scalar), .helicity(.axionGradient): return .zero
        }
      }
      return population.fraction * tensor
    }
  }

  private static func tensor(_ template: LineTemplate, _ spectrum: HaloSpectrum, speed: Double) -> CrossSpectralTensor {
    switch template {
    case .unpolarised(let coupling): CrossSpectralTensor { spectrum.contraction(coupling, $0, $1) }
    case .helicity(.electricDipole): (2.0 / 3) * CrossSpectralTensor { spectrum.stokesV($0, $1) }
    case .helicity(.magneticDipole): (2 * speed * speed / 3) * CrossSpectralTensor { spectrum.stokesV($0, $1) }
    case .helicity(.scalar), .helicity(.axionGradient): CrossSpectralTensor()
    }
  }
}
