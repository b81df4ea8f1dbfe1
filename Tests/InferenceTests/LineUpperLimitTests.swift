import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("Upper limits on a line with a stochastic amplitude")
struct LineUpperLimitTests {
  /// Physics page clock, section 6: r = s λ of Ks equal segments with summed power S, limit P(Ks, S/(1 + r)) = 0.05.
  @Test(
    "equal modes give the reference values",
    arguments: [(1, log(20.0), 57.40397481), (4, 4, 1.927575307), (4, 8, 4.855150614), (20, 20, 0.508904240)])
  func reference(modes: Int, sum: Double, ratio: Double) {
    let scale = 7e-5
    let powers = (0..<modes).map { sum * scale * 2 * (Double($0) + 0.5) / Double(modes * modes) }
    let limit = LineUpperLimit.power(
      powers: powers, eigenvalues: [Double](repeating: scale, count: modes), confidence: 0.95, method: .neyman)
    #expect(abs(limit * scale / ratio - 1) < 1e-6, "\(limit * scale)")
  }

  /// Where the deterministic limit on an amplitude is 3.9298 σ, an exponential power makes it 10.7148 σ: F = 2.7266.
  @Test("the stochastic factor of an amplitude is 2.7266")
  func stochasticFactor() {
    // One mode, in units of σ per quadrature: p/λ = x²/2 at the threshold x² = 2 ln 20; s λ = A²/2.
    let ratio = LineUpperLimit.power(powers: [log(20)], eigenvalues: [1], confidence: 0.95, method: .neyman)
    #expect(abs((2 * ratio).squareRoot() / 3.9297882419 - 2.7265711278) < 1e-6)
  }

  @Test(
    "one mode in the ratio of probabilities: (1 - exp(-x/(1 + r)))/(1 - exp(-x)) = 0.05", arguments: [1e-3, 0.3, 1, 8])
  func ratioOfProbabilities(x: Double) {
    let r = LineUpperLimit.power(powers: [x], eigenvalues: [1], confidence: 0.95)
    #expect(abs((1 - exp(-x / (1 + r))) / (1 - exp(-x)) - 0.05) < 1e-6)
    // Never below what noise alone lets one exclude, unlike the exact interval.
    #expect(r > 18.9)
  }

  @Test("limits of no modes, and of no power")
  func ends() {
    #expect(LineUpperLimit.power(powers: [], eigenvalues: [], confidence: 0.95) == .infinity)
    #expect(LineUpperLimit.power(powers: [0.01], eigenvalues: [1], confidence: 0.95, method: .neyman) == 0)
  }

  /// Shares of drawn experiments whose limit lies above the truth: exactly 95 %, or more for the ratio.
  @Test("covers with modes of different strengths", arguments: [0.3, 3.0, 100.0])
  func coverage(truth: Double) {
    let eigenvalues = [1, 0.7, 0.31, 0.3, 0.05, 0.011, 0.002]
    let key: UInt64 = 20_261_121
    let draws = 1500
    var (exact, ratio) = (0, 0)
    for draw in 0..<draws {
      let powers = eigenvalues.enumerated().map { mode, l -> Double in
        let words = Philox.block(SIMD4(UInt32(draw), UInt32(mode), 0, 0), key: key)
        return -log((Double(words[0]) + 0.5) * 0x1p-32) * l * (1 + truth * l)
      }
      func covers(_ method: LineUpperLimit.Method) -> Bool {
        LineUpperLimit.power(powers: powers, eigenvalues: eigenvalues, confidence: 0.95, method: method) >= truth
      }
      if covers(.neyman) { exact += 1 }
      if covers(.signalConfidence) { ratio += 1 }
    }
    let error = (0.95 * 0.05 / Double(draws)).squareRoot()
    print("seed \(key): at \(truth) limits cover \(Double(exact) / Double(draws)), \(Double(ratio) / Double(draws))")
    #expect(abs(Double(exact) / Double(draws) - 0.95) < 4 * error)
    #expect(Double(ratio) / Double(draws) > 0.95 - 3 * error && ratio >= exact)
  }

  /// An observation of one axis for less than a tenth of the coherence time: one mode, the whole closed form.
  @Test("a run much shorter than the coherence time gives the limit of one exponential power")
  func shortRun() throws {
    let (segments, frequency, length) = (4, 0.5, 600.0)
    let site = Site(latitude: 50, longitude: 8)
    let template = LineHypothesis(name: "EDM", coupling: .electricDipole)
    let noise = 4.0
    let observation = LineObservation(
      channels: [.init(label: "x", position: site.earthFixedPosition, direction: SIMD3(0, 0, 1))],
      segmentLength: length, times: (0..<segments).map { (Double($0) + 0.5) * length },
      reference: GPSTime(nanoseconds: 1_400_000_000_000_000_000), frequency: frequency,
      amplitudes: (0..<segments).map { ComplexNumber(1 + 0.1 * Double($0), 0.5) },
      present: [Bool](repeating: true, count: segments), noise: [noise])
    let search = try LineSearch(template, observation: observation, restFrequency: frequency)
    let found = search.upperLimit(observation, restFrequency: frequency, confidence: 0.95, method: .neyman)
    // One axis sees a third of amplitude²; S = s T/3 in every segment, p/λ = |Σ X|²/(segments N).
    let sum = observation.amplitudes.reduce(ComplexNumber.zero) { $0 + $1 }
    let x = sum.magnitudeSquared / (Double(segments) * noise)
    let ratio = -x / log(0.95) - 1
    let expected = (ratio * 3 * noise / (Double(segments) * length)).squareRoot()
    // The coherence time is 480 times the run: phases turn by a per cent.
    #expect(abs(found / expected - 1) < 0.01, "\(found), \(expected)")
  }
}
