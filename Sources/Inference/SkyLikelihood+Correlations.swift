import Numerics

extension SkyLikelihood {
  /// The likelihood of the correlations between channels alone: what each channel says by its own power is divided out.
  ///
  /// ln p(X) - Sum_I ln p(X_I). Where the noise is not known but estimated from the channels' own power, that power says
  /// nothing of a stream; counting it would narrow the credible areas without reason. An error δ of the noise changes this
  /// likelihood by δ times signal over noise, one order less than the whole. It has meaning for amplitudes with which signal
  /// and noise together come to the power that the channels have; it grows without bound far beyond
  /// (`SkyModel.largestAmplitude`).
  public func withoutAutocorrelations() -> SkyLikelihood {
    let alone = unconditionedRows.flatMap { row -> [SkyRow] in
      let content = row.content
      return content.channels.indices.map { SkyRow(content.negativePower(of: $0)) }
    }
    let rest = SkyLikelihood(
      geometry: geometry, model: model, frequencies: frequencies, wavenumbers: wavenumbers,
      unconditionedRows: unconditionedRows + alone, rows: unconditionedRows + alone, offset: 0, knownSources: [])
    return knownSources.isEmpty ? rest : rest.conditioned(on: knownSources)
  }
}

extension SkyRowContent {
  /// One station on its own, to be taken away.
  ///
  /// - Parameter station: position in `channels`.
  fileprivate func negativePower(of station: Int) -> SkyRowContent {
    var single = restricted(to: [station])
    // The phases of one station do not matter: its columns are as good as one.
    single.columns = [
      (0..<binCount).map { bin in
        ComplexNumber(single.columns.reduce(0) { $0 + $1[bin].magnitudeSquared }.squareRoot())
      }
    ]
    single.weight = -weight
    return single
  }
}
