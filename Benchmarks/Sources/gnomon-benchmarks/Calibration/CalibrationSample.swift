import Foundation
import Numerics

/// A share of experiments with its binomial error, beside the share that was promised.
struct CalibratedShare: Codable {
  var stated: Double
  var found: Double
  /// Standard deviation of `found` if what is stated is true.
  var error: Double

  init(stated: Double, hits: Int, of count: Int) {
    self.stated = stated
    found = Double(hits) / Double(count)
    error = (stated * (1 - stated) / Double(count)).squareRoot()
  }

  /// In standard deviations.
  var deviation: Double { (found - stated) / error }

  var text: String { String(format: "%5.1f %% (%+.1f σ)", 100 * found, deviation) }
}

/// What many experiments say about the estimates of one parameter.
struct ParameterCalibration: Codable {
  var name: String
  var truth: Double
  var experiments: Int
  /// Of (estimate - truth)/uncertainty, with standard errors.
  var pullMean: Double
  var pullMeanError: Double
  var pullSpread: Double
  var pullSpreadError: Double
  /// Variance of the estimates over the inverse Fisher matrix at the truth, and its standard error.
  var varianceRatio: Double
  var varianceRatioError: Double
  /// Of value ± z σ at 68, 90 and 95 %.
  var coverage: [CalibratedShare]
  /// The normal probability of each pull, ascending.
  var levels: [Double]

  /// - Parameters:
  ///   - estimates: values with their uncertainties.
  ///   - bound: inverse Fisher variance at the truth.
  init(_ name: String, truth: Double, estimates: [(value: Double, uncertainty: Double)], bound: Double) {
    self.name = name
    self.truth = truth
    let count = Double(estimates.count)
    experiments = estimates.count
    func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
      let mean = values.reduce(0, +) / count
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1))
    }
    let pulls = estimates.map { ($0.value - truth) / $0.uncertainty }
    let ofPulls = moments(pulls)
    pullMean = ofPulls.mean
    pullSpread = ofPulls.variance.squareRoot()
    pullMeanError = 1 / count.squareRoot()
    pullSpreadError = 1 / (2 * count).squareRoot()
    varianceRatio = moments(estimates.map(\.value)).variance / bound
    varianceRatioError = varianceRatio * (2 / count).squareRoot()
    coverage = [0.68, 0.9, 0.95].map { stated in
      let reach = normalQuantile((1 + stated) / 2)
      return CalibratedShare(stated: stated, hits: pulls.count { abs($0) <= reach }, of: estimates.count)
    }
    levels = pulls.map { 1 - normalSurvival($0) }.sorted()
  }

  var row: String {
    name.padding(toLength: 12, withPad: " ", startingAt: 0)
      + String(
        format: "%+7.3f ± %.3f  %6.3f ± %.3f  %6.3f ± %.3f  ", pullMean, pullMeanError, pullSpread, pullSpreadError,
        varianceRatio, varianceRatioError) + coverage.map(\.text).joined(separator: "  ")
  }
}
