import HDF5

/// Appends the samples of one channel, a chunk at a time, past HDF5's chunk cache.
///
/// Whole chunks go from the caller's buffer straight to the file. Samples that do not fill a chunk wait in `tail`; a flush
/// writes that chunk as it stands, and the next one overwrites it in place, so the file has one writer and one idea of
/// every chunk.
final class SampleAppender {
  static let chunk = ArchiveFormat.chunkSamples

  let dataset: Dataset
  /// Doubles of one sample.
  private let sampleSize: Int
  private let tail: UnsafeMutablePointer<Double>
  private var tailCount = 0
  /// Samples in whole chunks in the file.
  private var wholeCount: Int
  /// The dataset's length in the file.
  private var storedLength: Int
  private var isTouched = false

  /// Continues a dataset of real or complex numbers that holds `length` samples.
  init(_ dataset: Dataset, length: Int = 0) throws(HDF5Error) {
    self.dataset = dataset
    sampleSize = dataset.type.size / MemoryLayout<Double>.size
    tail = .allocate(capacity: Self.chunk * sampleSize)
    tail.initialize(repeating: 0, count: Self.chunk * sampleSize)
    storedLength = length
    wholeCount = length - length % Self.chunk
    tailCount = length - wholeCount
    try dataset.read(
      into: UnsafeMutableRawBufferPointer(start: tail, count: chunkBytes), from: wholeCount, count: tailCount)
  }

  deinit { tail.deallocate() }

  /// Samples appended, in the file or waiting.
  var count: Int { wholeCount + tailCount }

  private var chunkBytes: Int { Self.chunk * dataset.type.size }

  /// Bytes of the chunks that appending `count` samples starts.
  func newBytes(appending count: Int) -> Int {
    let chunks = (self.count + count + Self.chunk - 1) / Self.chunk - (self.count + Self.chunk - 1) / Self.chunk
    return chunks * chunkBytes
  }

  /// Samples in so many doubles.
  func samples(inDoubles count: Int) -> Int { count / sampleSize }

  /// - Parameter samples: complex ones as pairs of real and imaginary part.
  func append(_ samples: UnsafeBufferPointer<Double>) throws(HDF5Error) {
    guard var source = samples.baseAddress else { return }
    var left = samples.count / sampleSize
    if tailCount > 0 {
      let step = min(left, Self.chunk - tailCount)
      (tail + sampleSize * tailCount).update(from: source, count: sampleSize * step)
      tailCount += step
      source += sampleSize * step
      left -= step
      try writeFullTail()
    }
    let chunks = left / Self.chunk
    if chunks > 0 {
      try extend(to: wholeCount + chunks * Self.chunk)
      for _ in 0..<chunks {
        try dataset.writeChunk(UnsafeRawBufferPointer(start: source, count: chunkBytes), at: wholeCount)
        wholeCount += Self.chunk
        source += sampleSize * Self.chunk
      }
      left -= chunks * Self.chunk
    }
    if left > 0 {
      tail.update(from: source, count: sampleSize * left)
      tailCount = left
    }
    isTouched = true
  }

  /// Appends `count` samples of the canonical NaN.
  func appendMissing(_ count: Int) throws(HDF5Error) {
    var left = count
    while left > 0 {
      let step = min(left, Self.chunk - tailCount)
      (tail + sampleSize * tailCount).update(repeating: .nan, count: sampleSize * step)
      tailCount += step
      left -= step
      try writeFullTail()
    }
    isTouched = true
  }

  private func writeFullTail() throws(HDF5Error) {
    guard tailCount == Self.chunk else { return }
    try extend(to: wholeCount + Self.chunk)
    try dataset.writeChunk(UnsafeRawBufferPointer(start: tail, count: chunkBytes), at: wholeCount)
    wholeCount += Self.chunk
    tailCount = 0
  }

  private func extend(to length: Int) throws(HDF5Error) {
    guard length != storedLength else { return }
    try dataset.setLength(length)
    storedLength = length
  }

  /// Copies samples out of what was appended.
  func read(_ range: Range<Int>, into output: UnsafeMutablePointer<Double>) throws(HDF5Error) {
    let inFile = range.clamped(to: 0..<wholeCount)
    try dataset.read(
      into: UnsafeMutableRawBufferPointer(start: output, count: inFile.count * dataset.type.size),
      from: inFile.lowerBound,
      count: inFile.count)
    let waiting = range.clamped(to: wholeCount..<count)
    (output + sampleSize * (waiting.lowerBound - range.lowerBound))
      .update(from: tail + sampleSize * (waiting.lowerBound - wholeCount), count: sampleSize * waiting.count)
  }

  /// Replaces samples that were appended.
  func overwrite(from first: Int, _ samples: UnsafeBufferPointer<Double>) throws(HDF5Error) {
    guard let source = samples.baseAddress else { return }
    let range = first..<(first + samples.count / sampleSize)
    precondition(range.upperBound <= count, "only what is there is replaced")
    let inFile = range.clamped(to: 0..<wholeCount)
    if !inFile.isEmpty {
      try dataset.write(
        UnsafeRawBufferPointer(start: source, count: inFile.count * dataset.type.size), at: inFile.lowerBound,
        count: inFile.count)
    }
    let waiting = range.clamped(to: wholeCount..<count)
    if !waiting.isEmpty {
      (tail + sampleSize * (waiting.lowerBound - wholeCount))
        .update(from: source + sampleSize * (waiting.lowerBound - first), count: sampleSize * waiting.count)
    }
    isTouched = true
  }

  /// Forgets samples beyond `length`, so that the channels of a stream end together.
  func cut(to length: Int) throws(HDF5Error) {
    guard length < count else { return }
    let whole = length - length % Self.chunk
    if whole < wholeCount {
      try dataset.read(
        into: UnsafeMutableRawBufferPointer(start: tail, count: chunkBytes), from: whole, count: length - whole)
      wholeCount = whole
    }
    tailCount = length - whole
    isTouched = true
  }

  /// Brings all samples into the file and makes them visible to readers.
  func flush() throws(HDF5Error) {
    guard isTouched else { return }
    try extend(to: count)
    if tailCount > 0 {
      // Not what an earlier chunk left there: equal data shall make equal files.
      (tail + sampleSize * tailCount).update(repeating: 0, count: sampleSize * (Self.chunk - tailCount))
      try dataset.writeChunk(UnsafeRawBufferPointer(start: tail, count: chunkBytes), at: wholeCount)
    }
    try dataset.flush()
    isTouched = false
  }
}
