import Archive
import Protocol
import Topology

/// An archived stream beside what its node makes of the topology, the seed and the signals of which the running network was
/// told, block by block.
///
/// Nothing else that happened on the way has an influence on the second, so it stands for the undisturbed run. Blocks are
/// compared by their CRC-32C, sample numbers, flags and reasons; that the samples have those CRCs is what
/// `ArchiveVerification` shows.
public struct StreamComparison: Sendable, Codable {
  public var node: String
  /// Blocks that the whole stream has.
  public var blocks = 0
  /// Samples of each channel that the hub declared missing because the node was away.
  public var absentSamples: Int64 = 0
  /// Blocks that differ, or are not there although nothing declares them missing.
  public var differing = 0
  /// The first of them, in words.
  public var firstDifference: String?

  /// Makes the whole stream again and compares.
  /// - Parameters:
  ///   - name: a node of the archive.
  ///   - archive: of a run that was not injected with anything afterwards, when it was complete.
  /// - Throws: `ArchiveError`, ``NodeError/unknownNode(_:known:)``, or what the instrument's synthesis throws.
  public init(of name: String, in archive: ArchiveReader) throws {
    let topology = try archive.topology()
    guard let node = topology.nodes.first(where: { $0.name == name }),
      let stream = archive.streams.firstIndex(where: { $0.name == name })
    else { throw NodeError.unknownNode(name, known: topology.nodes.map(\.name)) }
    self.node = name
    let rows = try archive.index(stream: stream)
    let schedule = SignalSchedule(node: node, topology: topology)
    try schedule.follow(try archive.injections().compactMap(LiveSignal.init))
    let generator = BlockGenerator(
      source: try NodeSource(node: node, topology: topology), epoch: topology.epoch, stretch: StreamStretch(),
      pacer: Pacer(speed: .maximum, anchor: PaceAnchor()), schedule: schedule)
    var failure: (any Error)?
    generator.run { event in
      switch event {
      case .blocks(let made):
        for block in made {
          compare(block, with: blocks < rows.count ? rows[blocks] : nil)
          blocks += 1
        }
        generator.release(made)
      case .finished: break
      case .failed(let error): failure = error
      }
    }
    if let failure { throw failure }
    if rows.count > blocks { note("the archive has \(rows.count - blocks) blocks more") }
  }

  private mutating func compare(_ block: SampleBlock, with row: IndexRow?) {
    let header = block.header
    guard let row else { return note("block \(header.sequence) is not there") }
    guard row.firstSample == header.firstSample, row.count == header.sampleCount else {
      return note("block \(header.sequence) has other sample numbers")
    }
    if row.isAbsence {
      absentSamples += Int64(row.count)
      return
    }
    let isMissing = header.flags.contains(.allMissing)
    guard row.isEntirelyMissing == isMissing, row.hasMissing == header.flags.contains(.someMissing),
      row.reason == header.missingReason
    else { return note("block \(header.sequence) declares other samples missing") }
    if !isMissing, row.crc32c != header.payloadChecksum { note("block \(header.sequence) has other samples") }
  }

  private mutating func note(_ difference: String) {
    differing += 1
    firstDifference = firstDifference ?? difference
  }
}
