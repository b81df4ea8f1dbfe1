import Correlator
import Dashboard
import Foundation
import Inference
import Sky
import Testing

@Suite("Pictures of the sky")
struct SkyMapFigureTests {
  @Test("Mollweide: closed form at θ = 45°, there and back, true areas")
  func mollweide() {
    let edge = MollweideProjection.project(longitude: 180, latitude: 0)
    #expect(abs(edge.x - 8.0.squareRoot()) < 1e-14 && abs(edge.y) < 1e-14)
    for sign in [1.0, -1] {
      let pole = MollweideProjection.project(longitude: 77, latitude: sign * 90)
      #expect(abs(pole.x) < 1e-6 && abs(pole.y - sign * 2.0.squareRoot()) < 1e-12)
    }
    // θ = π/4: sin φ = (π/2 + 1)/π, x = 2 at the rim, y = 1.
    let latitude = asin((Double.pi / 2 + 1) / .pi) * 180 / .pi
    let point = MollweideProjection.project(longitude: -180, latitude: latitude)
    #expect(abs(point.x + 2) < 1e-13 && abs(point.y - 1) < 1e-13)
    for latitude in stride(from: -89.0, through: 89, by: 8.9) {
      let place = MollweideProjection.unproject(
        MollweideProjection.project(longitude: 123, latitude: latitude))
      #expect(abs((place?.latitude ?? 99) - latitude) < 1e-9 && abs((place?.longitude ?? 0) - 123) < 1e-7)
      let a = MollweideProjection.project(longitude: 10, latitude: latitude)
      let b = MollweideProjection.project(longitude: 10.01, latitude: latitude)
      let c = MollweideProjection.project(longitude: 10, latitude: latitude + 0.01)
      let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
      let expected = pow(0.01 * .pi / 180, 2) * cos(latitude * .pi / 180)
      #expect(abs(area / expected - 1) < 2e-2 || abs(latitude) > 85)
    }
    #expect(MollweideProjection.unproject(SIMD2(2.8, 0.5)) == nil)
    #expect(MollweideProjection.unproject(SIMD2(0, 1.5)) == nil)
  }

  /// A Gaussian spot of a given width in rad on pixels as fine as it needs.
  private func spot(_ center: SIMD3<Double>, width: Double, height: Double = 40) -> SkyMap {
    func value(_ direction: SIMD3<Double>) -> Double {
      let difference = direction - center
      return height * exp(-(difference * difference).sum() / (2 * width * width * height))
    }
    var cells: [SkyMap.Cell] = []
    var pending = (0..<HEALPix(order: 3).pixelCount).map { SkyPixel(order: 3, nested: $0) }
    while let pixel = pending.popLast() {
      let difference = pixel.direction - center
      let distance = (difference * difference).sum().squareRoot()
      let size = HEALPix(order: pixel.order).pixelSize
      if size > 0.25 * width, distance < 4 * width + 1.5 * size {
        pending += pixel.children
      } else {
        cells.append(.init(pixel: pixel, logLikelihood: value(pixel.direction), amplitude: 1))
      }
    }
    return SkyMap(
      cells: cells, maximum: SkyPoint(direction: center, logLikelihood: height, amplitude: 1), fringeSpacing: 1,
      evaluations: 0, isResolved: true)
  }

  @Test(
    "the picture is well-formed, names areas and stations, puts east to the left",
    arguments: [0.3, 0.01, 1e-4, 1e-7])
  func picture(width: Double) throws {
    let center = EquatorialDirection(rightAscension: 83.6, declination: 22).vector
    let figure = SkyMapFigure(
      map: spot(center, width: width),
      axes: [
        .init(name: "mainz <1>", direction: SIMD3(0, 0, 1)), .init(name: "b", direction: SIMD3(0.6, -0.8, 0)),
      ], trueSources: [center]
    ).reportFigure()
    let document = ParsedDocument(figure.drawing.file)
    #expect(document.problem == nil)
    #expect(document.hasFiniteCoordinates)
    #expect(figure.drawing.file.utf8.count < 300_000)
    #expect(figure.caption.plain.contains("right ascension 83.6°"))
    let texts = document.all("text").map(\.text)
    #expect(texts.contains("mainz <1>") && texts.contains("true source"))
    // The graticule's numbers: smaller right ascension stands farther to the right.
    let places = document.all("text").compactMap { element -> (Double, Double)? in
      guard element.text.first?.isNumber == true, element.text.hasSuffix("°"),
        let angle = Double(element.text.dropLast()), angle >= 30,
        let x = element.attributes["x"].flatMap(Double.init)
      else { return nil }
      return (angle, x)
    }.sorted { $0.0 < $1.0 }
    #expect(places.count == 6)
    #expect(zip(places, places.dropFirst()).allSatisfy { $0.1 > $1.1 })
    // Small spots get an enlargement, with the area of a Gaussian: 2π width² ln 10 for 90 %.
    let expected = 2 * Double.pi * width * width * log(10) * pow(180 / .pi, 2)
    if width < 0.05 {
      let title = try #require(texts.first { $0.hasSuffix("deg²") })
      let area = try #require(title.split(separator: " ").dropLast().last.flatMap { Double($0) })
      #expect(abs(area / expected - 1) < 0.1, "\(title)")
    }
  }

  /// What eight stations at sea level with axes upwards would measure of a stream, without scatter.
  private func streamMap(_ source: SIMD3<Double>) throws -> (SkyMap, [SkyMapFigure.Axis]) {
    let sites = [
      (8.2, 50.0), (20.4, 44.9), (-122.3, 37.9), (149.1, -35.3), (127.4, 36.4), (34.8, 32.1), (-70.7, -33.4),
      (116.2, 40.2),
    ].map { Site(latitude: $0.1, longitude: $0.0) }
    let geometry = try NetworkGeometry(
      positions: sites.map(\.earthFixedPosition), directions: sites.map(\.localAxes.up),
      labels: ["mainz", "belgrade", "berkeley", "canberra", "daejeon", "jerusalem", "santiago", "beijing"])
    let epoch = try GPSTime(utc: "2026-03-05T07:00:00Z")
    let plan = BandPlan(
      name: "low", segment: 1_000_000_000, hop: 1_000_000_000, window: .rectangular, segmentsPerIntegration: 600,
      firstBin: 8, binCount: 33)
    let rows = [Int64(0), 18, 36].map { integration in
      let time = plan.middle(ofIntegration: integration, epoch: epoch)
      var values: [Double] = []
      for bin in 0..<plan.binCount {
        let p = 2 * Double.pi * plan.frequency(bin) / 299_792_458
        for first in sites.indices {
          for second in sites.indices {
            let axes = [first, second].map { sites[$0].localAxes.up }
            let towards = EarthRotation.earthFixed(source, at: time)
            let gain = (axes[0] * towards).sum() * (axes[1] * towards).sum()
            let baseline = sites[first].baseline(from: sites[second], at: time)
            let phase = -p * (baseline * source).sum()
            values += [0.06 * gain * cos(phase) + (first == second ? 1 : 0), 0.06 * gain * sin(phase)]
          }
        }
      }
      return CrossSpectra(
        integration: integration, segments: 600, present: sites.map { _ in true }, values: values)
    }
    let likelihood = try SkyLikelihood(
      rows, plan: plan, epoch: epoch, geometry: geometry,
      noise: sites.map { _ in [Double](repeating: 1, count: plan.binCount) },
      model: SkyModel(mode: .longitudinal, dispersion: .restFrequency(0)))
    return (try likelihood.skyMap(), SkyMapFigure.axes(of: geometry, at: epoch))
  }

  @Test("a stream at eight stations: the maximum is drawn on the true source")
  func stream() throws {
    let source = EquatorialDirection(rightAscension: 83.6, declination: 22).vector
    let (map, axes) = try streamMap(source)
    let drawing = SkyMapFigure(map: map, axes: axes, trueSources: [source]).reportFigure().drawing
    let document = ParsedDocument(drawing.file)
    #expect(document.problem == nil && document.hasFiniteCoordinates)
    #expect(drawing.file.utf8.count < 400_000)
    #expect(abs(map.maximum.rightAscension - 83.6) < 0.1 && abs(map.maximum.declination - 22) < 0.1)
    // Both crosses begin half their size from the same point: upright to the left, slanting to the upper left.
    let marks = document.all("path").filter { $0.attributes["class"] == "mark" }.compactMap { mark in
      mark.attributes["d"]?.split { !"0123456789.-".contains($0) }.prefix(2).compactMap { Double($0) }
    }
    #expect(marks.count >= 4)
    #expect(abs(marks[0][0] + 6 - (marks[2][0] + 5)) < 1 && abs(marks[0][1] - (marks[2][1] + 5)) < 1)
    if let folder = ProcessInfo.processInfo.environment["GNOMON_DEMO_REPORT"] {
      try drawing.file.write(
        to: URL(fileURLWithPath: folder).appendingPathComponent("sky-map.svg"), atomically: true, encoding: .utf8)
    }
  }

  @Test("a map without a signal is drawn too")
  func flat() {
    let cells = (0..<HEALPix(order: 2).pixelCount).map {
      SkyMap.Cell(pixel: SkyPixel(order: 2, nested: $0), logLikelihood: 0, amplitude: 0)
    }
    let map = SkyMap(
      cells: cells, maximum: SkyPoint(direction: SIMD3(0, 0, 1), logLikelihood: 0, amplitude: 0),
      fringeSpacing: .infinity, evaluations: 0, isResolved: false)
    let figure = SkyMapFigure(map: map).reportFigure()
    let document = ParsedDocument(figure.drawing.file)
    #expect(document.problem == nil && document.hasFiniteCoordinates)
    #expect(figure.caption.plain.contains("too coarse"))
  }
}
