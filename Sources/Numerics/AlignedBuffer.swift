/// Doubles that begin on a 64-byte boundary (a cache line, a vector register), zero at the start.
///
/// The owner decides which thread touches the buffer; it has no lock.
public final class AlignedBuffer: @unchecked Sendable {
  /// The first element.
  public let pointer: UnsafeMutablePointer<Double>
  /// Number of doubles.
  public let count: Int

  /// All elements.
  public var buffer: UnsafeMutableBufferPointer<Double> { UnsafeMutableBufferPointer(start: pointer, count: count) }

  /// Allocates `count` doubles, all zero.
  public init(count: Int) {
    precondition(count >= 0, "a buffer cannot have a negative count")
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Double>.stride, alignment: 64)
    pointer = raw.bindMemory(to: Double.self, capacity: count)
    pointer.initialize(repeating: 0, count: count)
    self.count = count
  }

  deinit {
    UnsafeMutableRawPointer(pointer).deallocate()
  }
}
