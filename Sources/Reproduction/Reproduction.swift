/// What came out of an item: closed forms, points measured in simulated data, and numbers with published values.
///
/// Labels are in the markup of the plots: `_x` lowers, `^x` raises, `$` switches italics.
public struct Reproduction: Hashable, Sendable, Codable {
  public var id: String
  public var title: String
  public var source: String
  /// The simulated experiment in a few sentences.
  public var experiment: String
  public var landmarks: [Landmark]
  public var panels: [ReproducedPanel]

  public init(
    id: String, title: String, source: String, experiment: String, landmarks: [Landmark], panels: [ReproducedPanel]
  ) {
    self.id = id
    self.title = title
    self.source = source
    self.experiment = experiment
    self.landmarks = landmarks
    self.panels = panels
  }
}

/// One plot of a figure.
public struct ReproducedPanel: Hashable, Sendable, Codable {
  public var title: String
  public var xLabel: String
  public var yLabel: String
  /// What the axes show; nil to cover curves and points.
  public var xRange: ClosedRange<Double>?
  public var yRange: ClosedRange<Double>?
  public var xIsLogarithmic: Bool
  public var yIsLogarithmic: Bool
  public var curves: [ReproducedCurve]

  public init(
    title: String, xLabel: String, yLabel: String, xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil, xIsLogarithmic: Bool = false, yIsLogarithmic: Bool = false,
    curves: [ReproducedCurve]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xRange = xRange
    self.yRange = yRange
    self.xIsLogarithmic = xIsLogarithmic
    self.yIsLogarithmic = yIsLogarithmic
    self.curves = curves
  }
}

/// A closed form, and what a simulated network measured of it.
public struct ReproducedCurve: Hashable, Sendable, Codable {
  public var label: String
  /// The closed form; NaN where it has no value.
  public var x: [Double]
  public var y: [Double]
  /// Whether the curve is there for comparison with the one before it only, and drawn so.
  public var isReference: Bool
  public var points: [MeasuredPoint]

  public init(label: String, x: [Double], y: [Double], isReference: Bool = false, points: [MeasuredPoint] = []) {
    self.label = label
    self.x = x
    self.y = y
    self.isReference = isReference
    self.points = points
  }

  /// Tabulates a function.
  init(
    label: String, _ x: [Double], isReference: Bool = false, points: [MeasuredPoint] = [],
    _ function: (Double) throws -> Double
  ) rethrows {
    self.init(label: label, x: x, y: try x.map(function), isReference: isReference, points: points)
  }
}

/// A number measured in simulated data.
public struct MeasuredPoint: Hashable, Sendable, Codable {
  public var x: Double
  public var value: Double
  /// One standard deviation, from the known statistics of the experiment.
  public var error: Double
  /// What the closed form gives for this experiment, averaged over what the point averages over.
  public var expected: Double

  public init(x: Double, value: Double, error: Double, expected: Double) {
    self.x = x
    self.value = value
    self.error = error
    self.expected = expected
  }
}

/// A number with a value to compare with: printed in the paper, or normative in the physics page.
public struct Landmark: Hashable, Sendable, Codable {
  public var name: String
  public var computed: Double
  public var published: Double
  /// Largest accepted |computed - published|.
  public var tolerance: Double

  public init(_ name: String, computed: Double, published: Double, tolerance: Double) {
    self.name = name
    self.computed = computed
    self.published = published
    self.tolerance = tolerance
  }
}

/// `count` numbers from `first` to `last` at equal steps.
func evenly(_ first: Double, _ last: Double, _ count: Int) -> [Double] {
  (0..<count).map { first + (last - first) * Double($0) / Double(count - 1) }
}
