import Foundation
import Instruments
import Sky
import Testing

@Suite("The time in which a sensor forgets")
struct SettlingTimeTests {
  func sensor(_ response: SensorResponse, relaxationTime: Double? = nil) -> VectorSensor {
    let up = LocalDirection(east: 0, north: 0, up: 1)
    return VectorSensor(
      axes: [.init(name: "x", direction: LocalDirection(east: 1, north: 0, up: 0))], noise: NoiseModel(white: 1),
      response: response,
      spins: relaxationTime.map {
        SpinPrecession(
          polarization: up,
          resonance: BlochResponse(larmorFrequency: 10, relaxationTime: $0, gyromagneticRatio: 1),
          projectionNoise: 3)
      })
  }

  @Test("is long enough for 1e-6 of a step: after one low-pass, after spins, after both with like time constants")
  func memory() {
    #expect(sensor(.flat(gain: 2)).settlingTime == 0)
    let corner = 3.0
    let constant = 1 / (2 * Double.pi * corner)
    let alone = sensor(.lowPass(gain: 1, corner: corner)).settlingTime
    #expect(exp(-alone / constant) < 1e-6 && exp(-alone / constant) > 1e-7)
    let spins = sensor(.flat(gain: 1), relaxationTime: 20).settlingTime
    #expect(exp(-spins / 20) < 1e-6 && exp(-spins / 20) > 1e-7)
    // Two equal ones in a row forget as (1 + t/T) exp(-t/T).
    let both = sensor(.lowPass(gain: 1, corner: corner), relaxationTime: constant).settlingTime / constant
    #expect((1 + both) * exp(-both) < 1e-6)
  }

  @Test("a sensor without noise has none, of readout or spins")
  func noiseless() {
    let quiet = sensor(.flat(gain: 1), relaxationTime: 2).noiseless
    #expect(quiet.noiseDensity(at: 10) == 0 && quiet.noiseDensity(at: 0.1) == 0)
  }
}
