import Synchronization

/// Memory of matrices that were stored, for the next ones: what is as large comes fresh from the system each time, which has
/// to clear it first.
///
/// Whoever is done with matrices gives them back, from any thread; without that each integration has memory of its own.
public final class MatrixMemory: Sendable {
  private let spares = Mutex<[[Double]]>([])

  public init() {}

  /// Takes back the values of matrices that are not needed any more. One set is kept of each size.
  public func give(_ values: [Double]) {
    spares.withLock { spares in
      if !spares.contains(where: { $0.count == values.count }) { spares.append(values) }
    }
  }

  /// Values to be overwritten, all of them; nil when none of this size are there.
  func take(count: Int) -> [Double]? {
    spares.withLock { spares in
      spares.firstIndex { $0.count == count }.map { spares.remove(at: $0) }
    }
  }
}
