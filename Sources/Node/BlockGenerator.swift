import CKernels
import Foundation
import Instruments
import Protocol
import Sky
import Threads
import Topology

/// Renders a node's samples block by block on a thread of its own.
///
/// Blocks come from a fixed pool, so a slow hub makes the generator wait: memory is bounded by the pool.
final class BlockGenerator: BlockSource {
  /// What the generator tells the thread that sends.
  enum Event: Sendable {
    case block(SampleBlock)
    case finished
    case failed(any Error)
  }

  private let free: BoundedQueue<SampleBlock>
  private let source: NodeSource
  private var node: Topology.Node { source.node }
  private let epoch: GPSTime
  private let pacer: Pacer

  /// - Parameter poolSize: blocks that exist at the same time.
  init(source: NodeSource, epoch: GPSTime, pacer: Pacer, poolSize: Int) {
    self.source = source
    self.epoch = epoch
    self.pacer = pacer
    free = BoundedQueue(capacity: poolSize)
    for _ in 0..<poolSize {
      free.push(
        SampleBlock(
          stream: source.stream, channelCount: source.channels.count,
          sampleType: .init(baseband: source.node.baseband), blockSamples: source.node.blockSamples))
    }
  }

  /// Gives a block back once the hub has it for good.
  func recycle(_ block: SampleBlock) {
    free.push(block)
  }

  /// Ends the generator before its next block.
  func stop() {
    pacer.stop()
    free.close()
  }

  /// Renders from a given block to the end of the run, or to ``stop()``.
  func run(nextSequence: UInt64, nextSample: Int64, deliver: (Event) -> Void) {
    var sequence = nextSequence
    var sample = nextSample
    let length = source.length
    do {
      let samples = try source.makeSampleSource()
      precondition(samples.sampleKind == node.sampleKind, "a source makes the samples that its node announces")
      pacer.start(atSample: nextSample, rate: node.sampleRate)
      while sample < length, !pacer.isStopped, let block = free.pop() {
        let count = Int(min(Int64(node.blockSamples), length - sample))
        guard pacer.wait(forSample: sample + Int64(count)) else { break }
        try fill(block, from: samples, sequence: sequence, firstSample: sample, count: count)
        deliver(.block(block))
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
