/// A one-sided power spectral density of a field as a function of frequency.
public enum PowerSpectrum: Hashable, Sendable, Codable {
  /// `level` (unit²/Hz) at `reference` (Hz), proportional to frequency to the power `index`.
  case powerLaw(level: Double, reference: Double, index: Double)
  /// Frequencies in Hz, ascending, and densities in unit²/Hz; interpolated linearly in log-log, zero outside.
  case table(frequencies: [Double], densities: [Double])
}
