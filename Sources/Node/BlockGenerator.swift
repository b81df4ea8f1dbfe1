import CKernels
import Foundation
import Instruments
import Protocol
import Sky
import Threads
import Topology

/// Renders a node's samples block by block.
///
/// Blocks come from a fixed pool, so a slow hub makes the generator wait: memory is bounded by the pool.
final class BlockGenerator: BlockSource {
  private let free: BoundedQueue<SampleBlock>
  private let source: NodeSource
  private let node: Topology.Node
  private let epoch: GPSTime
  private let stretch: StreamStretch
  private let pacer: Pacer
  private let schedule: SignalSchedule

  /// - Parameter schedule: what the samples carry.
  init(source: NodeSource, epoch: GPSTime, stretch: StreamStretch, pacer: Pacer, schedule: SignalSchedule) {
    self.schedule = schedule
    self.source = source
    self.epoch = epoch
    self.stretch = stretch
    node = source.node
    self.pacer = pacer
    let blocks = source.makeBlocks()
    free = BoundedQueue(capacity: blocks.count)
    for block in blocks { free.push(block) }
  }

  func release(_ blocks: [SampleBlock]) { free.push(contentsOf: blocks) }

  func stop() {
    pacer.stop()
    schedule.wake()
    free.close()
  }

  func run(deliver: (BlockEvent) -> Void) {
    var sequence = stretch.firstSequence
    var sample = stretch.firstSample
    let end = min(stretch.endSample ?? source.length, source.length)
    do {
      var edition = schedule.current
      var samples = try source.makeSampleSource(plan: edition.plan)
      precondition(samples.sampleKind == node.sampleKind, "a source makes the samples that its node announces")
      pacer.start(atSample: sample, rate: node.sampleRate)
      while sample < end, !pacer.isStopped, let block = free.pop() {
        let count = Int(min(Int64(node.blockSamples), end - sample))
        guard pacer.wait(forSample: sample + Int64(count)),
          let present = schedule.admit(samplesBelow: sample + Int64(count), unless: { pacer.isStopped })
        else { break }
        if present.number != edition.number {
          // Any sample can be made alone, so those before the change keep their bits.
          edition = present
          samples = try source.makeSampleSource(plan: edition.plan)
        }
        try fill(block, from: samples, sequence: sequence, firstSample: sample, count: count)
        deliver(.blocks([block]))
        sequence += 1
        sample += Int64(count)
      }
      deliver(.finished)
    } catch {
      deliver(.failed(error))
    }
  }

  private func fill(
    _ block: SampleBlock, from source: any SampleSource, sequence: UInt64, firstSample: Int64, count: Int
  ) throws {
    var header = block.header
    header.sequence = sequence
    header.firstSample = firstSample
    header.sampleCount = UInt32(count)
    header.time = node.sampleRate.time(ofSample: firstSample, epoch: epoch)
    header.clockOffset = node.clock.offset + node.clock.drift * header.time.seconds(since: epoch)
    header.clockUncertainty = node.clock.uncertainty
    header.flags = []
    header.missingReason = 0
    if let reason = source.gapReason(firstSample: firstSample, count: count) {
      header.missingReason = reason.rawValue
      header.flags =
        source.isEntirelyMissing(firstSample: firstSample, count: count) ? [.allMissing, .someMissing] : .someMissing
    }
    block.header = header
    if !header.flags.contains(.allMissing) {
      try source.render(firstSample: firstSample, count: count, into: block.output)
    }
    block.header.payloadChecksum = gnomon_crc32c(0, block.payload.baseAddress, block.payload.count)
  }
}
