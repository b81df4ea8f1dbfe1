import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

@Suite("Plane waves of a line")
struct PlaneWaveTests {
  private let northPole = Site(latitude: 90, longitude: 0)

  /// Largest deviation of an envelope from the sum of waves, in units of a scale, over points given.
  private func deviation(
    _ envelope: PlaneWaveEnvelope, _ waves: [ReferenceWave], site: Site, points: [Int64], scale: Double,
    restFrequency: Double
  ) -> Double {
    var worst = 0.0
    for point in points {
      let values = envelope.points(point, 1)
      let turns = envelope.carrierTurns(point, restFrequency: restFrequency)
      let seconds = Double(point) * Double(envelope.step) * 1e-9
      var expected = [ComplexNumber](repeating: .zero, count: 3)
      for wave in waves {
        for (channel, value) in wave.envelope(site: site, seconds: seconds).enumerated() { expected[channel] += value }
      }
      for channel in 0..<3 {
        let value = values[channel] * ComplexNumber(magnitude: 1, phase: -2 * .pi * turns)
        worst = max(worst, (value - expected[channel]).magnitude / scale)
      }
    }
    return worst
  }

  @Test(
    "one wave over years against numerical integration of its phase",
    arguments: [VectorCoupling.axionGradient, .electricDipole, .magneticDipole], [200.0, 3e4])
  func longRun(coupling: VectorCoupling, frequency: Double) throws {
    let line = coldStream(coupling, frequency: frequency, chirality: coupling == .axionGradient ? 0 : 0.6)
    let observer = lineObserver(site: places[1], seconds: 3e7)
    let envelope = try PlaneWaveEnvelope(line: line, signalIndex: 3, observer: observer)
    let waves = referenceWaves(line, count: 1, signal: 3, seed: observer.seed)
    let step = Double(envelope.step) * 1e-9
    let times: [Double] = [0, 3600, 86_400 * 30.3, 86_400 * 181, 86_400 * 365, 86_400 * 800.7, -86_400 * 97]
    let speed = 1e-3
    let worst = deviation(
      envelope, waves, site: places[1], points: times.map { Int64($0 / step) + 1 },
      scale: 3 * (coupling == .electricDipole ? 1 : speed), restFrequency: frequency)
    // Quadratic phases within an interval 6e-5, directions 7e-5.
    #expect(worst < 2e-4)
    #expect(worst > 0)
  }

  @Test("the sum of a whole list, two components, at the pole where nothing bends the phases")
  func list() throws {
    var line = coldStream(.magneticDipole, frequency: 1e5, chirality: -0.4)
    line.components = [
      .init(fraction: 0.75, virialSpeed: 220e3),
      .init(fraction: 0.25, meanVelocity: SIMD3(10e3, 20e3, -300e3), virialSpeed: 30e3),
    ]
    let observer = lineObserver(seed: 99, site: northPole)
    let envelope = try PlaneWaveEnvelope(line: line, signalIndex: 0, observer: observer)
    let waves =
      referenceWaves(line, component: 0, count: 4096, signal: 0, seed: 99)
      + referenceWaves(line, component: 1, count: 1024, signal: 0, seed: 99)
    // Two hours around one are one step of the directions' way around the Sun; this is its middle.
    let middle = Int64(3600e9) / envelope.step
    let worst = deviation(
      envelope, waves, site: northPole, points: [0, middle - 1, middle, middle + 33, 2 * middle],
      scale: 3e-3, restFrequency: 1e5)
    #expect(worst < 1e-4)
    let central = deviation(
      envelope, waves, site: northPole, points: [middle - 1, middle, middle + 33], scale: 3e-3, restFrequency: 1e5)
    // Half a minute from the middle the Earth's velocity has changed by 0.2 m/s.
    #expect(central < 5e-6)
  }

  @Test("any range, in any order, has the same bits", arguments: [10.0, 1e3, 1e5])
  func ranges(frequency: Double) throws {
    let line = DarkMatterLine(coupling: .electricDipole, restFrequency: frequency, amplitude: 1)
    let observer = lineObserver(seconds: 1000)
    let whole = try PlaneWaveEnvelope(line: line, signalIndex: 0, observer: observer).points(-300, 700)
    let other = try PlaneWaveEnvelope(line: line, signalIndex: 0, observer: observer)
    for (first, count) in [(200, 150), (-300, 1), (-5, 10), (399, 1), (-301, 300), (63, 2), (64, 64)] {
      let part = other.points(Int64(first), count)
      for channel in 0..<3 {
        for j in max(0, -300 - first)..<count {
          #expect(part[channel * count + j] == whole[channel * 700 + first + 300 + j])
        }
      }
    }
  }

  @Test("a stream's phase between two sites is p.(x_1 - x_2)")
  func phaseBetweenSites() throws {
    let line = coldStream(.electricDipole, frequency: 1e5)
    let envelopes = try [places[0], places[3]].map {
      try PlaneWaveEnvelope(line: line, signalIndex: 0, observer: lineObserver(site: $0))
    }
    for point in [Int64(0), 1000, 200_000] {
      let (first, second) = (envelopes[0].points(point, 1), envelopes[1].points(point, 1))
      let now = lineEpoch.advanced(byNanoseconds: point * envelopes[0].step)
      let v = line.components[0].meanVelocity - EarthVelocity.throughHalo(at: now)
      let baseline = places[0].baseline(from: places[3], at: now)
      let phase = 2 * .pi * 1e5 * dot(v, baseline) / (speedOfLight * speedOfLight)
      // About five radians: the sign and the turns show.
      for axis in 0..<3 {
        let difference = first[axis] * second[axis].conjugate * ComplexNumber(magnitude: 1, phase: -phase)
        #expect(abs(difference.phase) < 1e-4)
      }
    }
  }

  @Test("a response that is a delay delays, wave by wave; a constant one multiplies")
  func responses() throws {
    let line = DarkMatterLine(coupling: .axionGradient, restFrequency: 1e5, amplitude: 1)
    let axis = [SIMD3<Double>(0, 0, 1)]
    let plain = try PlaneWaveEnvelope(
      line: line, signalIndex: 0, observer: lineObserver(site: northPole, basis: axis) { _, _, _ in .one })
    let steps = 3
    let delay = Double(steps) * Double(plain.step) * 1e-9
    let delayed = try PlaneWaveEnvelope(
      line: line, signalIndex: 0,
      observer: lineObserver(site: northPole, basis: axis) { _, _, frequency in
        ComplexNumber(magnitude: 1, phase: 2 * .pi * frequency * delay)
      })
    let turned = try PlaneWaveEnvelope(
      line: line, signalIndex: 0, observer: lineObserver(site: northPole, basis: axis) { _, _, _ in .i })
    let turns = plain.carrier.turns(seconds: delay)
    let scale = 1e-3
    let earlier = plain.points(5000 - Int64(steps), 100)
    let now = plain.points(5000, 100)
    for (j, value) in delayed.points(5000, 100).enumerated() {
      let expected = earlier[j] * ComplexNumber(magnitude: 1, phase: 2 * .pi * turns)
      // The frequency of a wave, at which the response is taken, is that of an instant six minutes away: 1e-6 Hz.
      #expect((value - expected).magnitude < 1e-5 * scale)
    }
    for (j, value) in turned.points(5000, 100).enumerated() {
      #expect((value - now[j] * .i).magnitude < 1e-12 * scale)
    }
  }
}
