import Sky

/// What data say of a source in any direction of the sky: what a map is made from.
public protocol DirectionLikelihood: Sendable {
  /// The narrowest fringe on the sky in rad; infinite for a network at one place.
  var fringeSpacing: Double { get }
  /// Whether each direction takes its likeliest amplitude; otherwise one amplitude is given for all.
  var fitsAmplitude: Bool { get }

  /// What the data say of sources in given directions.
  ///
  /// - Parameters:
  ///   - directions: unit vectors towards the sources, equatorial axes.
  ///   - workers: threads; the result does not depend on it.
  /// - Returns: one point for each direction.
  func evaluate(_ directions: [SIMD3<Double>], workers: Int) -> [SkyPoint]

  /// The same for single directions, one after the other, with room that is made once; for one thread.
  func evaluator() -> (SIMD3<Double>) -> SkyPoint

  /// A likelihood whose fringes pixels of a size can follow: what is left when stations far apart count as independent.
  ///
  /// - Parameter pixelSize: rad.
  /// - Returns: nil when there is none.
  func smoothed(pixelSize: Double) -> Self?
}

extension SkyLikelihood: DirectionLikelihood {
  public var fitsAmplitude: Bool { model.amplitude == nil }

  public func evaluator() -> (SIMD3<Double>) -> SkyPoint {
    let workspace = SkyWorkspace(self, capacity: 1)
    return { workspace.point(towards: $0) }
  }

  public func smoothed(pixelSize: Double) -> SkyLikelihood? {
    let wavenumber = wavenumbers.bins.max() ?? 0
    return coherent(within: 2 * Double.pi / (4 * wavenumber * pixelSize))
  }
}
