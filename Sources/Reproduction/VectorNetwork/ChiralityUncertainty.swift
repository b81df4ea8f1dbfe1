import Correlator
import DarkMatter
import Inference
import Numerics

/// Figure 7: how well two sensors measure the net helicity of an isotropic dark-photon background.
struct ChiralityUncertainty: ReproductionItem {
  let id = "figure-7"
  let title = "Chiral background: uncertainty of P_V against the baseline"
  let source = "arXiv:2111.06732, figure 7, equations (77)-(79)"

  private let experiments = 400
  private let seconds = 800
  /// A of the field and N of each sensor: one sensor sees a signal of A/3, 5 % of its noise.
  private let noise = 20.0 / 3
  private let chirality = 0.5
  /// Bins of 0.25 Hz over which one fit averages.
  private let groupBins = 8

  /// S_IJ = A [Γ^I + P_V Γ^V]_IJ + N δ_IJ with P_V unknown.
  private struct Model: CovarianceModel {
    var noise: Double
    /// Γ^I_12 and Γ^V_12 of each bin.
    var transverse: [Double]
    var chiral: [Double]
    var parameterCount: Int { 1 }
    var binCount: Int { transverse.count }

    func covariance(bin: Int, parameters: [Double]) -> (value: ComplexMatrix, derivatives: [ComplexMatrix]) {
      let auto = ComplexNumber(1.0 / 3 + noise)
      let cross = ComplexNumber(transverse[bin] + parameters[0] * chiral[bin])
      let slope = ComplexNumber(chiral[bin])
      return (ComplexMatrix([[auto, cross], [cross, auto]]), [ComplexMatrix([[.zero, slope], [slope, .zero]])])
    }
  }

  var experiment: String {
    """
    Stations at Mainz and Hefei (\(StationPair.intercontinental.kilometres) km) with sensors perpendicular to each other and \
    to the baseline, in a transverse background with P_V = \(chirality) and 5 % of the noise in each sensor; \
    \(experiments) experiments of \(seconds) s. In each, and for each range of \(groupBins / 4) Hz, P_V is fitted \
    with the exact likelihood at known amplitude; points are the scatter of the fits about the truth, times √K, \
    K = T ∫ df (A/N)². Their expectation is the exact Fisher matrix, which exceeds (79) by the order of the \
    signal-to-noise ratio.
    """
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let pair = StationPair.intercontinental
    let measured = try measure(pair, run)
    let z = evenly(0.1, 8, 317)
    let range = 0.0...8.0
    return [
      ReproducedPanel(
        title: "Uncertainty", xLabel: "|$p$| $d$", yLabel: "$σ$($P$_V) $K$^{1/2}", xRange: range, yRange: 0...20,
        curves: [
          try ReproducedCurve(label: "amplitude known, (79)", z, points: measured.scatter) {
            try forecast($0).uncertainty()
          },
          try ReproducedCurve(label: "amplitude fitted, $P$_V = 1", z, isReference: true) {
            try forecast($0).uncertainty(fittedAt: 1)
          },
        ]),
      ReproducedPanel(
        title: "Mean of the fits", xLabel: "|$p$| $d$", yLabel: "$P$_V", xRange: range, yRange: 0.2...0.8,
        curves: [
          ReproducedCurve(label: "truth", [0, 8], points: measured.mean) { _ in chirality }
        ]),
    ]
  }

  private func measure(
    _ pair: StationPair, _ run: ReproductionRun
  ) throws -> (scatter: [MeasuredPoint], mean: [MeasuredPoint]) {
    let network = try SimulatedNetwork(
      [
        .init(name: "mainz", site: pair.first, axes: [pair.across]),
        .init(name: "hefei", site: pair.second, axes: [pair.third]),
      ],
      field: .isotropic(
        IsotropicBackground(
          spectrum: .powerLaw(level: 1, reference: 10, index: 0), lowestFrequency: 0.25, highestFrequency: 80,
          chirality: chirality)),
      noiseDensity: noise, seed: run.seed(ofExperiment: 0), duration: Int64(experiments * seconds) * 1_000_000_000)
    let plan = try BandPlan(
      name: "broad", lowestFrequency: pair.frequency(phaseLength: 0.6),
      highestFrequency: pair.frequency(phaseLength: 8),
      segment: 4_000_000_000, overlap: 0, window: .rectangular, integration: Int64(seconds) * 1_000_000_000)
    let z = (0..<plan.binCount).map { pair.phaseLength(frequency: plan.frequency($0)) }
    func tensor(_ tensor: TwoPointTensor) -> [Double] {
      z.map { tensor.contraction(z: $0, baseline: pair.along, pair.across, pair.third) }
    }
    let (transverse, chiral) = (tensor(.transverse), tensor(.chirality))
    let groups = stride(from: 0, through: plan.binCount - groupBins, by: groupBins).map { $0..<$0 + groupBins }
    let fits = groups.map { bins in
      CovarianceFit(
        model: Model(noise: noise, transverse: Array(transverse[bins]), chiral: Array(chiral[bins])),
        samplesPerBin: Double(plan.segmentsPerIntegration))
    }
    var estimates = [[Double]](repeating: [], count: groups.count)
    try network.correlate(plan, integrations: experiments, progress: run.progress) { spectra in
      for (group, bins) in groups.enumerated() {
        estimates[group] += try fits[group].maximize(bins.map(spectra.matrix), start: [0])
      }
    }
    var result: (scatter: [MeasuredPoint], mean: [MeasuredPoint]) = ([], [])
    for (group, bins) in groups.enumerated() {
      let place = (z[bins.lowerBound] + z[bins.upperBound - 1]) / 2
      let expected = 1 / (try fits[group].fisher([chirality]))[0, 0].squareRoot()
      let strength = Double(seconds * groupBins) / 4 / (noise * noise)
      let deviations = estimates[group].map { $0 - chirality }
      result.scatter.append(
        .scatter(x: place, deviations, expected: expected, scale: strength.squareRoot()))
      result.mean.append(.mean(x: place, estimates[group], truth: chirality, deviation: expected))
    }
    return result
  }

  /// The best directions of the sensors.
  private func forecast(_ z: Double) -> ChiralityForecast {
    ChiralityForecast(SIMD3(1, 0, 0), SIMD3(0, 1, 0), baseline: SIMD3(0, 0, 1), z: z)
  }

  func landmarks() throws -> [Landmark] {
    let best = try SpecialPoints.minimum(of: { try forecast($0).uncertainty() }, in: 1...3)
    return [
      Landmark("|p|d of the smallest uncertainty", computed: best, published: 2.0815759778181006, tolerance: 1e-7),
      Landmark(
        "the smallest σ(P_V) √K", computed: try forecast(best).uncertainty(), published: 3.2422570276306516,
        tolerance: 1e-13),
    ]
  }
}
