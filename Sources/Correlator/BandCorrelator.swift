import CKernels
import Numerics
import Sky

/// Turns segments of samples into cross-spectral matrices: the correlator of one wide band.
///
/// All channels share the segment duration, not the rate, so that their bins line up (design: the FX correlator). The
/// F-engine transforms each segment of each channel, the X-engine sums X X^H per bin over the segments of an
/// integration. The sums run over batches that begin at multiples of `batchSegments` from the start of an integration
/// and are cut where the set of channels changes; an incomplete batch waits inside. So the results depend, to the last
/// bit, neither on the workers nor on how the segments are dealt out to calls of `add`.
///
/// Memory: 16 bytes × bins × channels × `batchSegments` for the batch and 8 bytes × bins × n (n + 1) for every set of
/// n channels that occurs in one integration. The owner decides which thread calls; calls must not overlap.
public final class BandCorrelator {
  public let plan: BandPlan
  public let channelCount: Int
  /// Segments that go to the X-engine together.
  public let batchSegments: Int
  private let workers: Int
  private let instructionSet: Int32
  /// One for each channel; nil for those that take no part.
  private let transforms: [SegmentTransform?]
  private let workspaces: [SegmentTransform.Workspace]
  private let batch: SpectrumBatch
  /// The segment at slot 0 of the batch.
  private var batchStart: Int64 = 0
  private var batchIsEmpty = true
  /// The segment after the last one added.
  private var nextSegment = Int64.min
  private var integration = Int64.min
  /// One sum for every set of channels of the integration, in order of first appearance.
  private var sums: [ProductSum] = []
  /// Sums at zero, kept for the next integration.
  private var spareSum: ProductSum?
  private let memory: MatrixMemory
  private var runs: [(sum: ProductSum, slot: Int, count: Int)] = []

  /// Prepares the correlation of a band.
  ///
  /// - Parameters:
  ///   - plan: the band; its bins must lie above zero and within what every channel records: below its Nyquist frequency, or
  ///     less than half its rate from its centre frequency.
  ///   - sampleRates: of every channel; segment and hop must be whole numbers of samples where the channel takes part.
  ///   - basebands: for every channel its centre frequency in Hz when it is complex baseband, nil when it is real; times
  ///     segment it must be a whole number. Empty when all are real.
  ///   - workers: threads that work at the same time; no influence on the result.
  ///   - instructionSet: of the X-engine (a constant of CKernels); those with and without fused multiplication and
  ///     addition differ in the last bits. One that the processor lacks is replaced by the best it has.
  ///   - memory: where matrices that were handed out come back to, if they do.
  /// - Throws: `BandCorrelatorError`.
  public init(
    plan: BandPlan, sampleRates: [SampleRate], basebands: [Double?] = [], workers: Int,
    instructionSet: Int32 = gnomon_isa(), memory: MatrixMemory = MatrixMemory()
  ) throws {
    precondition(
      basebands.isEmpty || basebands.count == sampleRates.count, "every channel is real or has a centre frequency")
    let band = plan.name
    guard !sampleRates.isEmpty else { throw BandCorrelatorError.noChannels(band: band) }
    guard workers >= 1 else { throw BandCorrelatorError.workersNotPositive(workers) }
    let positive: [(String, Int64)] = [
      ("segment", plan.segment), ("hop", plan.hop), ("segmentsPerIntegration", Int64(plan.segmentsPerIntegration)),
      ("firstBin", Int64(plan.firstBin)), ("binCount", Int64(plan.binCount)),
    ]
    for (key, value) in positive where value < 1 { throw BandCorrelatorError.planNotPositive(band: band, key: key) }
    struct Sampling: Hashable {
      var rate: SampleRate
      var baseband: Double?
    }
    var known: [Sampling: SegmentTransform] = [:]
    transforms = try sampleRates.enumerated().map { channel, rate -> SegmentTransform? in
      if plan.absentChannels.contains(channel) { return nil }
      let baseband = basebands.isEmpty ? nil : basebands[channel]
      if let made = known[Sampling(rate: rate, baseband: baseband)] { return made }
      guard let length = plan.samplesPerSegment(at: rate) else {
        throw BandCorrelatorError.segmentNotWhole(band: band, channel: channel, rate: rate, segment: plan.segment)
      }
      guard let hop = plan.samplesPerHop(at: rate) else {
        throw BandCorrelatorError.hopNotWhole(band: band, channel: channel, rate: rate, hop: plan.hop)
      }
      let lastBin = plan.firstBin + plan.binCount - 1
      var carrierCycles: Int64?
      if let baseband {
        guard let cycles = wholeCycles(of: baseband, inNanoseconds: plan.segment), cycles > 0 else {
          throw BandCorrelatorError.basebandNotWhole(
            band: band, channel: channel, frequency: baseband, segment: plan.segment)
        }
        guard 2 * max(abs(plan.firstBin - Int(cycles)), abs(lastBin - Int(cycles))) < length else {
          throw BandCorrelatorError.outsideBaseband(band: band, channel: channel, rate: rate, frequency: baseband)
        }
        carrierCycles = cycles
      } else if 2 * lastBin >= length {
        throw BandCorrelatorError.aboveNyquist(
          band: band, channel: channel, rate: rate, frequency: plan.frequency(plan.binCount - 1))
      }
      let made = SegmentTransform(plan: plan, rate: rate, carrierCycles: carrierCycles, length: length, hop: hop)
      known[Sampling(rate: rate, baseband: baseband)] = made
      return made
    }
    self.plan = plan
    self.memory = memory
    self.workers = workers
    self.instructionSet = min(instructionSet, gnomon_isa_detected())
    channelCount = sampleRates.count
    batchSegments = min(64, plan.segmentsPerIntegration)
    let batch = SpectrumBatch(capacity: batchSegments, channels: sampleRates.count, bins: plan.binCount)
    self.batch = batch
    let transforms = transforms
    workspaces = (0..<workers).map { _ in
      SegmentTransform.Workspace(for: transforms.compactMap { $0 }, groups: batch.groups)
    }
  }

  /// Adds consecutive segments and hands out the integrations that they complete.
  ///
  /// A channel is absent from a segment in which any of its samples, or one part of it, is NaN. Segments that are skipped between calls
  /// count as segments without channels.
  ///
  /// - Parameters:
  ///   - firstSegment: its number; segment s starts s × hop after the epoch. Not below the end of the previous call.
  ///   - count: number of segments.
  ///   - samples: for every channel its samples from the start of the first segment to the end of the last one, nil when
  ///     it has none; complex ones as pairs of real and imaginary part. They are read during the call only.
  ///   - clockOffsets: seconds, true minus nominal time of the samples, in the order [channel][segment]; empty when all
  ///     are zero.
  ///   - emit: receives integrations in ascending order, within one the sets of channels in order of first appearance,
  ///     as soon as the last segment of the integration is there. An integration in which no segment has any channel is
  ///     not handed out. When it throws, the correlator has lost that integration and must not be used further.
  public func add(
    firstSegment: Int64, count: Int, samples: [UnsafePointer<Double>?], clockOffsets: [Double] = [],
    emit: (CrossSpectra) throws -> Void
  ) rethrows {
    precondition(firstSegment >= nextSegment, "segments must be added in ascending order")
    precondition(samples.count == channelCount, "every channel needs its samples, or nil")
    precondition(
      clockOffsets.isEmpty || clockOffsets.count == channelCount * count,
      "clock offsets are given for every channel and segment, or not at all")
    let size = Int64(plan.segmentsPerIntegration)
    var done = 0
    while done < count {
      let segment = firstSegment + Int64(done)
      let itsIntegration = plan.integration(ofSegment: segment)
      if itsIntegration != integration {
        try finishIntegration(emit)
        integration = itsIntegration
      }
      let position = Int(segment - integration * size)
      let slot = position % batchSegments
      if segment - Int64(slot) != batchStart {
        correlateBatch()
        batchStart = segment - Int64(slot)
      }
      let here = min(count - done, batchSegments - slot, plan.segmentsPerIntegration - position)
      transform(
        samples, segment: segment, from: done, count: here, of: count, slot: slot, clockOffsets: clockOffsets)
      batchIsEmpty = false
      done += here
      nextSegment = segment + Int64(here)
      if slot + here == batchSegments { correlateBatch() }
      if position + here == plan.segmentsPerIntegration { try finishIntegration(emit) }
    }
  }

  /// Hands out the last, possibly incomplete integration; afterwards segments of later integrations may be added.
  public func finish(emit: (CrossSpectra) throws -> Void) rethrows {
    try finishIntegration(emit)
    nextSegment = integration == .min ? nextSegment : (integration + 1) * Int64(plan.segmentsPerIntegration)
  }

  // The F-engine: pieces are up to 16 segments of one channel.
  private func transform(
    _ samples: [UnsafePointer<Double>?], segment: Int64, from first: Int, count: Int, of total: Int, slot: Int,
    clockOffsets: [Double]
  ) {
    let pieceSegments = 16
    let piecesPerChannel = (count + pieceSegments - 1) / pieceSegments
    forEachPiece(channelCount * piecesPerChannel, workers: workers) { worker, piece in
      let (channel, part) = piece.quotientAndRemainder(dividingBy: piecesPerChannel)
      guard let start = samples[channel], let transform = transforms[channel] else { return }
      for index in part * pieceSegments..<min(count, (part + 1) * pieceSegments) {
        transform.run(
          start + (first + index) * transform.hop * transform.sampleSize, segment: segment + Int64(index),
          clockOffset: clockOffsets.isEmpty ? 0 : clockOffsets[channel * total + first + index],
          into: batch, channel: channel, slot: slot + index, workspace: workspaces[worker])
      }
    }
  }

  // The X-engine: pieces are four groups of bins.
  private func correlateBatch() {
    guard !batchIsEmpty else { return }
    runs.removeAll(keepingCapacity: true)
    var slot = 0
    while slot < batchSegments {
      let end = batch.runEnd(from: slot, below: batchSegments)
      if batch.present(slot: slot).contains(true) {
        let sum = sum(of: batch.present(slot: slot))
        sum.segments += end - slot
        runs.append((sum, slot, end - slot))
      }
      slot = end
    }
    forEachGroup { group in
      for run in runs {
        run.sum.add(batch, group: group, slot: run.slot, count: run.count, instructionSet: instructionSet)
      }
    }
    batch.clear()
    batchIsEmpty = true
  }

  private func sum(of present: UnsafeBufferPointer<Bool>) -> ProductSum {
    if let known = sums.first(where: { $0.present.elementsEqual(present) }) { return known }
    let sum: ProductSum
    if let spare = spareSum, spare.present.elementsEqual(present) {
      sum = spare
      spareSum = nil
    } else {
      sum = ProductSum(present: present, groups: batch.groups)
    }
    sums.append(sum)
    return sum
  }

  private func finishIntegration(_ emit: (CrossSpectra) throws -> Void) rethrows {
    correlateBatch()
    guard !sums.isEmpty else { return }
    let complete = sums
    sums.removeAll(keepingCapacity: true)
    for sum in complete {
      let count = plan.binCount * 2 * channelCount * channelCount
      var values = memory.take(count: count) ?? Self.largePages(count: count)
      values.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        forEachGroup { group in sum.takeMean(group: group, binCount: plan.binCount, into: start) }
      }
      let segments = sum.segments
      sum.segments = 0
      try emit(CrossSpectra(integration: integration, segments: segments, present: sum.present, values: values))
    }
    spareSum = complete.first
  }

  /// Values that have none yet.
  private static func largePages(count: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { gnomon_prefer_large_pages(start, count * MemoryLayout<Double>.stride) }
      initialized = count
    }
  }

  private func forEachGroup(_ body: (Int) -> Void) {
    let pieceGroups = 4
    forEachPiece((batch.groups + pieceGroups - 1) / pieceGroups, workers: workers) { _, piece in
      for group in piece * pieceGroups..<min(batch.groups, (piece + 1) * pieceGroups) { body(group) }
    }
  }
}
