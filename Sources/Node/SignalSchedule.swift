import DarkMatter
import Foundation
import Instruments
import Protocol
import Sky
import Topology

/// Which signals the samples of a node carry, and how far samples may be made while more signals are being agreed upon.
///
/// Shared by the thread that speaks with the hub and by those that make blocks. A sample is made only when all signals that
/// reach it are known: from the hub's `prepare` to its `inject`, nothing is made beyond what there is.
final class SignalSchedule: @unchecked Sendable {
  /// What samples are made from, as long as the number is the same.
  struct Edition {
    var number: Int
    var plan: ObservationPlan
  }

  // All state is touched only with the condition locked.
  private let condition = NSCondition()
  private let node: Topology.Node
  private let topology: NetworkTopology
  private var live: [LiveSignal] = []
  private var edition: Edition
  /// Samples below this may have been made.
  private var front: Int64 = 0
  private var isHeld = false
  /// The file that says which signals samples were made with that outlive this process.
  private var recordPath: String?
  /// Samples from here on that were made before the present edition may lack signals of it.
  private var staleSample: Int64?

  init(node: Topology.Node, topology: NetworkTopology) {
    self.node = node
    self.topology = topology
    edition = Edition(number: 0, plan: topology.observationPlan)
  }

  // MARK: - For those who make blocks

  /// What samples are made from now.
  var current: Edition { locked { edition } }

  /// Waits until the samples below `end` may be made; they count as made from then on.
  /// - Parameter isStopped: looked at again after ``wake()``.
  /// - Returns: what to make them from; nil when stopped.
  func admit(samplesBelow end: Int64, unless isStopped: () -> Bool) -> Edition? {
    condition.lock()
    defer { condition.unlock() }
    while isHeld, end > front, !isStopped() { condition.wait() }
    guard !isStopped() else { return nil }
    front = max(front, end)
    return edition
  }

  /// Lets those who wait look whether they are stopped.
  func wake() { locked {} }

  /// Notes that samples below `end` have been made, here or by an earlier process.
  func raise(to end: Int64) { locked { front = max(front, end) } }

  /// Forgets that samples have to be made anew: nothing that was made before is kept.
  func forgetStaleSamples() { locked { staleSample = nil } }

  /// Keeps a record, from now on, of the signals that samples carry which outlive this process.
  ///
  /// - Parameters:
  ///   - path: of the file; it may be there from an earlier process.
  ///   - discard: called with the first sample that has to be made anew where it was made before.
  /// - Throws: `TopologyError` or ``NodeError/spool(path:problem:)``.
  func keepRecord(at path: String, discard: (Int64) -> Void) throws {
    condition.lock()
    defer { condition.unlock() }
    var stale = staleSample
    if let earlier = try Self.record(at: path) {
      if earlier != live { stale = min(stale ?? .max, firstSample(changedFrom: try plan(earlier))) }
    } else if !live.isEmpty {
      stale = min(stale ?? .max, firstSample(changedFrom: topology.observationPlan))
    }
    if let stale { discard(stale) }
    staleSample = nil
    try write(live, to: path)
    recordPath = path
  }

  // MARK: - For the thread that speaks with the hub

  /// Whether samples that the hub does not have must be made anew.
  var isStale: Bool { locked { staleSample != nil } }

  /// Checks that the node can carry these signals, and lets nothing further be made until ``follow(_:)`` or ``release()``.
  /// - Returns: nanoseconds after the epoch from which on they can change.
  /// - Throws: `TopologyError`; nothing is held then.
  func prepare(for signals: [LiveSignal]) throws(TopologyError) -> Int64 {
    for signal in signals { _ = try topology.signal(text: signal.text) }
    let front = locked {
      isHeld = true
      return self.front
    }
    return node.clock.earliestChange(sparingSamplesBelow: front, sampleRate: node.sampleRate)
  }

  /// Lets samples be made again, as before.
  func release() { locked { isHeld = false } }

  /// Takes over signals that the hub has decided upon, beside or in the place of those that are known.
  func add(_ signals: [LiveSignal]) throws {
    let known = locked { live }.filter { old in !signals.contains { $0.index == old.index } }
    try follow(known + signals)
  }

  /// Takes over all signals that the hub has decided upon, and lets samples be made again.
  ///
  /// When samples exist which that changes, because the node was away, they are ``isStale``.
  /// - Throws: `TopologyError` when a signal cannot be read, ``NodeError/spool(path:problem:)`` when the record cannot be
  ///   written.
  func follow(_ signals: [LiveSignal]) throws {
    let sorted = signals.filter { $0.nodes?.contains(node.name) ?? true }.sorted { $0.index < $1.index }
    let plan = try plan(sorted)
    condition.lock()
    defer {
      isHeld = false
      condition.broadcast()
      condition.unlock()
    }
    guard sorted != live else { return }
    let sample = firstSample(changedFrom: plan)
    if sample < front {
      staleSample = min(staleSample ?? .max, sample)
    } else if let recordPath {
      // Before any sample is made with them.
      try write(sorted, to: recordPath)
    }
    live = sorted
    edition = Edition(number: edition.number + 1, plan: plan)
  }

  // MARK: - Helpers

  private func plan(_ signals: [LiveSignal]) throws(TopologyError) -> ObservationPlan {
    var plan = topology.observationPlan
    for live in signals {
      guard (0...65_535).contains(live.index) else {
        throw TopologyError(description: "signal \(live.name) has the number \(live.index), not one from 0 to 65535")
      }
      let signal = try topology.signal(text: live.text)
      plan.put(.init(index: live.index, field: signal.field, activation: signal.activation, seed: live.seed))
    }
    return plan
  }

  /// The first sample that can differ between another plan and the present one.
  private func firstSample(changedFrom plan: ObservationPlan) -> Int64 {
    let change = Double(edition.plan.firstDifference(from: plan)) * 1e-9
    // A sample may be taken a little later than its number says.
    return max(0, node.clock.firstSample(atOrAfter: change, sampleRate: node.sampleRate) - 1)
  }

  private static func record(at path: String) throws(NodeError) -> [LiveSignal]? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let record = try? JSONDecoder().decode([LiveSignal].self, from: data) else {
      throw .spool(path: path, problem: "is no list of signals")
    }
    return record
  }

  private func write(_ signals: [LiveSignal], to path: String) throws(NodeError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    // Under another name until it is whole, always the same, so that a killed process leaves nothing behind.
    let draft = path + ".draft"
    do {
      try encoder.encode(signals).write(to: URL(fileURLWithPath: draft))
    } catch {
      throw .spool(path: path, problem: "cannot be written (\(error.localizedDescription))")
    }
    guard rename(draft, path) == 0 else {
      throw .spool(path: path, problem: "cannot be written (\(String(cString: strerror(errno))))")
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return body()
  }
}

extension ObservationPlan {
  /// Nanoseconds from the epoch from which on the signals of two plans can differ.
  fileprivate func firstDifference(from other: ObservationPlan) -> Int64 {
    let numbers = Set(signals.map(\.index)).union(other.signals.map(\.index))
    return numbers.map { number in
      switch (signals.first { $0.index == number }, other.signals.first { $0.index == number }) {
      case (let mine?, let its?): mine.firstDifference(from: its, seed: seed)
      case (let one?, nil), (nil, let one?): one.activation.start ?? 0
      case (nil, nil): .max
      }
    }.min() ?? .max
  }
}

extension ObservationPlan.Signal {
  /// The same for one signal, where `seed` is that of the plans.
  fileprivate func firstDifference(from other: ObservationPlan.Signal, seed: UInt64) -> Int64 {
    let begin = min(activation.start ?? 0, other.activation.start ?? 0)
    guard field == other.field, activation.start == other.activation.start, activation.rise == other.activation.rise,
      (self.seed ?? seed) == (other.seed ?? seed)
    else { return begin }
    guard activation.stop != other.activation.stop else { return .max }
    return max(
      begin, [activation.stop, other.activation.stop].compactMap(\.self).map { $0 - activation.rise }.min() ?? begin)
  }
}
