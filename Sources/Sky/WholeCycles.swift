/// The cycles of an oscillation in a stretch of time, or nil when they are no whole number.
///
/// Frequencies are decimal numbers rounded to doubles, so a product within their rounding of a whole number counts as one.
///
/// - Parameters:
///   - frequency: Hz.
///   - nanoseconds: length of the stretch.
public func wholeCycles(of frequency: Double, inNanoseconds nanoseconds: Int64) -> Int64? {
  let cycles = frequency * Double(nanoseconds) / 1e9
  let whole = cycles.rounded()
  guard abs(whole) < 0x1p50, abs(cycles - whole) <= 4 * cycles.ulp else { return nil }
  return Int64(whole)
}
