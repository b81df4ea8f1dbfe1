import Numerics

/// A way from the parameters of a fit to the coordinates (a_1, ..., a_n, index) of the likelihood.
protocol LikelihoodChart {
  /// What each parameter of the fit stands for, for messages.
  var meaning: [BackgroundParameter] { get }
  func coordinates(_ parameters: [Double]) -> [Double]
  /// d coordinate / d parameter, [coordinate][parameter].
  func jacobian(_ parameters: [Double]) -> [Double]
}

extension LikelihoodChart {
  var parameterCount: Int { meaning.count }
}

/// Where a fit ended.
struct Optimum {
  /// Scaled parameters, and scaled noise densities [bin][channel].
  var parameters: [Double]
  var noise: [Double]
  var logLikelihood: Double
  /// Inverse Fisher matrix of the parameters with the noise eliminated.
  var covariance: [Double]
  var convergence: Convergence
}

/// Joint maximisation over the parameters and the noise of every channel and bin by Fisher scoring.
///
/// The step is the inverse Fisher matrix times the gradient, the noise of each bin eliminated by its Schur complement;
/// it is halved until ln L rises (Armijo's condition) with Sigma positive definite. Neither amplitudes nor noise
/// densities are held positive: Sigma is, and so an estimate near a boundary keeps its Gaussian scatter.
struct FisherScoring {
  var maximumIterations = 100
  /// The fit has converged when the next step is shorter than this many standard deviations, over all unknowns.
  var tolerance = 1e-5
  /// A parameter is determined when elimination of the noise leaves more than this share of the information on it.
  static let determinedShare = 1e-10

  /// Climbs from `start` to the maximum, or as far as it gets: see `Optimum.convergence`.
  ///
  /// - Throws: `InferenceError` when Sigma is not positive definite at the start or the Fisher matrix becomes singular.
  func maximize(
    _ workspace: LikelihoodWorkspace, chart: some LikelihoodChart, start: [Double], noise startNoise: [Double]
  ) throws -> Optimum {
    var parameters = start
    var noise = startNoise
    guard workspace.evaluate(coordinates: chart.coordinates(parameters), noise: noise) else {
      throw InferenceError.covarianceNotPositiveDefinite
    }
    var trialNoise = noise
    var noiseStep = noise
    var iterations = 0
    var covariance = try Self.covariance(workspace, chart: chart, parameters: parameters)
    while true {
      let jacobian = chart.jacobian(parameters)
      let gradient = Self.project(workspace.reducedGradient, jacobian, chart.parameterCount)
      let count = chart.parameterCount
      let step = (0..<count).map { row in (0..<count).reduce(0) { $0 + covariance[row * count + $1] * gradient[$1] } }
      let decrement = zip(step, gradient).reduce(workspace.noiseDecrement) { $0 + $1.0 * $1.1 }
      guard decrement.isFinite else { throw InferenceError.notFinite(input: "the gradient of the likelihood") }
      let remaining = max(0, decrement).squareRoot()
      let state = Optimum(
        parameters: parameters, noise: noise, logLikelihood: workspace.logLikelihood, covariance: covariance,
        convergence: Convergence(
          converged: remaining <= tolerance, iterations: iterations, remainingStep: remaining))
      if remaining <= tolerance || iterations == maximumIterations { return state }

      let change = (0..<workspace.order).map { row in
        (0..<count).reduce(0) { $0 + jacobian[row * count + $1] * step[$1] }
      }
      workspace.noiseStep(for: change, into: &noiseStep)
      // Rounding of ln L, so that the last, tiny steps are not refused for it.
      let rounding = 1e-12 * max(1, abs(state.logLikelihood))
      var length = 1.0
      while true {
        let trial = zip(parameters, step).map { $0 + length * $1 }
        for index in noise.indices { trialNoise[index] = noise[index] + length * noiseStep[index] }
        if workspace.evaluate(coordinates: chart.coordinates(trial), noise: trialNoise),
          workspace.logLikelihood >= state.logLikelihood + 1e-4 * length * decrement - rounding
        {
          parameters = trial
          break
        }
        length /= 2
        if length < 1e-8 { return state }
      }
      swap(&noise, &trialNoise)
      covariance = try Self.covariance(workspace, chart: chart, parameters: parameters)
      iterations += 1
    }
  }

  /// J^T g.
  static func project(_ vector: [Double], _ jacobian: [Double], _ count: Int) -> [Double] {
    (0..<count).map { column in
      vector.indices.reduce(0) { $0 + jacobian[$1 * count + column] * vector[$1] }
    }
  }

  /// J^T F J.
  static func project(fisher: [Double], order: Int, _ jacobian: [Double], _ count: Int) -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    for first in 0..<count {
      for second in 0..<count {
        for row in 0..<order {
          for column in 0..<order {
            result[first * count + second] +=
              jacobian[row * count + first] * fisher[row * order + column] * jacobian[column * count + second]
          }
        }
      }
    }
    return result
  }

  private static func covariance(
    _ workspace: LikelihoodWorkspace, chart: some LikelihoodChart, parameters: [Double]
  ) throws -> [Double] {
    let count = chart.parameterCount
    let jacobian = chart.jacobian(parameters)
    let known = project(fisher: workspace.fisher, order: workspace.order, jacobian, count)
    let fisher = project(fisher: workspace.reducedFisher, order: workspace.order, jacobian, count)
    // What the elimination of the noise leaves of nothing is rounding, of either sign.
    for place in 0..<count where !(fisher[place * (count + 1)] > determinedShare * known[place * (count + 1)]) {
      throw InferenceError.undetermined(chart.meaning[place])
    }
    do {
      return try inverse(fisher, count)
    } catch LinearAlgebraError.notPositiveDefinite(let pivot, _) {
      throw InferenceError.undetermined(chart.meaning[pivot])
    }
  }

  /// Inverse through the matrix scaled to unit diagonal, so that units do not decide what is singular.
  static func inverse(_ matrix: [Double], _ count: Int) throws(LinearAlgebraError) -> [Double] {
    guard count > 0 else { return [] }
    let scale = (0..<count).map { matrix[$0 * count + $0] }
    if let pivot = scale.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw .notPositiveDefinite(pivot: pivot, order: count)
    }
    func normalized(_ matrix: [Double]) -> [Double] {
      matrix.indices.map { matrix[$0] / (scale[$0 / count] * scale[$0 % count]).squareRoot() }
    }
    let correlation = RealMatrix(rows: count, columns: count, elements: normalized(matrix))
    return normalized(try RealCholesky(of: correlation).inverse().elements)
  }
}
