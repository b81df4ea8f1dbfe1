import Glibc
import Sky

/// The instants that stand for a run while the Earth turns (vector-network section 4: geometry fixed over a segment).
///
/// What is averaged over them is a trigonometric polynomial of the sidereal angle: of degree four for the products of
/// two cross spectra of sensors at one place, and of a few times p d more between places. Whole sidereal days are
/// sampled at evenly spaced angles, which is exact up to a degree one below their number; the rest of a run by midpoints
/// at most 600 s apart, or `limit` of them.
public struct ObservationTimes: Sendable {
  /// An instant with its share of the run.
  public struct Slice: Sendable {
    public var time: GPSTime
    /// The shares of all slices add up to one.
    public var share: Double
  }

  public let slices: [Slice]
  /// Length of the run in seconds.
  public let duration: Double

  /// Length of a turn relative to the stars in seconds.
  public static let siderealDay = 86_164.0905

  /// - Parameters:
  ///   - epoch: start of the run.
  ///   - duration: seconds, positive.
  ///   - limit: most slices of a sidereal day.
  public init(epoch: GPSTime, duration: Double, limit: Int = 24) {
    precondition(duration > 0 && limit >= 1, "a run has a length and at least one slice")
    self.duration = duration
    let days = (duration / Self.siderealDay).rounded(.down)
    let rest = duration - days * Self.siderealDay
    var slices: [Slice] = []
    func add(_ seconds: Double, _ share: Double) {
      slices.append(Slice(time: epoch.advanced(byNanoseconds: Int64((seconds * 1e9).rounded())), share: share))
    }
    if days > 0 {
      // Each angle on another day, so that the motion of the year is sampled too.
      let share = days * Self.siderealDay / duration / Double(limit)
      for phase in 0..<limit {
        let day = (days * (Double((7 * phase) % limit) + 0.5) / Double(limit)).rounded(.down)
        add((day + (Double(phase) + 0.5) / Double(limit)) * Self.siderealDay, share)
      }
    }
    if rest > 1e-9 * duration {
      let count = max(1, min(limit, Int((rest / 600).rounded(.up))))
      for index in 0..<count {
        add(
          days * Self.siderealDay + (Double(index) + 0.5) / Double(count) * rest,
          rest / duration / Double(count))
      }
    }
    self.slices = slices
  }

  /// The middle of the run, alone: for fields that do not depend on the sidereal angle.
  public var middle: ObservationTimes {
    let first = slices.map(\.time).min() ?? GPSTime(nanoseconds: 0)
    let last = slices.map(\.time).max() ?? first
    let middle = first.advanced(byNanoseconds: (last.nanoseconds - first.nanoseconds) / 2)
    return ObservationTimes(slices: [Slice(time: middle, share: 1)], duration: duration)
  }

  /// Every second slice: what differs from the whole bounds the error of the sum over slices.
  public var halved: ObservationTimes {
    let kept = slices.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    let sum = kept.reduce(0) { $0 + $1.share }
    return ObservationTimes(
      slices: kept.map { Slice(time: $0.time, share: $0.share / sum) }, duration: duration)
  }

  private init(slices: [Slice], duration: Double) {
    self.slices = slices
    self.duration = duration
  }
}
