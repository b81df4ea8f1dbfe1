import DarkMatter

extension FieldModel {
  /// Makes the field as one node records it.
  ///
  /// - Parameters:
  ///   - signalIndex: number of the signal among all of the run; it selects the random numbers.
  ///   - observer: the node.
  /// - Returns: nil when the node records none of the field's frequencies.
  /// - Throws: `SynthesisError`.
  public func rendered(signalIndex: Int, observer: FieldObserver) throws(SynthesisError) -> (any RenderedField)? {
    switch self {
    case .isotropic(let background):
      let field = try IsotropicField(
        background: background, signalIndex: signalIndex, seed: observer.seed,
        blockNanoseconds: observer.blockNanoseconds, sites: observer.sites, siteIndex: observer.siteIndex,
        directions: observer.readout.basis, recordedBins: try observer.recordedBins())
      guard field.binCount > 0 else { return nil }
      return try BlockField(field, frequencies: field.frequencies, observer: observer)
    case .transient(let event): return try event.rendered(signalIndex: signalIndex, observer: observer)
    case .anisotropic(let anisotropic):
      let field = try AnisotropicField(
        field: anisotropic, signalIndex: signalIndex, seed: observer.seed, epoch: observer.epoch,
        blockNanoseconds: observer.blockNanoseconds, sites: observer.sites, siteIndex: observer.siteIndex,
        directions: observer.readout.basis, recordedBins: try observer.recordedBins())
      guard field.binCount > 0 else { return nil }
      return try BlockField(field, frequencies: field.frequencies, observer: observer)
    case .line(let line):
      return try line.rendered(signalIndex: signalIndex, observer: observer)
    }
  }
}

extension DarkMatterLine {
  fileprivate func rendered(
    signalIndex: Int, observer: FieldObserver
  ) throws(SynthesisError) -> (any RenderedField)? {
    do { try validate() } catch { throw .badLine(index: signalIndex, reason: error) }
    let duration = Double(observer.duration) * 1e-9
    guard duration <= longestPlaneWaveRun else {
      throw .runTooLong(index: signalIndex, duration: duration, longest: longestPlaneWaveRun)
    }
    let recorded = observer.sampleRate.recordedFrequencies(baseband: observer.baseband)
    let highest = restFrequency * (1 + highestSpeed * highestSpeed / 2)
    guard restFrequency < recorded.highest, highest > recorded.lowest else { return nil }
    let envelope = try PlaneWaveEnvelope(line: self, signalIndex: signalIndex, observer: observer)
    return try CarriedEnvelope(RefinedEnvelope(envelope), observer: observer)
  }
}
