/// Data drawn in one way and one colour.
///
/// Values that the axes cannot show (NaN, infinite, not positive on a logarithmic axis) are left out; a line is broken there.
public struct PlotSeries: Sendable {
  public enum Shape: Sendable {
    /// A line through (x, y).
    case line(x: [Double], y: [Double])
    /// A histogram: `y[i]` between `edges[i]` and `edges[i + 1]`.
    case step(edges: [Double], y: [Double])
    /// Markers at (x, y), with bars of ± `error` (empty for none).
    case points(x: [Double], y: [Double], error: [Double])
    /// The area between two curves.
    case band(x: [Double], lower: [Double], upper: [Double])
    /// A line across the whole plot at one x, or at one y.
    case vertical(x: Double)
    case horizontal(y: Double)
  }

  public enum Marker: Sendable {
    case disc, circle, dash
  }

  public enum Dash: String, Sendable {
    case solid = ""
    case dashed = "6 4"
    case dotted = "1.5 3.5"
  }

  public var shape: Shape
  public var colour: PlotColour
  public var dash: Dash
  /// Line width in pixels.
  public var width: Double
  public var marker: Marker
  /// Marker size in pixels, from edge to edge.
  public var markerSize: Double
  /// 0 ... 1.
  public var opacity: Double
  /// What the legend says; nil for no entry.
  public var label: RichText?
  /// What a pointer over marker i shows; empty for none.
  public var tooltips: [String]

  public init(
    _ shape: Shape, colour: PlotColour = .blue, dash: Dash = .solid, width: Double = 1.5, marker: Marker = .disc,
    markerSize: Double = 5, opacity: Double = 1, label: RichText? = nil, tooltips: [String] = []
  ) {
    self.shape = shape
    self.colour = colour
    self.dash = dash
    self.width = width
    self.marker = marker
    self.markerSize = markerSize
    self.opacity = opacity
    self.label = label
    self.tooltips = tooltips
  }

  /// All x the series occupies, error bars and band edges included; for scales.
  public var xValues: [Double] {
    switch shape {
    case .line(let x, _), .points(let x, _, _), .band(let x, _, _): x
    case .step(let edges, _): edges
    case .vertical(let x): [x]
    case .horizontal: []
    }
  }

  /// All y the series occupies.
  public var yValues: [Double] {
    switch shape {
    case .line(_, let y), .step(_, let y): y
    case .points(_, let y, let error): y + zip(y, error).flatMap { [$0 - $1, $0 + $1] }
    case .band(_, let lower, let upper): lower + upper
    case .vertical: []
    case .horizontal(let y): [y]
    }
  }
}
