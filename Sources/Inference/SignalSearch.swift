import Foundation

/// The test for a signal: template amplitudes at a fixed index, and where the index of a signal seems to be.
struct SignalSearch {
  let detection: Detection
  /// The fit at the test's index, and the chart of its parameters.
  let optimum: Optimum
  let chart: LinearChart
  /// Index with the largest weak-signal statistic on a grid; the start of a fit of the index.
  let likelyIndex: Double

  init(_ workspace: LikelihoodWorkspace, options: BackgroundFitOptions) throws {
    let likelihood = workspace.likelihood
    let chart = LinearChart(
      longitudinalFraction: options.longitudinalFraction, chirality: options.chirality, index: options.detectionIndex)
    let zero = [Double](repeating: 0, count: chart.parameterCount)
    let quiet = likelihood.noiseWithoutSignal
    guard workspace.evaluate(coordinates: chart.coordinates(zero), noise: quiet) else {
      throw InferenceError.covarianceNotPositiveDefinite
    }
    let logLikelihoodOfNoise = workspace.logLikelihood
    try Self.checkThatParametersAreDetermined(workspace, chart: chart)
    likelyIndex = Self.likelyIndex(workspace, chart: chart)
    self.chart = chart
    optimum = try FisherScoring().maximize(workspace, chart: chart, start: zero, noise: quiet)

    let statistic = max(0, 2 * (optimum.logLikelihood - logLikelihoodOfNoise))
    let logProbability = Significance.logChiSquaredSurvival(statistic, degreesOfFreedom: chart.parameterCount)
    let sigma = Significance.equivalentSigma(logProbability: logProbability)
    let amplitudes = chart.coordinates(optimum.parameters)
    let jacobian = chart.jacobian(optimum.parameters)
    let count = chart.parameterCount
    let covariance = optimum.covariance
    func power(_ component: Int) -> Estimate {
      var variance = 0.0
      for first in 0..<count {
        for second in 0..<count {
          variance +=
            jacobian[component * count + first] * covariance[first * count + second]
            * jacobian[component * count + second]
        }
      }
      return Estimate(value: amplitudes[component], uncertainty: max(0, variance).squareRoot())
        .scaled(by: likelihood.amplitudeUnit)
    }
    detection = Detection(
      statistic: statistic, degreesOfFreedom: count, localProbability: exp(logProbability),
      logTenProbability: logProbability / log(10), equivalentSigma: sigma, spectralIndex: options.detectionIndex,
      longitudinalPower: power(0), transversePower: power(1), helicityPower: power(2),
      isSignificant: sigma >= options.significanceThreshold, convergence: optimum.convergence)
  }

  /// Names the first parameter that the data do not determine beside those before it.
  ///
  /// The information on each, after elimination of the noise and of the parameters before it, is compared with what the
  /// network would have on the amplitude if its noise were known: 1e-10 of it means an error 1e5 times as large.
  private static func checkThatParametersAreDetermined(_ workspace: LikelihoodWorkspace, chart: LinearChart) throws {
    let count = chart.parameterCount
    let jacobian = chart.jacobian([Double](repeating: 0, count: count))
    let known = FisherScoring.project(fisher: workspace.fisher, order: workspace.order, jacobian, count)
    var left = FisherScoring.project(fisher: workspace.reducedFisher, order: workspace.order, jacobian, count)
    for pivot in 0..<count {
      let value = left[pivot * count + pivot]
      guard known[0] > 0, value > FisherScoring.determinedShare * known[0] else {
        throw InferenceError.undetermined(chart.meaning[pivot])
      }
      for row in (pivot + 1)..<max(count, pivot + 1) {
        let factor = left[row * count + pivot] / value
        for column in pivot..<count { left[row * count + column] -= factor * left[pivot * count + column] }
      }
    }
  }

  /// Scans the index with the weak-signal statistic g^T F^-1 g, whose bins scale with known powers of the frequency.
  private static func likelyIndex(_ workspace: LikelihoodWorkspace, chart: LinearChart) -> Double {
    let count = chart.parameterCount
    let order = workspace.order
    let jacobian = chart.jacobian([Double](repeating: 0, count: count))
    let logFrequencies = workspace.likelihood.logFrequencies
    var best = (statistic: -Double.infinity, index: chart.index)
    for step in -32...32 {
      let index = Double(step) / 4
      var gradient = [Double](repeating: 0, count: order)
      var fisher = [Double](repeating: 0, count: order * order)
      for (bin, logFrequency) in logFrequencies.enumerated() {
        let shape = exp((index - chart.index) * logFrequency)
        for row in 0..<order {
          gradient[row] += shape * workspace.binGradient[bin * order + row]
          for column in 0..<order {
            fisher[row * order + column] += shape * shape * workspace.binFisher[(bin * order + row) * order + column]
          }
        }
      }
      let slope = FisherScoring.project(gradient, jacobian, count)
      let matrix = FisherScoring.project(fisher: fisher, order: order, jacobian, count)
      guard let inverse = try? FisherScoring.inverse(matrix, count) else { continue }
      var statistic = 0.0
      for row in 0..<count {
        for column in 0..<count { statistic += slope[row] * inverse[row * count + column] * slope[column] }
      }
      if statistic > best.statistic { best = (statistic, index) }
    }
    return best.index
  }
}
