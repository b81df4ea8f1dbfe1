import Protocol

/// One block of samples with its header, in memory that is used again for later blocks.
///
/// Owned by one thread at a time: the source fills it, then hands it to the thread of the socket.
public final class SampleBlock: @unchecked Sendable {
  // Handed from thread to thread through queues that order the accesses.
  public var header: BlockHeader
  private let samples: UnsafeMutablePointer<Double>

  /// - Parameters: the stream's channels, the type of their samples, and the samples of each in a full block.
  public init(stream: UInt64, channelCount: Int, sampleType: BlockHeader.SampleType, blockSamples: Int) {
    header = BlockHeader(
      stream: stream, sequence: 0, firstSample: 0, time: .init(nanoseconds: 0), sampleCount: 0,
      channelCount: UInt16(channelCount), sampleType: sampleType)
    samples = .allocate(capacity: channelCount * blockSamples * sampleType.size / MemoryLayout<Double>.size)
  }

  deinit {
    samples.deallocate()
  }

  /// Room for the samples, channel-major.
  public var output: UnsafeMutablePointer<Double> { samples }

  /// The bytes that go on the wire after the header.
  public var payload: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: samples, count: header.payloadSize)
  }
}
