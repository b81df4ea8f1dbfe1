import Archive
import Foundation
import Inference
import Sky
import Testing

/// The executable that was built beside these tests.
private let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("gnomon").path

/// The top folder of the package.
private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: readers of maps are not tested: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("Strangers read the maps of the sky", .serialized, .enabled(if: canRun))
struct SkyMapReaderTests {
  @Test("healpy numbers pixels, places centres and finds neighbours as we do, at every order")
  func healpy() throws {
    let seen = try PythonEnvironment.json(
      """
      import json, numpy, healpy
      index = numpy.arange(400)
      z = 1 - (2 * index + 1) / 400
      phi = 2.399963229728653 * index + 0.1234
      s = numpy.sqrt(1 - z * z)
      v = numpy.array([s * numpy.cos(phi), s * numpy.sin(phi), z])
      v = numpy.concatenate([v, [[1e-5, -2e-7, 0.3], [2e-5, -3e-7, -0.4], [1, -1, 0.9]]], axis=1)
      rows = []
      for order in range(30):
          nside = 2**order
          nested, ring = healpy.vec2pix(nside, *v, nest=True), healpy.vec2pix(nside, *v)
          rows.append({"nested": nested.tolist(), "ring": ring.tolist(), "radius": healpy.max_pixrad(nside),
                       "centre": numpy.array(healpy.pix2vec(nside, nested, nest=True)).T.tolist(),
                       "neighbours": healpy.get_all_neighbours(nside, nested, nest=True).T.tolist()})
      print(json.dumps({"directions": v.T.tolist(), "orders": rows}))
      """, [])
    let directions = try #require(seen["directions"] as? [[Double]]).map { SIMD3($0[0], $0[1], $0[2]) }
    let orders = try #require(seen["orders"] as? [[String: Any]])
    #expect(orders.count == 30 && directions.count == 403)
    for (order, row) in orders.enumerated() {
      let grid = HEALPix(order: order)
      let nested = try #require(row["nested"] as? [Int])
      #expect(directions.map { grid.nested(at: $0) } == nested, "order \(order)")
      #expect(directions.map { grid.ring(at: $0) } == (row["ring"] as? [Int]), "order \(order)")
      let centres = try #require(row["centre"] as? [[Double]])
      for (pixel, centre) in zip(nested, centres) {
        let difference = grid.direction(nested: pixel) - SIMD3(centre[0], centre[1], centre[2])
        // Each side rounds the longitude.
        #expect((difference * difference).sum().squareRoot() < 3e-15, "order \(order)")
      }
      #expect(abs(grid.pixelRadius - (row["radius"] as? Double ?? 0)) < 1e-15)
      // At order 0 healpy repeats what is not there.
      if order > 0 {
        #expect(
          nested.map { grid.neighbours(nested: $0).map { $0 ?? -1 } } == (row["neighbours"] as? [[Int]]),
          "order \(order)")
      }
    }
  }

  @Test("healpy, astropy and ligo.skymap read both files and find our areas, maximum and probabilities")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let map = Self.map()
    let file = SkyMapFile(
      map: map, object: "it's a test", start: try GPSTime(utc: "2026-03-05T07:00:00.5Z"), creator: "gnomon",
      history: ["a line of provenance that is longer than the seventy-two characters that fit — into one card"])
    try file.writeMultiOrder(to: "\(folder)/map.multiorder.fits")
    try file.write(order: 6, to: "\(folder)/map.fits")
    try file.write(order: 2, to: "\(folder)/small.fits")
    let seen = try PythonEnvironment.json(
      """
      import sys, json, warnings, numpy, healpy
      from astropy.io import fits
      from astropy.table import Table
      from ligo.skymap.io import read_sky_map
      from ligo.skymap.postprocess import find_greedy_credible_levels
      folder = sys.argv[1]
      result = {}
      with warnings.catch_warnings():
          warnings.simplefilter("error")
          for name in ("map.fits", "map.multiorder.fits", "small.fits"):
              with fits.open(folder + "/" + name) as f:
                  f.verify("exception")
          table = Table.read(folder + "/map.multiorder.fits")
      prob = healpy.read_map(folder + "/map.fits", field=0, nest=True, dtype=None)
      like = healpy.read_map(folder + "/map.fits", field=1, nest=True, dtype=None)
      result["sum"], result["nside"] = float(prob.sum()), int(healpy.get_nside(prob))
      best = int(numpy.argmax(like))
      result["best"] = list(healpy.pix2vec(64, best, nest=True))
      small = healpy.read_map(folder + "/small.fits", field=0, nest=False, dtype=None)
      result["small"] = small.tolist()
      flat, meta = read_sky_map(folder + "/map.fits", nest=True)
      result["ligo_flat"] = float(abs(flat - prob).max())
      # The credible area, counted by others than us.
      uniq = numpy.array(table["UNIQ"])
      order = (numpy.log2(uniq // 4) // 2).astype(int)
      area = 4 * numpy.pi / (12 * 4.0**order)
      p = numpy.array(table["PROBDENSITY"]) * area
      result["total"], result["sky"] = float(p.sum()), float(area.sum())
      rank = numpy.argsort(-numpy.array(table["PROBDENSITY"]), kind="stable")
      result["area90"] = float(numpy.interp(0.9, numpy.cumsum(p[rank]), numpy.cumsum(area[rank])) * (180 / numpy.pi)**2)
      moc = read_sky_map(folder + "/map.multiorder.fits", moc=True)
      result["moc"] = bool((numpy.array(moc["UNIQ"]) == uniq).all())
      back = read_sky_map(folder + "/map.multiorder.fits", nest=True)[0]
      levels = find_greedy_credible_levels(back)
      result["ligo90"] = float((levels <= 0.9).sum() * healpy.nside2pixarea(healpy.get_nside(back), degrees=True))
      header = fits.getheader(folder + "/map.multiorder.fits", 1)
      result["header"] = {key: header[key] for key in ("PIXTYPE", "ORDERING", "COORDSYS", "OBJECT", "DATE-OBS", "RA_MAX", "LOGL_MAX", "MOCORDER")}
      result["unit"] = str(table["PROBDENSITY"].unit)
      result["gps"] = meta.get("gps_time", 0)
      print(json.dumps(result))
      """, [folder])
    func number(_ key: String) -> Double { seen[key] as? Double ?? .nan }
    #expect(abs(number("sum") - 1) < 1e-12 && abs(number("total") - 1) < 1e-12)
    #expect(seen["nside"] as? Int == 64)
    #expect(abs(number("sky") - 4 * .pi) < 1e-11)
    #expect(number("ligo_flat") == 0)
    #expect(seen["moc"] as? Bool == true)
    #expect(seen["unit"] as? String == "1 / sr")
    let best = try #require(seen["best"] as? [Double])
    let pixel = HEALPix(order: 6).nested(at: map.maximum.direction)
    #expect(HEALPix(order: 6).nested(at: SIMD3(best[0], best[1], best[2])) == pixel)
    let ours = map.credibleRegion(0.9).squareDegrees
    #expect(abs(number("area90") / ours - 1) < 1e-9)
    #expect(abs(number("ligo90") / ours - 1) < 0.02)
    let header = try #require(seen["header"] as? [String: Any])
    #expect(header["PIXTYPE"] as? String == "HEALPIX" && header["ORDERING"] as? String == "NUNIQ")
    #expect(header["COORDSYS"] as? String == "C" && header["OBJECT"] as? String == "it's a test")
    #expect(header["DATE-OBS"] as? String == "2026-03-05T07:00:00.5")
    #expect(header["MOCORDER"] as? Int == map.finestOrder)
    #expect(header["RA_MAX"] as? Double == map.maximum.rightAscension)
    #expect(header["LOGL_MAX"] as? Double == map.maximum.logLikelihood)
    // RING order from NESTED, by healpy.
    let small = try #require(seen["small"] as? [Double])
    let grid = HEALPix(order: 2)
    for ring in 0..<grid.pixelCount {
      let nested = grid.nested(ring: ring)
      let expected = zip(map.cells, map.probabilities).reduce(0) {
        $0 + ($1.0.pixel.nested >> (2 * (max($1.0.pixel.order, 2) - 2)) == nested ? $1.1 : 0)
      }
      #expect(abs(small[ring] - expected) < 1e-14)
    }
  }

  @Test("healpy draws the same outlines of pixels", arguments: [0, 2])
  func outlines(order: Int) throws {
    let seen = try PythonEnvironment.json(
      """
      import sys, json, numpy, healpy
      nside = 2**int(sys.argv[1])
      corners = [healpy.boundaries(nside, p, step=3, nest=True).T.tolist() for p in range(12 * nside**2)]
      print(json.dumps({"corners": corners}))
      """, ["\(order)"])
    let corners = try #require(seen["corners"] as? [[[Double]]])
    for (pixel, points) in corners.enumerated() {
      let ours = HEALPix(order: order).outline(nested: pixel, pointsPerSide: 3).map {
        EquatorialDirection(rightAscension: $0.x, declination: $0.y).vector
      }
      for point in points {
        let distance = ours.map { ours -> Double in
          let difference = ours - SIMD3(point[0], point[1], point[2])
          return (difference * difference).sum().squareRoot()
        }.min()
        #expect(try #require(distance) < 1e-8)
      }
    }
  }

  @Test("healpy and ligo.skymap read what the command wrote and count its areas; h5py reads the pixels in the archive")
  func command() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try PythonEnvironment.run([
      gnomon, "up", "\(package)/topologies/stream.yaml", "--output", folder, "--no-report", "--quiet",
    ])
    #expect(run.status == 0, "\(run.errors)")
    for name in ["flat.fits", "fine.multiorder.fits"] {
      let analysis = try PythonEnvironment.run([
        gnomon, "analyze", "\(folder)/archive.h5", "--sky-map", "\(folder)/\(name)", "--quiet", "--format", "json",
      ])
      #expect(analysis.status == 0, "\(analysis.errors)")
      try analysis.output.write(toFile: "\(folder)/answer.json", atomically: true, encoding: .utf8)
    }
    let seen = try PythonEnvironment.json(
      """
      import sys, json, numpy, healpy, h5py
      from astropy.table import Table
      from ligo.skymap.io import read_sky_map
      folder = sys.argv[1]
      sky = json.load(open(folder + "/answer.json"))["lines"][0]["sky"]
      areas = {a["level"]: a["squareDegrees"] for a in sky["search"]["sources"][0]["areas"]}
      prob = healpy.read_map(folder + "/flat.fits", field=0, nest=True, dtype=None)
      total = numpy.cumsum(numpy.sort(prob)[::-1])
      pixel = healpy.nside2pixarea(healpy.get_nside(prob), degrees=True)
      flat = {level: float(numpy.searchsorted(total, level) * pixel) for level in areas}
      table = Table.read(folder + "/fine.multiorder.fits")
      moc = read_sky_map(folder + "/fine.multiorder.fits", moc=True)
      area = 4 * numpy.pi / (3 * 4.0 ** (numpy.log2(numpy.array(table["UNIQ"])) // 2))
      density = numpy.array(table["PROBDENSITY"])
      rank = numpy.argsort(-density, kind="stable")
      fine = {level: float(numpy.interp(level, numpy.cumsum((density * area)[rank]), numpy.cumsum(area[rank])) * (180 / numpy.pi)**2)
              for level in areas}
      with h5py.File(folder + "/archive.h5") as f:
          group = f["products/line"]
          stored = group["sky_map_1"][...]
          same = bool((stored["UNIQ"] == numpy.array(table["UNIQ"])).all() and (stored["PROBDENSITY"] == density).all())
          answer = json.loads(group["sky"][()].decode())
          kept = answer["search"]["sources"][0]["rightAscension"] == sky["search"]["sources"][0]["rightAscension"]
          provenance = json.loads(group["sky_map_1"].attrs["provenance"])
      truth = numpy.array(healpy.ang2vec(150, 20, lonlat=True))
      best = numpy.array(healpy.pix2vec(healpy.get_nside(prob), int(numpy.argmax(prob)), nest=True))
      print(json.dumps({"ours": [areas[0.5], areas[0.9]], "flat": [flat[0.5], flat[0.9]], "fine": [fine[0.5], fine[0.9]],
                        "same": same, "kept": kept, "rows": len(moc), "cells": len(table), "angle": float(abs(best @ truth)),
                        "credibility": sky["credibility"][0], "command": provenance["commandLine"][1]}))
      """, [folder])
    let ours = try #require(seen["ours"] as? [Double])
    // healpy counts whole pixels.
    for (area, counted) in zip(ours, try #require(seen["flat"] as? [Double])) {
      #expect(abs(counted / area - 1) < 0.02)
    }
    for (area, counted) in zip(ours, try #require(seen["fine"] as? [Double])) {
      #expect(abs(counted / area - 1) < 1e-6)
    }
    #expect(seen["same"] as? Bool == true && seen["kept"] as? Bool == true)
    #expect(seen["rows"] as? Int == seen["cells"] as? Int)
    // The topology's stream comes from 150°, 20°, or its opposite; seed 1 is among the nineteen of twenty.
    #expect(try #require(seen["angle"] as? Double) > cos(5 * Double.pi / 180))
    #expect(try #require(seen["credibility"] as? Double) < 0.95)
    #expect(seen["command"] as? String == "analyze")
  }

  /// Two Gaussian spots, resolved to different orders.
  private static func map() -> SkyMap {
    let (first, second) = (SIMD3(0.48, -0.6, 0.64), SIMD3(-0.8, 0.0, -0.6))
    func value(_ direction: SIMD3<Double>) -> Double {
      let (a, b) = (direction - first, direction - second)
      return 50 + log(exp(-200 * (a * a).sum()) + 0.5 * exp(-400 * (b * b).sum()) + 1e-300)
    }
    var cells: [SkyMap.Cell] = []
    var pending = (0..<HEALPix(order: 3).pixelCount).map { SkyPixel(order: 3, nested: $0) }
    while let pixel = pending.popLast() {
      let high = value(pixel.direction)
      if pixel.order < 4 || (pixel.order < 8 && high > 44) {
        pending += pixel.children
      } else {
        cells.append(.init(pixel: pixel, logLikelihood: high, amplitude: 2))
      }
    }
    return SkyMap(
      cells: cells, maximum: SkyPoint(direction: first, logLikelihood: value(first), amplitude: 2), fringeSpacing: 1,
      evaluations: cells.count, isResolved: true)
  }
}
