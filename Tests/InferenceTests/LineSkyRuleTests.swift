import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

/// What a search of the sky says of a wave, and the numbers behind it.
private struct Verdict {
  var search: SkySearch
  /// Θ of the likeliest direction, and 2 ln of the likelihood's average over the sky.
  var best: Double
  var average: Double
  var alternative: Double
  /// Θ of the halo under which the line was found.
  var halo: Double

  /// - Parameters:
  ///   - observation: the amplitudes around a line.
  ///   - coupling: under which the line is found.
  ///   - preference: Θ by which a direction must win; nil for the usual.
  init(_ observation: LineObservation, found coupling: HaloCoupling, preference: Double? = nil) throws {
    let template = LineHypothesis(name: "found", coupling: coupling)
    let analysis = try LineAnalysis(
      blockCount: 1, options: LineAnalysisOptions(templates: [template], simulations: 0),
      block: { _ in
        LineBlock(
          geometry: observation, frequencies: [observation.frequency], amplitudes: observation.amplitudes,
          noise: observation.noise)
      })
    var options = SkySearchOptions()
    options.scan.coarsestOrder = 3
    options.preference = preference ?? options.preference
    let line = try #require(analysis.detection)
    halo = line.profile.statistic
    search = try SkySearch(line: line, in: observation, options: options)
    let map = try #require(search.maps.first)
    let highest = map.maximum.logLikelihood
    let sum = map.cells.reduce(0) { $0 + exp($1.logLikelihood - highest) * $1.pixel.area }
    best = 2 * highest
    average = 2 * (highest + log(sum / (4 * .pi)))
    alternative = try #require(search.alternative).testStatistic
  }
}

@Suite("When a line's direction is claimed")
struct LineSkyRuleTests {
  /// Two more parameters fit better by chance; a likelihood ratio of 10 is not enough when the sky is not paid for.
  @Test("only where it beats what has none by more than the freedom to choose it is worth")
  func payment() throws {
    func verdict(_ power: Double, frequency: Double = 10) throws -> Verdict {
      let wave = PlaneWave(frequency: frequency, source: SIMD3(0.48, -0.6, 0.64), power: power)
      return try Verdict(wave.observation(noiseKey: 100, places: PlaneWave.places), found: .axionGradient)
    }
    let (faint, strong, long) = (try verdict(0.005), try verdict(0.5), try verdict(1, frequency: 4000))
    for verdict in [faint, strong, long] {
      #expect(verdict.search.streams[0].name == "longitudinal plane wave")
      print("best \(verdict.best), over the sky \(verdict.average), no direction \(verdict.alternative)")
    }
    #expect(faint.best - faint.alternative > 10 && faint.average - faint.alternative < 10)
    #expect(faint.search.finding == .undecided)
    // It beats what has no direction, but a transverse wave of linear polarisation does too, from all across.
    #expect(strong.average - strong.alternative > 10 && strong.search.finding == .undecided)
    #expect(strong.search.otherWave?.name == "transverse plane wave" && long.search.otherWave == nil)
    // Phases tell where the network is as long as the wave.
    #expect(long.average - long.alternative > 10 && long.search.finding == .source)
  }

  /// Every complex vector lies across some direction: a network short against the wavelength learns nothing from finding it,
  /// whatever the statistics say. A longer one feels the wave's way in its phases.
  @Test("of a wave across its way only where the network is as long as the wave")
  func transverse() throws {
    var normal = NormalStream(key: 5)
    for number in 0..<2 {
      var wave = PlaneWave(frequency: 10, source: randomDirection(&normal), power: 0.1)
      wave.polarization = (0.5.squareRoot() * randomDirection(&normal), 0.5.squareRoot() * randomDirection(&normal))
      let verdict = try Verdict(
        wave.observation(noiseKey: 200 + UInt64(number), places: PlaneWave.places), found: .electricDipole,
        preference: -10)
      #expect(verdict.search.streams[0].name == "transverse plane wave")
      // Without the rule the preference would let it pass.
      #expect(verdict.average - verdict.alternative > -10)
      #expect(verdict.search.finding != .source)
    }
    let source = randomDirection(&normal)
    var wave = PlaneWave(frequency: 4000, source: source)
    let place = EquatorialDirection(source)
    wave.polarization = (0.8 * place.east, 0.6 * place.north)
    let verdict = try Verdict(wave.observation(noiseKey: 300, places: PlaneWave.places), found: .electricDipole)
    #expect(verdict.search.streams[0].name == "transverse plane wave" && verdict.search.finding == .source)
    let found = try #require(verdict.search.maps.first).maximum.direction
    #expect(angle(found, source) < 0.1)
  }

  /// The wave is neither along its way nor across it, in a network that feels its phases: each of the two polarisations is far
  /// likelier than a halo, and both are wrong.
  @Test("never of a wave that only one of any polarisation explains")
  func anyPolarisation() throws {
    // The way on which the search tries it.
    let velocity = EarthVelocity.throughHalo(at: PlaneWave(frequency: 1, source: SIMD3()).reference)
    let speed = (velocity * velocity).sum().squareRoot()
    var wave = PlaneWave(frequency: 4000, source: -velocity / speed, speed: speed)
    wave.polarization = (0.7 * velocity / speed, 0.7 * EquatorialDirection(velocity / speed).east)
    let verdict = try Verdict(wave.observation(noiseKey: 400, places: PlaneWave.places), found: .electricDipole)
    #expect(verdict.average - verdict.halo > 10)
    #expect(verdict.search.alternative?.name == "one wave of any polarisation")
    #expect(verdict.search.finding == .spread)
  }
}
