import Foundation
import Sky

/// The whole sky in Mollweide projection as one sees it: right ascension grows to the left, 180° is in the middle.
struct SkyFrame {
  let width: Double

  private static let margin = 8.0
  private static let labelSize = 11.0
  /// Right ascension in the middle of the map, degrees.
  static let middle = 180.0

  var radius: Double { (width / 2 - Self.margin) / MollweideProjection.halfWidth }
  var height: Double { 2 * (MollweideProjection.halfHeight * radius + Self.margin) }
  private var center: SIMD2<Double> { SIMD2(width / 2, height / 2) }

  /// Pixel of a direction.
  func pixel(_ direction: EquatorialDirection) -> SIMD2<Double> {
    unwrapped(EqualEarthProjection.wrapped(longitude: direction.rightAscension - Self.middle), direction.declination)
  }

  /// Pixel of degrees east of the middle and of declination; beyond 180 degrees it lies outside of the map.
  func unwrapped(_ east: Double, _ declination: Double) -> SIMD2<Double> {
    // East is to the left, as one sees the sky.
    let point = MollweideProjection.project(longitude: -east, latitude: declination)
    return center + radius * SIMD2(point.x, -point.y)
  }

  /// The direction of a pixel; beyond the rim that of the nearest point inside, so that areas run up to it.
  func direction(_ pixel: SIMD2<Double>) -> SIMD3<Double> {
    var point = (pixel - center) / radius
    point.y = -point.y
    let half = SIMD2(MollweideProjection.halfWidth, MollweideProjection.halfHeight)
    let size = ((point / half) * (point / half)).sum().squareRoot()
    if size > 0.9999 { point *= 0.9999 / size }
    let place = MollweideProjection.unproject(point) ?? (0, 90)
    return EquatorialDirection(rightAscension: Self.middle - place.longitude, declination: place.latitude).vector
  }

  /// Covers what lies outside the ellipse; then the graticule and its numbers.
  ///
  /// - Parameters:
  ///   - lines: style of the graticule.
  ///   - numbers: class of the right ascensions, which stand on the map.
  func draw(lines: String, numbers: String, into elements: inout SVGElements) {
    let rim = stride(from: 0.0, to: 360, by: 2).map { angle in
      center
        + radius
        * SIMD2(
          MollweideProjection.halfWidth * cos(angle * .pi / 180),
          MollweideProjection.halfHeight * sin(angle * .pi / 180))
    }
    let whole = "M-1 -1H\(svgNumber(width + 1))V\(svgNumber(height + 1))H-1Z"
    elements.path(whole + PlotPath.data(rim) + "Z", class: "page", attributes: " fill-rule=\"evenodd\"")
    var graticule = ""
    for rightAscension in stride(from: 30.0, through: 330, by: 30) {
      graticule += PlotPath.data(
        stride(from: -90.0, through: 90, by: 5).map {
          pixel(EquatorialDirection(rightAscension: rightAscension, declination: $0))
        })
    }
    for declination in stride(from: -60.0, through: 60, by: 30) {
      graticule += PlotPath.data([-180.0, 180].map { unwrapped($0, declination) })
    }
    elements.path(graticule, class: "graticule", attributes: " style=\"fill:none;\(lines)\"")
    elements.path(PlotPath.data(rim) + "Z", class: "frame")
    for rightAscension in stride(from: 30.0, through: 330, by: 60) {
      // Numbers on the map have one colour on light and dark pages, as the map has.
      elements.label(
        RichText(plain: "\(Int(rightAscension))°"),
        at: pixel(EquatorialDirection(rightAscension: rightAscension, declination: 0)) + SIMD2(3, -3),
        size: Self.labelSize, class: numbers)
    }
    for declination in [-60.0, -30, 30, 60] {
      // Beside the rim, where the map leaves room.
      elements.label(
        RichText(plain: "\(declination > 0 ? "+" : "−")\(Int(abs(declination)))°"),
        at: unwrapped(180, declination) + SIMD2(-6, 4), anchor: .end, size: Self.labelSize, class: "soft")
    }
  }
}
