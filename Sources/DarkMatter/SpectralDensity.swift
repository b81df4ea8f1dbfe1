import Glibc

/// Why a spectrum, a background or another field is refused.
public enum BackgroundError: Error, Hashable, CustomStringConvertible, Sendable {
  /// A number that must be finite and positive (or not negative) is not.
  case badValue(String, Double, needed: String)
  /// A table of a spectrum without the form it needs.
  case badTable(String)
  /// The band is empty, or reaches below the rest frequency.
  case badBand(lowest: Double, highest: Double, rest: Double)
  /// |P_V| > 1 - f_L.
  case tooChiral(chirality: Double, longitudinalFraction: Double)

  public var description: String {
    switch self {
    case .badValue(let name, let value, let needed): "\(name) is \(value); it must be \(needed)"
    case .badTable(let reason): "the table of the spectrum \(reason)"
    case .badBand(let lowest, let highest, let rest):
      "the band \(lowest) ... \(highest) Hz is no band: it needs 0 < lowest < highest, and lowest >= the rest "
        + "frequency (\(rest) Hz), below which nothing propagates"
    case .tooChiral(let chirality, let longitudinal):
      "chirality \(chirality) is more than the transverse share allows: |P_V| <= 1 - f_L = \(1 - longitudinal)"
    }
  }
}

extension PowerSpectrum {
  /// The one-sided density at a frequency in Hz, in unit²/Hz; zero at and below zero frequency.
  public func density(at frequency: Double) -> Double {
    guard frequency > 0 else { return 0 }
    switch self {
    case .powerLaw(let level, let reference, let index):
      return index == 0 ? level : level * pow(frequency / reference, index)
    case .table(let frequencies, let densities):
      guard let first = frequencies.first, let last = frequencies.last, frequency >= first, frequency <= last else {
        return 0
      }
      // The first entry beyond the frequency, by bisection.
      var (low, high) = (0, frequencies.count)
      while low < high {
        let middle = (low + high) / 2
        if frequencies[middle] > frequency { high = middle } else { low = middle + 1 }
      }
      guard low < frequencies.count else { return densities[low - 1] }
      let (left, right) = (densities[low - 1], densities[low])
      let weight = log(frequency / frequencies[low - 1]) / log(frequencies[low] / frequencies[low - 1])
      return weight == 0 ? left : left * pow(right / left, weight)
    }
  }

  /// Checks that the density is defined, finite and not negative everywhere.
  ///
  /// - Throws: `BackgroundError`.
  public func validate() throws(BackgroundError) {
    switch self {
    case .powerLaw(let level, let reference, let index):
      guard level >= 0, level.isFinite else { throw .badValue("the level", level, needed: "finite and not negative") }
      guard reference > 0, reference.isFinite else {
        throw .badValue("the reference frequency", reference, needed: "finite and positive")
      }
      guard index.isFinite else { throw .badValue("the spectral index", index, needed: "finite") }
    case .table(let frequencies, let densities):
      guard frequencies.count >= 2 else { throw .badTable("has \(frequencies.count) rows; it needs two or more") }
      guard frequencies.count == densities.count else {
        throw .badTable("has \(frequencies.count) frequencies but \(densities.count) densities")
      }
      for (row, frequency) in frequencies.enumerated() {
        guard frequency > 0, frequency.isFinite, row == 0 || frequency > frequencies[row - 1] else {
          throw .badTable("has frequency \(frequency) in row \(row + 1); they must be positive and ascending")
        }
      }
      for (row, density) in densities.enumerated() where !(density > 0 && density.isFinite) {
        throw .badTable("has density \(density) in row \(row + 1); log-log interpolation needs positive numbers")
      }
    }
  }
}
