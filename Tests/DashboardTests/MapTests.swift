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
    #expect(layout.sites.count == 12)
    #expect(layout.sites.allSatisfy { $0.label != nil })
    expectNoOverlaps(layout)
  }

  @Test("48 stations at 12 sites share 12 symbols")
  func sharedSites() {
    let layout = StationMapLayout(DemoReport.crowdedStations, width: 900)
    #expect(layout.sites.count == 12)
    #expect(layout.sites[0].names == ["beijing01-0", "beijing01-1", "beijing01-2", "beijing01-3"])
    #expect(layout.sites.allSatisfy { $0.text.hasSuffix("-0 +3") && $0.axes.count == 1 && $0.label != nil })
    expectNoOverlaps(layout)
  }

  @Test(
    "60 sites anywhere: symbols and labels stay apart, most labels have room", arguments: [1, 2, 3] as [UInt64])
  func manySites(seed: UInt64) {
    var random = SplitMix(state: seed)
    let stations = (0..<60).map { index in
      // Half of them in Europe, where symbols alone fill the map: what has no room is left out and counted.
      let isInEurope = index.isMultiple(of: 2)
      return ReportContent.Station(
        name: "station\(index)", latitude: isInEurope ? 40 + 20 * random.uniform() : -40 + 100 * random.uniform(),
        longitude: isInEurope ? 30 * random.uniform() : -180 + 360 * random.uniform(),
        axes: [.init(azimuth: 360 * random.uniform(), altitude: 0)])
    }
    let layout = StationMapLayout(stations, width: 900)
    #expect(layout.sites.count == 60)
    expectNoOverlaps(layout)
    #expect(layout.sites.count { $0.label != nil } >= 42)
  }

  @Test("stations at the poles, on the date line and without a position")
  func oddStations() {
    let positions = [
      (0.0, 0.0), (0, 0.1), (0.1, 0), (90, 0), (-90, 0), (10, 180), (10, -180), (.nan, 3), (4, .infinity),
    ]
    let stations = positions.enumerated().map { index, position in
      ReportContent.Station(
        name: "station \(index)", latitude: position.0, longitude: position.1,
        axes: [.init(azimuth: 40 * Double(index), altitude: 10), .init(azimuth: .nan, altitude: 0)])
    }
    let layout = StationMapLayout(stations, width: 900)
    #expect(layout.sites.count == 7)
    expectNoOverlaps(layout)
    let drawing = ReportContent(title: "odd", stations: stations).stationMapFigure?.drawing.file ?? ""
    let document = ParsedDocument(drawing)
    #expect(document.problem == nil)
    #expect(document.hasFiniteCoordinates)
    #expect(document.all("circle").count { ($0.attributes["class"] ?? "").contains("symbol") } == 7)
  }

  @Test("arrows point along the azimuth: east is right, north is up on the middle meridian")
  func arrowDirections() throws {
    for (azimuth, x, y) in [(0.0, 0.0, -1.0), (90, 1, 0), (180, 0, 1), (270, -1, 0)] {
      let content = ReportContent(
        title: "a",
        stations: [.init(name: "n", latitude: 20, longitude: 0, axes: [.init(azimuth: azimuth, altitude: 0)])])
      let figure = try #require(content.stationMapFigure)
      let shaft = try #require(
        ParsedDocument(figure.drawing.file).all("line").first { $0.attributes["class"] == "butt blue" })
      let ends = try ["x1", "y1", "x2", "y2"].map { try #require(shaft.attributes[$0].flatMap { Double($0) }) }
      let length = ((ends[2] - ends[0]) * (ends[2] - ends[0]) + (ends[3] - ends[1]) * (ends[3] - ends[1])).squareRoot()
      #expect(abs((ends[2] - ends[0]) / length - x) < 0.01 && abs((ends[3] - ends[1]) / length - y) < 0.01)
    }
  }

  private func expectNoOverlaps(_ layout: StationMapLayout) {
    let bounds = PlotRectangle(x: 0, y: 0, width: layout.width, height: layout.height)
    let radius = StationMapLayout.symbolRadius
    let labels = layout.sites.compactMap(\.label)
    for (index, label) in labels.enumerated() {
      #expect(bounds.contains(label.frame))
      for other in labels[(index + 1)...] {
        #expect(!label.frame.overlaps(other.frame))
      }
      for station in layout.sites {
        let symbol = PlotRectangle(
          x: station.symbol.x - radius, y: station.symbol.y - radius, width: 2 * radius, height: 2 * radius)
        #expect(!label.frame.overlaps(symbol))
      }
    }
    for (index, station) in layout.sites.enumerated() {
      for other in layout.sites[(index + 1)...] {
        let distance = station.symbol - other.symbol
        #expect((distance * distance).sum().squareRoot() >= 2 * radius)
      }
    }
  }
}
