import DarkMatter
import Instruments

// The table of kinds of instruments. A new kind is a case with its row in `model` and `selecting`, a row in `Node.kinds` with
// the property that it fills and its list of keys, and its checks, if it needs any, in `checkInstrument`. Nothing else in the
// house tells one kind from another.

extension Node {
  /// What the node measures with.
  public enum Instrument: Hashable, Sendable, Codable {
    case vectorSensor(VectorSensor)
    case clock(ClockRatio)

    /// The instrument as the rest of the house sees it.
    public var model: any MeasuringInstrument {
      switch self {
      case .vectorSensor(let sensor): sensor
      case .clock(let ratio): ratio
      }
    }

    /// The same instrument with some of its channels only, in this order; nil when it does not have them.
    public func selecting(_ names: [String]) -> Self? {
      switch self {
      case .vectorSensor(let sensor): sensor.selecting(names).map(Self.vectorSensor)
      case .clock(let ratio): ratio.selecting(names).map(Self.clock)
      }
    }
  }

  /// What a file may give as `kind`, the default first.
  static var kinds: [Kind<Node>] { rows.map(\.kind) }

  /// What acts on instruments of a kind.
  ///
  /// - Parameter kind: as the file names it, nil for the default.
  /// - Returns: nil for a kind that there is not.
  static func measurand(ofKind kind: String?) -> Measurand? {
    guard let kind else { return rows.first?.measurand }
    return rows.first { $0.kind.shape.name == kind }?.measurand
  }

  private static let rows: [(kind: Kind<Node>, measurand: Measurand)] = [
    (
      Kind(
        "vector-sensor", \.vectorSensor, VectorSensor.section,
        "A magnetometer, accelerometer or other sensor of components of a vector field."),
      VectorSensor.measurand
    ),
    (
      Kind(
        "clock", \.clockRatio, ClockRatio.section,
        "The frequency ratio of two atomic clocks, averaged from sample to sample; unit: dimensionless."),
      ClockRatio.measurand
    ),
  ]

  fileprivate var vectorSensor: VectorSensor? {
    get {
      if case .vectorSensor(let sensor) = instrument { sensor } else { nil }
    }
    set {
      if let newValue { instrument = .vectorSensor(newValue) }
    }
  }

  /// The clock ratio of a node of kind `clock`, else nil.
  public internal(set) var clockRatio: ClockRatio? {
    get {
      if case .clock(let ratio) = instrument { ratio } else { nil }
    }
    set {
      if let newValue { instrument = .clock(newValue) }
    }
  }
}

extension CrossChecks {
  /// What only one kind of instrument can have wrong.
  mutating func checkInstrument(of node: Node, at path: TopologyPath) {
    switch node.instrument {
    case .vectorSensor(let sensor): checkSensor(sensor, node: node, at: path)
    case .clock(let ratio): checkClock(ratio, node: node, at: path)
    }
  }
}
