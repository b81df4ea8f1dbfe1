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
    // It has no direction: vector sensors record nothing of it.
    case .scalar: return nil
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
    let recorded = observer.sampleRate.recordedFrequencies(baseband: observer.baseband)
    /// Whether the node records anything of particles up to a speed in units of c.
    func isRecorded(_ speed: Double) -> Bool {
      restFrequency < recorded.highest && restFrequency * (1 + speed * speed / 2) > recorded.lowest
    }
    let inBlocks = components.indices.filter { isMadeInBlocks(components[$0], duration: duration) }
    var parts: [any RenderedField] = []
    if inBlocks.count < components.count, isRecorded(highestSpeed) {
      let envelope = try PlaneWaveEnvelope(line: self, signalIndex: signalIndex, observer: observer)
      parts.append(try CarriedEnvelope(RefinedEnvelope(envelope), observer: observer))
    }
    for index in inBlocks where isRecorded(speeds(of: components[index]).band.upperBound) {
      let envelope = try FrequencySkyEnvelope(
        line: self, component: index, signalIndex: signalIndex, observer: observer)
      parts.append(try CarriedEnvelope(envelope, observer: observer))
    }
    guard parts.count > 1 else { return parts.first }
    return FieldSum(parts)
  }
}

/// A field whose parts are made in different ways.
private final class FieldSum: RenderedField {
  let channelCount: Int
  private let parts: [any RenderedField]

  init(_ parts: [any RenderedField]) {
    channelCount = parts[0].channelCount
    self.parts = parts
  }

  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    for part in parts {
      part.add(
        firstSample: firstSample, count: count, displacements: displacements, to: output, channelStride: channelStride)
    }
  }
}
