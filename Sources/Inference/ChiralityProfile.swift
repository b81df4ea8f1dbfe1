import Foundation

/// Profiles ln L over P_V and turns it into a posterior with a flat prior on -1 ... 1.
///
/// The table covers the estimate ± 6 standard deviations within -1 ... 1, or all of -1 ... 1 when that is not enough.
///
/// - Returns: nil when P_V was not measured or a point of the profile could not be reached.
func chiralityProfile(
  _ workspace: LikelihoodWorkspace, measured: BackgroundMeasurement, points: Int
) -> ChiralityProfile? {
  guard let chirality = measured.estimate(.chirality) else { return nil }
  let low = max(-1, chirality.value - 6 * chirality.uncertainty)
  let high = min(1, chirality.value + 6 * chirality.uncertainty)
  if low < high {
    guard let table = try? profile(workspace, measured: measured, range: low...high, points: points) else { return nil }
    let peak = table.logLikelihood.max() ?? 0
    let cut =
      (low > -1 && table.logLikelihood[0] > peak - 12)
      || (high < 1 && table.logLikelihood[points - 1] > peak - 12)
    if !cut { return posterior(table) }
  }
  return (try? profile(workspace, measured: measured, range: -1...1, points: points)).map(posterior)
}

private struct ProfileTable {
  var chirality: [Double]
  var logLikelihood: [Double]
  var converged: Bool
}

/// Maximises over the other parameters and the noise at evenly spaced values of P_V, outward from the optimum.
private func profile(
  _ workspace: LikelihoodWorkspace, measured: BackgroundMeasurement, range: ClosedRange<Double>, points: Int
) throws -> ProfileTable {
  let best = measured.optimum
  let all = measured.chart.values(best.parameters)
  let chiralityColumn = measured.chart.free.firstIndex(of: .chirality) ?? 0
  let count = measured.chart.parameterCount
  let free = measured.chart.free.filter { $0 != .chirality }
  let step = (range.upperBound - range.lowerBound) / Double(points - 1)
  let values = (0..<points).map { $0 == points - 1 ? range.upperBound : range.lowerBound + Double($0) * step }
  // An error of 1e-3 standard deviations changes ln L by 5e-7.
  var scoring = FisherScoring()
  scoring.tolerance = 1e-3
  var table = ProfileTable(
    chirality: values, logLikelihood: [Double](repeating: 0, count: points), converged: true)
  // Along the ridge the other parameters move in proportion to their covariance with P_V.
  let gains = measured.chart.gains
  let rows = free.compactMap { measured.chart.free.firstIndex(of: $0) } + Array(count - gains..<count)
  let slopes = rows.map { row in
    best.covariance[row * count + chiralityColumn] / best.covariance[chiralityColumn * count + chiralityColumn]
  }
  let split = values.firstIndex { $0 >= all[2] } ?? points
  for direction in [Array(split..<points), Array((0..<split).reversed())] {
    var parameters = free.map { all[$0.position] } + best.parameters.suffix(gains)
    var noise = best.noise
    var previous = all[2]
    for index in direction {
      var held = all
      held[2] = values[index]
      let chart = PhysicalChart(free: free, held: held, gains: gains)
      let guess = zip(parameters, slopes).map { $0 + $1 * (values[index] - previous) }
      let point: Optimum
      do {
        point = try scoring.maximize(workspace, chart: chart, start: guess, noise: noise)
      } catch InferenceError.covarianceNotPositiveDefinite {
        point = try scoring.maximize(
          workspace, chart: chart,
          start: free.map { $0 == .amplitude ? 0 : held[$0.position] } + [Double](repeating: 0, count: gains),
          noise: workspace.likelihood.noiseWithoutSignal)
      }
      table.logLikelihood[index] = point.logLikelihood
      table.converged = table.converged && point.convergence.converged
      parameters = point.parameters
      noise = point.noise
      previous = values[index]
    }
  }
  return table
}

/// Density and shortest intervals, with ln L interpolated by cubics between the points of the table.
private func posterior(_ table: ProfileTable) -> ChiralityProfile {
  let peak = table.logLikelihood.max() ?? 0
  let relative = table.logLikelihood.map { $0 - peak }
  let points = relative.count
  let step = (table.chirality[points - 1] - table.chirality[0]) / Double(points - 1)
  func slope(_ index: Int) -> Double {
    if index == 0 { return relative[1] - relative[0] }
    if index == points - 1 { return relative[index] - relative[index - 1] }
    return (relative[index + 1] - relative[index - 1]) / 2
  }
  let refinement = 64
  var fine: [(chirality: Double, density: Double)] = []
  for interval in 0..<(points - 1) {
    for part in 0..<refinement {
      // Middles of cells: the sum is the integral.
      let t = (Double(part) + 0.5) / Double(refinement)
      let value =
        relative[interval] * (1 + 2 * t) * (1 - t) * (1 - t) + slope(interval) * t * (1 - t) * (1 - t)
        + relative[interval + 1] * t * t * (3 - 2 * t) + slope(interval + 1) * t * t * (t - 1)
      fine.append((table.chirality[0] + (Double(interval) + t) * step, exp(value)))
    }
  }
  let cell = step / Double(refinement)
  let norm = fine.reduce(0) { $0 + $1.density } * cell
  let descending = fine.sorted { $0.density > $1.density }
  func shortest(_ content: Double) -> ClosedRange<Double> {
    var sum = 0.0
    var low = descending[0].chirality
    var high = low
    for point in descending {
      sum += point.density * cell / norm
      low = min(low, point.chirality)
      high = max(high, point.chirality)
      if sum >= content { break }
    }
    return (low - cell / 2)...(high + cell / 2)
  }
  return ChiralityProfile(
    chirality: table.chirality, logLikelihood: relative, density: relative.map { exp($0) / norm },
    interval68: shortest(0.6827), interval95: shortest(0.9545), converged: table.converged)
}
