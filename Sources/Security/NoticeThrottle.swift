/// Keeps what strangers do from filling a log: every topic comes through at most once in a while.
public struct NoticeThrottle: Sendable {
  private var topics: [String: (last: ContinuousClock.Instant, heldBack: Int)] = [:]
  private let interval: Duration

  /// - Parameter interval: between two notices of one topic.
  public init(interval: Duration = .seconds(10)) {
    self.interval = interval
  }

  /// Asks whether a notice may be given now.
  /// - Parameters:
  ///   - topic: what it is about, such as an address and a reason.
  ///   - now: the time of the question.
  /// - Returns: words on how many were held back since the last one, such as ` (and 12 more before)`, empty for none; nil when
  ///   this one is to be held back.
  public mutating func ask(_ topic: String, at now: ContinuousClock.Instant = .now) -> String? {
    if let known = topics[topic], now - known.last < interval {
      topics[topic]?.heldBack += 1
      return nil
    }
    // A flood of topics must not fill the memory.
    if topics.count > 1000 { topics.removeAll() }
    let heldBack = topics[topic]?.heldBack ?? 0
    topics[topic] = (now, 0)
    return heldBack > 0 ? " (and \(heldBack) more before)" : ""
  }
}
