/// The range that a number must lie in.
struct Bounds: Hashable, Sendable {
  var minimum: Double?
  var maximum: Double?
  var excludesMinimum = false

  static let any = Bounds()
  static let positive = Bounds(minimum: 0, excludesMinimum: true)
  static let notNegative = Bounds(minimum: 0)
  static func from(_ minimum: Double, to maximum: Double) -> Bounds { Bounds(minimum: minimum, maximum: maximum) }
  /// Above zero, up to `maximum`.
  static func positive(upTo maximum: Double) -> Bounds {
    Bounds(minimum: 0, maximum: maximum, excludesMinimum: true)
  }

  func contains(_ value: Double) -> Bool {
    if let minimum, value < minimum || (excludesMinimum && value == minimum) { return false }
    if let maximum, value > maximum { return false }
    return true
  }

  /// As in "greater than 0 Hz" or "from -90 deg to 90 deg"; nil when there is no bound.
  func text(_ write: (Double) -> String) -> String? {
    switch (minimum, maximum) {
    case (nil, nil): nil
    case (let minimum?, nil): (excludesMinimum ? "greater than " : "at least ") + write(minimum)
    case (nil, let maximum?): "at most " + write(maximum)
    case (let minimum?, let maximum?):
      excludesMinimum
        ? "greater than \(write(minimum)), at most \(write(maximum))" : "from \(write(minimum)) to \(write(maximum))"
    }
  }
}
