import Sky

extension NetworkTopology {
  /// Reads a topology file: YAML, defaults, units, ranges and everything that must fit together.
  ///
  /// - Parameters:
  ///   - text: the file's contents.
  ///   - file: its name, for faults.
  ///   - overrides: `key.path=value` settings that replace values of the file before it is checked; elements of lists
  ///     are named by index or by their name, as in `nodes.mainz01.rate=256 Hz` or `signals[0].enabled=false`.
  ///   - allowsOpenEndpoint: whether the hub may listen where other machines can reach it.
  /// - Returns: the topology when there is no fault; all faults and warnings in any case.
  public static func parse(
    text: String, file: String, overrides: [String] = [], allowsOpenEndpoint: Bool = false
  ) -> ParsedTopology {
    var composer = YAMLComposer(file: file)
    let composed = composer.compose(text)
    var reader = TopologyReader()
    reader.allowsOpenEndpoint = allowsOpenEndpoint
    reader.faults = composer.faults
    var topology: NetworkTopology?
    if var root = composed {
      for (index, override) in overrides.enumerated() {
        TopologyOverride(text: override, number: index + 1).apply(to: &root, &reader.faults)
      }
      root = root.withMergedDefaults
      reader.field = root.fieldUnit
      reader.epoch = root.epoch
      var candidate = section.read(root, &reader)
      candidate.askOthersNothing(unless: root)
      var checks = CrossChecks(topology: candidate, root: root, reader: reader)
      checks.run()
      reader = checks.reader
      topology = candidate
    } else if reader.faults.isEmpty {
      let start = SourceLocation(file: file, line: 1, column: 1)
      reader.fault(start, TopologyPath(), "the file is empty", remedy: "start from `gnomon topology example`")
    }
    let lines = text.yamlLines
    func finished(_ faults: [TopologyFault]) -> [TopologyFault] {
      faults.finished { $0 == TopologyOverride.file ? overrides : lines }
    }
    return ParsedTopology(
      topology: reader.faults.isEmpty ? topology : nil, faults: finished(reader.faults),
      warnings: finished(reader.warnings))
  }
}

extension NetworkTopology {
  /// A band of instruments on which no vector field acts is archived only, when the file does not say what to ask: clocks are
  /// searched without one.
  fileprivate mutating func askOthersNothing(unless root: SourceValue) {
    for index in bands.indices
    where root.value(at: TopologyPath().key("bands").index(index).key("analysis")) == nil {
      let members = nodes.filter { takesPart($0, in: bands[index]) }
      if !members.isEmpty, members.allSatisfy({ !$0.measuresVectors }) { bands[index].analysis = .none }
    }
  }
}

extension SourceValue {
  /// The tree with every node merged over `defaults: nodes:`.
  fileprivate var withMergedDefaults: SourceValue {
    guard case .mapping(var entries) = content, let defaults = self["defaults"]?["nodes"] else { return self }
    for index in entries.indices where entries[index].key == "nodes" {
      if case .list(let nodes) = entries[index].value.content {
        entries[index].value.content = .list(nodes.map { $0.merged(over: defaults) })
      }
    }
    var result = self
    result.content = .mapping(entries)
    return result
  }

  /// What the first vector sensor measures; the others have to measure the same.
  fileprivate var fieldUnit: FieldUnit {
    guard case .list(let nodes)? = value(at: TopologyPath().key("nodes"))?.content else { return .tesla }
    func text(_ node: SourceValue, _ key: String) -> String? {
      if case .scalar(let text, _)? = node[key]?.content { text } else { nil }
    }
    // What is wrong with an unknown kind is said elsewhere.
    let sensor = nodes.first { Node.measurand(ofKind: text($0, "kind")) != .constants } ?? nodes.first
    return sensor.flatMap { text($0, "unit") }.flatMap(FieldUnit.named) ?? .tesla
  }

  /// The run's time of reference; any instant when the file gives none, which is a fault of its own.
  fileprivate var epoch: GPSTime {
    var quiet = TopologyReader()
    return self["epoch"].flatMap { ValueForm<GPSTime>.instant.read($0, &quiet) } ?? quiet.epoch
  }
}

extension [TopologyFault] {
  /// Each fault once, in the order of the file, with the line of the text that it names.
  ///
  /// - Parameter source: the lines of a file.
  func finished(source: (String) -> [String]) -> [TopologyFault] {
    withoutRepetitions.map { fault in
      var fault = fault
      let lines = source(fault.location.file)
      if lines.indices.contains(fault.location.line - 1) { fault.sourceLine = lines[fault.location.line - 1] }
      return fault
    }
  }

  /// In the order of the file, overrides last, each fault once: values that many nodes share are read many times.
  fileprivate var withoutRepetitions: [TopologyFault] {
    var seen = Set<String>()
    let unique = filter { seen.insert("\($0.location) \($0.key) \($0.reason)").inserted }
    func order(_ fault: TopologyFault) -> (Int, Int, Int) {
      (fault.location.file == TopologyOverride.file ? 1 : 0, fault.location.line, fault.location.column)
    }
    return unique.enumerated()
      .sorted { order($0.element) == order($1.element) ? $0.offset < $1.offset : order($0.element) < order($1.element) }
      .map(\.element)
  }
}

extension String {
  /// The lines as YAML counts them.
  var yamlLines: [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in unicodeScalars {
      defer { previous = scalar }
      if scalar == "\n", previous == "\r" { continue }
      if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) {
        lines.append(String(line))
        line = String.UnicodeScalarView()
      } else {
        line.append(scalar)
      }
    }
    return lines + [String(line)]
  }
}
