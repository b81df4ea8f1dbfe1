/// One thing wrong, or doubtful, in a topology: where, what, and what to do about it.
public struct TopologyFault: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  public enum Severity: String, Hashable, Sendable, Codable {
    /// The topology cannot be used.
    case error
    /// The topology can be used but may not do what its author expects.
    case warning
  }

  public var severity: Severity
  public var location: SourceLocation
  /// Path of the key, such as `nodes[3].axes[0].azimuth`; empty for the file as a whole.
  public var key: String
  public var reason: String
  public var remedy: String
  /// The line of the file that `location` names; empty when there is none.
  public var sourceLine: String

  public init(
    severity: Severity = .error, location: SourceLocation, key: String, reason: String, remedy: String,
    sourceLine: String = ""
  ) {
    self.severity = severity
    self.location = location
    self.key = key
    self.reason = reason
    self.remedy = remedy
    self.sourceLine = sourceLine
  }

  /// `file:line:column: error: key: reason (remedy)`.
  public var headline: String {
    let subject = key.isEmpty ? "" : "\(key): "
    return "\(location.file):\(location.line):\(location.column): \(severity.rawValue): \(subject)\(reason) (\(remedy))"
  }

  /// The headline, the line of the file and a caret below the place, as compilers write it.
  public var description: String {
    guard !sourceLine.isEmpty else { return headline }
    let caret = sourceLine.prefix(max(location.column - 1, 0)).map { $0 == "\t" ? "\t" : " " }.joined()
    return "\(headline)\n  \(sourceLine)\n  \(caret)^"
  }
}

/// What reading a topology gave: the value when there is no fault, and everything there is to say about the text.
public struct ParsedTopology: Sendable {
  /// Nil when there is a fault.
  public var topology: NetworkTopology?
  /// In the order of the file.
  public var faults: [TopologyFault]
  public var warnings: [TopologyFault]

  /// The topology, or the faults as one error.
  public func get() throws(TopologyFaults) -> NetworkTopology {
    guard let topology else { throw TopologyFaults(faults: faults) }
    return topology
  }
}

/// All faults of one topology, to be thrown.
public struct TopologyFaults: Error, Hashable, Sendable, CustomStringConvertible {
  public var faults: [TopologyFault]

  public var description: String {
    faults.map(\.description).joined(separator: "\n")
  }
}
