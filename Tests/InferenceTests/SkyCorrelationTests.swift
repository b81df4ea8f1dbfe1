import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Streams from correlations alone")
struct SkyCorrelationTests {
  @Test(
    "what channels say alone is divided out: dense matrices of all channels less those of each",
    arguments: [StreamForecast.Mode.longitudinal, .transverse])
  func dense(mode: StreamForecast.Mode) throws {
    var fixture = try StreamFixture.stations(4, bins: 9, hours: [0, 5], mode: mode)
    fixture.model.amplitude = 0.6
    fixture.sources = [.init(direction: SIMD3(2, -3, 6) / 7, amplitude: 0.8)]
    let observations = try fixture.draws(segments: 7, seed: 5)
    let alone = observations.flatMap { observation -> [StreamObservation] in
      guard case .matrix(let elements) = observation.spectra else { return [] }
      return (0..<4).map { channel in
        StreamObservation(
          time: observation.time, channels: [channel], weight: observation.weight,
          spectra: .matrix((0..<9).map { elements[($0 * 4 + channel) * 4 + channel] }))
      }
    }
    let likelihood = try fixture.likelihood(observations).withoutAutocorrelations()
    var normal = NormalStream(key: 2)
    for _ in 0..<3 {
      let source = StreamFixture.Source(direction: randomDirection(&normal), amplitude: 0.6)
      let expected =
        try fixture.denseLogLikelihood(observations, sources: [source])
        - fixture.denseLogLikelihood(alone, sources: [source])
      let found = likelihood.evaluate([source.direction])[0].logLikelihood
      #expect(abs(found - expected) < 1e-11 * max(abs(expected), 100))
    }
    // Another source joins the noise of both.
    let known = StreamFixture.Source(direction: randomDirection(&normal), amplitude: 0.4)
    let source = StreamFixture.Source(direction: randomDirection(&normal), amplitude: 0.6)
    let given = likelihood.conditioned(on: [
      SkyPoint(direction: known.direction, logLikelihood: 0, amplitude: known.amplitude)
    ])
    func both(_ observations: [StreamObservation]) throws -> Double {
      try fixture.denseLogLikelihood(observations, sources: [known, source])
        - fixture.denseLogLikelihood(observations, sources: [known])
    }
    let expected = try both(observations) - both(alone)
    #expect(abs(given.evaluate([source.direction])[0].logLikelihood - expected) < 1e-10 * max(abs(expected), 100))
  }

  @Test("least squares finds the strength of a strong stream though the noise is taken for all of the power")
  func weak() throws {
    var fixture = try StreamFixture.stations(8, bins: 6, hours: [0, 6])
    let source = StreamFixture.Source(direction: SIMD3(2, -3, 6) / 7, amplitude: 1.5)
    fixture.sources = [source]
    let observations = fixture.expectations(weight: 50)
    // As one who knows no better: the mean power of each channel.
    let times = fixture.times
    let power = (0..<8).map { channel in
      fixture.frequencies.indices.map { bin in
        times.reduce(0) {
          $0 + fixture.covariance(bin: bin, time: $1, channels: [channel], sources: [source])[0, 0].real
        } / Double(times.count)
      }
    }
    fixture.model.isWeak = true
    let likelihood = try SkyLikelihood(
      observations, frequencies: fixture.frequencies, geometry: fixture.geometry, noise: power, model: fixture.model
    ).withoutAutocorrelations()
    let point = likelihood.evaluate([source.direction])[0]
    #expect(abs(point.amplitude / source.amplitude - 1) < 1e-10)
    let map = try likelihood.skyMap()
    #expect(angle(map.maximum.direction, source.direction) < 1e-4)
  }

  @Test("one sensor sees no direction")
  func single() throws {
    var fixture = try StreamFixture.stations(1, bins: 6)
    fixture.sources = [.init(direction: SIMD3(0, 0, 1), amplitude: 3)]
    let map = try fixture.likelihood(fixture.draws(segments: 20, seed: 3)).withoutAutocorrelations().skyMap()
    #expect(abs(map.maximum.logLikelihood) < 1e-9)
    #expect(abs(map.credibleRegion(0.9).area / (4 * .pi) - 0.9) < 1e-6)
  }
}
