import Archive
import CKernels
import Foundation
import Protocol

/// Blocks: checked, placed in the ring, or refused with the reason.
extension Receiver {
  func handleBlock() throws {
    let identity = Data(identityFrame.bytes)
    guard let index = stream(ofSender: identity) else {
      return try refuseStranger(identity)
    }
    streams[index].lastHeard = .now
    do throws(BlockRefusal) {
      let header = try BlockHeader(decoding: headFrame.bytes)
      if let goodbye = streams[index].goodbye, header.sequence >= goodbye.blocks {
        throw .afterGoodbye(sequence: header.sequence, blocks: goodbye.blocks)
      }
      // Of a stream that has ended nothing is lacking.
      guard !streams[index].ended else { return }
      if header.sequence < streams[index].ledger.nextSequence {
        return try takeLate(header, stream: index)
      }
      try streams[index].ledger.check(header, payloadSize: payloadFrame.count)
      let missing = try place(header, stream: index)
      streams[index].ledger.accept(header, missing: missing)
      streams[index].pendingRows.append(IndexRow(header))
      if header.clockOffset != streams[index].clockOffset {
        streams[index].clockOffset = header.clockOffset
        streams[index].clock.append(.init(firstSample: header.firstSample, offset: header.clockOffset))
      }
      endWhenAllIsIn(index)
    } catch {
      try refuse(error, stream: index)
    }
  }

  private func refuse(_ refusal: BlockRefusal, stream index: Int) throws {
    streams[index].ledger.count(refusal)
    progress.update { progress in
      if case .duplicate = refusal { progress.duplicates += 1 } else { progress.refused += 1 }
    }
    warn("\(layout.streams[index].name):", "\(refusal)", code: refusal.code)
    if case .duplicate(let sequence) = refusal {
      // Perhaps its acknowledgement was lost.
      if sequence < streams[index].durable { try acknowledge(index, late: [sequence]) }
      return
    }
    let resume = streams[index].ledger.nextSequence
    try send(.refused(.init(code: refusal.code, detail: refusal.description, resumeSequence: resume)), to: index)
  }

  /// Takes a block that was declared missing while its node was away.
  private func takeLate(_ header: BlockHeader, stream index: Int) throws(BlockRefusal) {
    try streams[index].ledger.checkLate(header, payloadSize: payloadFrame.count)
    guard streams[index].lateInHand < Self.lateLimit else {
      throw .beyondCredit(limit: header.sequence, received: header.sequence)
    }
    let missing = try missingSamples(of: header)
    var samples: [Double] = []
    if !header.flags.contains(.allMissing) {
      samples = [Double](repeating: 0, count: payloadFrame.count / 8)
      samples.withUnsafeMutableBytes { $0.copyMemory(from: payloadFrame.bytes) }
    }
    // The archive has to have the row that this one replaces.
    handOver(now: true)
    streams[index].ledger.acceptLate(header, missing: missing)
    streams[index].lateInHand += 1
    archive.push(.late(LateBlock(stream: index, row: IndexRow(header), samples: samples)))
  }

  /// Late blocks of one stream that may be on their way into the archive.
  private static let lateLimit = 8

  /// Copies a block's samples into the ring.
  /// - Returns: how many samples of each channel are missing.
  private func place(_ header: BlockHeader, stream: Int) throws(BlockRefusal) -> Int64 {
    let first = header.firstSample
    let count = Int(header.sampleCount)
    let payload = payloadFrame.bytes
    let size = ring.streams[stream].sampleSize
    let room = ring.contiguousRoom(stream: stream, from: first)
    guard let start = payload.baseAddress, !header.flags.contains(.allMissing) else {
      guard header.payloadChecksum == 0 else { throw .payloadChecksum(sequence: header.sequence) }
      ring.fillMissing(stream: stream, from: first, to: first + Int64(count))
      return Int64(count)
    }
    // The usual block is one piece of the ring and is checked while it is copied: what a bad one leaves there is
    // overwritten by the next.
    let isOnePiece = header.channelCount == 1 && room >= count
    let checksum =
      isOnePiece
      ? gnomon_crc32c_copy(ring.pointer(stream: stream, channel: 0, sample: first), start, payload.count)
      : gnomon_crc32c(0, start, payload.count)
    guard checksum == header.payloadChecksum else { throw .payloadChecksum(sequence: header.sequence) }
    let missing = try missingSamples(of: header, checked: true)
    guard !isOnePiece else { return missing }
    for channel in 0..<Int(header.channelCount) {
      ring.forEachPiece(stream: stream, from: first, to: first + Int64(count)) { sample, pieceCount in
        let offset = 8 * size * (channel * count + Int(sample - first))
        UnsafeMutableRawPointer(ring.pointer(stream: stream, channel: channel, sample: sample))
          .copyMemory(from: start + offset, byteCount: 8 * size * pieceCount)
      }
    }
    return missing
  }

  /// Checks the payload of the message at hand.
  /// - Parameter checked: whether its checksum is known to be right.
  /// - Returns: how many of its samples are missing in any channel.
  private func missingSamples(of header: BlockHeader, checked: Bool = false) throws(BlockRefusal) -> Int64 {
    let payload = payloadFrame.bytes
    let (count, channels) = (Int(header.sampleCount), Int(header.channelCount))
    let size = header.sampleType.size / MemoryLayout<Double>.size
    guard let start = payload.baseAddress, !header.flags.contains(.allMissing) else {
      guard header.payloadChecksum == 0 else { throw .payloadChecksum(sequence: header.sequence) }
      return Int64(count)
    }
    guard checked || gnomon_crc32c(0, start, payload.count) == header.payloadChecksum else {
      throw .payloadChecksum(sequence: header.sequence)
    }
    guard header.flags.contains(.someMissing) else {
      guard gnomon_all_finite(start, channels * count * size) != 0 else {
        throw .unflaggedNonFinite(sequence: header.sequence)
      }
      return 0
    }
    func isMissing(_ sample: Int) -> Bool {
      (0..<channels).contains { channel in
        (0..<size).contains {
          payload.loadUnaligned(fromByteOffset: 8 * (size * (channel * count + sample) + $0), as: Double.self).isNaN
        }
      }
    }
    return Int64((0..<count).count(where: isMissing))
  }
}
