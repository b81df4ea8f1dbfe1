import Archive
import DarkMatter
import Foundation
import Instruments
import Protocol
import Topology

/// Why signals are not put in or ended: what was wrong and what to do.
struct InjectionProblem: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// What an operator asks for, checked against the topology and what is in the data already; when it is to happen is open.
struct InjectionProposal: Sendable {
  /// One signal that is to begin or to end.
  struct Change: Sendable {
    var signal: Signal
    /// Its number among all signals of the run.
    var index: Int
    var seed: UInt64
    /// Names of the nodes that it is put into; nil for all.
    var nodes: [String]?
    /// Position of its row among those of `/injections`, when it is to end; nil when it is to begin.
    var endingRow: Int?
  }

  let changes: [Change]
  let warnings: [String]
  private let topology: NetworkTopology
  private let rows: [InjectionRow]
  /// Nanoseconds after the epoch at which it is to happen; nil for as soon as possible.
  private let time: Int64?

  /// - Parameters:
  ///   - request: what is asked for.
  ///   - topology: of the run.
  ///   - rows: of `/injections`.
  /// - Throws: ``InjectionProblem``, also when a node of the topology cannot record a signal.
  init(
    _ request: ControlMessage.InjectionRequest, topology: NetworkTopology, rows: [InjectionRow]
  ) throws(InjectionProblem) {
    self.topology = topology
    self.rows = rows
    time =
      request.atNanoseconds
      ?? request.atGPSNanoseconds.map {
        let (time, isAbsurd) = $0.subtractingReportingOverflow(topology.epoch.nanoseconds)
        return isAbsurd ? -1 : time
      }
    if let stranger = request.nodes?.first(where: { name in !topology.nodes.contains { $0.name == name } }) {
      throw InjectionProblem(
        "the network has no node \(stranger); it has \(topology.nodes.map(\.name).joined(separator: ", "))")
    }
    let parsed = try Self.read(request, topology)
    warnings = parsed.warnings
    changes =
      try Self.endings(request, topology, rows)
      + Self.beginnings(parsed.signals, request, topology, rows)
    guard !changes.isEmpty else {
      throw InjectionProblem("no signal is enabled and none is to end: there is nothing to do")
    }
    try Self.tryInstruments(changes.filter { $0.endingRow == nil }, topology)
  }

  private static func read(
    _ request: ControlMessage.InjectionRequest, _ topology: NetworkTopology
  ) throws(InjectionProblem) -> (signals: [Signal], warnings: [String]) {
    var (signals, warnings): ([Signal], [String]) = ([], [])
    for (number, text) in request.signals.enumerated() {
      let file = number < request.files.count ? request.files[number] : "signal \(number + 1)"
      let parsed = topology.parseSignals(text: text, file: file)
      guard parsed.faults.isEmpty else {
        throw InjectionProblem(parsed.faults.map(\.description).joined(separator: "\n"))
      }
      // A live signal always has a start, and so an edge.
      warnings += parsed.warnings.filter { !$0.key.hasSuffix(".rise") }.map(\.description)
      signals += parsed.signals
    }
    return (signals, warnings)
  }

  private static func beginnings(
    _ signals: [Signal], _ request: ControlMessage.InjectionRequest, _ topology: NetworkTopology, _ rows: [InjectionRow]
  ) throws(InjectionProblem) -> [Change] {
    let taken = rows.enumerated().map { $0.element.details?.signalIndex ?? $0.offset }
    let first = request.index ?? max(topology.signals.count, (taken.max() ?? -1) + 1)
    guard (0...65_535).contains(first) else {
      throw InjectionProblem("the index \(first) is none from 0 to 65535: choose another")
    }
    var changes: [Change] = []
    for (number, signal) in signals.enumerated() where signal.enabled {
      let index = first + number
      guard !rows.contains(where: { $0.identifier == signal.name }) else {
        throw InjectionProblem("a signal named \(signal.name) is in the data already: rename the new one")
      }
      guard signals.count(where: { $0.name == signal.name }) == 1 else {
        throw InjectionProblem("two signals are named \(signal.name): rename one of them")
      }
      guard index <= 65_535, !taken.contains(index) else {
        throw InjectionProblem("the number \(index) of \(signal.name) is taken or too large: choose another index")
      }
      changes.append(
        Change(signal: signal, index: index, seed: request.seed ?? topology.seed, nodes: request.nodes))
    }
    return changes
  }

  private static func endings(
    _ request: ControlMessage.InjectionRequest, _ topology: NetworkTopology, _ rows: [InjectionRow]
  ) throws(InjectionProblem) -> [Change] {
    var changes: [Change] = []
    for name in Set(request.stop).sorted() {
      guard let position = rows.firstIndex(where: { $0.identifier == name }) else {
        let known = rows.isEmpty ? "there is none" : "there are \(rows.map(\.identifier).joined(separator: ", "))"
        throw InjectionProblem("no signal named \(name) is in the data: \(known)")
      }
      let row = rows[position]
      let index = row.details?.signalIndex ?? position
      let signal: Signal
      do {
        if let live = row.details?.live {
          signal = try topology.signal(text: live.text)
        } else if topology.signals.indices.contains(index) {
          signal = topology.signals[index]
        } else {
          throw InjectionProblem("\(name) is in the data, but nothing is known of how it was put in")
        }
      } catch {
        throw error as? InjectionProblem ?? InjectionProblem("\(error)")
      }
      changes.append(
        Change(signal: signal, index: index, seed: row.seed, nodes: row.details?.live?.nodes, endingRow: position))
    }
    return changes
  }

  /// Makes every instrument with the new signals: what a node could not take is found here.
  private static func tryInstruments(_ changes: [Change], _ topology: NetworkTopology) throws(InjectionProblem) {
    var recorded = Set<Int>()
    for node in topology.nodes {
      var plan = topology.observationPlan
      plan.signals = changes.filter { $0.nodes?.contains(node.name) ?? true }.map {
        .init(index: $0.index, field: $0.signal.field, activation: $0.signal.activation, seed: $0.seed)
      }
      guard !plan.signals.isEmpty else { continue }
      do {
        recorded.formUnion(try node.signalSource(plan: plan).recordedSignals)
      } catch {
        throw InjectionProblem("node \(node.name) cannot record it: \(error)")
      }
    }
    if let unseen = changes.first(where: { !recorded.contains($0.index) }) {
      throw InjectionProblem(
        "no node records any frequency of signal \(unseen.signal.name): it lies above half of their sample rates or "
          + "outside their basebands: choose a lower frequency, or other nodes")
    }
  }

  /// Whether a change reaches a node.
  func reaches(_ node: String) -> Bool { changes.contains { $0.nodes?.contains(node) ?? true } }

  /// The signals as they are now, for the nodes to look at.
  var signals: [LiveSignal] { changes.map { live($0.signal, $0) } }

  private func live(_ signal: Signal, _ change: Change) -> LiveSignal {
    LiveSignal(
      name: signal.name, index: change.index, seed: change.seed, text: topology.canonicalText(of: signal),
      nodes: change.nodes)
  }
}

/// What is to become of the signals, and when: the same for the archive, all nodes and the operator.
struct InjectionDecision: Sendable {
  /// Nanoseconds after the epoch from which on the data carry it.
  var from: Int64
  var signals: [LiveSignal] = []
  /// Rows of `/injections` and where they go.
  var rows: [(position: Int, row: InjectionRow)] = []
  var changes: [ControlMessage.Injected.Change] = []
}

extension InjectionProposal {
  /// Settles when it happens.
  ///
  /// - Parameter earliest: nanoseconds after the epoch before which no sample may change.
  /// - Throws: ``InjectionProblem`` when what was asked for cannot be had any more.
  func decide(earliest: Int64) throws(InjectionProblem) -> InjectionDecision {
    func seconds(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds) / 1e9) s" }
    if let time, time < earliest {
      throw InjectionProblem(
        "samples are made up to \(seconds(earliest)) after the epoch already, \(seconds(time)) is past: choose a later time"
      )
    }
    let from = time ?? earliest
    guard from < topology.duration else {
      throw InjectionProblem(
        "samples are made up to \(seconds(earliest)) after the epoch already, and the run ends at "
          + "\(seconds(topology.duration)): nothing is left for it; give the run a lower speed")
    }
    var decision = InjectionDecision(from: from)
    var length = rows.count
    for change in changes {
      var signal = change.signal
      if change.endingRow != nil {
        try end(&signal, at: from)
      } else {
        try begin(&signal, at: from, earliest: earliest, nodes: change.nodes)
      }
      do { try signal.activation.validate() } catch { throw InjectionProblem("\(signal.name): \(error)") }
      let live = live(signal, change)
      var row = InjectionRow(
        signal, index: change.index, seed: change.seed, in: topology, nodes: change.nodes.map(Set.init))
      row.details?.live = .init(text: live.text, nodes: change.nodes)
      decision.signals.append(live)
      decision.rows.append((change.endingRow ?? length, row))
      if change.endingRow == nil { length += 1 }
      decision.changes.append(answer(signal, change, row, from: from))
    }
    return decision
  }

  private func begin(
    _ signal: inout Signal, at from: Int64, earliest: Int64, nodes: [String]?
  ) throws(InjectionProblem) {
    let start = signal.activation.start ?? from
    guard start >= earliest else {
      throw InjectionProblem(
        "\(signal.name) is to start \(Double(start) / 1e9) s after the epoch, and samples are made up to "
          + "\(Double(earliest) / 1e9) s already: choose a later start, or none for as soon as possible")
    }
    signal.activation.start = start
    // An event has its own time; nobody is to see only a part of it because it was asked for too late.
    let event = ObservationPlan.Signal(index: 0, field: signal.field)
    for node in topology.nodes where nodes?.contains(node.name) ?? true {
      if let arrival = event.beginning(at: node.site, epoch: topology.epoch), arrival < Double(start) * 1e-9 {
        throw InjectionProblem(
          "\(signal.name) reaches node \(node.name) \(arrival) s after the epoch, before \(Double(start) / 1e9) s, from "
            + "when on the data can carry it: choose a later time")
      }
    }
  }

  private func end(_ signal: inout Signal, at from: Int64) throws(InjectionProblem) {
    let activation = signal.activation
    guard activation.start ?? .min < from else {
      throw InjectionProblem("\(signal.name) has not begun yet: wait, or choose a later time")
    }
    // The edge lies before the stop, and a signal that has just begun has to come to the end of its first edge.
    let stop = max(from + activation.rise, activation.start.map { $0 + 2 * activation.rise } ?? .min)
    guard activation.stop.map({ $0 > stop }) ?? true else {
      throw InjectionProblem("\(signal.name) ends \(Double(activation.stop ?? 0) / 1e9) s after the epoch already")
    }
    signal.activation.stop = stop
  }

  private func answer(
    _ signal: Signal, _ change: Change, _ row: InjectionRow, from: Int64
  ) -> ControlMessage.Injected.Change {
    guard change.endingRow != nil else {
      return .init(
        name: signal.name, kind: "start", firstSamples: row.details?.firstSamples ?? [:],
        steadySamples: row.details?.steadySamples ?? [:])
    }
    func samples(_ nanoseconds: Int64) -> [String: Int64] {
      let nodes = topology.nodes.filter { change.nodes?.contains($0.name) ?? true }
      return Dictionary(
        uniqueKeysWithValues: nodes.map {
          ($0.name, $0.clock.firstSample(atOrAfter: Double(nanoseconds) * 1e-9, sampleRate: $0.sampleRate))
        })
    }
    return .init(
      name: signal.name, kind: "stop", firstSamples: samples(from),
      steadySamples: samples(signal.activation.stop ?? from))
  }
}
