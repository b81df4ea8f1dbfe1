import Correlator
import DarkMatter
import Glibc
import Numerics
import Sky

/// Two stations in the halo's wind, for the frequency-integrated correlations (50) at one distance after the other.
///
/// The correlations depend on d/λ_c and v̄/v_vir alone. With twenty times the speeds of the halo λ_c fits between
/// stations at audio frequencies, and 20 s hold many coherence times. As in the paper v_vir is the speed of the wind.
struct HaloExperiment {
  static let speedScale = 20.0
  static let restFrequency = 1600.0
  private static let sampleRate = SampleRate(4096)
  /// Radius of the sphere on which the stations stand, in m.
  private static let radius = 6.371e6
  private static let noiseShare = 0.03

  enum Baseline { case alongWind, acrossWind }

  /// How sensors and baseline lie.
  struct Arrangement {
    var label: String
    var baseline: Baseline
    /// Components along the wind, along the part of the baseline across the wind, and along the third direction.
    var axis: SIMD3<Double>
  }

  let epoch = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  let line: DarkMatterLine
  let halo: HaloModel
  /// λ_c in m.
  let correlationLength: Double
  /// Coherence time in s.
  let coherenceTime: Double
  /// Inertial unit vectors: along v̄, and two across it.
  private let frame: (wind: SIMD3<Double>, across: SIMD3<Double>, third: SIMD3<Double>)

  /// - Parameter coupling: of the field, with an amplitude of one.
  init(_ coupling: VectorCoupling) {
    let sun = SolarMotion()
    let scaled = SolarMotion(
      localStandardOfRest: Self.speedScale * sun.localStandardOfRest, peculiar: Self.speedScale * sun.peculiar)
    let wind = -EarthVelocity.throughHalo(at: epoch, sun: scaled)
    let speed = length(wind)
    line = DarkMatterLine(
      coupling: coupling, restFrequency: Self.restFrequency, amplitude: 1,
      components: [DarkMatterLine.Component(virialSpeed: speed)], sun: scaled)
    halo = line.velocities(of: line.components[0], at: epoch)
    let compton = speedOfLight / (2 * Double.pi * Self.restFrequency)
    correlationLength = compton / halo.virialSpeed
    coherenceTime = 2 / (2 * Double.pi * Self.restFrequency * halo.virialSpeed * halo.virialSpeed)
    let along = wind / speed
    let across = cross(along, SIMD3(0, 0, 1))
    let unit = across / length(across)
    frame = (along, unit, cross(along, unit))
  }

  /// The closed form of two parallel sensors, in units of v_vir² where the coupling has v².
  ///
  /// - Parameter distance: d/λ_c.
  func correlation(_ coupling: HaloCoupling, _ arrangement: Arrangement, distance: Double) -> Double {
    // Units of v_vir: m x v_vir = d/λ_c.
    let scaled = HaloModel(meanVelocity: halo.meanVelocity / halo.virialSpeed, virialSpeed: 1)
    let axis = direction(arrangement)
    return HaloCorrelation(scaled, separation: distance * baseline(arrangement))
      .contraction(coupling, axis, axis).real
  }

  /// Measures the correlation at one distance in independent runs.
  ///
  /// - Parameters:
  ///   - arrangement: of baseline and sensors.
  ///   - distance: d/λ_c, at most 6.
  ///   - runs: realisations; the error is that of their mean.
  ///   - seed: of the first run.
  ///   - unit: what the covariance is divided by.
  /// - Returns: at x = d/λ_c, without an expectation.
  func measure(
    _ arrangement: Arrangement, distance: Double, runs: Int, seed: UInt64, unit: Double, progress: (Double) -> Void
  ) throws -> MeasuredPoint {
    let duration: Int64 = 20_000_000_000
    let width = 8 / coherenceTime
    let plan = try BandPlan(
      name: "line", lowestFrequency: Self.restFrequency - width, highestFrequency: Self.restFrequency + 3 * width,
      segment: duration / 4, integration: duration - duration / 8)
    let sites = self.sites(arrangement, distance: distance)
    let axis = EarthRotation.earthFixed(direction(arrangement), at: epoch)
    let expectedPower = correlation(line.coupling.haloCoupling, arrangement, distance: 0) * unit
    var values: [Double] = []
    for run in 0..<runs {
      // At no distance both sensors belong to one station.
      let stations =
        distance == 0
        ? [SimulatedStation(name: "first", site: sites[0], axes: [axis, axis])]
        : [.init(name: "first", site: sites[0], axes: [axis]), .init(name: "second", site: sites[1], axes: [axis])]
      let network = try SimulatedNetwork(
        stations, field: .line(line), noiseDensity: Self.noiseShare * expectedPower * coherenceTime,
        seed: seed &+ UInt64(run), duration: duration, sampleRate: Self.sampleRate, epoch: epoch)
      try network.correlate(plan, integrations: 1) { spectra in
        let sum = (0..<plan.binCount).reduce(0) { $0 + spectra.element($1, 0, 1).real }
        values.append(sum * plan.resolution / unit)
      }
      progress(Double(run + 1) / Double(runs))
    }
    let mean = values.reduce(0, +) / Double(runs)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(runs - 1)
    return MeasuredPoint(x: distance, value: mean, error: (variance / Double(runs)).squareRoot(), expected: .nan)
  }

  /// v_vir² for couplings whose correlation carries the square of the speed, else 1.
  func unit(_ coupling: HaloCoupling) -> Double {
    switch coupling {
    case .axionGradient, .magneticDipole: halo.virialSpeed * halo.virialSpeed
    case .scalar, .electricDipole: 1
    }
  }

  /// Inertial unit vector from the second station to the first.
  private func baseline(_ arrangement: Arrangement) -> SIMD3<Double> {
    arrangement.baseline == .alongWind ? frame.wind : frame.across
  }

  private func direction(_ arrangement: Arrangement) -> SIMD3<Double> {
    arrangement.axis.x * frame.wind + arrangement.axis.y * frame.across + arrangement.axis.z * frame.third
  }

  /// Two sites at opposite sides of a chord.
  private func sites(_ arrangement: Arrangement, distance: Double) -> [Site] {
    let half = distance * correlationLength / 2
    let height = (Self.radius * Self.radius - half * half).squareRoot()
    return [half, -half].map { offset in
      Site(
        earthFixedPosition: EarthRotation.earthFixed(
          offset * baseline(arrangement) + height * frame.third, at: epoch))
    }
  }
}
