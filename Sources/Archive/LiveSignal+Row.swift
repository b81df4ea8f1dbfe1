import Protocol

extension LiveSignal {
  /// The signal of a row, when it was put in or changed while the network ran; nil for others.
  public init?(_ row: InjectionRow) {
    guard let live = row.details?.live, let index = row.details?.signalIndex else { return nil }
    self.init(name: row.identifier, index: index, seed: row.seed, text: live.text, nodes: live.nodes)
  }
}
