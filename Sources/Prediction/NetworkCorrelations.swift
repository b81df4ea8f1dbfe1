import DarkMatter
import Numerics

/// `network`: the correlation of two sensors (physics page vector-network, section 5).
enum NetworkCorrelations {
  static let quantities = [
    Quantity(
      "network.gamma-isotropic", source: "vector-network.md 5.1", value: "number: l_I^i Gamma_ij l_J^j",
      isotropicMode("mode"),
      Inputs.number("z", .notNegative, "|p||x|"),
      baselineDirection, firstDirection, secondDirection
    ) { tensor, z, baseline, first, second in
      .number(tensor(z).contraction(baseline: baseline, first, second))
    },

    Quantity(
      "network.gamma-stream", source: "vector-network.md 5.2", value: "complex number: l_I^i Gamma_ij l_J^j",
      Inputs.choice("mode", streamModes),
      Inputs.direction("propagation_direction", "phat; the source is opposite"),
      Inputs.vector("separation_m", unit: "m", "x_I - x_J"),
      wavenumberInput, firstDirection, secondDirection
    ) { mode, direction, separation, wavenumber, first, second in
      .complex(
        StreamTensor(direction: direction)
          .contraction(mode, wavenumber: wavenumber, separation: separation, first, second))
    },

    Quantity(
      "network.halo-correlation", source: "vector-network.md 5.4",
      value: "complex number: l_I^i M_ij l_J^j with the full complex matrix",
      Inputs.choice("coupling", haloCouplings),
      Inputs.vector("separation_times_mass", unit: "1/u", "X = m (x_I - x_J)"),
      Inputs.number("delay_times_mass", unit: "1/u^2", .any, "T_l = m (t_I - t_J)", default: 0),
      meanVelocityInput, virialSpeedInput, firstDirection, secondDirection
    ) { coupling, separation, delay, meanVelocity, virialSpeed, first, second in
      let halo = HaloModel(meanVelocity: meanVelocity, virialSpeed: virialSpeed)
      return .complex(
        HaloCorrelation(halo, separation: separation, delay: delay).contraction(coupling, first, second))
    },

    Quantity(
      "network.halo-spectral-density", source: "vector-network.md 5.5", value: "complex number, per unit of speed u",
      Inputs.choice("coupling", spectralCouplings),
      Inputs.number("speed", unit: "u", .positive, "v"),
      Inputs.vector("separation_times_mass", unit: "1/u", "X = m (x_I - x_J)"),
      meanVelocityInput, virialSpeedInput, firstDirection, secondDirection
    ) { density, speed, separation, meanVelocity, virialSpeed, first, second in
      let halo = HaloModel(meanVelocity: meanVelocity, virialSpeed: virialSpeed)
      return .complex(density(HaloSpectrum(halo, speed: speed, separation: separation), first, second))
    },
  ]

  private static let streamModes: [(String, PolarizationMode)] = [
    ("longitudinal", .longitudinal), ("transverse", .transverse), ("stokes-v", .stokesV),
    ("right-handed", .rightHanded), ("left-handed", .leftHanded),
  ]

  private typealias Density = @Sendable (HaloSpectrum, SIMD3<Double>, SIMD3<Double>) -> ComplexNumber

  private static func density(_ coupling: HaloCoupling) -> Density {
    { spectrum, first, second in spectrum.contraction(coupling, first, second) }
  }

  private static let stokesV: Density = { spectrum, first, second in spectrum.stokesV(first, second) }

  private static let spectralCouplings: [(String, Density)] =
    haloCouplings.map { ($0.0, density($0.1)) } + [("stokes-v", stokesV)]
}

// MARK: - Inputs that several quantities have

typealias IsotropicTensor = @Sendable (Double) -> TwoPointTensor.Coefficients

/// A mode of an isotropic field, as its tensor.
func isotropicMode(_ key: String) -> Input<IsotropicTensor> {
  let modes: [(String, IsotropicTensor)] = [
    ("scalar", { TwoPointTensor.scalar.coefficients(z: $0) }),
    ("longitudinal", { TwoPointTensor.longitudinal.coefficients(z: $0) }),
    ("transverse", { TwoPointTensor.transverse.coefficients(z: $0) }),
    ("stokes-v", { TwoPointTensor.chirality.coefficients(z: $0) }),
    ("right-handed", { TwoPointTensor.rightHanded(z: $0) }),
    ("left-handed", { TwoPointTensor.leftHanded(z: $0) }),
  ]
  return Inputs.choice(key, modes)
}

let haloCouplings: [(String, HaloCoupling)] = [
  ("scalar", .scalar), ("axion-gradient", .axionGradient), ("magnetic-dipole", .magneticDipole),
  ("electric-dipole", .electricDipole),
]

let firstDirection = Inputs.direction("direction_1", "sensitive direction of sensor I")
let secondDirection = Inputs.direction("direction_2", "sensitive direction of sensor J")
let baselineDirection = Inputs.direction("baseline_direction", "along x_I - x_J")
let wavenumberInput = Inputs.number("wavenumber_rad_m", unit: "rad/m", .notNegative, "p / hbar")
let meanVelocityInput = Inputs.vector("mean_velocity", unit: "u", "vbar, mean dark-matter velocity in the laboratory")
let virialSpeedInput = Inputs.number("virial_speed", unit: "u", .positive, "v_vir")
let sensorDirections = Inputs.directions("directions", "one per sensor")
let sensorPositions = Inputs.vectors("positions_m", unit: "m", "one per sensor")
let strengthInput = Inputs.number("strength", .positive, "K of section 4", default: 1)

/// Refuses lists of different length that belong together.
func requireSameCount(_ lists: (key: String, count: Int)...) throws {
  guard let first = lists.first else { return }
  for list in lists where list.count != first.count {
    throw PredictionError("\(first.key) has \(first.count) entries, but \(list.key) has \(list.count)")
  }
}
