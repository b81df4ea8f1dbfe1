import Correlator
import Instruments
import Numerics
import Protocol
import Sky
import Topology

/// The streams of a run as the hub lays them out in memory: channels, slabs, ledgers and bands.
struct HubLayout: Sendable {
  struct Stream: Sendable {
    var name: String
    var identifier: UInt64
    var channels: [String]
    var rate: SampleRate
    /// Centre frequency in Hz of complex samples, nil for real ones.
    var baseband: Double?
    var blockSamples: Int
    /// Samples of each channel in the run.
    var length: Int64
    /// Samples of each channel in one slab.
    var slabSamples: Int

    var kind: SampleKind { SampleKind(baseband: baseband) }
    var sampleType: BlockHeader.SampleType { BlockHeader.SampleType(baseband: baseband) }
  }

  var streams: [Stream]
  var bands: [BandPlan]
  /// Nanoseconds of one slab.
  var slab: Int64
  var duration: Int64
  var epoch: GPSTime

  /// Bytes of the ring that are aimed at: what fits the last-level cache of common machines.
  static let ringBytes = 40 << 20
  /// Samples of one chunk of a channel's dataset; slabs of whole chunks are archived without a copy.
  static let chunk: Int64 = 16384

  /// - Throws: `BandPlanError` or ``TopologyError`` when the topology does not fit together.
  init(topology: NetworkTopology) throws {
    duration = topology.duration
    epoch = topology.epoch
    bands = try topology.bandPlans()
    var lengths: [Int64] = []
    for node in topology.nodes { lengths.append(try topology.sampleCount(of: node)) }
    let slab = Self.slabLength(topology: topology)
    self.slab = slab
    streams = zip(topology.nodes, lengths).map { node, length in
      Stream(
        name: node.name, identifier: nodeIdentifier(node.name), channels: node.channelNames, rate: node.sampleRate,
        baseband: node.baseband, blockSamples: node.blockSamples, length: length,
        slabSamples: Int(node.sampleRate.samples(inNanoseconds: slab) ?? 0))
    }
  }

  /// The longest segment in nanoseconds of the bands that a stream takes part in.
  ///
  /// - Parameter channel: the number of its first channel.
  private func longestSegment(ofChannel channel: Int) -> Int64 {
    bands.filter { !$0.absentChannels.contains(channel) }.map(\.segment).max() ?? 0
  }

  /// The memory for the newest samples of all streams.
  func ring() -> SampleRing {
    var channel = 0
    return SampleRing(
      layout: streams.map { stream in
        let longest = longestSegment(ofChannel: channel)
        channel += stream.channels.count
        return (
          channels: stream.channels.count, sampleSize: stream.kind.size, slabSamples: stream.slabSamples,
          carry: Int(stream.rate.samples(inNanoseconds: longest) ?? 0), length: stream.length
        )
      })
  }

  /// A stretch of time in which every stream has a whole number of samples, the largest that keeps the ring small.
  ///
  /// Preferred are whole chunks of the fastest stream, else the longest segment where that is whole for all, else about as much
  /// as a chunk.
  private static func slabLength(topology: NetworkTopology) -> Int64 {
    let nodes = topology.nodes
    func isWhole(_ nanoseconds: Int64) -> Bool {
      nodes.allSatisfy { $0.sampleRate.samples(inNanoseconds: nanoseconds) != nil }
    }
    func bytes(_ nanoseconds: Int64) -> Double {
      nodes.reduce(0) {
        $0 + Double(nanoseconds) * 1e-9 * $1.sampleRate.hertz * Double(8 * $1.sampleKind.size * $1.channelNames.count)
      } * Double(SampleRing.slots)
    }
    let segment = topology.bands.map(\.segment).max() ?? commonPeriod(of: nodes.map(\.sampleRate))
    let fastest = nodes.map(\.sampleRate).max { $0.hertz < $1.hertz } ?? SampleRate(1)
    let chunkTime = (chunk * fastest.denominator * 1_000_000_000).quotientAndRemainder(dividingBy: fastest.numerator)
    var unit = segment
    if chunkTime.remainder == 0, isWhole(chunkTime.quotient) {
      unit = chunkTime.quotient
    } else if !isWhole(segment) {
      let period = commonPeriod(of: nodes.map(\.sampleRate))
      unit = period * max(1, chunkTime.quotient / period)
    }
    var length = unit
    while length < segment { length += unit }
    while bytes(length + unit) <= Double(ringBytes), length < topology.duration, length < 4 * unit { length += unit }
    return length
  }

  /// The shortest time of a second or more that is a whole number of samples at every rate, in nanoseconds.
  ///
  /// - Returns: 1 s when such a time is longer than any run.
  static func commonPeriod(of rates: [SampleRate]) -> Int64 {
    let second: Int64 = 1_000_000_000
    func divisor(_ a: Int64, _ b: Int64) -> Int64 { b == 0 ? a : divisor(b, a % b) }
    var period: Int64 = 1
    for rate in rates {
      let ticks = rate.denominator.multipliedReportingOverflow(by: second)
      guard !ticks.overflow else { return second }
      // A whole number of samples lasts a multiple of this.
      let unit = ticks.partialValue / divisor(ticks.partialValue, rate.numerator)
      let common = (period / divisor(period, unit)).multipliedReportingOverflow(by: unit)
      guard !common.overflow else { return second }
      period = common.partialValue
    }
    return period >= second ? period : (second + period - 1) / period * period
  }
}
