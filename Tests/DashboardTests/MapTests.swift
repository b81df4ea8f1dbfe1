import Dashboard
import Foundation
import Testing

@Suite struct MapTests {
  // pyproj 3.7 (PROJ): Proj('+proj=eqearth +R=1')(longitude, latitude)
  @Test(
    "Equal Earth agrees with PROJ",
    arguments: [
      (0.0, 0.0, 0.0, 0.0), (180, 0, 2.7066299836960748, 0), (0, 90, 0, 1.3173627591574133),
      (180, 90, 1.6035886482840516, 1.3173627591574133), (-122.257, 37.8723, -1.650521897914277, 0.7370417683058581),
      (149.1185, -35.2745, 2.0429463118683127, -0.690322413662213),
      (8.2354, 49.9915, 0.10215486633226596, 0.9414060446489525),
    ])
  func equalEarth(longitude: Double, latitude: Double, x: Double, y: Double) {
    let point = EqualEarthProjection.project(longitude: longitude, latitude: latitude)
    #expect(abs(point.x - x) < 1e-12 && abs(point.y - y) < 1e-12)
  }

  @Test("longitudes of any turn find their place")
  func wrapping() {
    for (longitude, wrapped) in [
      (190.0, -170.0), (-190, 170), (360, 0), (540, 180), (-122, -122), (237.7430, -122.2570),
    ] {
      #expect(abs(EqualEarthProjection.wrapped(longitude: longitude) - wrapped) < 1e-9)
    }
  }

  /// Whether a place lies inside an odd number of rings.
  private func isLand(_ longitude: Double, _ latitude: Double) -> Bool {
    Coastline.rings.reduce(false) { inside, ring in
      var result = inside
      for (first, second) in zip(ring, ring.dropFirst() + ring.prefix(1))
      where (first.y > latitude) != (second.y > latitude) {
        let crossing = first.x + (latitude - first.y) / (second.y - first.y) * (second.x - first.x)
        if longitude < crossing { result.toggle() }
      }
      return result
    }
  }

  @Test("the coastline has the continents where they are, and their area")
  func coastline() {
    for (longitude, latitude) in [
      (-100.0, 45.0), (-60, -10), (20, 0), (100, 60), (135, -25), (10, 50), (0, -85), (-42, 72), (47, -19), (138, 36),
    ] {
      #expect(isLand(longitude, latitude), "land at \(longitude), \(latitude)")
    }
    for (longitude, latitude) in [
      (-30.0, 0.0), (-150, 0), (80, -30), (-40, 45), (5, 38), (50, 42), (0, 85), (170, -60), (-90, 25),
    ] {
      #expect(!isLand(longitude, latitude), "water at \(longitude), \(latitude)")
    }
    // The land area of the Earth is 148.9 million km², 29.2 % of its surface (CIA World Factbook).
    var area = 0.0
    for ring in Coastline.rings {
      let points = ring.map { EqualEarthProjection.project(longitude: $0.x, latitude: $0.y) }
      var signed = 0.0
      for (first, second) in zip(points, points.dropFirst() + points.prefix(1)) {
        signed += (first.x * second.y - second.x * first.y) / 2
      }
      // Only the Caspian Sea is a hole.
      area += isHole(ring) ? -abs(signed) : abs(signed)
    }
    #expect(abs(area / (4 * .pi) - 0.292) < 0.006, "share of land \(area / (4 * .pi))")
    for point in Coastline.rings.joined() {
      #expect(abs(point.x) <= 180 && abs(point.y) <= 90)
    }
  }

  private func isHole(_ ring: [SIMD2<Double>]) -> Bool {
    ring.allSatisfy { $0.x > 44 && $0.x < 56 && $0.y > 35 && $0.y < 48 }
  }

  @Test("no label of the demo covers another label, a symbol or the edge; every station has one")
  func demoLabels() {
    let layout = StationMapLayout(DemoReport.stations, width: 900)
    #expect(layout.stations.count == 12)
    #expect(layout.stations.allSatisfy { $0.label != nil })
    expectNoOverlaps(layout)
  }

  @Test("48 stations at 12 sites: symbols and the labels that have room stay apart")
  func crowdedLabels() {
    let stations = (0..<48).map { index in
      var station = DemoReport.stations[index % 12]
      station.name += "-\(index / 12)"
      return station
    }
    let layout = StationMapLayout(stations, width: 900)
    expectNoOverlaps(layout)
    let labelled = layout.stations.count { $0.label != nil }
    #expect(labelled == 48, "\(labelled) of 48 labels have found room")
  }

  @Test("stations at one place, at the poles, on the date line and without a position")
  func oddStations() {
    let positions = [(0.0, 0.0), (0, 0), (0, 0), (90, 0), (-90, 0), (10, 180), (10, -180), (.nan, 3), (4, .infinity)]
    let stations = positions.enumerated().map { index, position in
      ReportContent.Station(
        name: "station \(index)", latitude: position.0, longitude: position.1,
        axes: [.init(azimuth: 40 * Double(index), altitude: 10), .init(azimuth: .nan, altitude: 0)])
    }
    let layout = StationMapLayout(stations, width: 900)
    #expect(layout.stations.count == 7)
    expectNoOverlaps(layout)
    let drawing = ReportContent(title: "odd", stations: stations).stationMapFigure?.drawing.file ?? ""
    let document = ParsedDocument(drawing)
    #expect(document.problem == nil)
    #expect(document.hasFiniteCoordinates)
    #expect(document.all("circle").count { ($0.attributes["class"] ?? "").contains("symbol") } == 7)
  }

  private func expectNoOverlaps(_ layout: StationMapLayout) {
    let bounds = PlotRectangle(x: 0, y: 0, width: layout.width, height: layout.height)
    let radius = StationMapLayout.symbolRadius
    let labels = layout.stations.compactMap(\.label)
    for (index, label) in labels.enumerated() {
      #expect(bounds.contains(label.frame))
      for other in labels[(index + 1)...] {
        #expect(!label.frame.overlaps(other.frame))
      }
      for station in layout.stations {
        let symbol = PlotRectangle(
          x: station.symbol.x - radius, y: station.symbol.y - radius, width: 2 * radius, height: 2 * radius)
        #expect(!label.frame.overlaps(symbol))
      }
    }
    for (index, station) in layout.stations.enumerated() {
      for other in layout.stations[(index + 1)...] {
        let distance = station.symbol - other.symbol
        #expect((distance * distance).sum().squareRoot() >= 2 * radius)
      }
    }
  }
}
