import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Maps of the sky")
struct SkyMapTests {
  @Test("a flat likelihood gives areas in proportion to levels; a few cells their own")
  func flat() {
    let grid = HEALPix(order: 3)
    func map(_ value: (Int) -> Double) -> SkyMap {
      SkyMap(
        cells: (0..<grid.pixelCount).reversed().map {
          .init(pixel: SkyPixel(order: 3, nested: $0), logLikelihood: value($0), amplitude: 0)
        }, maximum: SkyPoint(direction: SIMD3(0, 0, 1), logLikelihood: 0, amplitude: 0), fringeSpacing: 1,
        evaluations: 0, isResolved: true)
    }
    let level = map { _ in 0 }
    #expect(abs(level.credibleRegion(0.9).squareDegrees / (0.9 * 41252.96124941928) - 1) < 1e-12)
    // Two cells far apart with nearly all probability, three to one.
    let spots = map { $0 == 5 ? log(3e9) : ($0 == 700 ? log(1e9) : 0) }
    let region = spots.credibleRegion(0.9)
    #expect(region.modes.count == 2)
    #expect(abs(region.modes[0].probability - 0.75) < 1e-6 && abs(region.modes[1].probability - 0.25) < 1e-6)
    #expect(abs(region.area / (grid.pixelArea * 1.6) - 1) < 1e-5)
    #expect(spots.credibleRegion(0.5).modes.count == 1)
    #expect(spots.credibility(of: grid.direction(nested: 5)) == 0)
    #expect(abs(spots.credibility(of: grid.direction(nested: 700)) - 0.75) < 1e-6)
    #expect(spots.cells[spots.cell(at: grid.direction(nested: 123))].pixel.nested == 123)
    // Neighbours are one mode.
    let pair = Set([5] + grid.neighbours(nested: 5).compactMap(\.self).prefix(3))
    #expect(map { pair.contains($0) ? 30 : 0 }.credibleRegion(0.9).modes.count == 1)
  }

  @Test("the pixels cover the sky once, and the map does not depend on the number of threads")
  func cover() throws {
    var fixture = try StreamFixture.stations(6, bins: 12, hours: [0, 4])
    fixture.sources = [.init(direction: SIMD3(0.64, -0.48, 0.6), amplitude: 3)]
    let likelihood = try fixture.likelihood(try fixture.draws(segments: 20, seed: 21))
    var options = SkyScanOptions()
    let map = try likelihood.skyMap(options: options)
    #expect(abs(map.cells.reduce(0) { $0 + $1.pixel.area } / (4 * .pi) - 1) < 1e-12)
    #expect(
      zip(map.cells, map.cells.dropFirst()).allSatisfy {
        $0.pixel.finestRange.upperBound == $1.pixel.finestRange.lowerBound
      })
    #expect(abs(map.probabilities.reduce(0, +) - 1) < 1e-12)
    #expect(map.probabilities.max() ?? 1 < 2e-3 && map.isResolved)
    #expect(map.maximum.logLikelihood >= map.cells.map(\.logLikelihood).max() ?? 0)
    options.workers = 3
    #expect(try likelihood.skyMap(options: options).cells == map.cells)
    // A uniform grid of the finest resolution around the source says the same.
    let grid = HEALPix(order: map.finestOrder)
    let region = map.credibleRegion(0.9)
    var pixels: [Int] = []
    for cell in region.cells {
      let range = map.cells[cell].pixel.finestRange
      let shift = 2 * (29 - grid.order)
      pixels += (range.lowerBound >> shift)..<(range.upperBound >> shift)
    }
    let uniform = likelihood.evaluate(pixels.map { grid.direction(nested: $0) })
    let mass = uniform.reduce(0) { $0 + exp($1.logLikelihood - map.maximum.logLikelihood) } * grid.pixelArea
    let coarse = region.cells.reduce(0) {
      $0 + exp(map.cells[$1].logLikelihood - map.maximum.logLikelihood) * map.cells[$1].pixel.area
    }
    #expect(abs(mass / coarse - 1) < 0.01)
  }

  @Test(
    "for a strong stream the area is the Fisher area (69)",
    arguments: [StreamForecast.Mode.longitudinal, .transverse])
  func fisherArea(mode: StreamForecast.Mode) throws {
    let bins = 6
    var fixture = try StreamFixture.stations(7, bins: bins, frequencies: 20...22, mode: mode)
    let propagation = SIMD3(2, 3, -6) / 7.0
    // Weak in every bin, strong by the number of segments: there (69) holds.
    fixture.sources = [.init(direction: -propagation, amplitude: 0.01)]
    let weight = 4e7
    let observations = fixture.expectations(weight: weight)
    for held in [nil, 0.01] {
      fixture.model.amplitude = held
      let map = try fixture.likelihood(observations).skyMap()
      // The Fisher matrix adds over bins, so the information does; one number for each bin and then the mean.
      let time = fixture.times[0]
      var information = 0.0
      for bin in 0..<bins {
        let forecast = StreamForecast(
          mode: mode, directions: fixture.geometry.directions.map { EarthRotation.inertial($0, at: time) },
          positions: fixture.geometry.positions.map { EarthRotation.inertial($0, at: time) },
          wavenumber: wavenumber(frequency: fixture.frequencies[bin], restFrequency: 0),
          strength: weight * 0.01 * 0.01)
        information +=
          1
          / (try forecast.solidAngle(
            direction: propagation, relativeNoise: fixture.noise.map { $0[bin] }, fitsAmplitude: held == nil))
      }
      // Outside of the Fisher area is 1/e; the shapes of the ellipses differ little over a narrow band.
      let area = map.credibleRegion(1 - exp(-1)).area
      #expect(abs(area * information - 1) < 0.03, "\(mode) \(String(describing: held)): \(area * information)")
      #expect(map.credibleRegion(0.9).modes.count == 1)
    }
  }

  @Test(
    "credible regions hold the source as often as they say", arguments: [StreamForecast.Mode.longitudinal, .transverse])
  func coverage(mode: StreamForecast.Mode) throws {
    let experiments = 60
    var normal = NormalStream(key: 77)
    var levels: [Double] = []
    for experiment in 0..<experiments {
      var fixture = try StreamFixture.stations(6, bins: 16, hours: [0, 3], frequencies: 8...24, mode: mode)
      fixture.sources = [.init(direction: randomDirection(&normal), amplitude: 3)]
      let likelihood = try fixture.likelihood(try fixture.draws(segments: 8, seed: 1000 + UInt64(experiment)))
      levels.append(try likelihood.skyMap().credibility(of: fixture.sources[0].direction))
    }
    for level in [0.5, 0.68, 0.9] {
      let share = Double(levels.count { $0 <= level }) / Double(experiments)
      let error = (level * (1 - level) / Double(experiments)).squareRoot()
      #expect(abs(share - level) < 3 * error, "\(level): \(share) ± \(error)")
    }
  }

  @Test("two sensors at one place cannot tell four directions apart, and the map shows all four")
  func fourfold() throws {
    let axes = [SIMD3(0.5.squareRoot(), 0.5.squareRoot(), 0), SIMD3(1, 0, 0)]
    var fixture = try StreamFixture.stations(2, bins: 4)
    fixture.geometry = try NetworkGeometry(
      positions: [SIMD3(6.4e6, 0, 0), SIMD3(6.4e6, 0, 0)], directions: axes, labels: ["a", "b"])
    let source = SIMD3(0.5, 0.62, 0.6)
    fixture.sources = [.init(direction: source / (source * source).sum().squareRoot(), amplitude: 1)]
    fixture.model.amplitude = 1
    let map = try fixture.likelihood(fixture.expectations(weight: 4000)).skyMap()
    let region = map.credibleRegion(0.9)
    #expect(region.modes.count == 4)
    for mode in region.modes { #expect(abs(mode.probability - region.modes[0].probability) < 0.01) }
    // Amplitude unknown: a ridge runs over the sky instead.
    fixture.model.amplitude = nil
    let ridge = try fixture.likelihood(fixture.expectations(weight: 4000)).skyMap().credibleRegion(0.9)
    #expect(ridge.area > 3 * region.area)
  }

  @Test("noise alone, and networks that know nothing, give maps of the whole sky")
  func nothing() throws {
    let fixture = try StreamFixture.stations(5, bins: 10)
    let noise = try fixture.likelihood(try fixture.draws(segments: 10, seed: 5)).skyMap()
    #expect(noise.maximum.testStatistic < 25)
    #expect(noise.credibleRegion(0.9).squareDegrees > 8000)
    // Noise that is overestimated leaves no room for a stream anywhere.
    var cautious = fixture
    cautious.noise = fixture.noise.map { $0.map { 10 * $0 } }
    let empty = try cautious.likelihood(try fixture.draws(segments: 10, seed: 5)).skyMap()
    #expect(empty.maximum.logLikelihood == 0)
    #expect(abs(empty.credibleRegion(0.5).squareDegrees / 20626.48 - 1) < 1e-5)
    // A stream of a strength that is not there is unlikely from everywhere, least so from where sensors are blind to it.
    var bold = fixture
    bold.model.amplitude = 3
    let unlikely = try bold.likelihood(try fixture.draws(segments: 10, seed: 5)).skyMap()
    #expect(unlikely.maximum.logLikelihood < 0)
    #expect(unlikely.maximum.logLikelihood >= unlikely.cells.map(\.logLikelihood).max() ?? 0)
    // One sensor.
    let single = try StreamFixture.stations(1, bins: 4, sources: [.init(direction: SIMD3(0, 0, 1), amplitude: 5)])
    let map = try single.likelihood(single.expectations(weight: 50)).skyMap()
    #expect(map.credibleRegion(0.9).squareDegrees > 20000)
  }

  @Test("where the fringes need more pixels than allowed, phases come in step by step and the result is the same")
  func narrowFringes() throws {
    var fixture = try StreamFixture.stations(8, bins: 6, hours: [0, 6], frequencies: 400...640)
    fixture.sources = [.init(direction: SIMD3(-0.48, 0.6, 0.64), amplitude: 2)]
    let likelihood = try fixture.likelihood(try fixture.draws(segments: 60, seed: 31))
    let whole = try likelihood.skyMap()
    var options = SkyScanOptions()
    options.maximumScanPixels = 12 << (2 * options.coarsestOrder)
    let stepwise = try likelihood.skyMap(options: options)
    #expect(stepwise.evaluations < whole.evaluations)
    #expect(angle(whole.maximum.direction, stepwise.maximum.direction) < 1e-6)
    let areas = [whole, stepwise].map { $0.credibleRegion(0.9).area }
    #expect(abs(areas[0] / areas[1] - 1) < 0.02)
    #expect(whole.isResolved && stepwise.isResolved)
    #expect(angle(stepwise.maximum.direction, fixture.sources[0].direction) < 0.02)
  }

  @Test("two streams are found one after the other")
  func twoSources() throws {
    var fixture = try StreamFixture.stations(8, bins: 24, hours: [0, 5], frequencies: 8...32)
    fixture.sources = [
      .init(direction: SIMD3(0.6, 0.64, 0.48), amplitude: 6),
      .init(direction: SIMD3(-0.8, 0.36, -0.48), amplitude: 2.5),
    ]
    let likelihood = try fixture.likelihood(try fixture.draws(segments: 12, seed: 41))
    let found = try likelihood.findSources(maximumCount: 4, threshold: 36)
    #expect(found.count == 2)
    for (source, truth) in zip(found, fixture.sources) {
      #expect(source.map.credibility(of: truth.direction) < 0.997)
      #expect(angle(source.point.direction, truth.direction) < 0.1)
      #expect(abs(source.point.amplitude / truth.amplitude - 1) < 0.3)
      #expect(source.testStatistic > 36)
    }
  }
}
