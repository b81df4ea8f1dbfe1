import Correlator
import Foundation
import Numerics

extension ChannelPower {
  /// Θ of an isotropic background from the correlations between channels alone, comparable with that of a stream from
  /// `SkyLikelihood.withoutAutocorrelations`.
  ///
  /// - Parameters:
  ///   - model: the fitted background.
  ///   - restFrequency: of the boson in Hz.
  ///   - spectra: rows of one band and run.
  ///   - plan: the band.
  ///   - geometry: places and axes of the channels.
  func statistic(
    of model: BackgroundModel, restFrequency: Double, spectra: [CrossSpectra], plan: BandPlan,
    geometry: NetworkGeometry
  ) -> Double {
    let channels = geometry.channelCount
    let frequencies = (0..<plan.binCount).map { plan.frequency($0) }
    let templates = IsotropicTemplates.make(
      geometry: geometry, frequencies: frequencies, restFrequency: restFrequency)
    let shares = [
      model.longitudinalFraction, 1 - model.longitudinalFraction, model.chirality,
    ]
    var sum = 0.0
    for bin in frequencies.indices
    where frequencies[bin] > restFrequency {
      let density = model.amplitude * pow(frequencies[bin] / model.referenceFrequency, model.spectralIndex)
      func signal(_ first: Int, _ second: Int) -> Double {
        shares.indices.reduce(0) { total, tensor in
          let matrix = (tensor * frequencies.count + bin) * channels
          return total + density * shares[tensor] * templates[(matrix + first) * channels + second]
        }
      }
      // Rows of the same channels share one covariance.
      var known: (present: [Int], precision: ComplexMatrix, constant: Double)?
      for row in spectra where row.segments > 0 {
        let present = (0..<channels).filter { row.present[$0] && values[$0][bin] > 0 }
        guard present.count > 1 else { continue }
        if known?.present != present {
          var covariance = ComplexMatrix(rows: present.count, columns: present.count)
          for (i, first) in present.enumerated() {
            for (j, second) in present.enumerated() {
              covariance[i, j] = ComplexNumber(i == j ? values[first][bin] : signal(first, second))
            }
          }
          // A fit outside of the physical range may have no covariance; it then explains nothing here.
          known = (try? ComplexCholesky(of: covariance)).map { factor in
            var precision = factor.inverse()
            for (i, channel) in present.enumerated() { precision[i, i] -= ComplexNumber(1 / values[channel][bin]) }
            return (
              present, precision, present.reduce(-factor.logDeterminant) { $0 + log(values[$1][bin]) }
            )
          }
        }
        guard let known else { continue }
        var gain = known.constant
        for (i, first) in present.enumerated() {
          for (j, second) in present.enumerated() {
            // Tr[P C], P_ij C_ji.
            let index = ((bin * channels + second) * channels + first) * 2
            gain -= (known.precision[i, j] * ComplexNumber(row.values[index], row.values[index + 1])).real
          }
        }
        sum += plan.effectiveFraction * Double(row.segments) * gain
      }
    }
    return 2 * sum
  }
}
