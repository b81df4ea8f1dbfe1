import Correlator
import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Likelihood of a stream over the sky")
struct SkyLikelihoodTests {
  /// Channels with complex responses, a shape, gaps, single segments and means of few and many, at two times of day.
  private func mixedCase(
    mode: StreamForecast.Mode, dispersion: StreamDispersion, bins: Int, amplitude: Double?
  ) throws -> (StreamFixture, [StreamObservation]) {
    var normal = NormalStream(key: 11)
    var fixture = try StreamFixture.stations(5, bins: bins, hours: [0, 5], mode: mode)
    fixture.model.dispersion = dispersion
    fixture.model.amplitude = amplitude
    fixture.model.shape = fixture.frequencies.map { pow($0 / 20, -0.7) }
    fixture.model.responses = (0..<5).map { _ in
      fixture.frequencies.map { _ in ComplexNumber(1 + 0.3 * normal.next(), 0.5 * normal.next()) }
    }
    fixture.sources = [.init(direction: SIMD3(2, -3, 6) / 7, amplitude: 0.8)]
    var observations = try fixture.draws(segments: 3, seed: 5)
    observations += try fixture.draws(segments: 40, seed: 6)
    // A channel missing: its rows and columns are not there.
    let channels = [0, 2, 3, 4]
    if case .matrix(let elements) = observations[3].spectra {
      observations[3].spectra = .matrix(
        (0..<bins).flatMap { bin in
          channels.flatMap { i in channels.map { elements[(bin * 5 + i) * 5 + $0] } }
        })
    }
    observations[3].channels = channels
    observations.append(
      StreamObservation(
        time: fixture.times[1].advanced(byNanoseconds: 1_234_000_000_000), channels: [1, 2, 4], weight: 1,
        spectra: .vector((0..<3 * bins).map { _ in ComplexNumber(normal.next(), normal.next()) })))
    return (fixture, observations)
  }

  @Test(
    "equals the likelihood of dense matrices to 1e-12",
    arguments: [StreamForecast.Mode.longitudinal, .transverse],
    [StreamDispersion.restFrequency(0), .restFrequency(7), .speed(2e6)])
  func dense(mode: StreamForecast.Mode, dispersion: StreamDispersion) throws {
    let (fixture, observations) = try mixedCase(mode: mode, dispersion: dispersion, bins: 21, amplitude: 0.6)
    let likelihood = try fixture.likelihood(observations)
    var normal = NormalStream(key: 2)
    for _ in 0..<4 {
      let direction = randomDirection(&normal)
      let point = likelihood.evaluate([direction])[0]
      let expected = try fixture.denseLogLikelihood(
        observations, sources: [.init(direction: direction, amplitude: 0.6)])
      #expect(abs(point.logLikelihood - expected) < 1e-12 * max(abs(expected), 100), "\(direction)")
      #expect(point.amplitude == 0.6)
    }
  }

  @Test(
    "with known sources it equals dense matrices of all of them",
    arguments: [StreamForecast.Mode.longitudinal, .transverse])
  func conditioned(mode: StreamForecast.Mode) throws {
    let (fixture, observations) = try mixedCase(
      mode: mode, dispersion: .restFrequency(0), bins: 10, amplitude: 0.6)
    var normal = NormalStream(key: 3)
    let known = (0..<2).map { StreamFixture.Source(direction: randomDirection(&normal), amplitude: 0.3 + Double($0)) }
    let likelihood = try fixture.likelihood(observations).conditioned(
      on: known.map { SkyPoint(direction: $0.direction, logLikelihood: 0, amplitude: $0.amplitude) })
    let base = try fixture.denseLogLikelihood(observations, sources: known)
    #expect(abs(likelihood.offset - base) < 1e-12 * max(abs(base), 100))
    for _ in 0..<3 {
      let direction = randomDirection(&normal)
      let all = try fixture.denseLogLikelihood(
        observations, sources: known + [.init(direction: direction, amplitude: 0.6)])
      let value = likelihood.evaluate([direction])[0].logLikelihood
      #expect(abs(value - (all - base)) < 1e-12 * max(abs(all), 100))
    }
    #expect(likelihood.conditioned(on: []).offset == 0)
  }

  @Test("phases turned from bin to bin over many bins stay with the exact ones")
  func longBand() throws {
    var fixture = try StreamFixture.stations(3, bins: 1500)
    fixture.sources = [.init(direction: SIMD3(0.6, 0, -0.8), amplitude: 0.2)]
    fixture.model.amplitude = 0.2
    let observations = try fixture.draws(segments: 1, seed: 8)
    let direction = SIMD3(0.48, 0.6, 0.64)
    let expected = try fixture.denseLogLikelihood(observations, sources: [.init(direction: direction, amplitude: 0.2)])
    let value = try fixture.likelihood(observations).evaluate([direction])[0].logLikelihood
    #expect(abs(value - expected) < 1e-12 * 1500)
  }

  @Test("the amplitude is the best one of 0 or more", arguments: [StreamForecast.Mode.longitudinal, .transverse])
  func profile(mode: StreamForecast.Mode) throws {
    let (free, observations) = try mixedCase(mode: mode, dispersion: .restFrequency(0), bins: 8, amplitude: nil)
    let likelihood = try free.likelihood(observations)
    var normal = NormalStream(key: 4)
    var zeros = 0
    for _ in 0..<20 {
      let point = likelihood.evaluate([randomDirection(&normal)])[0]
      func held(_ amplitude: Double) throws -> Double {
        var fixture = free
        fixture.model.amplitude = amplitude
        return try fixture.likelihood(observations).evaluate([point.direction])[0].logLikelihood
      }
      #expect(point.amplitude >= 0)
      #expect(abs(try held(point.amplitude) - point.logLikelihood) < 1e-9)
      for factor in [0.0, 0.5, 0.98, 1.02, 2] {
        #expect(try held(factor * point.amplitude + (factor > 1 ? 1e-4 : 0)) <= point.logLikelihood + 1e-8)
      }
      zeros += point.amplitude == 0 ? 1 : 0
    }
    #expect(zeros < 20)
  }

  @Test("a plane wave comes from opposite to its propagation, and phases are exp(+i p Ω.x)")
  func convention() throws {
    let fixture = try StreamFixture.stations(6, bins: 16, hours: [3])
    let propagation = SIMD3(1, -2, 2) / 3.0
    var spectra: [ComplexNumber] = []
    for frequency in fixture.frequencies {
      let p = 2 * Double.pi * frequency / 299_792_458
      for channel in 0..<6 {
        let place = EarthRotation.inertial(fixture.geometry.positions[channel], at: fixture.times[0])
        let axis = EarthRotation.inertial(fixture.geometry.directions[channel], at: fixture.times[0])
        spectra.append(
          ComplexNumber(magnitude: 30 * (axis * propagation).sum(), phase: p * (place * propagation).sum() + 0.7))
      }
    }
    let map = try fixture.likelihood([
      StreamObservation(time: fixture.times[0], channels: Array(0..<6), weight: 1, spectra: .vector(spectra))
    ]).skyMap()
    #expect(angle(map.maximum.direction, -propagation) < 1e-3)
    #expect(map.isResolved)
  }

  @Test("rows of an archive, gaps and all, are the observations of their middle times")
  func storedRows() throws {
    let plan = BandPlan(
      name: "test", segment: 2_000_000_000, hop: 1_000_000_000, window: .hann, segmentsPerIntegration: 100,
      firstBin: 20, binCount: 9)
    let epoch = try GPSTime(utc: "2026-03-05T07:00:00Z")
    #expect(plan.middle(ofIntegration: 7, epoch: epoch).seconds(since: epoch) == 700 + 50.5)
    var fixture = try StreamFixture.stations(3, bins: 9, sources: [.init(direction: SIMD3(0, 0.6, 0.8), amplitude: 1)])
    fixture.frequencies = (0..<9).map { plan.frequency($0) }
    fixture.times = [3, 200].map { plan.middle(ofIntegration: $0, epoch: epoch) }
    var observations = try fixture.draws(segments: 20, seed: 9)
    /// Whether an element of a 3 x 3 matrix is in row or column 1.
    func lacksChannel1(_ index: Int) -> Bool { index % 9 / 3 == 1 || index % 3 == 1 }
    let rows = zip([Int64(3), 200], observations).map { (integration, observation) -> CrossSpectra in
      var values: [Double] = []
      if case .matrix(let elements) = observation.spectra {
        for (index, value) in elements.enumerated() {
          // The second row lacks channel 1.
          let isAbsent = integration == 200 && lacksChannel1(index)
          values.append(isAbsent ? .nan : value.real)
          values.append(isAbsent ? .nan : value.imaginary)
        }
      }
      return CrossSpectra(
        integration: integration, segments: 20, present: [true, integration != 200, true], values: values)
    }
    for index in observations.indices { observations[index].weight = 20 * plan.effectiveFraction }
    if case .matrix(let elements) = observations[1].spectra {
      let kept = elements.indices.filter { !lacksChannel1($0) }
      observations[1].spectra = .matrix(kept.map { elements[$0] })
    }
    observations[1].channels = [0, 2]
    // Bins 12 ... 13 Hz only.
    let stored = try SkyLikelihood(
      rows, plan: plan, epoch: epoch, geometry: fixture.geometry, noise: fixture.noise, model: fixture.model,
      frequencyRange: 12...13)
    #expect(stored.frequencies == [12, 12.5, 13])
    let whole = try SkyLikelihood(
      rows, plan: plan, epoch: epoch, geometry: fixture.geometry, noise: fixture.noise, model: fixture.model)
    let direction = SIMD3(0.36, -0.48, 0.8)
    #expect(whole.evaluate([direction]) == (try fixture.likelihood(observations)).evaluate([direction]))
    #expect(throws: InferenceError.noBins) {
      try SkyLikelihood(
        rows, plan: plan, epoch: epoch, geometry: fixture.geometry, noise: fixture.noise, model: fixture.model,
        frequencyRange: 90...91)
    }
  }

  @Test("impossible input names what is at fault")
  func refusals() throws {
    let fixture = try StreamFixture.stations(3, bins: 4, sources: [])
    let good = fixture.expectations(weight: 10)
    func error(_ change: (inout StreamFixture, inout [StreamObservation]) -> Void) -> InferenceError? {
      var (fixture, observations) = (fixture, good)
      change(&fixture, &observations)
      do {
        _ = try fixture.likelihood(observations)
        return nil
      } catch { return error as? InferenceError }
    }
    #expect(error { _, _ in } == nil)
    #expect(error { $1 = [] } == .noSpectra)
    #expect(
      error { fixture, _ in fixture.noise[1][2] = 0 }
        == .noPower(channel: "station1", frequency: fixture.frequencies[2]))
    #expect(error { fixture, _ in fixture.noise.removeLast() } != nil)
    #expect(error { fixture, _ in fixture.model.amplitude = -1 } != nil)
    #expect(error { fixture, _ in fixture.model.dispersion = .speed(4e8) } != nil)
    #expect(error { $1[0].weight = .nan } != nil)
    #expect(error { $1[0].channels = [0, 1, 7] } != nil)
    #expect(
      error { _, observations in
        observations[0].spectra = .matrix((0..<36).map { $0 % 4 == 0 ? .one : ComplexNumber(2) })
      } == .negativePower(channel: "station1", frequency: 8))
    #expect(error { $1[0].spectra = .matrix([ComplexNumber](repeating: ComplexNumber(.nan), count: 36)) } != nil)
  }
}
