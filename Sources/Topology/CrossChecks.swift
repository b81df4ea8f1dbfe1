import DarkMatter
import Instruments
import Numerics
import Sky

/// What no key alone can tell: names that clash, bands beyond a rate, times that are no whole number of samples.
///
/// The topology may hold placeholders where values have faults; a check is left out when a value it needs has one.
struct CrossChecks {
  let topology: NetworkTopology
  /// The tree of the file, defaults merged.
  let root: SourceValue
  var reader: TopologyReader
  private let faulty: Set<String>

  let nodes = TopologyPath().key("nodes")
  let bands = TopologyPath().key("bands")
  let signals = TopologyPath().key("signals")

  init(topology: NetworkTopology, root: SourceValue, reader: TopologyReader) {
    self.topology = topology
    self.root = root
    self.reader = reader
    faulty = Set(reader.faults.map(\.key))
  }

  mutating func run() {
    checkNames()
    checkUnits()
    checkTimes()
    checkHub()
    for index in topology.bands.indices { checkBand(index) }
    for index in topology.signals.indices { checkSignal(index) }
    for index in topology.nodes.indices { checkNode(index) }
  }

  /// The value at `path`, or the nearest one around it.
  private func source(at path: TopologyPath) -> SourceValue {
    path.withAncestors.reversed().lazy.compactMap { root.value(at: $0) }.first ?? root
  }

  /// Whether all values at `paths` were read without fault.
  func isSound(_ paths: TopologyPath...) -> Bool {
    paths.allSatisfy { path in
      let written = root.value(at: path)?.path ?? path
      return (path.withAncestors + written.withAncestors).allSatisfy {
        $0.components.isEmpty || !faulty.contains("\($0)")
      }
    }
  }

  /// Whether everything below `path` was read without fault.
  func isSoundBelow(_ path: TopologyPath) -> Bool {
    isSound(path) && !faulty.contains { $0.hasPrefix("\(path).") || $0.hasPrefix("\(path)[") }
  }

  /// The different frequency ranges that nodes record, where rate and baseband are sound, each with the first node that
  /// has it.
  ///
  /// - Parameter counts: whether a node counts.
  func distinctRanges(where counts: (Node) -> Bool) -> [Node] {
    var found: [Node] = []
    for (index, node) in topology.nodes.enumerated()
    where counts(node) && isSound(nodes.index(index).key("rate"), nodes.index(index).key("baseband")) {
      if !found.contains(where: { $0.sampleRate == node.sampleRate && $0.baseband == node.baseband }) {
        found.append(node)
      }
    }
    return found
  }

  mutating func fault(_ path: TopologyPath, _ reason: String, remedy: String) {
    let place = source(at: path)
    let key = root.value(at: path) == nil ? path : place.path
    reader.fault(place.location, key, reason, remedy: remedy)
  }

  mutating func warn(_ path: TopologyPath, _ reason: String, remedy: String) {
    reader.warn(source(at: path), reason, remedy: remedy)
  }

  /// The different sample rates of nodes whose rate is sound, each with the first node that has it.
  ///
  /// - Parameter counts: whether a node counts.
  func distinctRates(where counts: (Node) -> Bool = { _ in true }) -> [(rate: SampleRate, node: String)] {
    var rates: [(rate: SampleRate, node: String)] = []
    for (index, node) in topology.nodes.enumerated() where counts(node) && isSound(nodes.index(index).key("rate")) {
      if !rates.contains(where: { $0.rate == node.sampleRate }) { rates.append((node.sampleRate, node.name)) }
    }
    return rates
  }
}

extension CrossChecks {
  private mutating func checkNames() {
    for list in [nodes, bands, signals] { checkUniqueNames(in: list) }
    for index in topology.nodes.indices { checkUniqueNames(in: nodes.index(index).key("axes")) }
    var owners: [UInt64: String] = [:]
    for (index, node) in topology.nodes.enumerated() where isSound(nodes.index(index).key("name")) {
      let identifier = nodeIdentifier(node.name)
      if let owner = owners[identifier], owner != node.name {
        fault(
          nodes.index(index).key("name"), "`\(node.name)` and `\(owner)` have the same random numbers (FNV-1a hash)",
          remedy: "rename one of them")
      }
      owners[identifier] = node.name
    }
  }

  private mutating func checkUniqueNames(in list: TopologyPath) {
    guard case .list(let items)? = root.value(at: list)?.content else { return }
    var owners: [String: TopologyPath] = [:]
    for (index, item) in items.enumerated() {
      guard case .scalar(let name, _)? = item["name"]?.content else { continue }
      if let owner = owners[name] {
        fault(list.index(index).key("name"), "`\(name)` is the name of \(owner), too", remedy: "give each its own name")
      } else {
        owners[name] = list.index(index)
      }
    }
  }

  /// Vector sensors of one network measure one field; clocks measure ratios.
  private mutating func checkUnits() {
    let sensors = topology.nodes.indices.filter { topology.nodes[$0].measuresVectors }
    guard let first = sensors.first, isSound(nodes.index(first).key("unit")) else { return }
    let unit = topology.nodes[first].unit
    for index in sensors {
      let (node, path) = (topology.nodes[index], nodes.index(index).key("unit"))
      if node.unit != unit, isSound(path) {
        fault(
          path, "`\(node.name)` measures \(node.unit), but `\(topology.nodes[first].name)` measures \(unit)",
          remedy: "all vector sensors of a network have one unit")
      }
    }
  }

  private mutating func checkTimes() {
    let duration = TopologyPath().key("duration")
    let block = TopologyPath().key("synthesis").key("block")
    for (rate, node) in distinctRates() {
      let rateText = Dimension.text(of: rate)
      if isSound(duration), rate.samples(inNanoseconds: topology.duration) == nil {
        fault(
          duration,
          "\(Dimension.text(ofNanoseconds: topology.duration)) is no whole number of samples at \(rateText) (`\(node)`)",
          remedy: "choose a multiple of \(rate.denominator)/\(rate.numerator) s")
      }
      // Clocks make their fields without blocks.
      let hasBlocks = topology.nodes.contains { $0.sampleRate == rate && $0.measuresVectors }
      if hasBlocks, isSound(block), rate.samples(inNanoseconds: topology.synthesisBlock).map({ $0 % 2 != 0 }) ?? true {
        fault(
          block,
          "\(Dimension.text(ofNanoseconds: topology.synthesisBlock)) is no even number of samples at \(rateText)"
            + " (`\(node)`)",
          remedy: "choose a multiple of \(2 * rate.denominator)/\(rate.numerator) s")
      }
    }
    guard isSound(block) else { return }
    for node in distinctRanges(where: { _ in true }) {
      guard let baseband = node.baseband, wholeCycles(of: baseband, inNanoseconds: topology.synthesisBlock) == nil
      else { continue }
      fault(
        block,
        "\(Dimension.text(ofNanoseconds: topology.synthesisBlock)) is no whole number of cycles of the baseband's centre "
          + "\(Dimension.frequency.text(of: baseband)) (`\(node.name)`)",
        remedy: "choose a block, or a baseband, for which baseband x block is whole")
    }
  }

  private mutating func checkHub() {
    let hub = TopologyPath().key("hub")
    if isSound(hub.key("heartbeat"), hub.key("patience")), topology.hub.patience <= topology.hub.heartbeat {
      fault(hub.key("patience"), "not longer than heartbeat", remedy: "give it several heartbeats, such as 20 s")
    }
    let largest = hub.key("connections").key("largest-message")
    if isSound(largest), let limit = topology.hub.connections?.largestMessage, limit < topology.largestBlockBytes {
      fault(
        largest, "the longest block of a node has \(topology.largestBlockBytes) bytes",
        remedy: "give it as many, or choose smaller `block-samples`")
    }
  }

  private mutating func checkNode(_ index: Int) {
    let node = topology.nodes[index]
    let path = nodes.index(index)
    for (number, interval) in node.gaps.intervals.enumerated() {
      let place = path.key("gaps").key("intervals").index(number)
      let (end, overflow) = interval.start.addingReportingOverflow(interval.length)
      if isSound(place.key("start"), place.key("length"), TopologyPath().key("duration")),
        overflow || end > topology.duration
      {
        fault(
          place.key("start"), "the gap ends after the run",
          remedy: "start + length is at most \(Dimension.text(ofNanoseconds: topology.duration))")
      }
    }
    let outages = path.key("gaps").key("outages-per-hour")
    let mean = path.key("gaps").key("mean-outage")
    if isSound(outages, mean), node.gaps.outagesPerHour > 0, node.gaps.meanOutage == 0 {
      fault(mean, "random outages need a mean length", remedy: "add `mean-outage: 2 min`")
    }
    let range = node.recordedFrequencies
    if isSound(path.key("rate"), path.key("baseband")), range.lowest < 0 {
      fault(
        path.key("baseband"), "below half of the rate \(Dimension.text(of: node.sampleRate))",
        remedy: "a sensor that records frequencies from zero on has real samples: remove the key, or lower the rate")
    }
    checkInstrument(of: node, at: path)
  }
}

/// The frequencies that a node records, for messages.
func rangeText(_ node: Node) -> String {
  let range = node.recordedFrequencies
  return "\(shortest(range.lowest)) to \(Dimension.frequency.text(of: range.highest)), what `\(node.name)` records"
}
