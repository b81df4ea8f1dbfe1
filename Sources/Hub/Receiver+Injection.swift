import Archive
import Foundation
import Protocol
import Threads
import Topology

/// What the receiver knows of signals that are put in, changed or ended while the network runs.
struct InjectionState {
  /// A request on its way: looked at, then agreed upon with the nodes, then stored.
  struct Pending {
    var identifier: String
    /// Routing identity of the operator.
    var peer: Data
    /// Nil while it is looked at.
    var proposal: InjectionProposal?
    /// Nanoseconds after the epoch before which some node has made its samples.
    var earliest: Int64 = 0
    /// Nil until all nodes have answered.
    var decision: InjectionDecision?
  }

  let topology: NetworkTopology
  /// Nanoseconds: instants at which things happen are multiples of it, where every stream has a sample.
  let period: Int64
  /// Those of `/injections`.
  var rows: [InjectionRow]
  let room: InjectionRoom
  /// Whether the streams carry what an archive says, and nothing can be put in.
  let isReplay: Bool
  var pending: Pending?

  /// Bytes that the list of live signals may have in a welcome.
  private static let listLimit = ControlMessage.sizeLimit / 2

  init(topology: NetworkTopology, rows: [InjectionRow], room: InjectionRoom, isReplay: Bool) {
    self.topology = topology
    self.rows = rows
    self.room = room
    self.isReplay = isReplay
    period = HubLayout.commonPeriod(of: topology.nodes.map(\.sampleRate))
  }

  /// The signals that a node has to carry beside those of the topology, also those that are about to be stored.
  func signals(of node: String) -> [LiveSignal] {
    var signals = isReplay ? [] : rows.compactMap(LiveSignal.init)
    for new in pending?.decision?.signals ?? [] {
      signals.removeAll { $0.index == new.index }
      signals.append(new)
    }
    return signals.filter { $0.nodes?.contains(node) ?? true }
  }

  /// Checks that there is room for a decision, in the archive and in the messages.
  func check(_ decision: InjectionDecision) throws(InjectionProblem) {
    for (_, row) in decision.rows where !room.holds(row) {
      throw InjectionProblem("the archive has no room for the description of \(row.identifier): make it shorter")
    }
    let texts = (rows.compactMap(LiveSignal.init) + decision.signals).reduce(0) { $0 + $1.text.utf8.count + 256 }
    guard texts <= Self.listLimit else {
      throw InjectionProblem("the network carries as many live signals as it can: nothing more can be put in")
    }
  }

  /// Takes over what is stored now.
  mutating func take(_ decision: InjectionDecision) {
    for (position, row) in decision.rows {
      if position < rows.count { rows[position] = row } else { rows.append(row) }
    }
  }
}

/// Operators: signals put into the running network, and ended, at one sample for all nodes.
///
/// The nodes are asked from when on they can, and make no more samples until they are told; the decision is in the archive
/// before any node hears of it. Whoever is away finds it in the welcome.
extension Receiver {
  /// Begins with a request.
  func handle(_ request: ControlMessage.InjectionRequest, identity: Data) throws {
    // Names of operators have a blank, which names of nodes cannot have.
    guard !isSecured || headFrame.sender?.hasPrefix("operator ") ?? false else {
      progress.update { $0.refused += 1 }
      logger.warning("refused an injection by '\(headFrame.sender ?? "")'", metadata: ["code": "key"])
      return try refuse(
        identity, code: "key", "only the key of an operator may put signals in: see gnomon keys --operator")
    }
    guard injections.pending == nil else {
      return try refuse(identity, code: "busy", "another injection is under way: try again")
    }
    guard !injections.isReplay else {
      return try refuse(identity, "the streams are those of an archive: put signals into a copy of it instead")
    }
    guard stopReason == nil else { return try refuse(identity, "the run is ending") }
    let identifier = String(UInt64.random(in: 0 ... .max), radix: 16)
    injections.pending = .init(identifier: identifier, peer: identity)
    logger.info("looking at an injection of \(request.signals.count) texts, \(request.stop.count) ends")
    try answer(.heartbeat)
    // Making every instrument can take a while, and the nodes are not to wait for it.
    let (topology, rows) = (injections.topology, injections.rows)
    _ = Worker(
      "injection",
      { [mailbox] in
        let result: Result<InjectionProposal, InjectionProblem>
        do throws(InjectionProblem) {
          result = .success(try InjectionProposal(request, topology: topology, rows: rows))
        } catch {
          result = .failure(error)
        }
        mailbox.post(.proposal(result))
      })
  }

  /// Asks the nodes from when on they can do what was asked for.
  func handle(_ result: Result<InjectionProposal, InjectionProblem>) throws {
    guard injections.pending != nil else { return }
    switch result {
    case .failure(let problem): try refusePending("\(problem)")
    case .success(let proposal):
      for (layout, stream) in zip(layout.streams, streams) where proposal.reaches(layout.name) && !stream.ended {
        guard let injects = stream.injects else {
          return try refusePending("node \(layout.name) has not joined yet: wait for it, or leave it out")
        }
        guard injects else {
          return try refusePending("node \(layout.name) cannot put signals into its samples: leave it out")
        }
      }
      injections.pending?.proposal = proposal
      for index in streams.indices { try prepare(index) }
    }
  }

  /// Asks one node, also one that comes while the others are asked.
  func prepare(_ index: Int) throws {
    guard let pending = injections.pending, let proposal = pending.proposal, pending.decision == nil,
      proposal.reaches(layout.streams[index].name), !streams[index].ended
    else { return }
    streams[index].isReady = false
    try send(.prepare(.init(identifier: pending.identifier, signals: proposal.signals)), to: index)
  }

  func handle(_ ready: ControlMessage.Ready, stream index: Int) throws {
    guard ready.identifier == injections.pending?.identifier, injections.pending?.decision == nil else { return }
    if let problem = ready.problem { return try refusePending("node \(layout.streams[index].name): \(problem)") }
    streams[index].isReady = true
    let earliest = injections.pending?.earliest ?? 0
    // Later than the run is as good as never.
    injections.pending?.earliest = max(earliest, min(ready.earliestNanoseconds, layout.duration))
  }

  /// Decides when all nodes that are here have answered, and has it stored.
  func goOnWithInjection() throws {
    guard var pending = injections.pending, let proposal = pending.proposal, pending.decision == nil else { return }
    if stopReason != nil { return try refusePending("the run is ending") }
    for (index, stream) in streams.enumerated() where proposal.reaches(layout.streams[index].name) && !stream.ended {
      guard stream.peer == nil || stream.isReady else { return }
      // What is here of a node that is away stays as it is.
      let node = injections.topology.nodes[index]
      pending.earliest = max(
        pending.earliest,
        node.clock.earliestChange(sparingSamplesBelow: stream.ledger.nextSample, sampleRate: node.sampleRate))
    }
    guard !zip(layout.streams, streams).allSatisfy({ $1.ended || !proposal.reaches($0.name) }) else {
      return try refusePending("the streams have ended")
    }
    let period = injections.period
    do throws(InjectionProblem) {
      let decision = try proposal.decide(earliest: (pending.earliest + period - 1) / period * period)
      try injections.check(decision)
      pending.decision = decision
    } catch {
      return try refusePending("\(error)")
    }
    injections.pending = pending
    archive.push(.injection(pending.decision?.rows ?? []))
  }

  /// Tells the nodes and the operator: it is in the archive.
  func finishInjection() throws {
    guard let pending = injections.pending, let decision = pending.decision else { return }
    injections.take(decision)
    injections.pending = nil
    var away: [String] = []
    for (index, stream) in streams.enumerated() where !stream.ended {
      let node = layout.streams[index].name
      let signals = decision.signals.filter { $0.nodes?.contains(node) ?? true }
      guard !signals.isEmpty else { continue }
      if stream.peer == nil { away.append(node) }
      try send(.inject(.init(identifier: pending.identifier, signals: signals)), to: index)
    }
    for change in decision.changes {
      logger.notice("\(change.name): \(change.kind) \(Double(decision.from) / 1e9) s after the epoch")
    }
    _ = try transmit(
      .injected(
        .init(
          run: runIdentifier, fromNanoseconds: decision.from,
          fromGPSNanoseconds: layout.epoch.advanced(byNanoseconds: decision.from).nanoseconds,
          changes: decision.changes, away: away, warnings: pending.proposal?.warnings ?? [])), to: pending.peer)
  }

  /// Gives the request up: nothing has changed.
  func refusePending(_ detail: String) throws {
    guard let pending = injections.pending, pending.decision == nil else { return }
    injections.pending = nil
    logger.warning("no injection: \(detail)")
    if let proposal = pending.proposal {
      for index in streams.indices where proposal.reaches(layout.streams[index].name) && !streams[index].ended {
        try send(.abandon(identifier: pending.identifier), to: index)
      }
    }
    try refuse(pending.peer, detail)
  }

  /// Tells the operator that the hub is still at it.
  func reassureOperator() throws {
    if injections.pending != nil { try answer(.heartbeat) }
  }

  private func answer(_ message: ControlMessage) throws {
    if let peer = injections.pending?.peer { _ = try transmit(message, to: peer) }
  }

  private func refuse(_ peer: Data, code: String = "injection", _ detail: String) throws {
    _ = try transmit(.refused(.init(code: code, detail: detail)), to: peer)
  }
}
