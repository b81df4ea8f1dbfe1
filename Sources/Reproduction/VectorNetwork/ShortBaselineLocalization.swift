import DarkMatter
import Glibc
import Inference
import Numerics
import Sky

/// Figure 5: how well two sensors at one place locate a stream on the sky.
struct ShortBaselineLocalization: ReproductionItem {
  let id = "figure-5"
  let title = "Stream: solid angle of two sensors at one place against their directions"
  let source = "arXiv:2111.06732, figure 5, equations (69)-(70)"

  private let runs = 120
  private let modes: [(mode: StreamForecast.Mode, label: String)] = [
    (.longitudinal, "longitudinal"), (.transverse, "transverse, unpolarised"),
  ]
  /// The polar angle of Ω at the optimum.
  private static let bestPolarAngle = acos(1 / 3.0.squareRoot()) * 180 / .pi

  var experiment: String {
    let example = Self.experiment(.longitudinal, opening: 60, polarAngle: 45)
    return """
      Two sensors of one station in waves of 1 to 100 Hz from one direction, \(example.seconds) s long, A/N = \
      \(1 / example.noise) and K = \(Int(example.strength)) for the longitudinal mode; the direction is fitted with the \
      exact likelihood at known amplitude in \(runs) runs for each point. Points are 2π (det of the scatter about the \
      truth)^1/2 times K; their expectation is the exact Fisher matrix, which exceeds (70) by the order of the \
      signal-to-noise ratio.
      """
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let angles = [30.0, 45, 60, 80, 105]
    let polarAngles = [30.0, 42, Self.bestPolarAngle, 68]
    var panels = [
      ReproducedPanel(
        title: "Ω at its best: $φ$ = 0, cos $θ$ = 1/√3", xLabel: "angle between the sensors [°]",
        yLabel: "$ΔΩ$ $K$ [sr]", xRange: 0...180, yRange: 2...500, yIsLogarithmic: true, curves: []),
      ReproducedPanel(
        title: "Sensors at their best: 60° apart", xLabel: "polar angle $θ$ of the stream [°]",
        yLabel: "$ΔΩ$ $K$ [sr]", xRange: 0...90, yRange: 2...500, yIsLogarithmic: true, curves: []),
    ]
    let best = Self.bestPolarAngle
    let parts = modes.count * (angles.count + polarAngles.count)
    var part = 0
    for (mode, label) in modes {
      func measured(_ x: Double, opening: Double, polarAngle: Double) throws -> MeasuredPoint {
        defer { part += 1 }
        return try measure(
          mode, x: x, opening: opening, polarAngle: polarAngle, run.part(part, of: parts),
          seed: run.seed(ofExperiment: part))
      }
      panels[0].curves += try curves(
        mode, label, evenly(2, 178, 177), points: angles.map { try measured($0, opening: $0, polarAngle: best) }
      ) { Self.experiment(mode, opening: $0, polarAngle: best) }
      panels[1].curves += try curves(
        mode, label, evenly(2, 89, 175), points: polarAngles.map { try measured($0, opening: 60, polarAngle: $0) }
      ) { Self.experiment(mode, opening: 60, polarAngle: $0) }
    }
    return panels
  }

  /// The closed form with the points, and what the exact likelihood gives at their signal-to-noise ratio.
  private func curves(
    _ mode: StreamForecast.Mode, _ label: String, _ x: [Double], points: [MeasuredPoint],
    _ experiment: (Double) -> StreamExperiment
  ) throws -> [ReproducedCurve] {
    [
      try ReproducedCurve(label: label, x, points: points) { try Self.solidAngle(experiment($0)) },
      try ReproducedCurve(label: "with the signal's own noise", x, isReference: true) {
        let setup = experiment($0)
        return try setup.strength * setup.solidAngle()
      },
    ]
  }

  /// Frame: z across the plane of the sensors, x between them.
  private static func experiment(
    _ mode: StreamForecast.Mode, opening: Double, polarAngle: Double
  ) -> StreamExperiment {
    // Any frame would do; this one is aligned with nothing.
    let z = SIMD3(2.0, 3, 6) / 7
    let x = SIMD3(3.0, -6, 2) / 7
    let y = cross(z, x)
    let (half, theta) = (opening * .pi / 360, polarAngle * .pi / 180)
    let place = Site(latitude: 49.992, longitude: 8.236, altitude: 130).earthFixedPosition
    return StreamExperiment(
      mode: mode, directions: [cos(half) * x + sin(half) * y, cos(half) * x - sin(half) * y],
      positions: [place, place], propagation: sin(theta) * x + cos(theta) * z,
      tangents: [cos(theta) * x - sin(theta) * z, y], noise: mode == .longitudinal ? 10 : 5, band: 1...100,
      seconds: 400)
  }

  /// ΔΩ K, the closed form.
  private static func solidAngle(_ setup: StreamExperiment) throws -> Double {
    try StreamForecast(mode: setup.mode, directions: setup.directions, positions: setup.positions, wavenumber: 0)
      .solidAngle(direction: setup.propagation)
  }

  private static func solidAngle(_ mode: StreamForecast.Mode, opening: Double, polarAngle: Double) throws -> Double {
    try solidAngle(experiment(mode, opening: opening, polarAngle: polarAngle))
  }

  private func measure(
    _ mode: StreamForecast.Mode, x: Double, opening: Double, polarAngle: Double, _ run: ReproductionRun, seed: UInt64
  ) throws -> MeasuredPoint {
    let setup = Self.experiment(mode, opening: opening, polarAngle: polarAngle)
    return .solidAngle(
      x: x, try setup.fits(runs: runs, seed: seed, progress: run.progress),
      expected: try setup.solidAngle(), scale: setup.strength)
  }

  func landmarks() throws -> [Landmark] {
    func optimum(_ mode: StreamForecast.Mode) throws -> (opening: Double, polarAngle: Double, value: Double) {
      func best(_ opening: Double) throws -> Double {
        try SpecialPoints.minimum(
          of: { try Self.solidAngle(mode, opening: opening, polarAngle: $0) }, in: 20...80)
      }
      let opening = try SpecialPoints.minimum(
        of: { try Self.solidAngle(mode, opening: $0, polarAngle: best($0)) }, in: 30...100)
      let polarAngle = try best(opening)
      return (opening, polarAngle, try Self.solidAngle(mode, opening: opening, polarAngle: polarAngle))
    }
    let longitudinal = try optimum(.longitudinal)
    let setup = Self.experiment(.longitudinal, opening: longitudinal.opening, polarAngle: longitudinal.polarAngle)
    let (e, n, u) = (SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0), SIMD3<Double>(0, 0, 1))
    func triad(_ mode: StreamForecast.Mode) throws -> Double {
      try StreamForecast(
        mode: mode, directions: [e, n, u], positions: [SIMD3(), SIMD3(), SIMD3()], wavenumber: 0
      ).solidAngle(direction: SIMD3(2, 3, 6) / 7, fitsAmplitude: true)
    }
    return [
      Landmark(
        "best angle between the sensors [°]", computed: longitudinal.opening, published: 60, tolerance: 1e-5),
      Landmark(
        "angle between each sensor and Ω there [°]",
        computed: acos(dot(setup.directions[0], setup.propagation)) * 180 / .pi, published: 45, tolerance: 1e-5),
      Landmark(
        "smallest ΔΩ K, longitudinal", computed: longitudinal.value, published: 4.442882938158366, tolerance: 1e-12),
      Landmark(
        "smallest ΔΩ K, transverse", computed: try optimum(.transverse).value, published: 4 * 4.442882938158366,
        tolerance: 1e-11),
      Landmark(
        "ΔΩ K of three axes, longitudinal", computed: try triad(.longitudinal), published: Double.pi,
        tolerance: 1e-13),
      Landmark(
        "ΔΩ K of three axes, transverse", computed: try triad(.transverse), published: 4 * Double.pi,
        tolerance: 1e-12),
    ]
  }
}
