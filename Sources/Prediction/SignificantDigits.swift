/// Decimal digits collected from the left, without leading and trailing zeros.
struct SignificantDigits {
  /// Nil from 2^64.
  var value: UInt64? = 0
  var trailingZeros = 0

  mutating func append(_ digit: UInt64) {
    guard let old = value else { return }
    if digit == 0 {
      if old != 0 { trailingZeros += 1 }
      return
    }
    var new = old
    for _ in 0...trailingZeros {
      let (product, overflow) = new.multipliedReportingOverflow(by: 10)
      guard !overflow else {
        value = nil
        return
      }
      new = product
      if new == 0 { break }
    }
    let (sum, overflow) = new.addingReportingOverflow(digit)
    value = overflow ? nil : sum
    trailingZeros = 0
  }
}
