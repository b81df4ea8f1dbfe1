import Foundation
import Inference
import Sky

/// A map of the sky as a picture: the test statistic over the whole sky in Mollweide projection, right ascension growing to
/// the left, and the most probable places enlarged.
public struct SkyMapFigure: Sendable {
  /// A sensor's axis at the time of the map.
  public struct Axis: Sendable {
    public var name: String
    /// Along the sensitive direction, equatorial axes.
    public var direction: SIMD3<Double>

    public init(name: String, direction: SIMD3<Double>) {
      self.name = name
      self.direction = direction
    }
  }

  public var map: SkyMap
  public var axes: [Axis]
  /// Directions towards the sources that were put in, when they are known.
  public var trueSources: [SIMD3<Double>]

  /// - Parameters:
  ///   - map: of one source.
  ///   - axes: of the sensors, at a time within the data.
  ///   - trueSources: directions towards the sources that were put in, when they are known.
  public init(map: SkyMap, axes: [Axis] = [], trueSources: [SIMD3<Double>] = []) {
    self.map = map
    self.axes = axes
    self.trueSources = trueSources
  }

  /// The axes of a network's sensors.
  ///
  /// - Parameters:
  ///   - geometry: of the network, Earth-fixed.
  ///   - time: at which the Earth is to stand still.
  public static func axes(of geometry: NetworkGeometry, at time: GPSTime) -> [Axis] {
    zip(geometry.labels, geometry.directions).map {
      Axis(name: $0, direction: EarthRotation.inertial($1, at: time))
    }
  }

  /// The picture with its caption.
  public func reportFigure() -> ReportFigure {
    let half = map.credibleRegion(0.5)
    let ninety = map.credibleRegion(0.9)
    let maximum = map.maximum
    var caption = """
      Test statistic of a stream from each direction, equatorial coordinates. The source lies within \
      \(formatNumber(half.squareDegrees, digits: 3)) square degrees with 50 % and within \
      \(formatNumber(ninety.squareDegrees, digits: 3)) square degrees with 90 % probability, the latter in \
      \(ninety.modes.count == 1 ? "one piece" : "\(ninety.modes.count) pieces"). The maximum, \
      Θ = \(formatNumber(maximum.testStatistic)), is at right ascension \
      \(formatNumber(maximum.rightAscension, digits: 6))°, declination \(formatNumber(maximum.declination, digits: 6))°.
      """
    if !SkyZoomDrawing.panels(of: self, half: half, ninety: ninety).isEmpty {
      caption += " The enlargements show the regions of 50, 90 and 99 %, east to the left."
    }
    if !axes.isEmpty { caption += " Dots are the sensors' axes, rings their opposite ends." }
    if !map.isResolved {
      caption += " The pixels are too coarse for the network's fringes: areas are rough, and a peak may be missing."
    }
    return ReportFigure(
      name: "sky-map", heading: "Direction", caption: RichText(plain: caption),
      drawing: SkyMapDrawing(figure: self, half: half, ninety: ninety).drawing())
  }
}

/// What the drawing of a map and of its enlargements share.
struct SkyMapColours {
  /// From nothing to the maximum: ColorBrewer's Blues, of even steps in lightness.
  static let bands = [
    "#f7fbff", "#e3eef9", "#cfe1f2", "#b5d4e9", "#93c3df", "#6daed5", "#4b97c9", "#2f7ebc", "#1864aa", "#0a4a90",
  ]
  static let contour = "#d55e00"
  static let dark = "#1c1c1c"

  /// ln L around a direction: the mean over a square of one pixel, which joins pixels without steps.
  static func logLikelihood(_ map: SkyMap, _ direction: SIMD3<Double>) -> Double {
    let half = HEALPix(order: map.cells[map.cell(at: direction)].pixel.order).pixelSize / 2
    let place = EquatorialDirection(direction)
    let (east, north) = (half * place.east, half * place.north)
    return [east + north, east - north, north - east, -(east + north)].reduce(0) {
      $0 + map.cells[map.cell(at: direction + $1)].logLikelihood / 4
    }
  }
}
