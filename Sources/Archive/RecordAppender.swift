import HDF5

/// Appends small records to a one-dimensional dataset, many in one write.
final class RecordAppender {
  private static let capacity = 1024

  let dataset: Dataset
  private let size: Int
  private let waiting: UnsafeMutableRawBufferPointer
  private var waitingCount = 0
  private var storedCount: Int
  private var isTouched = false

  /// Continues a dataset that holds `length` records.
  init(_ dataset: Dataset, length: Int = 0) {
    self.dataset = dataset
    size = dataset.type.size
    storedCount = length
    waiting = .allocate(byteCount: size * Self.capacity, alignment: 8)
  }

  deinit { waiting.deallocate() }

  /// Records appended, in the file or waiting.
  var count: Int { storedCount + waitingCount }

  /// Appends the record that `store` writes into its bytes.
  func append(_ store: (UnsafeMutableRawBufferPointer) -> Void) throws(HDF5Error) {
    if waitingCount == Self.capacity { try write() }
    store(UnsafeMutableRawBufferPointer(rebasing: waiting[(waitingCount * size)..<((waitingCount + 1) * size)]))
    waitingCount += 1
    isTouched = true
  }

  /// Replaces a record that was appended.
  func overwrite(_ position: Int, _ store: (UnsafeMutableRawBufferPointer) -> Void) throws(HDF5Error) {
    try write()
    var record = [UInt8](repeating: 0, count: size)
    record.withUnsafeMutableBytes(store)
    let bytes = record
    let result: Result<Void, HDF5Error> = bytes.withUnsafeBytes { buffer in
      do throws(HDF5Error) {
        return .success(try dataset.write(buffer, at: position, count: 1))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
    isTouched = true
  }

  private func write() throws(HDF5Error) {
    guard waitingCount > 0 else { return }
    try dataset.setLength(count)
    try dataset.write(UnsafeRawBufferPointer(waiting), at: storedCount, count: waitingCount)
    storedCount += waitingCount
    waitingCount = 0
  }

  /// Brings all records into the file and makes them visible to readers.
  func flush() throws(HDF5Error) {
    guard isTouched else { return }
    try write()
    try dataset.flush()
    isTouched = false
  }
}
