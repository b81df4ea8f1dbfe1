import Foundation

/// The SI prefix with which a quantity reads best.
struct DisplayScale {
  var factor: Double
  var unit: String
  /// The unit of power densities.
  var densityUnit: String { unit.contains { $0 == "/" || $0 == " " } ? "(\(unit))²/Hz" : "\(unit)²/Hz" }

  /// - Parameters:
  ///   - unit: without prefix, such as `T`; a unit with one is left as it is.
  ///   - typical: a value in that unit.
  init(unit: String, typical: Double) {
    let prefixes = [("a", -18), ("f", -15), ("p", -12), ("n", -9), ("µ", -6), ("m", -3), ("", 0), ("k", 3)]
    // The first symbol takes the prefix: fN m, µV/m.
    let first = String(unit.prefix { $0 != "/" && $0 != " " })
    guard ["T", "V", "N", "A", "g"].contains(first), typical > 0, typical.isFinite else {
      self.factor = 1
      self.unit = unit
      return
    }
    let exponent = log10(typical) + 1
    let best = prefixes.last { Double($0.1) <= exponent } ?? prefixes[0]
    factor = pow(10, Double(-best.1))
    self.unit = best.0 + unit
  }
}
