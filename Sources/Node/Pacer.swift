import Foundation
import Sky
import Synchronization
import Topology

/// When the samples of a stream are due: fixed by the first that are made, so that an interruption shifts nothing.
final class PaceAnchor: Sendable {
  private let anchor = Mutex<(sample: Int64, time: DispatchTime)?>(nil)

  /// The sample and the time that fix all others; `sample`, now, for the first who asks.
  func fix(sample: Int64) -> (sample: Int64, time: DispatchTime) {
    anchor.withLock { anchor in
      let fixed = anchor ?? (sample, .now())
      anchor = fixed
      return fixed
    }
  }
}

/// Holds samples back until their time has come, when a run is to pass at a given speed.
final class Pacer: @unchecked Sendable {
  // State is touched only with the condition locked.
  private let condition = NSCondition()
  private let speed: Speed
  private let anchor: PaceAnchor
  private var stopped = false
  private var firstSample: Int64 = 0
  private var rate = SampleRate(1)
  private var started = DispatchTime.now()

  init(speed: Speed, anchor: PaceAnchor) {
    self.speed = speed
    self.anchor = anchor
  }

  /// Begins the count: `sample` is due now, unless the stream began before.
  func start(atSample sample: Int64, rate: SampleRate) {
    guard case .factor = speed else { return }
    condition.lock()
    (firstSample, started) = anchor.fix(sample: sample)
    self.rate = rate
    condition.unlock()
  }

  /// Waits until the samples below `sample` are due.
  /// - Returns: false when stopped.
  func wait(forSample sample: Int64) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard case .factor(let factor) = speed else { return !stopped }
    let due = Double(sample - firstSample) * rate.interval / factor
    while !stopped {
      let elapsed = Double(DispatchTime.now().uptimeNanoseconds - started.uptimeNanoseconds) * 1e-9
      if elapsed >= due { return true }
      _ = condition.wait(until: Date(timeIntervalSinceNow: due - elapsed))
    }
    return false
  }

  /// Whether samples are never held back.
  var isUnlimited: Bool {
    if case .maximum = speed { return true }
    return false
  }

  /// Ends all waiting, for good.
  func stop() {
    condition.lock()
    stopped = true
    condition.broadcast()
    condition.unlock()
  }

  var isStopped: Bool {
    condition.lock()
    defer { condition.unlock() }
    return stopped
  }
}
