import DarkMatter
import Instruments
import Sky
import Testing

@Suite("Noise of vector sensors")
struct NoiseTests {
  @Test("white noise: reference deviates of the physics page")
  func reference() throws {
    // Seed 1, node berkeley-1, channel 0; σ² = N_w r/2 is 1 at 2 Hz. The page misprints n = 3 as -0.59997385497699;
    // this is what its own definition gives in Python.
    let node = try source(noise: NoiseModel(white: 1), rate: SampleRate(2), plan: plan(signals: []))
    let expected = [0.82992047712145, -0.08095120848822, -0.37801882135018, -0.59997395487699]
    for (n, value) in expected.enumerated() { #expect(abs(node.samples(Int64(n), 1)[0] - value) < 1e-13) }
    #expect(abs(node.samples(-1, 1)[0] + 1.04366774483979) < 1e-13)
  }

  @Test("spectrum of white noise, knee, random walk and a line, and their total power")
  func spectrum() throws {
    let model = NoiseModel(
      white: 0.5, knee: 8, randomWalk: 1.5, lines: [NoiseModel.Line(frequency: 30, width: 1, rms: 2)])
    let node = try source(noise: model, plan: plan(signals: []))
    // The node's two channels are independent; the second stands for the noise of another seed.
    let count = 1_024_000
    let values = node.samples(0, count)
    // 32 s at 128 Hz: blocks of the coloured part are 64 s long.
    #expect(model.colouredBlockLength(sampleRate: SampleRate(128)) == 8192)
    let spectrum = crossSpectrum(Array(values[..<count]), Array(values[..<count]), segment: 4096, rate: 128)
    // Bands of bins at 1/32 Hz; 500 segments: a band of b bins is good to 1/sqrt(500 b/1.9).
    for (low, high) in [(0.9, 1.1), (1.8, 2.2), (4, 5), (8, 10), (18, 22), (29.5, 30.5), (31, 33), (45, 60)] {
      let bins = Int((low * 32).rounded(.up))...Int(high * 32)
      let sum = bins.reduce(0.0) { $0 + spectrum[$1].real / model.density(at: Double($1) / 32) }
      let ratio = sum / Double(bins.count)
      let error = (1.9 / 500 / Double(bins.count)).squareRoot()
      #expect(abs(ratio - 1) < 4 * error + 0.004, "\(low) ... \(high) Hz: \(ratio) +- \(error)")
    }
    let cross = crossSpectrum(Array(values[..<count]), Array(values[count...]), segment: 4096, rate: 128)
    let coherence = (640...1900).reduce(0.0) {
      $0 + cross[$1].real / model.density(at: Double($1) / 32)
    }
    #expect(abs(coherence / 1261) < 4 * (1.9 / 500 / 1261).squareRoot())
  }

  @Test("a line has its stated rms, wide or narrower than the bins")
  func lines() throws {
    for width in [0.02, 0.5, 4] {
      let line = NoiseModel.Line(frequency: 30, width: width, rms: 3)
      let node = try source(noise: NoiseModel(white: 0, lines: [line]), plan: plan(signals: []))
      let count = 4_000_000
      let power = rms(Array(node.samples(0, count)[..<count]))
      // π width T/2 independent values of the power, and what lies above 64 Hz (1 % for the widest).
      let blocks = Double(count) / 128 * max(.pi * width / 2, 0.02)
      #expect(abs(power * power / 9 - 1) < 4 / blocks.squareRoot() + 0.012, "width \(width): \(power)")
      // The density integrates to the power: by the trapezium over six orders of magnitude around the centre.
      let integral = stride(from: 0.0, to: 2000, by: width / 20).reduce(0) { $0 + line.density(at: $1) * width / 20 }
      #expect(abs(integral / 9 - 1) < 3e-3)
      #expect(abs(line.power(from: 0, to: 1e9) / 9 - 1) < 1e-6)
    }
  }

  @Test("density of the model")
  func density() {
    let model = NoiseModel(white: 2, knee: 10, randomWalk: 6)
    #expect(abs(model.density(at: 10) - (8 + 0.36)) < 1e-14)
    #expect(NoiseModel(white: 3).density(at: 17) == 9 && !NoiseModel(white: 3).isColoured)
    // At half the width from its centre a line has half its peak.
    let line = NoiseModel.Line(frequency: 50, width: 2, rms: 1)
    #expect(abs(line.density(at: 51) / line.density(at: 50) - 0.5) < 1e-15)
  }
}
