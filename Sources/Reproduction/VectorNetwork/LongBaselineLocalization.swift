import DarkMatter
import Glibc
import Inference
import Numerics
import Sky

/// Figure 6: how well a long baseline measures the angle between a stream and itself.
struct LongBaselineLocalization: ReproductionItem {
  let id = "figure-6"
  let title = "Stream: angular resolution of a long baseline, and the best directions of its sensors"
  let source = "arXiv:2111.06732, figure 6, equations (71)-(72)"

  private let runs = 100
  private let modes: [(mode: StreamForecast.Mode, label: String)] = [
    (.longitudinal, "longitudinal"), (.transverse, "transverse, unpolarised"),
  ]

  /// The band in which turned sensors are simulated.
  private static let tiltBand = 70.0...100

  var experiment: String {
    let example = Self.experiment(.longitudinal, band: 20...30, tilt: 0)
    return """
      Stations at Mainz and Hefei (\(StationPair.intercontinental.kilometres) km) in waves that cross the baseline at \
      a right angle; \(example.seconds) s A/N = \(1 / example.noise) for the longitudinal mode, K = \
      \(Int(example.strength)) in the bands of 10 Hz on the left. The angle to the baseline is fitted with the exact likelihood \
      at known amplitude in \(runs) runs for each point; points are the scatter about the truth. Their expectation is \
      the exact Fisher matrix.
      """
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let bands = [18.0...28, 30...40, 48...58, 80...90]
    let tilts = [0.0, 15, 30, 45, 60]
    var panels = [
      ReproducedPanel(
        title: "Sensors at their best: $l$ ∥ Ω (longitudinal), $l$ ⊥ Ω (transverse)", xLabel: "|$p$| $d$",
        yLabel: "$Δθ$ $K$^{1/2} [rad]", xRange: 2...30, yRange: 0.02...1, xIsLogarithmic: true, yIsLogarithmic: true,
        curves: []),
      ReproducedPanel(
        title: "Sensors turned away from it", xLabel: "angle from the best direction [°]",
        yLabel: "$Δθ$ $K$^{1/2} |$p$| $d$", xRange: -3...80, yRange: 0...12, curves: []),
    ]
    let parts = modes.count * (bands.count + tilts.count)
    var part = 0
    for (mode, label) in modes {
      func measured(_ band: ClosedRange<Double>, tilt: Double, timesPhase: Bool) throws -> MeasuredPoint {
        defer { part += 1 }
        return try measure(
          mode, band: band, tilt: tilt, timesPhase: timesPhase, run.part(part, of: parts),
          seed: run.seed(ofExperiment: part))
      }
      panels[0].curves.append(
        try ReproducedCurve(
          label: label, evenly(log(2), log(30), 61).map(exp),
          points: bands.map { try measured($0, tilt: 0, timesPhase: false) }
        ) { try Self.resolution(mode, tilt: 0, phaseLength: $0) })
      panels[1].curves.append(
        try ReproducedCurve(
          label: label, evenly(0, 80, 161),
          points: tilts.map {
            var point = try measured(Self.tiltBand, tilt: $0, timesPhase: true)
            point.x = $0
            return point
          }
        ) { try Self.resolution(mode, tilt: $0, phaseLength: 1) })
      panels[1].curves.append(
        try ReproducedCurve(label: "with the signal's own noise", evenly(0, 80, 41), isReference: true) {
          let setup = Self.experiment(mode, band: Self.tiltBand, tilt: $0)
          return try (setup.strength * setup.covariance()[0, 0]).squareRoot() * Self.phaseLength(Self.tiltBand)
        })
    }
    return panels
  }

  /// - Parameter tilt: degrees by which both sensors are turned away from the best direction, in the plane of Ω and the
  ///   direction across Ω and baseline.
  private static func experiment(
    _ mode: StreamForecast.Mode, band: ClosedRange<Double>, tilt: Double
  ) -> StreamExperiment {
    let pair = StationPair.intercontinental
    let angle = tilt * .pi / 180
    let axis =
      mode == .longitudinal
      ? cos(angle) * pair.across + sin(angle) * pair.third : cos(angle) * pair.third + sin(angle) * pair.across
    return StreamExperiment(
      mode: mode, directions: [axis, axis],
      positions: [pair.first.earthFixedPosition, pair.second.earthFixedPosition], propagation: pair.across,
      tangents: [pair.along], noise: mode == .longitudinal ? 12.5 : 6.25, band: band, seconds: 800)
  }

  /// Δθ √K of (71)-(72).
  private static func resolution(_ mode: StreamForecast.Mode, tilt: Double, phaseLength: Double) throws -> Double {
    let setup = experiment(mode, band: 20...30, tilt: tilt)
    return try StreamForecast.baselineResolution(
      mode: mode, setup.directions[0], setup.directions[1], direction: setup.propagation,
      baseline: setup.tangents[0], phaseLength: phaseLength)
  }

  /// |p| d of a band: the root of the mean square, by which the information of its bins adds up.
  private static func phaseLength(_ band: ClosedRange<Double>) -> Double {
    let (low, high) = (band.lowerBound, band.upperBound)
    return StationPair.intercontinental.phaseLength(
      frequency: ((low * low + low * high + high * high) / 3).squareRoot())
  }

  private func measure(
    _ mode: StreamForecast.Mode, band: ClosedRange<Double>, tilt: Double, timesPhase: Bool, _ run: ReproductionRun,
    seed: UInt64
  ) throws -> MeasuredPoint {
    let setup = Self.experiment(mode, band: band, tilt: tilt)
    let phaseLength = Self.phaseLength(band)
    let expected = try setup.covariance()[0, 0].squareRoot()
    return .scatter(
      x: phaseLength, try setup.fits(runs: runs, seed: seed, progress: run.progress).map { $0[0] },
      expected: expected, scale: setup.strength.squareRoot() * (timesPhase ? phaseLength : 1))
  }

  /// The reference values of vector-network section 6, and the best directions.
  func landmarks() throws -> [Landmark] {
    func reference(
      _ mode: StreamForecast.Mode, _ first: SIMD3<Double>, _ second: SIMD3<Double>
    ) throws -> Double {
      try StreamForecast.baselineResolution(
        mode: mode, first / 3, second / 3, direction: SIMD3(2, 3, 6) / 7, baseline: SIMD3(0, 0, 1), phaseLength: 50)
    }
    return [
      Landmark(
        "oblique, longitudinal, |p|d = 50", computed: try reference(.longitudinal, SIMD3(1, 2, 2), SIMD3(2, 1, 2)),
        published: 0.03186371100903, tolerance: 1e-14),
      Landmark(
        "oblique, transverse, |p|d = 50", computed: try reference(.transverse, SIMD3(1, 2, 2), SIMD3(2, -1, 2)),
        published: 0.37838156823223, tolerance: 1e-13),
      Landmark(
        "best Δθ √K |p|d, longitudinal", computed: try Self.resolution(.longitudinal, tilt: 0, phaseLength: 1),
        published: 0.5.squareRoot(), tolerance: 1e-14),
      Landmark(
        "best Δθ √K |p|d, transverse", computed: try Self.resolution(.transverse, tilt: 0, phaseLength: 1),
        published: 2.0.squareRoot(), tolerance: 1e-14),
    ]
  }
}
