import Correlator
import DarkMatter
import Inference
import Numerics

/// Figure 2: how longitudinal and transverse modes of an isotropic background decorrelate with the baseline.
struct IsotropicCorrelations: ReproductionItem {
  let id = "figure-2"
  let title = "Isotropic background: longitudinal and transverse modes against the baseline"
  let source = "arXiv:2111.06732, figure 2, equations (44)-(47)"

  /// Segments of 8 s, half overlapped.
  private let segments = 3600
  private let noise = 0.03

  var experiment: String {
    """
    Stations at Mainz and Hefei (\(StationPair.intercontinental.kilometres) km), each with one axis along the baseline and \
    one across, in a flat background of massless waves, once longitudinal and once transverse; \(segments * 4) s of \
    256 Hz streams with noise of 3 % of the field's density, correlated in half-overlapped segments of 8 s. Every \
    frequency is another |p| d.
    """
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let pair = StationPair.intercontinental
    let longitudinal = try measure(.longitudinal, pair, run.part(0, of: 2), experiment: 0)
    let transverse = try measure(.transverse, pair, run.part(1, of: 2), experiment: 1)
    let z = evenly(0, 10, 401)
    func panel(_ title: String, parallel: Bool) -> ReproducedPanel {
      ReproducedPanel(
        title: title, xLabel: "|$p$| $d$", yLabel: "$Γ$($l$_1, $l$_2)", xRange: 0...10, yRange: -0.28...0.36,
        curves: [
          ReproducedCurve(
            label: "longitudinal", z, points: parallel ? longitudinal.parallel : longitudinal.perpendicular
          ) { Self.correlation(.longitudinal, parallel: parallel, z: $0) },
          ReproducedCurve(
            label: "transverse, each", z, points: parallel ? transverse.parallel : transverse.perpendicular
          ) { Self.correlation(.transverse, parallel: parallel, z: $0) },
        ])
    }
    return [
      panel("Both sensors along the baseline", parallel: true),
      panel("Both sensors across the baseline", parallel: false),
    ]
  }

  /// Γ of two parallel sensors along or across the baseline.
  private static func correlation(_ tensor: TwoPointTensor, parallel: Bool, z: Double) -> Double {
    let direction = parallel ? SIMD3<Double>(0, 0, 1) : SIMD3(1, 0, 0)
    return tensor.contraction(z: z, baseline: SIMD3(0, 0, 1), direction, direction)
  }

  private func measure(
    _ tensor: TwoPointTensor, _ pair: StationPair, _ run: ReproductionRun, experiment: Int
  ) throws -> (parallel: [MeasuredPoint], perpendicular: [MeasuredPoint]) {
    let network = try SimulatedNetwork(
      [
        .init(name: "mainz", site: pair.first, axes: [pair.along, pair.across]),
        .init(name: "hefei", site: pair.second, axes: [pair.along, pair.across]),
      ],
      field: .isotropic(
        IsotropicBackground(
          spectrum: .powerLaw(level: 1, reference: 10, index: 0), lowestFrequency: 0.25, highestFrequency: 80,
          longitudinalFraction: tensor == .longitudinal ? 1 : 0)),
      noiseDensity: noise, seed: run.seed(ofExperiment: experiment),
      duration: Int64(segments) * 4_000_000_000)
    let plan = try BandPlan(
      name: "broad", lowestFrequency: pair.frequency(phaseLength: 0.1),
      highestFrequency: pair.frequency(phaseLength: 10),
      segment: 8_000_000_000, integration: Int64(segments) * 4_000_000_000)
    var result: (parallel: [MeasuredPoint], perpendicular: [MeasuredPoint]) = ([], [])
    try network.correlate(plan, integrations: 1, progress: run.progress) { spectra in
      let width = 20
      // Bins within two of each other share noise through the window.
      for start in stride(from: 0, through: plan.binCount - width, by: width + 2) {
        func point(_ channel: Int, parallel: Bool) -> MeasuredPoint {
          var point = spectra.realCorrelation(
            channel, channel + 2, plan: plan, bins: start..<start + width, density: 1, noise: noise, power: 1 / 3
          ) { Self.correlation(tensor, parallel: parallel, z: pair.phaseLength(frequency: $0)) }
          point.x = pair.phaseLength(frequency: plan.frequency(start) + Double(width - 1) / 2 * plan.resolution)
          return point
        }
        result.parallel.append(point(0, parallel: true))
        result.perpendicular.append(point(1, parallel: false))
      }
    }
    return result
  }

  /// The zeros and minima of vector-network section 5.1.
  func landmarks() throws -> [Landmark] {
    func function(_ tensor: TwoPointTensor, _ parallel: Bool) -> (Double) -> Double {
      { Self.correlation(tensor, parallel: parallel, z: $0) }
    }
    let alongL = function(.longitudinal, true)
    let acrossI = function(.transverse, false)
    let lowestL = SpecialPoints.minimum(of: alongL, in: 3...5)
    let lowestI = SpecialPoints.minimum(of: acrossI, in: 3...5)
    return [
      Landmark(
        "L along the baseline vanishes at |p|d", computed: SpecialPoints.zero(of: alongL, in: 1...3),
        published: 2.0815759778181, tolerance: 1e-12),
      Landmark(
        "L along the baseline is lowest at |p|d", computed: lowestL, published: 3.87023858022217, tolerance: 1e-7),
      Landmark("its minimum", computed: alongL(lowestL), published: -0.248692236445789, tolerance: 1e-13),
      Landmark(
        "I across the baseline vanishes at |p|d", computed: SpecialPoints.zero(of: acrossI, in: 2...3.5),
        published: 2.74370726999227, tolerance: 1e-12),
      Landmark(
        "I across the baseline is lowest at |p|d", computed: lowestI, published: 4.23286587641309, tolerance: 1e-7),
      Landmark("its minimum", computed: acrossI(lowestI), published: -0.111826270000909, tolerance: 1e-13),
      Landmark(
        "L across the baseline vanishes at |p|d",
        computed: SpecialPoints.zero(of: function(.longitudinal, false), in: 4...5), published: 4.49340945790906,
        tolerance: 1e-12),
      Landmark(
        "I along the baseline vanishes at |p|d",
        computed: SpecialPoints.zero(of: function(.transverse, true), in: 4...5), published: 4.49340945790906,
        tolerance: 1e-12),
    ] + (try separations)
  }

  /// The separations at which two stations tell the modes apart best, and the overlaps there (section 8).
  private var separations: [Landmark] {
    get throws {
      let (along, across, third) = (SIMD3<Double>(0, 0, 1), SIMD3<Double>(1, 0, 0), SIMD3<Double>(0, 1, 0))
      let networks: [(String, [SIMD3<Double>], z: Double, overlap: Double)] = [
        ("two triads", [along, across, third], 3.311, 0.8126), ("two axes along the baseline", [along], 3.160, 0.6664),
        ("two axes across it", [across], 3.357, 0.8995), ("one of both at each end", [along, across], 3.272, 0.7734),
      ]
      return try networks.flatMap { name, axes, z, published in
        func overlap(_ z: Double) throws -> Double {
          let elements = [TwoPointTensor.longitudinal, .transverse].map { tensor in
            TemplateOverlap.isotropic(
              tensor.coefficients, directions: axes + axes,
              positions: axes.map { _ in SIMD3(0, 0, z) } + axes.map { _ in SIMD3() }, wavenumber: 1)
          }
          return try TemplateOverlap.between(elements[0], elements[1])
        }
        let best = try SpecialPoints.minimum(of: overlap, in: 2.5...4)
        return [
          Landmark("\(name): best |p|d", computed: best, published: z, tolerance: 5.1e-4),
          Landmark(
            "\(name): overlap of L and I there", computed: try overlap(best), published: published, tolerance: 5.1e-5),
        ]
      }
    }
  }
}
