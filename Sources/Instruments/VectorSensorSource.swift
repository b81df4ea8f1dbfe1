import DarkMatter
import Numerics
import Sky
import Synthesis

/// The samples of one vector sensor: fields through its response and clock, plus its own noise, with its gaps.
///
/// Per sample the sum is: signals by ascending index, white noise, coloured noise. Not for use by several threads at a
/// time.
public final class VectorSensorSource: SampleSource {
  public let channelCount: Int

  private var signals: [any RenderedField] = []
  private let colouredNoise: [OverlappedBlocks<ColouredNoise>]
  private let whiteDeviation: Double
  private let noiseKeys: [UInt64]
  private let jitterKey: UInt64
  private let clock: ClockModel
  private let interval: Double
  private let schedule: GapSchedule
  private let displacements = AlignedBuffer(count: 1024)

  /// - Parameters:
  ///   - sensor: axes, noise and response.
  ///   - nodeName: from which the keys of noise and gaps are derived.
  ///   - site: of the node; one of the plan's.
  ///   - sampleRate: rate x synthesis block must be an even whole number.
  ///   - clock: when samples are really taken.
  ///   - gaps: when none are.
  ///   - plan: what the nodes share.
  /// - Throws: `InstrumentError` naming the parameter at fault.
  public init(
    sensor: VectorSensor, nodeName: String, site: Site, sampleRate: SampleRate, clock: ClockModel = ClockModel(),
    gaps: DataGaps = DataGaps(), plan: ObservationPlan
  ) throws(InstrumentError) {
    guard !sensor.axes.isEmpty else { throw .noAxes }
    try sensor.noise.validate()
    try sensor.response.validate()
    try clock.validate()
    let node = nodeIdentifier(nodeName)
    channelCount = sensor.axes.count
    self.clock = clock
    interval = sampleRate.interval
    schedule = try GapSchedule(gaps, sampleRate: sampleRate, seed: plan.seed, nodeIdentifier: node)
    let noiseKeys = sensor.axes.indices.map {
      Philox.derive(plan.seed, tag: RandomTag.noise, a: Int64(bitPattern: node), b: UInt32(2 * $0))
    }
    self.noiseKeys = noiseKeys
    jitterKey = ClockModel.jitterKey(seed: plan.seed, nodeIdentifier: node)
    whiteDeviation = sensor.noise.whiteDeviation(sampleRate: sampleRate)
    colouredNoise = noiseKeys.compactMap { sensor.noise.colouredBlocks(sampleRate: sampleRate, noiseKey: $0) }

    do {
      let directions = sensor.axes.map { $0.direction.earthFixed(at: site) }
      let observer = FieldObserver(
        seed: plan.seed, epoch: plan.epoch, blockNanoseconds: plan.synthesisBlock, duration: plan.duration,
        sites: plan.sites, siteIndex: try VectorSensorSource.index(of: site, in: plan), sampleRate: sampleRate,
        offset: clock.isConstant ? clock.offset + clock.error : 0, wanders: !clock.isConstant,
        readout: FieldObserver.Readout(basis: directions, channelCount: directions.count) { channel, basis, frequency in
          channel == basis ? sensor.response.value(at: frequency) : .zero
        })
      try observer.blockLength()
      for signal in plan.signals.sorted(by: { $0.index < $1.index }) {
        if let field = try signal.field.rendered(signalIndex: signal.index, observer: observer) {
          signals.append(field)
        }
      }
    } catch {
      throw .synthesis(error)
    }
  }

  public func render(firstSample: Int64, count: Int, into output: UnsafeMutablePointer<Double>) {
    let gaps = schedule.gaps(firstSample: firstSample, count: count)
    if gaps.reduce(0, { $0 + $1.samples.count }) == count {
      output.update(repeating: .nan, count: channelCount * count)
      return
    }
    output.update(repeating: 0, count: channelCount * count)
    if clock.isConstant {
      for signal in signals {
        signal.add(firstSample: firstSample, count: count, displacements: nil, to: output, channelStride: count)
      }
    } else {
      addWandering(firstSample: firstSample, count: count, to: output)
    }
    if whiteDeviation > 0 {
      for channel in 0..<channelCount {
        NormalDeviates.addWhite(
          UnsafeMutableBufferPointer(start: output + channel * count, count: count), firstSample: firstSample,
          key: noiseKeys[channel], scale: whiteDeviation)
      }
    }
    for (channel, noise) in colouredNoise.enumerated() {
      noise.add(firstSample: firstSample, count: count, to: output + channel * count, channelStride: count)
    }
    for gap in gaps {
      for channel in 0..<channelCount {
        let start = channel * count + Int(gap.samples.lowerBound - firstSample)
        (output + start).update(repeating: .nan, count: gap.samples.count)
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
          firstSample: first, count: run, displacements: displacements.pointer, to: output + start,
          channelStride: count)
      }
    }
  }

  private static func index(of site: Site, in plan: ObservationPlan) throws(SynthesisError) -> Int {
    var seen: Set<Site> = []
    for listed in plan.sites where !seen.insert(listed).inserted { throw .repeatedSite(listed) }
    guard let index = plan.sites.firstIndex(of: site) else { throw .unlistedSite(site) }
    return index
  }
}
