import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Directions of narrow lines")
struct LineSkyTests {
  @Test("the likelihood equals that of dense matrices, at the best frequency and power of each direction")
  func dense() throws {
    let wave = PlaneWave(frequency: 10, source: SIMD3(0.6, 0, -0.8), power: 0.01)
    let observation = wave.observation(noiseKey: 4, places: PlaneWave.places)
    let likelihood = try LineSkyLikelihood(
      .transverse, observation: observation, restFrequency: 10, frequencyRange: 5e-5)
    var normal = NormalStream(key: 9)
    for _ in 0..<2 {
      let source = randomDirection(&normal)
      let point = likelihood.evaluate([source], workers: 1)[0]
      // The covariance of an unpolarised transverse wave: T P (δ - nn)/2 between all rows.
      let channels = observation.channels.count
      let rows = observation.amplitudes.indices.map { index -> (axis: SIMD3<Double>, time: Double, noise: Double) in
        let time = observation.times[index / channels]
        let instant = observation.reference.advanced(byNanoseconds: Int64(time * 1e9))
        return (
          EarthRotation.inertial(observation.channels[index % channels].direction, at: instant), time,
          observation.noise[index % channels]
        )
      }
      func logLikelihood(_ power: Double, _ offset: Double) throws -> Double {
        var matrix = ComplexMatrix(rows: rows.count, columns: rows.count)
        for (i, a) in rows.enumerated() {
          for (j, b) in rows.enumerated() {
            let across = (a.axis * b.axis).sum() - (a.axis * source).sum() * (b.axis * source).sum()
            matrix[i, j] = ComplexNumber(power * observation.segmentLength * across / 2)
          }
          matrix[i, i] += ComplexNumber(a.noise)
        }
        let factor = try ComplexCholesky(of: matrix)
        let data = zip(observation.amplitudes, rows).map {
          $0 * ComplexNumber(magnitude: 1, phase: 2 * .pi * offset * $1.time)
        }
        let quadratic = zip(data, factor.solve(data)).reduce(0) { $0 + ($1.0.conjugate * $1.1).real }
        let quiet = zip(data, rows).reduce(0) { $0 + $1.0.magnitudeSquared / $1.1.noise + log($1.1.noise) }
        return quiet - quadratic - factor.logDeterminant
      }
      // Around the stated power and over frequencies nothing is likelier, and the value itself is reached.
      let duration = observation.segmentLength * Double(observation.times.count)
      var best = -Double.infinity
      for step in -12...12 {
        best = max(
          best, try logLikelihood(point.amplitude, likelihood.frequency - 10 + Double(step) / (12 * duration)))
      }
      #expect(best <= point.logLikelihood + 1e-3 * abs(best))
      #expect(best >= point.logLikelihood - 0.05 * abs(point.logLikelihood))
    }
  }

  @Test("a network short against the wavelength cannot tell a source from its opposite; both are in the area")
  func opposite() throws {
    let wave = PlaneWave(frequency: 10, source: SIMD3(0.48, -0.6, 0.64))
    let likelihood = try LineSkyLikelihood(
      .longitudinal, observation: wave.observation(noiseKey: 1, places: PlaneWave.places), restFrequency: 10,
      frequencyRange: 5e-5)
    let map = try likelihood.skyMap()
    let location = SkyLocation(map, likelihood)
    #expect(location.isAmbiguous)
    let parts = map.credibleRegion(0.9).modes
    #expect(parts.count == 2)
    #expect(angle(parts[0].peak.direction, -parts[1].peak.direction) < 0.03)
    #expect(map.credibility(of: wave.source) < 0.99)
    #expect(min(angle(map.maximum.direction, wave.source), angle(map.maximum.direction, -wave.source)) < 0.1)
    #expect(abs(map.maximum.amplitude / wave.power - 1) < 0.2)
  }

  @Test(
    "where the network is as long as the wave its phases say from where it comes, whatever its speed",
    arguments: [1, 2])
  func phases(seed: UInt64) throws {
    // |p| d = 2 to 3 radians.
    var wave = PlaneWave(frequency: 8000, source: SIMD3(0.48, -0.6, 0.64))
    wave.speed = seed == 1 ? 300e3 : 410e3
    let likelihood = try LineSkyLikelihood(
      .longitudinal, observation: wave.observation(noiseKey: seed, places: PlaneWave.places), restFrequency: 8000,
      frequencyRange: 5e-5)
    #expect(likelihood.speeds.count > 1)
    let map = try likelihood.skyMap()
    let location = SkyLocation(map, likelihood)
    #expect(!location.isAmbiguous && location.oppositeLogRatio > 10)
    #expect(angle(map.maximum.direction, wave.source) < 0.1)
    #expect(map.credibility(of: wave.source) < 0.99)
  }

  @Test("a wave across its way is found from both helicities' plane", arguments: [SIMD3(0.48, -0.6, 0.64)])
  func transverse(source: SIMD3<Double>) throws {
    var wave = PlaneWave(frequency: 10, source: source)
    let place = EquatorialDirection(source)
    let (first, second) = (place.east, place.north)
    wave.polarization = (first * 0.9, second * 0.4)
    let likelihood = try LineSkyLikelihood(
      .transverse, observation: wave.observation(noiseKey: 3, places: PlaneWave.places), restFrequency: 10,
      frequencyRange: 5e-5)
    let map = try likelihood.skyMap()
    let found = map.maximum.direction
    #expect(min(angle(found, source), angle(found, -source)) < 0.1)
  }

  @Test("areas hold the source as often as they say")
  func coverage() throws {
    var normal = NormalStream(key: 31)
    let experiments = 60
    var levels: [Double] = []
    for number in 0..<experiments {
      let wave = PlaneWave(frequency: 10, source: randomDirection(&normal), power: 0.01)
      let likelihood = try LineSkyLikelihood(
        .longitudinal, observation: wave.observation(noiseKey: 100 + UInt64(number), places: PlaneWave.places),
        restFrequency: 10, frequencyRange: 5e-5)
      var options = SkyScanOptions()
      options.coarsestOrder = 4
      levels.append(try likelihood.skyMap(options: options).credibility(of: wave.source))
    }
    for level in [0.5, 0.9] {
      let share = Double(levels.count { $0 <= level }) / Double(experiments)
      let error = (level * (1 - level) / Double(experiments)).squareRoot()
      #expect(abs(share - level) < 3 * error, "\(level): \(share) +- \(error)")
    }
  }
}
