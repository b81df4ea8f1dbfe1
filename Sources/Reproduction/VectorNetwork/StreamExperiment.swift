import Correlator
import DarkMatter
import Inference
import Numerics
import Sky

/// Two sensors in broad-band waves that come from one direction: fits of that direction, repeated many times.
///
/// All vectors are in Earth-fixed axes at the middle of a run; during a run the Earth turns by less than two degrees.
struct StreamExperiment {
  var mode: StreamForecast.Mode
  /// l_I.
  var directions: [SIMD3<Double>]
  /// x_I in m; equal for sensors of one station.
  var positions: [SIMD3<Double>]
  /// Ω, the unit vector of propagation.
  var propagation: SIMD3<Double>
  /// Unit vectors across Ω along which the direction is fitted.
  var tangents: [SIMD3<Double>]
  /// N over A.
  var noise: Double
  /// Hz of the bins that are used.
  var band: ClosedRange<Double>
  var seconds: Int

  /// The spread of the waves' directions in rad: small against all errors and against 1/(p d).
  static let spread = 0.005
  private static let epoch = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  private static let segment: Int64 = 2_000_000_000

  /// K = T ∫ df (A/N)².
  var strength: Double { Double(seconds) * (band.upperBound - band.lowerBound) / (noise * noise) }

  /// The inverse of the exact Fisher matrix of the offsets along the tangents.
  func covariance() throws -> RealMatrix {
    let plan = try plan()
    let fisher = try fit(plan).fisher([Double](repeating: 0, count: tangents.count))
    return try RealCholesky(of: fisher).inverse()
  }

  /// The offsets from the truth along the tangents that are fitted in independent runs.
  func fits(runs: Int, seed: UInt64, progress: (Double) -> Void) throws -> [[Double]] {
    let plan = try plan()
    let fit = try fit(plan)
    let middle = Self.epoch.advanced(byNanoseconds: Int64(seconds) * 500_000_000)
    var stations: [SimulatedNetwork.Station] = []
    for (index, site) in positions.map(Site.init(earthFixedPosition:)).enumerated() {
      if let known = stations.firstIndex(where: { $0.site == site }) {
        stations[known].axes.append(directions[index])
      } else {
        stations.append(.init(name: "station\(index)", site: site, axes: [directions[index]]))
      }
    }
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: 1, reference: 10, index: 0), lowestFrequency: max(0.5, band.lowerBound - 5),
      highestFrequency: band.upperBound + 5, longitudinalFraction: mode == .longitudinal ? 1 : 0)
    let spot = AngularDistribution.Spot(
      direction: EarthRotation.inertial(propagation, at: middle), spread: Self.spread, fraction: 1)
    var result: [[Double]] = []
    for run in 0..<runs {
      let network = SimulatedNetwork(
        stations: stations,
        field: .anisotropic(
          AnisotropicBackground(background: background, directions: AngularDistribution(spots: [spot]))),
        noiseDensity: noise, epoch: Self.epoch, seed: seed &+ UInt64(run))
      try network.correlate(plan, integrations: 1) { spectra in
        result.append(
          try fit.maximize(matrices(spectra, plan), start: [Double](repeating: 0, count: tangents.count)))
      }
      progress(Double(run + 1) / Double(runs))
    }
    return result
  }

  private func plan() throws -> BandPlan {
    try BandPlan(
      name: "broad", lowestFrequency: band.lowerBound, highestFrequency: band.upperBound - 1e9 / Double(Self.segment),
      segment: Self.segment, overlap: 0, window: .rectangular, integration: Int64(seconds) * 1_000_000_000)
  }

  private var isAtOnePlace: Bool { positions.allSatisfy { $0 == positions[0] } }

  /// At one place all bins have the same matrix, so that their mean says as much as all of them.
  private func fit(_ plan: BandPlan) throws -> CovarianceFit<StreamModel> {
    let wavenumbers = (0..<plan.binCount).map { wavenumber(frequency: plan.frequency($0), restFrequency: 0) }
    return CovarianceFit(
      model: StreamModel(
        mode: mode, directions: directions, positions: positions, propagation: propagation, tangents: tangents,
        noise: noise, wavenumbers: isAtOnePlace ? [0] : wavenumbers),
      samplesPerBin: Double(plan.segmentsPerIntegration * (isAtOnePlace ? plan.binCount : 1)))
  }

  private func matrices(_ spectra: CrossSpectra, _ plan: BandPlan) -> [ComplexMatrix] {
    let all = (0..<plan.binCount).map(spectra.matrix)
    guard isAtOnePlace, let first = all.first else { return all }
    return [(1 / Double(all.count)) * all.dropFirst().reduce(first) { $0 + $1 }]
  }
}

/// S_IJ = A Γ_IJ(Ω) + N δ_IJ of a stream (vector-network section 6), A = 1; the parameters are offsets of Ω along
/// tangent vectors.
struct StreamModel: CovarianceModel {
  var mode: StreamForecast.Mode
  var directions: [SIMD3<Double>]
  var positions: [SIMD3<Double>]
  var propagation: SIMD3<Double>
  var tangents: [SIMD3<Double>]
  var noise: Double
  /// p/ħ of each bin in rad/m.
  var wavenumbers: [Double]

  var parameterCount: Int { tangents.count }
  var binCount: Int { wavenumbers.count }

  func covariance(bin: Int, parameters: [Double]) -> (value: ComplexMatrix, derivatives: [ComplexMatrix]) {
    let shifted = zip(parameters, tangents).reduce(propagation) { $0 + $1.0 * $1.1 }
    let size = length(shifted)
    let direction = shifted / size
    let changes = tangents.map { ($0 - dot($0, direction) * direction) / size }
    let order = directions.count
    var value = ComplexMatrix(rows: order, columns: order)
    var derivatives = [ComplexMatrix](repeating: value, count: tangents.count)
    for i in 0..<order {
      for j in 0..<order {
        let (left, right) = (directions[i], directions[j])
        let separation = positions[i] - positions[j]
        let polarization = StreamForecast.polarization(mode, direction: direction, left, right)
        let turn = ComplexNumber(magnitude: 1, phase: wavenumbers[bin] * dot(direction, separation))
        value[i, j] = turn * polarization + (i == j ? ComplexNumber(noise) : .zero)
        for (index, change) in changes.enumerated() {
          let product = dot(left, change) * dot(right, direction) + dot(left, direction) * dot(right, change)
          derivatives[index][i, j] =
            turn
            * ComplexNumber(
              mode == .longitudinal ? product : -product / 2, wavenumbers[bin] * dot(change, separation) * polarization)
        }
      }
    }
    return (value, derivatives)
  }
}
