import Sky

/// What all values share while one topology is read: what was found wrong, and what the whole file has decided.
struct TopologyReader {
  var faults: [TopologyFault] = []
  var warnings: [TopologyFault] = []
  /// What the channels of the network measure; decides the units of noise and signals.
  var field: FieldUnit = .tesla
  /// Time of the first sample, at which strengths and directions of what changes with the Earth's motion are meant.
  var epoch = GPSTime(nanoseconds: 0)
  /// Whether endpoints outside this machine are allowed.
  var allowsOpenEndpoint = false
  /// True while `defaults` is read, where any key may be missing.
  var isPartial = false

  /// Records a fault at `value`.
  mutating func fault(_ value: SourceValue, _ reason: String, remedy: String) {
    faults.append(
      TopologyFault(location: value.location, key: "\(value.path)", reason: reason, remedy: remedy))
  }

  /// Records a fault at a place that holds no value of its own, such as a missing key.
  mutating func fault(_ location: SourceLocation, _ path: TopologyPath, _ reason: String, remedy: String) {
    faults.append(TopologyFault(location: location, key: "\(path)", reason: reason, remedy: remedy))
  }

  mutating func warn(_ value: SourceValue, _ reason: String, remedy: String) {
    warnings.append(
      TopologyFault(
        severity: .warning, location: value.location, key: "\(value.path)", reason: reason, remedy: remedy))
  }
}
