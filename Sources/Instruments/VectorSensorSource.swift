import DarkMatter
import Numerics
import Sky
import Synthesis

/// The samples of one vector sensor: fields through its response and clock, plus its own noise, with its gaps.
///
/// Per sample the sum is: signals by ascending index, white noise, coloured noise, projection noise of spins. Not for use by
/// several threads at a time.
public final class VectorSensorSource: SampleSource {
  public let channelCount: Int
  public let sampleKind: SampleKind
  public private(set) var recordedSignals: [Int] = []

  private var signals: [any RenderedField] = []
  /// Readout noise: which independent noise, by its keys of the real and of the imaginary part, goes with which weight into
  /// which channel.
  private let noiseShares: [(channel: Int, keys: [UInt64], weight: Double)]
  private let whiteDeviation: Double
  /// The coloured part of each share.
  private let colouredNoise: [(channel: Int, blocks: OverlappedBlocks<ColouredNoise>)]
  private let projectionNoise: OverlappedBlocks<SpinNoise>?
  private let jitterKey: UInt64
  private let clock: ClockModel
  private let interval: Double
  private let schedule: GapSchedule
  private let displacements = AlignedBuffer(count: 1024)
  private let scratch = AlignedBuffer(count: 1024)

  /// - Parameters:
  ///   - sensor: axes, noise, response and spins.
  ///   - nodeName: from which the keys of noise and gaps are derived.
  ///   - site: of the node; one of the plan's.
  ///   - sampleRate: rate x synthesis block must be an even whole number.
  ///   - baseband: centre frequency in Hz of channels that record complex baseband, nil for real channels; times synthesis
  ///     block a whole number.
  ///   - clock: when samples are really taken.
  ///   - gaps: when none are.
  ///   - plan: what the nodes share.
  /// - Throws: `InstrumentError` naming the parameter at fault.
  public convenience init(
    sensor: VectorSensor, nodeName: String, site: Site, sampleRate: SampleRate, baseband: Double? = nil,
    clock: ClockModel = ClockModel(), gaps: DataGaps = DataGaps(), plan: ObservationPlan
  ) throws(InstrumentError) {
    let readout = try SensorReadout(sensor)
    try self.init(
      readout: readout, noise: sensor.noise,
      station: SamplingStation(
        nodeName: nodeName, site: site, sampleRate: sampleRate, baseband: baseband, clock: clock, gaps: gaps),
      plan: plan
    ) { noiseKeys throws(InstrumentError) in
      guard let spins = readout.spins else { return nil }
      return try sensor.projectionNoiseBlocks(
        spins, sampleRate: sampleRate, baseband: baseband, noiseKeys: noiseKeys)
    }
  }

  /// The samples of any instrument that follows vector fields linearly and has stationary noise.
  ///
  /// - Parameters:
  ///   - readout: how the field comes into the channels.
  ///   - noise: of each readout.
  ///   - station: where and when it samples.
  ///   - plan: what the nodes share.
  ///   - projectionNoise: makes the noise of spins from the first noise key of every channel; nil when there is none.
  /// - Throws: `InstrumentError` naming the parameter at fault.
  init(
    readout: SensorReadout, noise: NoiseModel, station: SamplingStation, plan: ObservationPlan,
    projectionNoise makeProjectionNoise: ([UInt64]) throws(InstrumentError) -> OverlappedBlocks<SpinNoise>? = { _ in
      nil
    }
  ) throws(InstrumentError) {
    let (sampleRate, baseband, clock) = (station.sampleRate, station.baseband, station.clock)
    try noise.validate()
    try clock.validate()
    if let baseband {
      try require(
        baseband >= sampleRate.hertz / 2, "the centre frequency of the baseband in Hz", baseband,
        "at least half the sample rate, \(sampleRate.hertz / 2)")
    }
    let node = nodeIdentifier(station.nodeName)
    channelCount = readout.channelCount
    sampleKind = SampleKind(baseband: baseband)
    self.clock = clock
    interval = sampleRate.interval
    schedule = try GapSchedule(station.gaps, sampleRate: sampleRate, seed: plan.seed, nodeIdentifier: node)
    let noiseKeys = (0..<max(channelCount, 2)).map { channel in
      (0..<2).map {
        Philox.derive(plan.seed, tag: RandomTag.noise, a: Int64(bitPattern: node), b: UInt32(2 * channel + $0))
      }
    }
    let shares = VectorSensorSource.noiseShares(readout, noiseKeys: noiseKeys)
    noiseShares = shares
    jitterKey = ClockModel.jitterKey(seed: plan.seed, nodeIdentifier: node)
    whiteDeviation = noise.whiteDeviation(sampleRate: sampleRate, kind: sampleKind)
    colouredNoise = shares.compactMap { share in
      noise.colouredBlocks(
        sampleRate: sampleRate, baseband: baseband, noiseKey: share.keys[0], weight: share.weight
      ).map { (share.channel, $0) }
    }
    projectionNoise = try makeProjectionNoise(noiseKeys.map { $0[0] })

    do {
      var observer = FieldObserver(
        seed: plan.seed, epoch: plan.epoch, blockNanoseconds: plan.synthesisBlock, duration: plan.duration,
        sites: plan.sites, siteIndex: try VectorSensorSource.index(of: station.site, in: plan), sampleRate: sampleRate,
        baseband: baseband, offset: clock.isConstant ? clock.offset + clock.error : 0, wanders: !clock.isConstant,
        readout: readout.observed(at: station.site))
      _ = try observer.recordedBins()
      for signal in plan.signals.sorted(by: { $0.index < $1.index }) {
        observer.seed = signal.seed ?? plan.seed
        let field = try signal.field.rendered(
          signalIndex: signal.index, activation: signal.activation, observer: observer)
        if let field {
          signals.append(field)
          recordedSignals.append(signal.index)
        }
      }
    } catch {
      throw .synthesis(error)
    }
  }

  public func render(firstSample: Int64, count: Int, into output: UnsafeMutablePointer<Double>) {
    let gaps = schedule.gaps(firstSample: firstSample, count: count)
    if gaps.reduce(0, { $0 + $1.samples.count }) == count {
      output.update(repeating: .nan, count: channelCount * count * sampleKind.size)
      return
    }
    // Doubles from one channel to the next.
    let stride = count * sampleKind.size
    output.update(repeating: 0, count: channelCount * stride)
    if clock.isConstant {
      for signal in signals {
        signal.add(firstSample: firstSample, count: count, displacements: nil, to: output, channelStride: stride)
      }
    } else {
      addWandering(firstSample: firstSample, count: count, to: output)
    }
    if whiteDeviation > 0 {
      for share in noiseShares {
        let (target, scale) = (output + share.channel * stride, share.weight * whiteDeviation)
        switch sampleKind {
        case .real:
          NormalDeviates.addWhite(
            UnsafeMutableBufferPointer(start: target, count: count), firstSample: firstSample, key: share.keys[0],
            scale: scale)
        case .complex:
          for (part, key) in share.keys.enumerated() {
            addWhite(firstSample: firstSample, count: count, key: key, scale: scale, to: target + part)
          }
        }
      }
    }
    for noise in colouredNoise {
      noise.blocks.add(
        firstSample: firstSample, count: count, to: output + noise.channel * stride, channelStride: stride)
    }
    projectionNoise?.add(firstSample: firstSample, count: count, to: output, channelStride: stride)
    for gap in gaps {
      for channel in 0..<channelCount {
        let start = channel * stride + Int(gap.samples.lowerBound - firstSample) * sampleKind.size
        (output + start).update(repeating: .nan, count: gap.samples.count * sampleKind.size)
      }
    }
  }

  public func gapReason(firstSample: Int64, count: Int) -> DataGaps.Reason? {
    schedule.gaps(firstSample: firstSample, count: count).first?.reason
  }

  public func isEntirelyMissing(firstSample: Int64, count: Int) -> Bool {
    count > 0 && schedule.gaps(firstSample: firstSample, count: count).reduce(0) { $0 + $1.samples.count } == count
  }

  /// The missing samples of a range, disjoint and in order.
  public func gaps(firstSample: Int64, count: Int) -> [SampleGap] {
    schedule.gaps(firstSample: firstSample, count: count)
  }

  private func addWandering(firstSample: Int64, count: Int, to output: UnsafeMutablePointer<Double>) {
    for start in stride(from: 0, to: count, by: displacements.count) {
      let run = min(displacements.count, count - start)
      let first = firstSample + Int64(start)
      clock.fillDisplacements(
        UnsafeMutableBufferPointer(start: displacements.pointer, count: run), firstSample: first, interval: interval,
        jitterKey: jitterKey)
      for signal in signals {
        signal.add(
          firstSample: first, count: run, displacements: displacements.pointer,
          to: output + start * sampleKind.size, channelStride: count * sampleKind.size)
      }
    }
  }

  /// Adds white noise to every second double: one part of complex samples.
  private func addWhite(
    firstSample: Int64, count: Int, key: UInt64, scale: Double, to output: UnsafeMutablePointer<Double>
  ) {
    for start in stride(from: 0, to: count, by: scratch.count) {
      let run = min(scratch.count, count - start)
      NormalDeviates.fillWhite(
        UnsafeMutableBufferPointer(start: scratch.pointer, count: run), firstSample: firstSample + Int64(start),
        key: key, scale: scale)
      for j in 0..<run { output[2 * (start + j)] += scratch.pointer[j] }
    }
  }

  /// One noise for every channel, or the mixtures of A's and B's in the components of a pair.
  private static func noiseShares(
    _ readout: SensorReadout, noiseKeys: [[UInt64]]
  ) -> [(channel: Int, keys: [UInt64], weight: Double)] {
    (0..<readout.channelCount).flatMap { channel -> [(channel: Int, keys: [UInt64], weight: Double)] in
      guard let weights = readout.spins?.readoutNoiseWeights(channel) else { return [(channel, noiseKeys[channel], 1)] }
      return zip(noiseKeys, weights).filter { $0.1 != 0 }.map { (channel, $0.0, $0.1) }
    }
  }

  private static func index(of site: Site, in plan: ObservationPlan) throws(SynthesisError) -> Int {
    var seen: Set<Site> = []
    for listed in plan.sites where !seen.insert(listed).inserted { throw .repeatedSite(listed) }
    guard let index = plan.sites.firstIndex(of: site) else { throw .unlistedSite(site) }
    return index
  }
}
