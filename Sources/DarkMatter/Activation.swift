import Glibc

/// When a field is there: from a start to a stop, with smooth edges, so that a stream can switch on during a run.
///
/// The envelope multiplies the field in time at the true instants of the samples. It is zero before the start, grows as
/// sin²(π t/(2 rise)) during the rise, is one, and falls as its mirror image during the last `rise` before the stop.
public struct Activation: Hashable, Sendable, Codable {
  /// Nanoseconds from the epoch before which the field is zero; nil when it was always there.
  public var start: Int64?
  /// Nanoseconds from the epoch from which the field is zero again; nil when it stays.
  public var stop: Int64?
  /// Nanoseconds of each edge, inside the interval; 0 for steps.
  public var rise: Int64

  /// A field without a beginning or an end.
  public static let always = Activation()

  public init(start: Int64? = nil, stop: Int64? = nil, rise: Int64 = 0) {
    self.start = start
    self.stop = stop
    self.rise = rise
  }

  /// Whether the envelope is one at all times.
  public var isAlways: Bool { start == nil && stop == nil }

  /// The envelope, 0 ... 1.
  ///
  /// - Parameters:
  ///   - sinceStart: seconds from the start; infinite without one.
  ///   - untilStop: seconds to the stop; infinite without one.
  public func weight(sinceStart: Double, untilStop: Double) -> Double {
    guard sinceStart >= 0, untilStop > 0 else { return 0 }
    return edge(sinceStart) * edge(untilStop)
  }

  private func edge(_ seconds: Double) -> Double {
    let share = seconds / (Double(rise) * 1e-9)
    guard share < 1 else { return 1 }
    let sine = sin(.pi / 2 * share)
    return sine * sine
  }

  /// Checks that the interval holds both of its edges.
  ///
  /// - Throws: `BackgroundError`.
  public func validate() throws(BackgroundError) {
    guard rise >= 0 else { throw .badValue("the rise in s", Double(rise) * 1e-9, needed: "not negative") }
    guard let stop else { return }
    let length = Double(stop) - Double(start ?? 0)
    guard start == nil || length > 0 else {
      throw .badValue("the stop in s", Double(stop) * 1e-9, needed: "after the start")
    }
    guard start == nil || 2 * Double(rise) <= length else {
      throw .badValue("the rise in s", Double(rise) * 1e-9, needed: "at most half of the time from start to stop")
    }
  }
}
