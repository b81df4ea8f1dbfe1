import Numerics

/// A field made in overlapped blocks of amplitudes (vector-network section 9.4), as one node records it.
final class BlockField<Amplitudes: BlockAmplitudes>: RenderedField {
  private enum Sampling {
    /// All instants off the grid by whole samples and a fraction that the amplitudes carry.
    case steady(OverlappedBlocks<RespondingAmplitudes<Amplitudes>>, shift: Int64)
    case wandering(InterpolatedBlocks<RespondingAmplitudes<Amplitudes>>)
  }

  let channelCount: Int
  private let sampling: Sampling

  /// - Parameters:
  ///   - amplitudes: one channel for each vector of the observer's readout basis.
  ///   - frequencies: Hz of the bins.
  /// - Throws: `SynthesisError.blockDoesNotFit`.
  init(_ amplitudes: Amplitudes, frequencies: [Double], observer: FieldObserver) throws(SynthesisError) {
    let blockLength = try observer.blockLength()
    let interval = observer.sampleRate.interval
    let shift = SampleShift(seconds: observer.offset, sampleRate: observer.sampleRate)
    let carrierBin = try observer.carrierBin()
    // The oscillator that a complex channel is mixed with keeps the node's time too: a late sample has the whole
    // phase -2πf x delay, of which shifted samples have only that of the distance from the centre frequency.
    let shiftedCycles = (observer.baseband ?? 0) * (Double(shift.whole) * interval)
    let responding = RespondingAmplitudes(
      amplitudes, readout: observer.readout, frequencies: frequencies, recordedBins: try observer.recordedBins(),
      delay: observer.wanders ? 0 : shift.fraction * interval,
      phase: observer.wanders ? 0 : -2 * .pi * shiftedCycles.remainder(dividingBy: 1))
    channelCount = responding.channelCount
    sampling =
      observer.wanders
      ? .wandering(
        InterpolatedBlocks(
          responding, blockLength: blockLength, interval: interval, carrierBin: carrierBin))
      : .steady(
        OverlappedBlocks(
          responding, blockLength: blockLength, fraction: shift.fraction, carrierBin: carrierBin),
        shift: shift.whole)
  }

  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    switch sampling {
    case .steady(let blocks, let shift):
      blocks.add(firstSample: firstSample + shift, count: count, to: output, channelStride: channelStride)
    case .wandering(let blocks):
      guard let displacements else { preconditionFailure("sampling that wanders has displacements") }
      blocks.add(
        firstSample: firstSample, count: count, displacements: displacements, to: output,
        channelStride: channelStride)
    }
  }
}
