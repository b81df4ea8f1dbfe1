import Numerics

extension LineSearch {
  /// What a network records of a line with the search's rest frequency: drawn from the covariance, without streams.
  ///
  /// - Parameters:
  ///   - geometry: channels, segments, noise and frequency, as when the search was made.
  ///   - power: amplitude², unit² of the field; 0 for noise alone.
  ///   - experiment: its number; different numbers are independent.
  ///   - key: of the random numbers.
  public func simulated(_ geometry: LineObservation, power: Double, experiment: Int, key: UInt64) -> LineObservation {
    var result = geometry
    let channels = geometry.channels.count
    let deviations = geometry.noise.map { $0.squareRoot() }
    let offset = restFrequency - geometry.frequency
    for piece in modes.pieces {
      var amplitudes = piece.drawn(power: power, experiment: experiment, key: key)
      // The modes are those at rest: whitened with the noise as seen from there, so it is coloured likewise.
      let turns = offset * geometry.segmentSpacing
      piece.rows.noise.colour(
        &amplitudes.real, &amplitudes.imaginary,
        turn: ComplexNumber(magnitude: 1, phase: 2 * .pi * (turns - turns.rounded())))
      for row in 0..<piece.rows.count {
        let turns = offset * piece.rows.time[row]
        result.amplitudes[piece.rows.segment[row] * channels + piece.rows.channel[row]] =
          ComplexNumber(amplitudes.real[row], amplitudes.imaginary[row])
          * ComplexNumber(magnitude: deviations[piece.rows.channel[row]], phase: -2 * .pi * (turns - turns.rounded()))
      }
    }
    return result
  }
}
