import DarkMatter
import Numerics

/// What the figures of halo correlations have in common: curves over d/λ_c with points measured at some distances.
enum HaloFigure {
  /// d/λ_c of the measured points.
  static let distances = [0, 0.75, 1.5, 2.25, 3, 4, 5]
  static let runs = 60

  /// The arrangements of two parallel sensors in a wind: baseline, sensors and wind parallel or across.
  static let arrangements: [HaloExperiment.Arrangement] = [
    .init(label: "$d$ ⊥ $v$_g, $l$ ⊥ both", baseline: .acrossWind, axis: SIMD3(0, 0, 1)),
    .init(label: "$d$ ⊥ $v$_g, $l$ ∥ $d$", baseline: .acrossWind, axis: SIMD3(0, 1, 0)),
    .init(label: "$d$ ⊥ $v$_g, $l$ ∥ $v$_g", baseline: .acrossWind, axis: SIMD3(1, 0, 0)),
    .init(label: "$d$ ∥ $v$_g, $l$ ∥ both", baseline: .alongWind, axis: SIMD3(1, 0, 0)),
    .init(label: "$d$ ∥ $v$_g, $l$ ⊥ both", baseline: .alongWind, axis: SIMD3(0, 1, 0)),
  ]

  /// A curve of (50) and its points.
  ///
  /// - Parameters:
  ///   - coupling: of the simulated field.
  ///   - theory: the matrix that `scale` times the measured covariance is compared with; nil for that of the coupling.
  ///   - experiment: number of the curve among all of the item.
  static func curve(
    _ arrangement: HaloExperiment.Arrangement, of coupling: VectorCoupling, theory: HaloCoupling? = nil,
    scale: Double = 1, _ run: ReproductionRun, experiment: Int
  ) throws -> ReproducedCurve {
    let setup = HaloExperiment(coupling)
    let matrix = theory ?? coupling.haloCoupling
    let points = try distances.enumerated().map { index, distance in
      let part = run.part(index, of: distances.count)
      var point = try setup.measure(
        arrangement, distance: distance, runs: runs,
        seed: run.seed(ofExperiment: experiment * distances.count + index), unit: setup.unit(matrix) / scale,
        progress: part.progress)
      point.expected = setup.correlation(matrix, arrangement, distance: distance)
      return point
    }
    return ReproducedCurve(label: arrangement.label, evenly(0, 6, 241), points: points) {
      setup.correlation(matrix, arrangement, distance: $0)
    }
  }

  /// What is simulated, in words.
  static func experiment(_ field: String) -> String {
    let setup = HaloExperiment(.electricDipole)
    return """
      Two parallel sensors on opposite sides of chords through the Earth, in \(field) of rest frequency \
      \(Int(HaloExperiment.restFrequency)) Hz with all speeds \(Int(HaloExperiment.speedScale)) times those of the \
      galaxy, so that λ_c is \(Int(setup.correlationLength / 1000)) km; v_vir is the speed of the wind. Each point is \
      the cross spectrum summed over the line in \(runs) independent runs of 20 s \
      (\(Int(20 / setup.coherenceTime)) coherence times); errors are from the scatter of the runs.
      """
  }

  /// A landmark from the reference values of vector-network section 5.6.
  static func reference(
    _ name: String, _ coupling: HaloCoupling, separation: SIMD3<Double>, wind: SIMD3<Double>, _ first: SIMD3<Double>,
    _ second: SIMD3<Double>, real: Double, imaginary: Double
  ) -> [Landmark] {
    let value = HaloCorrelation(HaloModel(meanVelocity: wind, virialSpeed: 1), separation: separation)
      .contraction(coupling, first / length(first), second / length(second))
    return [
      Landmark(name + ", real part", computed: value.real, published: real, tolerance: 1e-13),
      Landmark(name + ", imaginary part", computed: value.imaginary, published: imaginary, tolerance: 1e-13),
    ]
  }
}
