import HDF5

/// A stretch of one channel of a finished archive, read past the HDF5 library by any number of threads at the same time.
public struct StoredSamples: Sendable {
  private let path: String
  private let chunks: StoredChunks
  private let sampleSize: Int

  fileprivate init(_ chunks: StoredChunks, sampleSize: Int, path: String) {
    self.path = path
    self.chunks = chunks
    self.sampleSize = sampleSize
  }

  /// Fills `output` with samples from sample `first` on; complex ones as pairs of real and imaginary part.
  ///
  /// What is read is not checked: whoever changes the file meanwhile is found out by the checksums of the index.
  /// - Throws: `ArchiveError` when the file has become shorter, or cannot be read.
  public func read(from first: Int, into output: UnsafeMutableBufferPointer<Double>) throws(ArchiveError) {
    try translatingErrors(path, .malformed) {
      try chunks.read(into: UnsafeMutableRawBufferPointer(output), from: first, count: output.count / sampleSize)
    }
  }
}

/// The file of a finished archive, open past the HDF5 library. Confined to one thread at a time.
public struct StoredArchive {
  fileprivate let contents: FileContents
  fileprivate let locator: ChunkLocator
}

extension ArchiveExcerpt {
  /// Opens the file once more, for ``storedSamples(_:stream:in:)``.
  public func storedArchive() throws(ArchiveError) -> StoredArchive {
    try translatingErrors(archive.path, .fileMissing) {
      StoredArchive(
        contents: try FileContents(opening: archive.path), locator: try ChunkLocator(opening: archive.path))
    }
  }

  /// Where samples of all channels of a stream lie in the file.
  ///
  /// Those of blocks that are left out are as they were archived.
  /// - Returns: for each channel; nil when they are compressed.
  public func storedSamples(
    _ range: Range<Int>, stream: Int, in stored: StoredArchive
  ) throws(ArchiveError) -> [StoredSamples]? {
    let datasets = archive.objects.streams[stream]
    return try translatingErrors(archive.path, .malformed) {
      var channels: [StoredSamples] = []
      for channel in datasets.channels {
        guard let chunks = try StoredChunks(range, of: channel, in: stored.contents, with: stored.locator) else {
          return nil
        }
        channels.append(StoredSamples(chunks, sampleSize: datasets.sampleSize, path: archive.path))
      }
      return channels
    }
  }
}
