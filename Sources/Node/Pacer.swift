import Foundation
import Sky
import Topology

/// Holds samples back until their time has come, when a run is to pass at a given speed.
final class Pacer: @unchecked Sendable {
  // State is touched only with the condition locked.
  private let condition = NSCondition()
  private let speed: Speed
  private var stopped = false
  private var firstSample: Int64 = 0
  private var rate = SampleRate(1)
  private var started = DispatchTime.now()

  init(speed: Speed) {
    self.speed = speed
  }

  /// Begins the count: `sample` is due now.
  func start(atSample sample: Int64, rate: SampleRate) {
    condition.lock()
    firstSample = sample
    self.rate = rate
    started = .now()
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
