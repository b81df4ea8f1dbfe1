import Correlator
import Inference
import Testing

@Suite struct InputErrorTests {
  @Test func networksThatCannotDetermineAParameterAreNamed() throws {
    let plan = TestNetwork.plan(frequencies: 8, 40, bins: 9)
    func fit(
      _ positions: [SIMD3<Double>], _ directions: [SIMD3<Double>], _ options: BackgroundFitOptions = .init()
    ) throws -> BackgroundFit {
      let network = TestNetwork(
        geometry: try NetworkGeometry(
          positions: positions, directions: directions, labels: positions.indices.map { "c\($0)" }),
        plan: plan, reference: 20, noise: positions.map { _ in [Double](repeating: 1, count: 9) }, amplitude: 0.5)
      return try fitIsotropicBackground(
        [network.expectation(segments: 400)], plan: plan, geometry: network.geometry, options: options)
    }
    let here = SIMD3(6.4e6, 0, 0)
    let tilted: [SIMD3<Double>] = [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    // One place: longitudinal and transverse templates are the same.
    #expect(throws: InferenceError.undetermined(.longitudinalFraction)) { try fit([here, here, here], tilted) }
    // ... and none is chiral.
    #expect(throws: InferenceError.undetermined(.chirality)) {
      try fit([here, here, here], tilted, BackgroundFitOptions(longitudinalFraction: 0))
    }
    // ... but the amplitude is there.
    let amplitude = try fit([here, here, here], tilted, BackgroundFitOptions(longitudinalFraction: 0, chirality: 0))
    #expect(abs(amplitude.amplitude.value - 0.5) < 1e-4 * amplitude.amplitude.uncertainty)
    // Orthogonal axes at one place: the signal is in the autocorrelations only, as the noise is.
    #expect(throws: InferenceError.undetermined(.amplitude)) {
      try fit([here, here, here], [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    }
    // Axes in one plane with the baseline see no chirality.
    #expect(throws: InferenceError.undetermined(.chirality)) {
      try fit([[0, 0, 0], [3e6, 0, 0], [0, 4e6, 0]], [[1, 0, 0], [1, 1, 0], [1, -2, 0]])
    }
    #expect(throws: InferenceError.undetermined(.spectralIndex)) {
      try fit(
        [[0, 0, 0], [3e6, 0, 0], [0, 4e6, 0]], [[1, 0, 0], [1, 1, 0], [1, -2, 1]],
        BackgroundFitOptions(frequencyRange: 19.9...20.1))
    }
  }

  @Test func inputsThatDoNotFitTogether() throws {
    let network = try TestNetwork.stations(3, bins: 5)
    let good = network.expectation(segments: 100)
    func fit(_ rows: [CrossSpectra], _ options: BackgroundFitOptions = .init()) throws -> BackgroundFit {
      try fitIsotropicBackground(rows, plan: network.plan, geometry: network.geometry, options: options)
    }
    #expect(throws: InferenceError.noSpectra) { try fit([]) }
    #expect(throws: InferenceError.noBins) { try fit([good], BackgroundFitOptions(restFrequency: 50)) }
    #expect(throws: InferenceError.tooFewSegments(found: 3, needed: 4)) { try fit([network.expectation(segments: 3)]) }
    #expect(throws: InferenceError.tooFewChannels(1)) {
      try fit([network.expectation(segments: 100, absent: [0, 1])])
    }
    #expect(throws: InferenceError.noCommonSegments) {
      try fit([
        network.expectation(segments: 100, absent: [0, 1]), network.expectation(segments: 100, absent: [1, 2]),
      ])
    }
    var broken = good
    broken.present.removeLast()
    #expect(throws: InferenceError.sizeMismatch(input: "channels of integration 0", expected: 3, found: 2)) {
      try fit([broken])
    }
    broken = good
    broken.values.removeLast()
    #expect(
      throws: InferenceError.sizeMismatch(
        input: "numbers in the spectra of integration 0", expected: 90, found: 89)
    ) { try fit([broken]) }
    broken = good
    broken.values[2] = .nan
    #expect(
      throws: InferenceError.notFinite(input: "cross spectrum of station0 and station1 at 8.0 Hz")
    ) { try fit([broken]) }
    broken = good
    broken.values[0] = 0
    #expect(throws: InferenceError.noPower(channel: "station0", frequency: 8)) { try fit([broken]) }
    #expect(throws: InferenceError.invalidOption(name: "restFrequency", reason: "zero or a positive number of Hz")) {
      try fit([good], BackgroundFitOptions(restFrequency: -1))
    }
    #expect(throws: InferenceError.notFinite(input: "unit direction of b")) {
      try NetworkGeometry(
        positions: [[0, 0, 0], [1, 0, 0]], directions: [[1, 0, 0], [0, 0, 0]], labels: ["a", "b"])
    }
    #expect(throws: InferenceError.sizeMismatch(input: "labels of the channels", expected: 1, found: 0)) {
      try NetworkGeometry(positions: [[0, 0, 0]], directions: [[1, 0, 0]], labels: [])
    }
  }
}
