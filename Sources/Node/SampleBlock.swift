import Protocol

/// One block of samples with its header, in memory that is used again for later blocks.
///
/// Owned by one thread at a time: the source fills it, then hands it to the thread of the socket.
public final class SampleBlock: @unchecked Sendable {
  // Handed from thread to thread through queues that order the accesses.
  public var header: BlockHeader
  /// What is sent from here without a copy keeps it until it has left.
  private(set) var memory: SampleMemory

  /// - Parameters: the stream's channels, the type of their samples, and the samples of each in a full block.
  public init(stream: UInt64, channelCount: Int, sampleType: BlockHeader.SampleType, blockSamples: Int) {
    header = BlockHeader(
      stream: stream, sequence: 0, firstSample: 0, time: .init(nanoseconds: 0), sampleCount: 0,
      channelCount: UInt16(channelCount), sampleType: sampleType)
    memory = SampleMemory(capacity: channelCount * blockSamples * sampleType.size / MemoryLayout<Double>.size)
  }

  /// Room for new samples, channel-major.
  ///
  /// Other memory than before where the connection still holds that: a block is mostly used again when the hub has it, but a
  /// broken connection may not have let go.
  public var output: UnsafeMutablePointer<Double> {
    if !isKnownUniquelyReferenced(&memory) { memory = SampleMemory(capacity: memory.capacity) }
    return memory.samples
  }

  /// The bytes that go on the wire after the header.
  public var payload: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: memory.samples, count: header.payloadSize)
  }
}

/// The samples of a block.
///
/// Unchecked because they are written only by who holds them alone (`isKnownUniquelyReferenced`); a connection that sends them
/// reads.
final class SampleMemory: @unchecked Sendable {
  let capacity: Int
  fileprivate let samples: UnsafeMutablePointer<Double>

  init(capacity: Int) {
    self.capacity = capacity
    samples = .allocate(capacity: capacity)
  }

  deinit {
    samples.deallocate()
  }
}
