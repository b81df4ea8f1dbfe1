/// What holds the samples of streams so that they can be read again: an archive, a part of one, one that is being written.
///
/// Confined to one thread, like everything that uses HDF5.
public protocol SampleReading {
  var streams: [ArchiveLayout.Stream] { get }

  /// The rows of a stream's index, in order and without holes.
  func index(stream: Int) throws(ArchiveError) -> [IndexRow]

  /// Fills `output` with samples of one channel from sample `first` on; complex ones as pairs of real and imaginary part.
  func read(
    stream: Int, channel: Int, from first: Int, into output: UnsafeMutableBufferPointer<Double>
  ) throws(ArchiveError)
}

extension ArchiveReader: SampleReading {}
