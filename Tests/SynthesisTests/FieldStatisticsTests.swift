import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

/// The generator against the closed forms of section 5.1, through the time domain and X = conj(rfft) of section 0.
@Suite("Statistics of the generated field")
struct FieldStatisticsTests {
  private let rate = 128.0
  /// 2.5 s, not commensurate with the blocks of 2 s.
  private let segment = 320
  private let bins = 32...92
  private let batches = 40
  private let batchSeconds = 100

  /// For every batch, channel pair and bin: mean of X_I conj(X_J) over the batch.
  private func crossSpectra(_ streams: [[Double]]) -> [(real: Double, imaginary: Double)] {
    let window = Window.hann.values(segment)
    let power = window.reduce(0) { $0 + $1 * $1 }
    let scale = (2 / rate / power).squareRoot()
    let transform = RealFourierTransform.shared(length: segment)
    let count = streams.count
    var sums = [(real: Double, imaginary: Double)](repeating: (0, 0), count: count * count * bins.count)
    let starts = Array(stride(from: 0, through: streams[0].count - segment, by: segment / 2))
    var spectra = [[Double]](repeating: Array(repeating: 0, count: segment + 2), count: count)
    for start in starts {
      for channel in 0..<count {
        let input = (0..<segment).map { streams[channel][start + $0] * window[$0] * scale }
        transform.forward(input, &spectra[channel])
      }
      for i in 0..<count {
        for j in 0..<count {
          for (slot, k) in bins.enumerated() {
            // conj(a) b for a = rfft_i, b = rfft_j is X_i conj(X_j).
            let (ar, ai) = (spectra[i][2 * k], -spectra[i][2 * k + 1])
            let (br, bi) = (spectra[j][2 * k], -spectra[j][2 * k + 1])
            let index = (i * count + j) * bins.count + slot
            sums[index].real += (ar * br + ai * bi) / Double(starts.count)
            sums[index].imaginary += (ai * br - ar * bi) / Double(starts.count)
          }
        }
      }
    }
    return sums
  }

  private struct Estimate {
    var mean: Double
    var error: Double

    init(_ values: [Double]) {
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
      self.mean = mean
      error = (variance / Double(values.count)).squareRoot()
    }
  }

  @Test(
    "auto and cross spectra of three sites, longitudinal share, chirality", arguments: [UInt64(1), 2, 20_211_106_732])
  func crossSpectra(seed: UInt64) throws {
    let sites = 3
    let fields = try (0..<sites).map { site in
      OverlappedBlocks(try makeField(seed: seed, site: site), blockLength: 256)
    }
    let count = batchSeconds * Int(rate)
    var auto: [Double] = []
    // Coefficients of the templates in the cross spectra, by projection: truth is 1 for "all", f_V for V.
    var whole: [Double] = []
    var chirality: [Double] = []
    var longitudinal: [Double] = []
    var imaginary: [Double] = []
    for batch in 0..<batches {
      let first = Int64(batch - batches / 2) * Int64(count + 512)
      let streams = fields.flatMap { field in
        let values = render(field, first, count)
        return (0..<3).map { Array(values[$0 * count..<($0 + 1) * count]) }
      }
      let spectra = crossSpectra(streams)
      var autoRatio = 0.0
      var normal = [Double](repeating: 0, count: 9)
      var right = [Double](repeating: 0, count: 3)
      var imaginaryProjection = 0.0
      var imaginaryNorm = 0.0
      for i in 0..<9 {
        for j in 0..<9 {
          for (slot, k) in bins.enumerated() {
            let frequency = Double(k) * rate / Double(segment)
            let value = spectra[(i * 9 + j) * bins.count + slot]
            let density = mixture.density(at: frequency)
            if i == j { autoRatio += value.real / (density / 3) / Double(9 * bins.count) }
            guard i / 3 != j / 3 else { continue }
            let baseline = places[i / 3].earthFixedPosition - places[j / 3].earthFixedPosition
            let distance = (baseline * baseline).sum().squareRoot()
            let z = wavenumber(frequency: frequency, restFrequency: mixture.restFrequency) * distance
            let templates = [TwoPointTensor.longitudinal, .transverse, .chirality].map {
              $0.contraction(z: z, baseline: baseline / distance, earthAxes[i % 3], earthAxes[j % 3])
            }
            for a in 0..<3 {
              right[a] += templates[a] * value.real / density
              for b in 0..<3 { normal[3 * a + b] += templates[a] * templates[b] }
            }
            // Once for each pair: the other order has the opposite imaginary part.
            if i < j {
              imaginaryProjection += templates[2] * value.imaginary / density
              imaginaryNorm += templates[2] * templates[2]
            }
          }
        }
      }
      let fit = solve(normal, right)
      auto.append(autoRatio)
      longitudinal.append(fit[0])
      whole.append(fit[0] + fit[1])
      chirality.append(fit[2])
      imaginary.append(imaginaryProjection / imaginaryNorm)
    }
    let results: [(String, [Double], Double, Double)] = [
      ("auto/(A/3)", auto, 1, 0.01), ("f_L + f_I", whole, 1, 0.03), ("f_L", longitudinal, 0.2, 0.03),
      ("P_V", chirality, 0.4, 0.02), ("imaginary part", imaginary, 0, 0.02),
    ]
    for (name, values, truth, precision) in results {
      let estimate = Estimate(values)
      print("seed \(seed): \(name) = \(estimate.mean) +- \(estimate.error), truth \(truth)")
      // The error is a fraction of what a wrong sign, a wrong factor or a missing term would change.
      #expect(estimate.error < precision)
      #expect(abs(estimate.mean - truth) < 4 * estimate.error, "\(name), seed \(seed)")
    }
  }

  @Test("power is stationary: the variance of samples does not depend on their place in a block")
  func stationarity() throws {
    let field = OverlappedBlocks(try makeField(seed: 3, site: 1), blockLength: 256)
    // Expected variance of a component: sum of A/3 Δf over the bins.
    let expected = (20...80).reduce(0.0) { $0 + mixture.density(at: Double($1) / 2) / 3 * 0.5 }
    var sums = [Double](repeating: 0, count: 8)
    let hops = 6000
    for hop in 0..<hops {
      let values = render(field, Int64(hop) * 128, 128)
      for (j, value) in values.enumerated() { sums[j % 128 / 16] += value * value }
    }
    // 61 bins x 3 components x 2 x 6000 half-blocks, samples of one sixteenth of a block: about 0.5 %.
    for (part, sum) in sums.enumerated() {
      #expect(abs(sum / Double(hops * 16 * 3) / expected - 1) < 0.02, "part \(part)")
    }
    let all = sums.reduce(0, +) / Double(hops * 128 * 3) / expected
    #expect(abs(all - 1) < 0.01)
  }
}

/// Solution of three linear equations with a symmetric matrix, by Cramer's rule.
private func solve(_ m: [Double], _ r: [Double]) -> [Double] {
  func determinant(_ m: [Double]) -> Double {
    m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6])
  }
  return (0..<3).map { column in
    var replaced = m
    for row in 0..<3 { replaced[3 * row + column] = r[row] }
    return determinant(replaced) / determinant(m)
  }
}
