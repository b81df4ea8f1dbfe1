import Glibc
import Instruments
import Numerics
import Sky
import Testing

@Suite("Clocks of vector sensors")
struct ClockTests {
  @Test("whole samples of offset and error shift the record: sample n is taken at t_n + offset + error")
  func wholeSamples() throws {
    let truth = try source().samples(0, 2000)
    let late = try source(clock: ClockModel(offset: 5 / 128.0, error: -2 / 128.0)).samples(0, 1000)
    let early = try source(clock: ClockModel(offset: -700 / 128.0)).samples(700, 1000)
    for j in 0..<1000 {
      #expect(late[j] == truth[j + 3])
      #expect(early[j] == truth[j])
    }
  }

  @Test("a fraction of a sample turns X by exp(-2πi f d)")
  func phase() throws {
    let delay = 0.0031
    let truth = Array(try source().samples(0, 128_000)[..<128_000])
    let late = Array(try source(clock: ClockModel(offset: delay)).samples(0, 128_000)[..<128_000])
    let cross = crossSpectrum(late, truth, segment: 512, rate: 128)
    for k in stride(from: 40, through: 150, by: 5) {
      let expected = ComplexNumber(magnitude: 1, phase: -2 * .pi * Double(k) / 4 * delay)
      let found = cross[k] / cross[k].magnitude
      #expect((found - expected).magnitude < 3e-3, "bin \(k): \(found.phase) \(expected.phase)")
    }
  }

  @Test("drift: sample n equals that of a clock off by the constant drift x t_n")
  func drift() throws {
    let drift = 4e-5
    let drifting = try source(clock: ClockModel(offset: 0.01, drift: drift))
    let scale = rms(drifting.samples(0, 10_000))
    for n in [Int64(-100_000), -1, 0, 77, 1000, 123_456] {
      let constant = try source(clock: ClockModel(offset: 0.01 + drift * Double(n) / 128))
      let (a, b) = (drifting.samples(n, 1), constant.samples(n, 1))
      for channel in 0..<2 { #expect(abs(a[channel] - b[channel]) < 1e-8 * scale, "sample \(n)") }
    }
  }

  @Test("jitter: stated deviation, one instant for all channels, white in the samples")
  func jitter() throws {
    let clock = ClockModel(offset: 2, drift: 1e-6, error: 0.5, jitter: 1e-4)
    var displacements = [Double](repeating: 0, count: 50_000)
    let key = ClockModel.jitterKey(seed: 1, nodeIdentifier: nodeIdentifier("berkeley-1"))
    displacements.withUnsafeMutableBufferPointer {
      clock.fillDisplacements($0, firstSample: -7, interval: 1 / 128.0, jitterKey: key)
    }
    let residuals = displacements.enumerated().map { (n: Int, value: Double) -> Double in
      value - 2.5 - 1e-6 * Double(n - 7) / 128
    }
    #expect(abs(rms(residuals) / 1e-4 - 1) < 0.015)
    let neighbours = zip(residuals, residuals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / 50_000 / 1e-8
    #expect(abs(neighbours) < 0.025)
    // To first order a jittered sample is off by jitter x slope; rms = 2π sqrt(<f²>) jitter x rms of the signal.
    let steady = try source(clock: ClockModel(offset: 2.5)).samples(0, 30_000)
    let shaky = try source(clock: ClockModel(offset: 2.5, jitter: 1e-4)).samples(0, 30_000)
    let meanSquare: Double = (64_000.0 - 512.0) / 96.0
    let expected = 2 * .pi * meanSquare.squareRoot() * 1e-4 * rms(steady)
    let found = rms(zip(shaky, steady).map { $0 - $1 })
    #expect(abs(found / expected - 1) < 0.05)
  }

  @Test("what a node reports is offset and drift, not error and jitter")
  func reported() {
    let clock = ClockModel(offset: 1e-3, drift: 2e-9, error: 5, jitter: 3, uncertainty: 1e-6)
    #expect(clock.reportedOffset(secondsSinceEpoch: 0) == 1e-3)
    #expect(abs(clock.reportedOffset(secondsSinceEpoch: 1e5) - 1.2e-3) < 1e-18)
    #expect(!clock.isConstant && ClockModel(offset: 1, error: 2).isConstant)
  }
}
