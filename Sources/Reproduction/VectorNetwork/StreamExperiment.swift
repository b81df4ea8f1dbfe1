import Correlator
import DarkMatter
import Inference
import Numerics
import Sky

/// Two sensors in broad-band waves that come from one direction: fits of that direction, repeated many times.
///
/// A run consists of stretches at the same sidereal time, so short that the Earth turns by less than a degree. All
/// vectors are in Earth-fixed axes at the middle of a stretch.
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
  /// Length of a run, a multiple of a stretch.
  var seconds: Int

  private static let stretch = 200
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

  /// 2π sqrt(det Cov) of the exact Fisher matrix for two tangents.
  func solidAngle() throws -> Double {
    let covariance = try covariance()
    return 2 * .pi * (covariance[0, 0] * covariance[1, 1] - covariance[0, 1] * covariance[1, 0]).squareRoot()
  }

  /// The offsets from the truth along the tangents that are fitted in independent runs.
  func fits(runs: Int, seed: UInt64, progress: (Double) -> Void) throws -> [[Double]] {
    let plan = try plan()
    let fit = try fit(plan)
    let middle = Self.epoch.advanced(byNanoseconds: Int64(Self.stretch) * 500_000_000)
    let inertial = EarthRotation.inertial(propagation, at: middle)
    let stretches = seconds / Self.stretch
    var result: [[Double]] = []
    for run in 0..<runs {
      var sum: [ComplexMatrix] = []
      for stretch in 0..<stretches {
        let network = network(inertial, seed: seed &+ UInt64(run * stretches + stretch))
        try network.correlate(plan, integrations: 1) { spectra in
          let matrices = matrices(spectra, plan)
          sum = sum.isEmpty ? matrices : zip(sum, matrices).map { $0 + $1 }
        }
      }
      let mean = sum.map { (1 / Double(stretches)) * $0 }
      result.append(try fit.maximize(mean, start: [Double](repeating: 0, count: tangents.count)))
      progress(Double(run + 1) / Double(runs))
    }
    return result
  }

  private func network(_ inertial: SIMD3<Double>, seed: UInt64) -> SimulatedNetwork {
    let rate = SampleRate(256)
    return SimulatedNetwork(
      recorders: zip(directions, positions).enumerated().map { index, sensor in
        PlaneWaveField(
          mode: mode, propagation: inertial, axis: sensor.0, position: sensor.1 - positions[0], epoch: Self.epoch,
          blockNanoseconds: 4_000_000_000, band: max(0.5, band.lowerBound - 5)...band.upperBound + 5, seed: seed
        ).recorder(sampleRate: rate, noiseDensity: noise, sensor: index)
      }, sampleRate: rate)
  }

  private func plan() throws -> BandPlan {
    try BandPlan(
      name: "broad", lowestFrequency: band.lowerBound, highestFrequency: band.upperBound - 1e9 / Double(Self.segment),
      segment: Self.segment, overlap: 0, window: .rectangular, integration: Int64(Self.stretch) * 1_000_000_000)
  }

  private var isAtOnePlace: Bool { positions.allSatisfy { $0 == positions[0] } }

  /// At one place all bins have the same matrix, so that their mean says as much as all of them.
  private func fit(_ plan: BandPlan) throws -> CovarianceFit<StreamModel> {
    let wavenumbers = (0..<plan.binCount).map { wavenumber(frequency: plan.frequency($0), restFrequency: 0) }
    return CovarianceFit(
      model: StreamModel(
        mode: mode, directions: directions, positions: positions, propagation: propagation, tangents: tangents,
        noise: noise, wavenumbers: isAtOnePlace ? [0] : wavenumbers),
      samplesPerBin: Double(seconds) / (Double(Self.segment) * 1e-9) * Double(isAtOnePlace ? plan.binCount : 1))
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
