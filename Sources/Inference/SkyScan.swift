import Foundation
import Numerics
import Sky

extension DirectionLikelihood {
  /// The map of the sky: a grid of a quarter of the narrowest fringe everywhere, finer pixels wherever the source could be.
  ///
  /// - Parameters:
  ///   - options: resolution and cost.
  ///   - progress: is told now and then in how many directions the likelihood has been computed, and how many the look
  ///     around the whole sky takes; what is resolved finely afterwards comes on top.
  /// - Throws: `InferenceError.invalidOption` for options out of range.
  public func skyMap(
    options: SkyScanOptions = SkyScanOptions(), progress: ((_ evaluations: Int, _ expected: Int) -> Void)? = nil
  ) throws -> SkyMap {
    try options.validate()
    var scan = SkyScan(self, options: options, progress: progress)
    scan.lookAround()
    scan.climb()
    scan.refine()
    return SkyMap(
      cells: scan.cells, maximum: scan.maximum, fringeSpacing: fringeSpacing, evaluations: scan.evaluations,
      isResolved: scan.isResolved)
  }
}

/// The map in the making.
private struct SkyScan<Likelihood: DirectionLikelihood> {
  /// A peak lies at most this share of its ln L above the centre of a pixel of a quarter fringe; a given amplitude, which
  /// cannot shrink where it does not fit, costs twice as much.
  let shareLost: Double
  /// ln L below the maximum, beyond which nothing matters: exp(-12).
  var depth: Double { 12 }

  let likelihood: Likelihood
  let options: SkyScanOptions
  let progress: ((Int, Int) -> Void)?
  /// The order at which a pixel is a quarter of the narrowest fringe.
  let fringeOrder: Int
  var cells: [SkyMap.Cell] = []
  var peaks: [SkyPeak] = []
  var evaluations = 0
  var isResolved = true

  init(_ likelihood: Likelihood, options: SkyScanOptions, progress: ((Int, Int) -> Void)?) {
    self.likelihood = likelihood
    self.options = options
    self.progress = progress
    shareLost = likelihood.fitsAmplitude ? 0.6 : 1.2
    fringeOrder = max(options.coarsestOrder, HEALPix.order(pixelSize: likelihood.fringeSpacing / 4))
  }

  /// The order of the first look at the whole sky.
  private var firstOrder: Int {
    var order = fringeOrder
    while order > options.coarsestOrder, 12 << (2 * order) > options.maximumScanPixels { order -= 1 }
    return order
  }

  /// Evaluations of the first look.
  private var lookAroundCount: Int { HEALPix(order: firstOrder).pixelCount }

  /// The highest point found.
  var maximum: SkyPoint {
    if let peak = peaks.first { return peak.point }
    let best = cells.reduce(cells[0]) { $1.logLikelihood > $0.logLikelihood ? $1 : $0 }
    return SkyPoint(
      direction: best.pixel.direction, logLikelihood: best.logLikelihood, amplitude: best.amplitude)
  }

  private mutating func evaluate(_ pixels: [SkyPixel], with likelihood: Likelihood) -> [SkyPoint] {
    var points: [SkyPoint] = []
    points.reserveCapacity(pixels.count)
    let batch = 1 << 14
    for start in stride(from: 0, to: pixels.count, by: batch) {
      let part = pixels[start..<min(start + batch, pixels.count)]
      points += likelihood.evaluate(part.map(\.direction), workers: options.workers)
      evaluations += part.count
      progress?(evaluations, max(evaluations, lookAroundCount))
    }
    return points
  }

  private mutating func makeCells(_ pixels: [SkyPixel]) -> [SkyMap.Cell] {
    zip(pixels, evaluate(pixels, with: likelihood)).map {
      SkyMap.Cell(pixel: $0, logLikelihood: $1.logLikelihood, amplitude: $1.amplitude)
    }
  }

  /// Brings the whole sky, or what is left of it, to the fringe's order.
  mutating func lookAround() {
    var order = firstOrder
    cells = makeCells((0..<HEALPix(order: order).pixelCount).map { SkyPixel(order: order, nested: $0) })
    var candidates = cells
    cells = []
    while order < fringeOrder {
      var values = candidates.map(\.logLikelihood)
      if let smoothed = likelihood.smoothed(pixelSize: HEALPix(order: order).pixelSize) {
        values = zip(values, evaluate(candidates.map(\.pixel), with: smoothed)).map { max($0, $1.logLikelihood) }
      } else {
        // Peaks may stand between the pixels.
        isResolved = false
      }
      let highest = values.max() ?? 0
      let allowed = max(depth, shareLost * highest)
      let kept = candidates.indices.filter { highest - values[$0] <= allowed }
      let chosen = affordable(kept, evaluationsEach: 8) { values[$0] }
      let isChosen = Set(chosen)
      cells += candidates.indices.filter { !isChosen.contains($0) }.map { candidates[$0] }
      candidates = makeCells(chosen.flatMap { candidates[$0].pixel.children })
      order += 1
    }
    cells += candidates
  }

  /// As many of the indices as the evaluations left allow, those of the highest values first.
  private mutating func affordable(_ indices: [Int], evaluationsEach: Int, value: (Int) -> Double) -> [Int] {
    let most = max(0, options.maximumEvaluations - evaluations) / evaluationsEach
    guard indices.count > most else { return indices }
    isResolved = false
    return Array(indices.sorted { (-value($0), $0) < (-value($1), $1) }.prefix(most))
  }

  /// Climbs from the best pixels that are not slopes of each other.
  mutating func climb() {
    let highest = cells.map(\.logLikelihood).max() ?? 0
    // Without a sign of a stream all amplitudes are 0: the likelihood is flat.
    guard cells.contains(where: { $0.logLikelihood != 0 }) else { return }
    let allowed = max(depth, shareLost * highest)
    let order = cells.indices.filter { highest - cells[$0].logLikelihood <= allowed }
      .sorted { (-cells[$0].logLikelihood, $0) < (-cells[$1].logLikelihood, $1) }
    var starts: [SkyMap.Cell] = []
    for index in order where starts.count < 24 {
      let (direction, size) = (cells[index].pixel.direction, HEALPix(order: cells[index].pixel.order).pixelSize)
      let isSlope = starts.contains { length($0.pixel.direction - direction) < 3 * size }
      if !isSlope { starts.append(cells[index]) }
    }
    peaks = starts.map { cell in
      SkyPeak(
        climbing: likelihood,
        from: SkyPoint(
          direction: cell.pixel.direction, logLikelihood: cell.logLikelihood, amplitude: cell.amplitude),
        step: HEALPix(order: cell.pixel.order).pixelSize / 2)
    }
    peaks.sort { $0.point.logLikelihood > $1.point.logLikelihood }
  }

  /// Divides pixels as long as one of them might hold more probability than allowed, or hide a peak.
  mutating func refine() {
    guard let best = peaks.first else { return }
    let highest = best.point.logLikelihood
    // Other places may be steeper than the best one, but not by much: the baselines are the same.
    let curvature = max(0, 1.5 * best.steepest)
    let width = best.steepest > 0 ? 1 / best.steepest.squareRoot() : .infinity
    while true {
      var total = cells.reduce(0) { $0 + exp(min(0, $1.logLikelihood - highest)) * $1.pixel.area }
      if best.flattest > 0 {
        total = max(total, 2 * Double.pi / (best.steepest * best.flattest).squareRoot())
      }
      let wanted = cells.indices.filter { index in
        let (order, area) = (cells[index].pixel.order, cells[index].pixel.area)
        guard order < HEALPix.maximumOrder else { return false }
        // How far ln L may rise from the centre to the best point of the pixel: along a parabola, and no more than fringes
        // allow.
        let fringe = max(depth, shareLost * highest).squareRoot() * exp2(Double(fringeOrder - order))
        let rise = min((curvature / 2).squareRoot() * HEALPix(order: order).pixelRadius, fringe)
        let root = max(0, max(0, highest - cells[index].logLikelihood).squareRoot() - rise)
        let below = root * root
        let mightHold = exp(-below) * area / total
        return mightHold > options.largestProbability
          || (highest > 3 && below < depth / 2 && area.squareRoot() > 1.25 * width)
      }
      let chosen = affordable(wanted, evaluationsEach: 4) { [cells] in cells[$0].logLikelihood }
      if chosen.isEmpty { break }
      let children = makeCells(chosen.flatMap { cells[$0].pixel.children })
      let isDivided = Set(chosen)
      cells = cells.indices.filter { !isDivided.contains($0) }.map { cells[$0] } + children
    }
  }
}
