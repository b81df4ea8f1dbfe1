import Numerics

extension CalibrationUncertainty {
  /// 1 + g of each channel, at random.
  fileprivate func drawn(key: UInt64) -> [Double] {
    var deviates = DeviateStream(key: key)
    let factors = standardDeviations.map { max(0.05, 1 + $0 * deviates.normal()) }
    return groups.map { $0.map { factors[$0] } ?? 1 }
  }
}

/// Experiments drawn from every fitted template, and what all templates say of them.
struct CouplingSimulations {
  /// Ranked statistics, [truth][experiment][template].
  let ranked: [[[Double]]]
  let confusion: [[Double]]

  init(
    _ fits: [TemplateFit], fitter: TemplateFits, data: BandMatrices, options: BackgroundCouplingOptions
  ) throws {
    guard options.simulations > 0 else {
      ranked = fits.map { _ in [] }
      confusion = []
      return
    }
    let templates = fits.map(\.template)
    let power = data.power
    let n = data.geometry.channelCount
    @Sendable func draws(_ truth: TemplateFit, gains: [Double]) throws(InferenceError) -> SpectralDraws {
      try Self.draws(like: data) { row, bin in
        var sigma = fitter.signal(truth, data: data, row: row, bin: bin)
        for (position, channel) in data.rows[row].channels.enumerated() {
          for (other, second) in data.rows[row].channels.enumerated() {
            sigma[position, other] *= gains[channel] * gains[second]
          }
          // A noise density is no less than a part of the power, whatever the scatter of its estimate.
          let density = max(truth.noise[bin * n + channel], 1e-3 * power[bin * n + channel])
          sigma[position, position] += ComplexNumber(density)
        }
        return sigma
      }
    }
    let truths = fits.map { $0.asStrong(as: fits[0]) }
    let exact = try truths.map { try draws($0, gains: [Double](repeating: 1, count: n)) }
    let count = options.simulations
    var statistics = [Double](repeating: 0, count: fits.count * count * fits.count)
    statistics.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let output = buffer
      forEachPiece(fits.count * count, workers: options.workers) { _, piece in
        let (truth, experiment) = piece.quotientAndRemainder(dividingBy: count)
        let key = Philox.derive(options.seed, tag: 0x574D_4154, a: Int64(experiment), b: UInt32(truth))
        var source = exact[truth]
        if let calibration = data.calibration {
          // Σ stays positive whatever the factors are.
          let gains = calibration.drawn(key: Philox.derive(key, tag: 0x4741_494E, a: 0, b: 0))
          source = (try? draws(truths[truth], gains: gains)) ?? source
        }
        let drawn = fitter.fits(templates, to: source.draw(key: key), tolerance: 0.03)
        for (position, fit) in drawn.enumerated() {
          output[piece * fits.count + position] =
            (fit?.statistic ?? 0) - templates[position].penalty
        }
      }
    }
    let ranked = fits.indices.map { truth in
      (0..<count).map { experiment in
        let start = (truth * count + experiment) * fits.count
        return Array(statistics[start..<start + fits.count])
      }
    }
    self.ranked = ranked
    confusion = ranked.map { experiments in
      var shares = [Double](repeating: 0, count: fits.count)
      for values in experiments {
        let best = values.indices.max { values[$0] < values[$1] } ?? 0
        shares[best] += 1 / Double(count)
      }
      return shares
    }
  }

  private static func draws(
    like data: BandMatrices, covariance: (_ row: Int, _ bin: Int) -> ComplexMatrix
  ) throws(InferenceError) -> SpectralDraws {
    do {
      return try SpectralDraws(like: data, covariance: covariance)
    } catch {
      throw .covarianceNotPositiveDefinite
    }
  }
}
