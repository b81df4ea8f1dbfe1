import Sky

/// What reading signals gave: the signals when there is no fault, and everything there is to say about the text.
public struct ParsedSignals: Sendable {
  /// Empty when there is a fault.
  public var signals: [Signal]
  /// In the order of the file.
  public var faults: [TopologyFault]
  public var warnings: [TopologyFault]
}

extension NetworkTopology {
  fileprivate static let signalRemedy = "write a signal as under `signals:` in a topology"

  /// Reads signals to be seen by this network: the keys of `signals:` in a topology, checked as there.
  ///
  /// - Parameters:
  ///   - text: YAML: one signal, a list of them, or a mapping with the key `signals`.
  ///   - file: its name, for faults.
  /// - Returns: the signals when there is no fault; all faults and warnings in any case.
  public func parseSignals(text: String, file: String) -> ParsedSignals {
    var reader = TopologyReader()
    var composer = YAMLComposer(file: file)
    let path = TopologyPath().key("signals")
    let composed = composer.compose(text, at: path)
    reader.faults = composer.faults
    if composed == nil, reader.faults.isEmpty {
      reader.fault(
        SourceLocation(file: file, line: 1, column: 1), path, "there is no signal", remedy: Self.signalRemedy)
    }
    var signals: [Signal] = []
    if let list = composed?.signalList(at: path, file: file, &reader) {
      // The rest of the topology is only there to be checked against.
      var frame = YAMLComposer(file: "topology of the archive")
      if var root = frame.compose(canonicalText), case .mapping(var entries) = root.content {
        entries.removeAll { $0.key == "signals" }
        entries.append(SourceEntry(key: "signals", location: list.location, value: list))
        root.content = .mapping(entries)
        reader.field = FieldUnit.named(fieldUnit) ?? .tesla
        reader.epoch = epoch
        let candidate = NetworkTopology.section.read(root, &reader)
        var checks = CrossChecks(topology: candidate, root: root, reader: reader)
        checks.run()
        reader = checks.reader
        signals = candidate.signals
      }
    }
    func own(_ faults: [TopologyFault]) -> [TopologyFault] {
      faults.filter { $0.location.file == file }.finished(source: { _ in text.yamlLines })
    }
    let faults = own(reader.faults)
    return ParsedSignals(signals: faults.isEmpty ? signals : [], faults: faults, warnings: own(reader.warnings))
  }
}

extension SourceValue {
  /// The list of signals in one of the three forms of a file of signals.
  fileprivate func signalList(at path: TopologyPath, file: String, _ reader: inout TopologyReader) -> SourceValue? {
    switch content {
    case .list(let items):
      guard !items.isEmpty else { break }
      return self
    case .mapping(let entries):
      guard let given = entries.first(where: { $0.key == "signals" }) else {
        return SourceValue(content: .list([relocated(from: path, to: path.index(0))]), location: location, path: path)
      }
      for entry in entries where entry.key != "signals" {
        reader.fault(
          entry.location, TopologyPath().key(entry.key), "not a key of a file of signals",
          remedy: "remove it: only `signals` is read")
      }
      let list = given.value.relocated(from: path.key("signals"), to: path)
      guard case .list(let items) = list.content, !items.isEmpty else { break }
      return list
    case .scalar: break
    }
    reader.fault(location, path, "there is no signal", remedy: NetworkTopology.signalRemedy)
    return nil
  }

  /// The same value as if it had been written elsewhere.
  private func relocated(from old: TopologyPath, to new: TopologyPath) -> SourceValue {
    var result = self
    result.path = TopologyPath(components: new.components + path.components.dropFirst(old.components.count))
    switch content {
    case .scalar: break
    case .list(let items): result.content = .list(items.map { $0.relocated(from: old, to: new) })
    case .mapping(let entries):
      result.content = .mapping(
        entries.map { SourceEntry(key: $0.key, location: $0.location, value: $0.value.relocated(from: old, to: new)) })
    }
    return result
  }
}
