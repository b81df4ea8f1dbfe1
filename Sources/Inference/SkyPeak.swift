import Foundation
import Numerics

/// A local maximum of the likelihood on the sky and how sharp it is.
struct SkyPeak {
  var point: SkyPoint
  /// Largest and smallest curvature -d²lnL/dangle² at the maximum, rad^-2; not positive along a ridge or plateau.
  var steepest: Double
  var flattest: Double

  /// Climbs from a point on a grid of nine directions that shrinks until the likelihood is a paraboloid on it.
  ///
  /// - Parameters:
  ///   - start: where to begin.
  ///   - step: rad, of the order of the peak's width or larger.
  init(climbing likelihood: some DirectionLikelihood, from start: SkyPoint, step: Double) {
    let point = likelihood.evaluator()
    var best = start
    var step = step
    var values = [Double](repeating: 0, count: 9)
    // Each round moves uphill or halves the step.
    for _ in 0..<200 {
      let (first, second) = tangentBasis(best.direction)
      var highest = best
      for index in 0..<9 {
        let (column, row) = (Double(index % 3 - 1), Double(index / 3 - 1))
        let offset = step * (column * first + row * second)
        let raised = best.direction + offset
        let found = index == 4 ? best : point(raised / length(raised))
        values[index] = found.logLikelihood
        if found.logLikelihood > highest.logLikelihood { highest = found }
      }
      if highest.logLikelihood > best.logLikelihood {
        best = highest
        continue
      }
      let lowest = values.min() ?? 0
      if best.logLikelihood - lowest < 0.5 || step < 1e-9 { break }
      step /= 2
    }
    // The paraboloid through the nine values.
    let square = step * step
    let xx = (values[3] - 2 * values[4] + values[5]) / square
    let yy = (values[1] - 2 * values[4] + values[7]) / square
    let xy = (values[8] - values[6] - values[2] + values[0]) / (4 * square)
    let mean = -(xx + yy) / 2
    let radius = hypot((xx - yy) / 2, xy)
    steepest = mean + radius
    flattest = mean - radius
    self.point = best
    let determinant = xx * yy - xy * xy
    if flattest > 0 {
      let x = (values[5] - values[3]) / (2 * step)
      let y = (values[7] - values[1]) / (2 * step)
      let shift = SIMD2((xy * y - yy * x) / determinant, (xy * x - xx * y) / determinant)
      let (first, second) = tangentBasis(best.direction)
      let moved = best.direction + shift.x * first + shift.y * second
      let vertex = point(moved / length(moved))
      if vertex.logLikelihood > best.logLikelihood { self.point = vertex }
    }
  }
}
