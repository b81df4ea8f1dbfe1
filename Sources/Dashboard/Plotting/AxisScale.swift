import Foundation

/// How the numbers of one axis map onto its length.
public struct AxisScale: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case linear, logarithmic
  }

  public let kind: Kind
  /// Number at the start of the axis; below `upper`, positive on a logarithmic axis.
  public let lower: Double
  /// Number at the end of the axis.
  public let upper: Double

  /// A scale between two numbers; a range that no axis can have (empty, reversed, not finite, not positive on a
  /// logarithmic axis) is replaced by the nearest that it can.
  ///
  /// - Parameters: `lower` and `upper` in the unit of the axis.
  public init(_ kind: Kind, lower: Double, upper: Double) {
    self.kind = kind
    let bounds = [lower, upper].compactMap { bound -> Double? in
      switch kind {
      case .linear: bound.isNaN ? nil : min(max(bound, -Self.limit), Self.limit)
      case .logarithmic: bound > 0 ? min(max(bound, 1 / Self.limit), Self.limit) : nil
      }
    }
    var low = bounds.min() ?? (kind == .linear ? 0 : 1)
    var high = bounds.max() ?? (kind == .linear ? 1 : 10)
    switch kind {
    case .linear:
      // A range near the rounding error of its own ends gives ticks that cannot be told apart.
      let size = max(abs(low), abs(high))
      if high - low <= max(1e-9 * size, 1e-150) {
        let padding = size > 1e-140 ? 0.5 * size : 1
        low -= padding
        high += padding
      }
    case .logarithmic:
      if high <= low * (1 + 1e-6) {
        low = max(low / 2, 1 / Self.limit)
        high = min(high * 2, Self.limit)
      }
    }
    self.lower = low
    self.upper = high
  }

  /// The scale that shows all `values` with some room at both ends; values that it cannot show are left out of account.
  ///
  /// - Parameters:
  ///   - values: in the unit of the axis.
  ///   - margin: room at each end as a share of the axis.
  public static func covering(_ kind: Kind, _ values: some Sequence<Double>, margin: Double = 0.04) -> AxisScale {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where canShow(value, kind) {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return AxisScale(kind, lower: .nan, upper: .nan) }
    let tight = AxisScale(kind, lower: low, upper: high)
    switch kind {
    case .linear:
      let room = margin * (tight.upper - tight.lower)
      return AxisScale(kind, lower: tight.lower - room, upper: tight.upper + room)
    case .logarithmic:
      let room = pow(tight.upper / tight.lower, margin)
      return AxisScale(kind, lower: tight.lower / room, upper: tight.upper * room)
    }
  }

  /// - Returns: 0 at `lower`, 1 at `upper`, nil for what the axis cannot show (not finite, not positive on a logarithmic
  ///   axis). Far outside the axis the result is held at a thousand axis lengths, so that it can be drawn and clipped.
  public func position(_ value: Double) -> Double? {
    guard Self.canShow(value, kind) else { return nil }
    let share =
      switch kind {
      case .linear: (value - lower) / (upper - lower)
      case .logarithmic: log(value / lower) / log(upper / lower)
      }
    return min(max(share, -1000), 1000)
  }

  /// Beyond this differences and ratios would overflow.
  private static let limit = 1e150

  /// Whether a value has a place on an axis.
  private static func canShow(_ value: Double, _ kind: Kind) -> Bool {
    switch kind {
    case .linear: abs(value) <= limit
    case .logarithmic: value >= 1 / limit && value <= limit
    }
  }
}
