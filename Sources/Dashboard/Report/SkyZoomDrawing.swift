import Foundation
import Inference
import Sky

/// One connected part of a credible region, enlarged on the plane that touches the sky at its peak.
struct SkyZoomDrawing {
  static let side = 260.0
  /// Wider parts are seen well enough on the whole map; rad.
  private static let widest = 0.25

  let figure: SkyMapFigure
  let mode: CredibleRegion.Mode
  let title: String
  /// Thresholds of ln L for the shaded regions of 99, 90 and 50 %.
  let thresholds: [Double]
  /// rad from the middle to the side.
  let extent: Double
  private let east: SIMD3<Double>
  private let north: SIMD3<Double>

  /// The most probable parts, at most three.
  static func panels(of figure: SkyMapFigure, half: CredibleRegion, ninety: CredibleRegion) -> [SkyZoomDrawing] {
    let modes = ninety.modes.prefix(3)
    return modes.enumerated().compactMap { index, mode in
      let cells = mode.cells.map { figure.map.cells[$0].pixel }
      let extent = cells.reduce(0) { widest, pixel in
        let difference = pixel.direction - mode.peak.direction
        return max(
          widest, (difference * difference).sum().squareRoot() + HEALPix(order: pixel.order).pixelSize)
      }
      guard extent < widest else { return nil }
      let percent = formatNumber(100 * mode.probability, digits: 2)
      return SkyZoomDrawing(
        figure: figure, mode: mode,
        title: "\(percent) % in \(formatNumber(mode.squareDegrees, digits: 3)) deg²",
        thresholds: [figure.map.credibleRegion(0.99).threshold, ninety.threshold, half.threshold],
        extent: 1.5 * extent)
    }
  }

  private init(
    figure: SkyMapFigure, mode: CredibleRegion.Mode, title: String, thresholds: [Double], extent: Double
  ) {
    self.figure = figure
    self.mode = mode
    self.title = title
    self.thresholds = thresholds
    self.extent = extent
    let place = EquatorialDirection(mode.peak.direction)
    east = place.east
    north = place.north
  }

  func draw(at corner: SIMD2<Double>, into elements: inout SVGElements) {
    let frame = PlotRectangle(x: corner.x, y: corner.y, width: Self.side, height: Self.side)
    elements.label(
      RichText(plain: title), at: SIMD2(frame.center.x, frame.y - 7), anchor: .middle, size: PlotStyle.labelSize)
    elements.clipped(to: frame) { drawInside(&$0) }
    elements.rectangle(frame, class: "frame")
    let place = EquatorialDirection(mode.peak.direction)
    let decimals = max(2, Int((1 - log10(extent * 180 / .pi)).rounded(.up)))
    elements.label(
      RichText(
        plain: "\(fixed(place.rightAscension, decimals))°, \(place.declination < 0 ? "−" : "+")"
          + "\(fixed(abs(place.declination), decimals))°"),
      at: SIMD2(frame.center.x, frame.bottom + 17), anchor: .middle, size: PlotStyle.tickSize)
  }

  private func fixed(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(min(decimals, 9))f", value) }

  /// Everything in pixels of the panel.
  private func drawInside(_ elements: inout SVGElements) {
    let count = 88
    // One step beyond the frame on every side, so that outlines leave the picture.
    let step = Self.side / Double(count - 3)
    var values: [Double] = []
    values.reserveCapacity(count * count)
    for row in 0..<count {
      for column in 0..<count {
        let pixel = step * SIMD2(Double(column - 1), Double(row - 1))
        values.append(SkyMapColours.logLikelihood(figure.map, direction(pixel)))
      }
    }
    let tracer = ContourTracer(columns: count, rows: count, values: values)
    elements.rectangle(
      PlotRectangle(x: 0, y: 0, width: Self.side, height: Self.side), class: "band",
      attributes: " fill=\"\(SkyMapColours.bands[0])\"")
    for (threshold, (band, width)) in zip(thresholds, [(2, 0.7), (4, 1.2), (6, 2.0)]) {
      let data = tracer.outlines(threshold).map { outline in
        PlotPath.data(outline.map { ($0 - 1) * step }) + "Z"
      }.joined()
      elements.path(
        data, class: "contour",
        attributes: " fill=\"\(SkyMapColours.bands[band])\" fill-rule=\"evenodd\" "
          + "stroke=\"\(SkyMapColours.contour)\" stroke-width=\"\(svgNumber(width))\"")
    }
    SkyMarkers.maximum(at: SIMD2(repeating: Self.side / 2), into: &elements)
    for source in figure.trueSources {
      if let point = pixel(source) { SkyMarkers.truth(at: point, into: &elements) }
    }
    drawScale(&elements)
  }

  private func direction(_ pixel: SIMD2<Double>) -> SIMD3<Double> {
    let offset = (pixel / Self.side * 2 - 1) * extent
    return mode.peak.direction - offset.x * east - offset.y * north
  }

  /// nil for directions outside of the panel.
  private func pixel(_ direction: SIMD3<Double>) -> SIMD2<Double>? {
    let depth = (direction * mode.peak.direction).sum()
    guard depth > 0.1 else { return nil }
    let offset = SIMD2((direction * east).sum(), (direction * north).sum()) / (depth * extent)
    guard abs(offset.x) < 1.1, abs(offset.y) < 1.1 else { return nil }
    return (1 - offset) * (Self.side / 2)
  }

  /// A bar of a round number of degrees, minutes or seconds of arc.
  private func drawScale(_ elements: inout SVGElements) {
    let degrees = extent * 180 / .pi
    let (unit, symbol) = degrees > 1.5 ? (1.0, "°") : (degrees > 0.025 ? (1.0 / 60, "′") : (1.0 / 3600, "″"))
    let longest = 0.7 * degrees / unit
    let power = pow(10, log10(longest).rounded(.down))
    let size = [5.0, 2, 1].first { $0 * power <= longest }.map { $0 * power } ?? power
    let length = size * unit / degrees * Self.side / 2
    let y = Self.side - 12
    elements.line(
      SIMD2(12, y), SIMD2(12 + length, y), class: "scale",
      attributes: " stroke=\"\(SkyMapColours.dark)\" stroke-width=\"2\"")
    elements.label(
      RichText(plain: formatNumber(size, digits: 3) + symbol), at: SIMD2(12 + length / 2, y - 5), anchor: .middle,
      size: PlotStyle.tickSize, class: "on-map")
  }
}
