/// The likeliest mixture of a few pure fields, with an amplitude that is free or given.
///
/// A mixture Σ w_j field_j has weights that are not negative; they sum to its amplitude. ln L is nearly a paraboloid in them, so
/// that the best mixture is the maximum without bounds or lies on a face that this maximum is beyond.
struct BackgroundMixtures {
  /// A field of amplitude one.
  struct Field {
    var fraction: Double
    var chirality: Double

    /// (a_L, a_T, a_V).
    fileprivate var templates: [Double] { [fraction, 1 - fraction, chirality] }
  }

  /// A maximum, in scaled units.
  struct Point {
    var logLikelihood: Double
    /// Of each field.
    var weights: [Double]

    var amplitude: Double { weights.reduce(0, +) }

    /// f_L or P_V of the mixture.
    func mean(of fields: [Field], _ property: KeyPath<Field, Double>) -> Double {
      guard amplitude > 0 else { return fields.first?[keyPath: property] ?? 0 }
      return zip(fields, weights).reduce(0) { $0 + $1.0[keyPath: property] * $1.1 } / amplitude
    }
  }

  let workspace: LikelihoodWorkspace
  let index: Double

  private var quiet: [Double] { workspace.likelihood.noiseWithoutSignal }

  /// The best mixture of any amplitude, zero too, and the largest uncertainty of the amplitude of one of its fields.
  ///
  /// - Throws: `InferenceError` when the network does not feel one of the fields.
  func best(_ fields: [Field]) throws -> (point: Point, uncertainty: Double) {
    guard workspace.evaluate(coordinates: [0, 0, 0, index], noise: quiet) else {
      throw InferenceError.covarianceNotPositiveDefinite
    }
    var best = Point(logLikelihood: workspace.logLikelihood, weights: fields.map { _ in 0 })
    var uncertainty = 0.0
    for number in fields.indices {
      let (point, variance) = try fit(fields, [number], amplitude: nil)
      uncertainty = max(uncertainty, variance.squareRoot())
      if point.amplitude > 0, point.logLikelihood > best.logLikelihood { best = point }
    }
    if fields.count > 1, let mixed = try? maximum(fields, Array(fields.indices), amplitude: nil),
      mixed.logLikelihood > best.logLikelihood
    {
      best = mixed
    }
    return (best, uncertainty)
  }

  /// The best mixture of one amplitude.
  func best(_ fields: [Field], amplitude: Double) throws -> Point {
    try maximum(fields, Array(fields.indices), amplitude: amplitude)
  }

  /// The maximum over mixtures of some of the fields.
  private func maximum(_ fields: [Field], _ members: [Int], amplitude: Double?) throws -> Point {
    guard members.count > 1 else { return try fit(fields, members, amplitude: amplitude).point }
    // What the network cannot tell apart has no inner maximum: the faces then hold one as high.
    let inner = try? fit(fields, members, amplitude: amplitude).point
    let beyond = members.filter { (inner?.weights[$0] ?? -1) < 0 }
    if let inner, beyond.isEmpty { return inner }
    var best: Point?
    var problem: any Error = InferenceError.noBins
    for member in beyond {
      do {
        let face = try maximum(fields, members.filter { $0 != member }, amplitude: amplitude)
        guard face.weights.allSatisfy({ $0 >= 0 }) else { continue }
        if face.logLikelihood > best?.logLikelihood ?? -.infinity { best = face }
      } catch {
        problem = error
      }
    }
    guard let best else { throw problem }
    return best
  }

  /// The maximum over weights of either sign of some of the fields, and the variance of the first of them.
  private func fit(
    _ fields: [Field], _ members: [Int], amplitude: Double?
  ) throws -> (point: Point, variance: Double) {
    guard let last = members.last else { throw InferenceError.noBins }
    let free = amplitude == nil ? members : Array(members.dropLast())
    let base = fields[last].templates.map { $0 * (amplitude ?? 0) }
    let chart = MixtureChart(
      base: base,
      columns: free.map { member in
        amplitude == nil
          ? fields[member].templates : zip(fields[member].templates, fields[last].templates).map { $0 - $1 }
      }, index: index)
    let start = (amplitude ?? 0) / Double(members.count)
    let optimum = try FisherScoring().maximize(workspace, chart: chart, start: free.map { _ in start }, noise: quiet)
    var weights = fields.map { _ in 0.0 }
    for (member, weight) in zip(free, optimum.parameters) { weights[member] = weight }
    if let amplitude { weights[last] = amplitude - weights.reduce(0, +) }
    return (Point(logLikelihood: optimum.logLikelihood, weights: weights), optimum.covariance.first ?? 0)
  }
}

/// Template amplitudes as a linear function of the weights of a mixture.
private struct MixtureChart: LikelihoodChart {
  let base: [Double]
  /// (a_L, a_T, a_V) of a unit of each weight.
  let columns: [[Double]]
  let index: Double

  var meaning: [BackgroundParameter] { columns.map { _ in .amplitude } }

  func coordinates(_ parameters: [Double]) -> [Double] {
    var result = base + [index]
    for (column, value) in zip(columns, parameters) {
      for row in 0..<3 { result[row] += column[row] * value }
    }
    return result
  }

  func jacobian(_ parameters: [Double]) -> [Double] {
    (0..<4).flatMap { row in columns.map { row < 3 ? $0[row] : 0 } }
  }
}
