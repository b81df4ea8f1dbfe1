import DarkMatter
import Glibc
import Sky

extension ClockModel {
  /// The first sample, counted from the epoch, that can have been taken at or after an instant.
  ///
  /// - Parameters:
  ///   - seconds: of the instant, from the epoch, by a perfect clock.
  ///   - sampleRate: of the node.
  /// - Returns: at least 0. A jitter is taken at 6.77 standard deviations, which its deviates cannot exceed.
  public func firstSample(atOrAfter seconds: Double, sampleRate: SampleRate) -> Int64 {
    let nominal = (seconds - offset - error - 6.77 * jitter) / (1 + drift)
    // A sample at the instant itself counts also where the product is rounded upwards.
    let sample = (nominal * sampleRate.hertz - 1e-6).rounded(.up)
    return Int64(min(max(sample, 0), 9e18))
  }

  /// Nanoseconds from the epoch from which on a field can change without reaching samples that exist.
  ///
  /// - Parameters:
  ///   - sample: the samples below this one exist.
  ///   - sampleRate: of the node.
  /// - Returns: an instant after those of all of them by this clock, by less than two samples and six deviations of its
  ///   jitter.
  public func earliestChange(sparingSamplesBelow sample: Int64, sampleRate: SampleRate) -> Int64 {
    // One sample later than needed, which is more than any rounding.
    let nominal = sampleRate.time(ofSample: sample + 1, epoch: GPSTime(nanoseconds: 0)).nanoseconds
    let displacement = offset + error + 6.77 * jitter + drift * Double(nominal) * 1e-9
    return max(0, nominal + Int64((displacement * 1e9).rounded(.up)))
  }
}

extension ObservationPlan.Signal {
  /// Seconds from the epoch from which a sensor records the field as if it had always been there: its edge is over and the
  /// response has forgotten it.
  ///
  /// - Parameter settlingTime: s, of the instrument.
  /// - Returns: nil for an event, which has no steady state.
  public func steadiness(settlingTime: Double) -> Double? {
    if case .transient = field { return nil }
    guard let start = activation.start else { return 0 }
    return Double(start + activation.rise) * 1e-9 + settlingTime
  }

  /// Seconds from the epoch at which the field at a site begins to differ from zero: the start of its activation, and for
  /// an event the instant at which it exceeds 1e-16 of its peak there.
  ///
  /// - Returns: nil for a field that is there from the beginning.
  public func beginning(at site: Site, epoch: GPSTime) -> Double? {
    let start = activation.start.map { Double($0) * 1e-9 }
    guard case .transient(let event) = field else { return start }
    let arrival = Double(event.time) * 1e-9 + event.passage(at: site.earthFixedPosition, epoch: epoch).lowerBound
    return max(start ?? arrival, arrival)
  }
}
