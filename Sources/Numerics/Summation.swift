/// The sum of many terms, in runs of 256, so that rounding errors do not grow with their number.
///
/// - Parameters:
///   - count: number of terms.
///   - term: term number 0 ..< count.
@inlinable
public func sum(_ count: Int, _ term: (Int) -> Double) -> Double {
  var total = 0.0
  var start = 0
  while start < count {
    let end = min(count, start + 256)
    var part = 0.0
    for index in start..<end { part += term(index) }
    total += part
    start = end
  }
  return total
}
