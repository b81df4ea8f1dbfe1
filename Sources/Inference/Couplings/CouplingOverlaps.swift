import Numerics

/// ρ between fitted templates, every pair of channels weighted with the measured power.
struct CouplingOverlaps {
  let matrix: [[Double]]

  init(_ fits: [TemplateFit], fitter: TemplateFits, data: BandMatrices) {
    let power = data.power
    let n = data.geometry.channelCount
    var products = [Double](repeating: 0, count: fits.count * fits.count)
    let unit = fits.map { $0.unitStrength }
    for (row, content) in data.rows.enumerated() {
      for bin in data.frequencies.indices {
        let signals = unit.map { fitter.signal($0, data: data, row: row, bin: bin) }
        for i in content.channels.indices {
          for j in 0..<i {
            let scale =
              content.weight / (power[bin * n + content.channels[i]] * power[bin * n + content.channels[j]])
            for a in fits.indices {
              for b in 0...a {
                let (one, other) = (signals[a][i, j], signals[b][i, j])
                products[a * fits.count + b] +=
                  scale * (one.real * other.real + one.imaginary * other.imaginary)
              }
            }
          }
        }
      }
    }
    matrix = fits.indices.map { a in
      fits.indices.map { b in
        let norm = (products[a * fits.count + a] * products[b * fits.count + b]).squareRoot()
        return norm > 0 ? max(-1, min(1, products[max(a, b) * fits.count + min(a, b)] / norm)) : 0
      }
    }
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
