import Numerics

/// Products <A, B> between fitted templates (vector-network section 8), every pair of channels weighted with the measured power.
struct CouplingOverlaps {
  /// ρ.
  let matrix: [[Double]]
  /// <A, B>, [A][B].
  private let products: RealMatrix
  /// <A, dB/dg_k> of every calibration factor g_k, [B][A][k], and <dB/dg_k, dB/dg_l> with the precision of the factors on its
  /// diagonal, [B].
  private let mixed: [RealMatrix]
  private let factors: [RealMatrix]

  init(_ fits: [TemplateFit], fitter: TemplateFits, data: BandMatrices) {
    let power = data.power
    let n = data.geometry.channelCount
    let deviations = data.calibration?.standardDeviations ?? []
    let groups = data.calibration?.groups ?? [Int?](repeating: nil, count: n)
    var products = RealMatrix(rows: fits.count, columns: fits.count)
    var mixed = fits.map { _ in RealMatrix(rows: fits.count, columns: deviations.count) }
    var factors = fits.map { _ in RealMatrix(rows: deviations.count, columns: deviations.count) }
    let unit = fits.map { $0.unitStrength }
    for (row, content) in data.rows.enumerated() {
      for bin in data.frequencies.indices {
        let signals = unit.map { fitter.signal($0, data: data, row: row, bin: bin) }
        for (i, first) in content.channels.enumerated() {
          for (j, second) in content.channels[..<i].enumerated() {
            // Either order of the channels.
            let scale = 2 * content.weight / (power[bin * n + first] * power[bin * n + second])
            let own = [groups[first], groups[second]].compactMap(\.self)
            for b in fits.indices {
              for a in fits.indices {
                let (one, other) = (signals[a][i, j], signals[b][i, j])
                let product = scale * (one.real * other.real + one.imaginary * other.imaginary)
                products[a, b] += product
                for k in own {
                  mixed[b][a, k] += product
                  if a == b { for l in own { factors[b][k, l] += product } }
                }
              }
            }
          }
        }
      }
    }
    for b in fits.indices {
      for (k, deviation) in deviations.enumerated() { factors[b][k, k] += 1 / (deviation * deviation) }
    }
    (self.products, self.mixed, self.factors) = (products, mixed, factors)
    matrix = fits.indices.map { a in
      fits.indices.map { b in
        let norm = (products[a, a] * products[b, b]).squareRoot()
        return norm > 0 ? max(-1, min(1, products[a, b] / norm)) : 0
      }
    }
  }

  /// The share of the true template's Θ that a wrong one leaves unexplained, its amplitude and the calibration fitted:
  /// 1 - ρ² where responses are exact.
  ///
  /// - Parameters:
  ///   - wrong: number of the template that is fitted.
  ///   - truth: number of the one that is true.
  func separation(fitting wrong: Int, to truth: Int) -> Double {
    guard products[truth, truth] > 0, products[wrong, wrong] > 0 else { return 1 }
    /// <A, B> less what the factors of the wrong template take up.
    func left(_ a: Int, _ b: Int) -> Double {
      let size = factors[wrong].rows
      guard size > 0, let factor = try? RealCholesky(of: factors[wrong]) else { return products[a, b] }
      let solution = factor.solve((0..<size).map { mixed[wrong][b, $0] })
      return products[a, b] - (0..<size).reduce(0) { $0 + mixed[wrong][a, $1] * solution[$1] }
    }
    let (own, cross, other) = (left(truth, truth), left(truth, wrong), left(wrong, wrong))
    return max(0, own - (other > 0 ? cross * cross / other : 0)) / products[truth, truth]
  }
}

extension TemplateFit {
  /// The template with whole power one, or as fitted where it has power.
  var unitStrength: TemplateFit {
    guard amplitude <= 0 else { return self }
    var fit = self
    switch template {
    case .longitudinal: fit.amplitudes = [1, 0, 0]
    case .scalarLike: fit.amplitudes = [1.0 / 3, 2.0 / 3, 0]
    case .longitudinalStream, .transverseStream: fit.amplitudes = [1]
    case .transverse, .mixture, .chiral, .chiralMixture: fit.amplitudes = [0, 1, 0]
    }
    return fit
  }

  /// The template with the strength of another where its own fit has none.
  func asStrong(as other: TemplateFit) -> TemplateFit {
    guard amplitude <= 0 else { return self }
    var fit = unitStrength
    fit.amplitudes = fit.amplitudes.map { $0 * max(0, other.amplitude) }
    fit.noise = other.noise
    return fit
  }
}
