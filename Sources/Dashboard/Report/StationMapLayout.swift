/// Where a map of stations puts its symbols and labels.
public struct StationMapLayout: Sendable {
  /// Radius of a station's symbol in pixels.
  public static let symbolRadius = 7.5
  static let labelSize = 12.0
  /// Room around the map in pixels.
  static let margin = 4.0

  /// The stations of one site on the map; pixels from the upper left corner, y down.
  public struct Placed: Sendable {
    /// Names of all stations at the site.
    public var names: [String]
    /// What the label says: the first name, and how many more there are.
    public var text: String
    /// Degrees.
    public var latitude: Double
    public var longitude: Double
    /// The directions of all stations at the site, each once.
    public var axes: [ReportContent.SensorAxis]
    /// The site itself.
    public var site: SIMD2<Double>
    /// Middle of the symbol, moved away from the site where symbols would cover each other.
    public var symbol: SIMD2<Double>
    /// Place of the name; nil when the neighbourhood is too crowded.
    public var label: LabelPlacement.Place?
  }

  /// Pixels of the whole map.
  public let width: Double
  public let height: Double
  /// Degrees of latitude shown.
  public let latitudes: ClosedRange<Double>
  public let sites: [Placed]
  private let scale: Double

  /// - Parameters:
  ///   - stations: those with a position that is not a finite number are left out.
  ///   - width: pixels.
  public init(_ stations: [ReportContent.Station], width: Double) {
    let shown = Self.sites(stations)
    // Antarctica only when somebody measures there.
    let southernmost = shown.map(\.latitude).min() ?? 0
    let northernmost = shown.map(\.latitude).max() ?? 0
    let latitudes = (southernmost < -50 ? -90.0 : -57.0)...(northernmost > 80 ? 90.0 : 84.0)
    let scale = (width - 2 * Self.margin) / (2 * EqualEarthProjection.halfWidth)
    let span = Self.ordinate(latitudes.upperBound) - Self.ordinate(latitudes.lowerBound)
    let height = span * scale + 2 * Self.margin
    self.width = width
    self.height = height
    self.latitudes = latitudes
    self.scale = scale

    let sites = shown.map {
      Self.pixel(longitude: $0.longitude, latitude: $0.latitude, width, scale, top: latitudes.upperBound)
    }
    let bounds = PlotRectangle(x: 0, y: 0, width: width, height: height)
    let symbols = Self.spread(sites, distance: 2 * Self.symbolRadius + 1, within: bounds)
    let labels = LabelPlacement.places(
      for: zip(shown, symbols).map { station, symbol in
        LabelPlacement.Request(
          anchor: symbol, radius: Self.symbolRadius,
          width: TextMetrics.width(station.text, size: Self.labelSize) + 4, height: Self.labelSize + 3)
      }, obstacles: sites.map { PlotRectangle(x: $0.x - 2, y: $0.y - 2, width: 4, height: 4) }, within: bounds)
    self.sites = shown.indices.map { index in
      var placed = shown[index]
      placed.site = sites[index]
      placed.symbol = symbols[index]
      placed.label = labels[index]
      return placed
    }
  }

  /// Stations within a hundredth of a degree of each other share a symbol.
  private static func sites(_ stations: [ReportContent.Station]) -> [Placed] {
    var sites: [Placed] = []
    for station in stations where station.latitude.isFinite && station.longitude.isFinite {
      let longitude = EqualEarthProjection.wrapped(longitude: station.longitude)
      let axes = station.axes.filter { $0.azimuth.isFinite && $0.altitude.isFinite }
      let known = sites.firstIndex {
        abs($0.latitude - station.latitude) < 0.01 && abs($0.longitude - longitude) < 0.01
      }
      if let known {
        sites[known].names.append(station.name)
        sites[known].text = "\(sites[known].names[0]) +\(sites[known].names.count - 1)"
        sites[known].axes += axes.filter { !sites[known].axes.contains($0) }
      } else {
        sites.append(
          Placed(
            names: [station.name], text: station.name, latitude: station.latitude, longitude: longitude, axes: axes,
            site: .zero, symbol: .zero, label: nil))
      }
    }
    return sites
  }

  /// The pixel of a place.
  func pixel(longitude: Double, latitude: Double) -> SIMD2<Double> {
    Self.pixel(longitude: longitude, latitude: latitude, width, scale, top: latitudes.upperBound)
  }

  private static func ordinate(_ latitude: Double) -> Double {
    EqualEarthProjection.project(longitude: 0, latitude: latitude).y
  }

  private static func pixel(
    longitude: Double, latitude: Double, _ width: Double, _ scale: Double, top: Double
  ) -> SIMD2<Double> {
    let point = EqualEarthProjection.project(
      longitude: longitude, latitude: latitude)
    return SIMD2(width / 2 + scale * point.x, margin + scale * (ordinate(top) - point.y))
  }

  /// Moves points apart until none is nearer to another than `distance`, each pair by equal shares.
  private static func spread(
    _ points: [SIMD2<Double>], distance: Double, within bounds: PlotRectangle
  ) -> [SIMD2<Double>] {
    var points = points
    for _ in 0..<500 {
      var isDone = true
      for first in points.indices {
        for second in points.indices where second > first {
          var step = points[second] - points[first]
          var length = (step * step).sum().squareRoot()
          if length >= distance - 0.01 { continue }
          isDone = false
          if length < 0.1 {
            // The same pixel: any direction does, but each pair its own, so that a pile does not stay on one line.
            step = SIMD2(1, Double((first + 3 * second) % 7) - 3)
            length = (step * step).sum().squareRoot()
            step *= 0.1 / length
            length = 0.1
          }
          let push = step / length * (distance - length) / 2
          points[first] -= push
          points[second] += push
        }
      }
      let inner = bounds.expanded(by: -symbolRadius - 1)
      points = points.map { inner.nearest(to: $0) }
      if isDone { break }
    }
    return points
  }
}
