import DarkMatter

extension NetworkTopology {
  /// A signal as YAML with every key given, in SI units: `signal(text:)` reads back an equal value.
  public func canonicalText(of signal: Signal) -> String {
    let field = nodes.first.flatMap { FieldUnit.named($0.unit) } ?? .tesla
    return Signal.section.write(signal, field).lines().joined(separator: "\n") + "\n"
  }

  /// Reads one signal.
  ///
  /// - Parameter text: YAML with the keys of `signals:` in a topology.
  /// - Throws: ``TopologyError`` with the first fault.
  public func signal(text: String) throws(TopologyError) -> Signal {
    let parsed = parseSignals(text: text, file: "signal")
    guard let signal = parsed.signals.first, parsed.signals.count == 1 else {
      throw TopologyError(description: parsed.faults.first?.description ?? "one signal was expected")
    }
    return signal
  }
}
