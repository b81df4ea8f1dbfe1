import Sky

/// One of several streams that were found together.
public struct SkySource: Sendable {
  /// Direction and amplitude at the maximum, the other sources given.
  public var point: SkyPoint
  /// Θ of this source beside all others.
  public var testStatistic: Double
  /// The map of this source, the others given.
  public var map: SkyMap
}

extension SkyLikelihood {
  /// Looks for several streams one after the other: each one that is found joins the noise of the next.
  ///
  /// When a new one is found, directions and amplitudes of all are fitted again in turn, the others given, until
  /// they stay; the maps are made last.
  ///
  /// - Parameters:
  ///   - first: the map of the first source when it is known, nil to make it.
  ///   - maximumCount: the most sources to look for.
  ///   - threshold: Θ that a source must add; 25 is 5 sigma for one direction, before trials over the sky.
  ///   - options: resolution and cost of each map.
  ///   - progress: as for a map, from one map to the next.
  /// - Returns: the sources in the order in which they were found; empty when not even one reaches the threshold.
  /// - Throws: `InferenceError.invalidOption` for options out of range.
  public func findSources(
    startingWith first: SkyMap? = nil, maximumCount: Int, threshold: Double,
    options: SkyScanOptions = SkyScanOptions(), progress: ((_ evaluations: Int, _ expected: Int) -> Void)? = nil
  ) throws -> [SkySource] {
    var points: [SkyPoint] = []
    var alone = first
    while points.count < maximumCount {
      let known = points.isEmpty ? alone : nil
      let map = try known ?? conditioned(on: points).skyMap(options: options, progress: progress)
      if points.isEmpty { alone = map }
      guard map.maximum.testStatistic >= threshold else { break }
      points.append(map.maximum)
      refit(&points)
    }
    if points.count == 1, let alone {
      return [SkySource(point: alone.maximum, testStatistic: alone.maximum.testStatistic, map: alone)]
    }
    return try points.indices.map { index in
      let others = points.indices.filter { $0 != index }.map { points[$0] }
      let map = try conditioned(on: others).skyMap(options: options, progress: progress)
      return SkySource(point: map.maximum, testStatistic: map.maximum.testStatistic, map: map)
    }
  }

  /// Climbs with each source in turn.
  private func refit(_ points: inout [SkyPoint]) {
    guard points.count > 1 else { return }
    let step = min(fringeSpacing / 8, 0.05)
    for _ in 0..<20 {
      var change = 0.0
      for index in points.indices {
        let others = points.indices.filter { $0 != index }.map { points[$0] }
        let given = conditioned(on: others)
        let start = given.evaluate([points[index].direction])[0]
        let peak = SkyPeak(climbing: given, from: start, step: step)
        change = max(change, peak.point.logLikelihood - start.logLikelihood)
        points[index] = peak.point
      }
      if change < 1e-3 { break }
    }
  }
}
