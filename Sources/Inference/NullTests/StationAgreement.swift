import Correlator
import Foundation
import Numerics

/// Whether a fitted background is the same without some of the channels.
///
/// At the fit to all channels the score g of the others, the noise eliminated, would vanish if they agreed. Its covariance is
/// F - F F_all⁻¹ F with the Fisher matrices of the others and of all at that one point: what the difference of nested fits
/// tests, without the second fit, whose errors at its own maximum belong to other amplitudes and other noise. With
/// F = L U diag(μ) Uᵀ Lᵀ, F_all = L Lᵀ, each (Uᵀ L⁻¹ g)_k has the variance μ_k (1 - μ_k).
struct StationAgreement {
  /// A direction in which either side has less than this share of the information says nothing: what is left of it is
  /// rounding, and terms beyond the law of many samples.
  private static let leastShare = 0.01

  private let likelihood: WhittleLikelihood
  private let calibration: CalibrationUncertainty?
  private let chart: PhysicalChart
  private let optimum: Optimum
  /// Of all channels: the inverse of L, row by row.
  private let whitening: RealMatrix

  /// - Parameters: those of `fitIsotropicBackground`.
  /// - Throws: `InferenceError` or `LinearAlgebraError`.
  init(_ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry, options: BackgroundFitOptions) throws {
    let prepared = try IsotropicLikelihood(spectra, plan: plan, geometry: geometry, options: options)
    let (_, workspace, fit) = try prepared.measured(options: options)
    (likelihood, calibration) = (prepared.likelihood, options.calibration)
    (chart, optimum) = (fit.chart, fit.optimum)
    let (fisher, _) = Self.eliminated(workspace, chart: chart, parameters: optimum.parameters)
    let lower = try RealCholesky(of: fisher).lower
    var inverse = RealMatrix(rows: lower.rows, columns: lower.rows)
    for column in 0..<lower.rows {
      for row in column..<lower.rows {
        let sum = (column..<row).reduce(row == column ? 1 : 0) { $0 - lower[row, $1] * inverse[$1, column] }
        inverse[row, column] = sum / lower[row, row]
      }
    }
    whitening = inverse
  }

  /// ln of the probability that the parameters without some channels differ as much as they do; nil where nothing can be
  /// compared.
  func logProbability(without channels: Set<Int>) -> Double? {
    let workspace = LikelihoodWorkspace(likelihood.without(channels), calibration: calibration)
    guard workspace.evaluate(coordinates: chart.coordinates(optimum.parameters), noise: optimum.noise) else {
      return nil
    }
    let (fisher, gradient) = Self.eliminated(workspace, chart: chart, parameters: optimum.parameters)
    let shares = whitening * fisher * whitening.transposed
    guard let system = try? SymmetricEigensystem(of: shares) else { return nil }
    let score = system.vectors.transposed * (whitening * gradient)
    let informative = system.values.indices.filter {
      system.values[$0] > Self.leastShare && system.values[$0] < 1 - Self.leastShare
    }
    guard !informative.isEmpty else { return nil }
    let statistic = informative.reduce(0) {
      $0 + score[$1] * score[$1] / (system.values[$1] * (1 - system.values[$1]))
    }
    return Significance.logChiSquaredSurvival(statistic, degreesOfFreedom: informative.count)
  }

  /// Fisher matrix and gradient of the physical parameters at the last evaluation, noise and calibration eliminated.
  private static func eliminated(
    _ workspace: LikelihoodWorkspace, chart: PhysicalChart, parameters: [Double]
  ) -> (fisher: RealMatrix, gradient: [Double]) {
    let (all, kept) = (chart.parameterCount, chart.free.count)
    let jacobian = chart.jacobian(parameters)
    var gradient = FisherScoring.project(workspace.reducedGradient, jacobian, all)
    var fisher = FisherScoring.project(fisher: workspace.reducedFisher, order: workspace.order, jacobian, all)
    for pivot in (kept..<all).reversed() {
      for row in 0..<pivot {
        let factor = fisher[row * all + pivot] / fisher[pivot * all + pivot]
        gradient[row] -= factor * gradient[pivot]
        for column in 0..<pivot { fisher[row * all + column] -= factor * fisher[pivot * all + column] }
      }
    }
    let block = (0..<kept).map { row in (0..<kept).map { fisher[row * all + $0] } }
    return (RealMatrix(block), Array(gradient[..<kept]))
  }
}
