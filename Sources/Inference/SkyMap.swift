import Foundation
import Sky

/// What the data say of a stream's direction, over the whole sky in pixels as fine as the likelihood needs.
///
/// The probability is the likelihood with α at its best in each direction, for a source that is equally likely anywhere
/// on the sky.
public struct SkyMap: Sendable {
  /// One pixel.
  public struct Cell: Hashable, Sendable {
    public var pixel: SkyPixel
    /// At the pixel's centre.
    public var logLikelihood: Double
    /// α at the pixel's centre.
    public var amplitude: Double

    public init(pixel: SkyPixel, logLikelihood: Double, amplitude: Double) {
      self.pixel = pixel
      self.logLikelihood = logLikelihood
      self.amplitude = amplitude
    }
  }

  /// Pixels that cover the sky once, in the order of their places on it.
  public let cells: [Cell]
  /// Of each cell; the sum is 1.
  public let probabilities: [Double]
  /// The most likely direction, found to much better than a pixel.
  public let maximum: SkyPoint
  /// The narrowest fringe of the network in rad.
  public let fringeSpacing: Double
  /// Directions in which the likelihood was computed.
  public let evaluations: Int
  /// Whether every place that could matter was resolved; false when the allowed number of evaluations was too small.
  public let isResolved: Bool

  /// - Parameters:
  ///   - cells: pixels that cover the sky once, in any order.
  ///   - maximum: the most likely direction.
  ///   - fringeSpacing: rad.
  ///   - evaluations: directions in which the likelihood was computed.
  ///   - isResolved: whether every place that could matter was resolved.
  public init(cells: [Cell], maximum: SkyPoint, fringeSpacing: Double, evaluations: Int, isResolved: Bool) {
    self.cells = cells.sorted { $0.pixel.finestRange.lowerBound < $1.pixel.finestRange.lowerBound }
    let highest = cells.map(\.logLikelihood).max() ?? 0
    let masses = self.cells.map { exp($0.logLikelihood - highest) * $0.pixel.area }
    let total = masses.reduce(0, +)
    probabilities = masses.map { $0 / total }
    self.maximum = maximum
    self.fringeSpacing = fringeSpacing
    self.evaluations = evaluations
    self.isResolved = isResolved
  }

  /// The order of the smallest pixels.
  public var finestOrder: Int { cells.map(\.pixel.order).max() ?? 0 }

  /// Probability per sr of a cell.
  public func density(_ cell: Int) -> Double { probabilities[cell] / cells[cell].pixel.area }

  /// Number of the cell that a direction lies in.
  ///
  /// - Parameter direction: equatorial axes, of any positive length.
  public func cell(at direction: SIMD3<Double>) -> Int {
    cell(containing: HEALPix(order: HEALPix.maximumOrder).nested(at: direction))
  }

  /// Number of the cell that holds a pixel of the finest order.
  func cell(containing finest: Int) -> Int {
    var low = 0
    var high = cells.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if cells[middle].pixel.finestRange.lowerBound <= finest { low = middle } else { high = middle }
    }
    return low
  }

  /// The smallest level whose credible region holds a direction: below 0.9 in nine of ten experiments.
  ///
  /// - Parameter direction: of the true source, equatorial axes.
  public func credibility(of direction: SIMD3<Double>) -> Double {
    let threshold = cells[cell(at: direction)].logLikelihood
    return cells.indices.reduce(0) { $0 + (cells[$1].logLikelihood > threshold ? probabilities[$1] : 0) }
  }
}

extension SkyMap {
  /// 2 ln of the likelihood's average over all directions, in units of that of noise alone: Θ of a wave from an unknown direction.
  var skyAverage: Double {
    let highest = maximum.logLikelihood
    let sum = cells.reduce(0) { $0 + exp(min(0, $1.logLikelihood - highest)) * $1.pixel.area }
    return 2 * (highest + log(sum / (4 * .pi)))
  }
}
