import Correlator

/// The bin of a band that stands out most in power: the least that can be said of a narrow line, without a model of one.
public struct LoudestBin: Hashable, Sendable, Codable {
  /// Hz.
  public var frequency: Double
  /// Its power over the median power of the band, mean over the channels.
  public var powerRatio: Double
  /// |S_IJ|²/(S_II S_JJ) within integrations, mean over them and over pairs of channels; nil for one channel.
  public var coherence: Double?
  /// The same, mean over the other bins: what noise gives.
  public var otherCoherence: Double?

  /// Looks through the matrices of a band.
  ///
  /// - Parameters:
  ///   - spectra: the rows of the band's products.
  ///   - plan: of the band.
  /// - Returns: nil when the band has fewer than three bins or no channel has data.
  public init?(_ spectra: [CrossSpectra], plan: BandPlan) {
    let bins = plan.binCount
    guard bins >= 3, let count = spectra.first?.present.count else { return nil }
    func value(_ row: CrossSpectra, _ bin: Int, _ first: Int, _ second: Int) -> (Double, Double) {
      let index = 2 * ((bin * count + first) * count + second)
      return (row.values[index], row.values[index + 1])
    }
    var ratios = [Double](repeating: 0, count: bins)
    var heard = 0
    for channel in 0..<count {
      let rows = spectra.filter { $0.present[channel] }
      let weight = rows.reduce(0) { $0 + Double($1.segments) }
      let power = (0..<bins).map { bin in
        rows.reduce(0) { $0 + Double($1.segments) * value($1, bin, channel, channel).0 } / weight
      }
      let median = power.sorted()[bins / 2]
      guard median > 0, median.isFinite else { continue }
      heard += 1
      for bin in 0..<bins { ratios[bin] += power[bin] / median }
    }
    guard heard > 0, let loudest = ratios.indices.max(by: { ratios[$0] < ratios[$1] }) else { return nil }
    frequency = plan.frequency(loudest)
    powerRatio = ratios[loudest] / Double(heard)

    var (own, others, weight) = (0.0, 0.0, 0.0)
    for row in spectra {
      for first in 0..<count {
        for second in 0..<first where row.present[first] && row.present[second] {
          let coherences = (0..<bins).map { bin -> Double in
            let (re, im) = value(row, bin, first, second)
            let product = value(row, bin, first, first).0 * value(row, bin, second, second).0
            return product > 0 ? (re * re + im * im) / product : 0
          }
          own += Double(row.segments) * coherences[loudest]
          others += Double(row.segments) * (coherences.reduce(0, +) - coherences[loudest]) / Double(bins - 1)
          weight += Double(row.segments)
        }
      }
    }
    if weight > 0 { (coherence, otherCoherence) = (own / weight, others / weight) }
  }
}
