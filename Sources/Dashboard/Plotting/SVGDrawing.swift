/// A finished picture: its size and its elements, to be put into a page or written as a file of its own.
public struct SVGDrawing: Sendable {
  /// Pixels at normal zoom.
  public let width: Double
  public let height: Double
  /// What a screen reader says.
  public let title: String
  let elements: String

  /// The picture for a page that already holds `PlotStyle.css`.
  public var fragment: String {
    opening + elements + "</svg>"
  }

  /// The picture as a file that stands alone, with its style and a background.
  public var file: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    \(opening)<style>\(PlotStyle.css)</style>\
    <rect class="page" width="\(svgNumber(width))" height="\(svgNumber(height))"/>\(elements)</svg>

    """
  }

  private var opening: String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" aria-label=\"\(escapedXML(title))\" "
      + "width=\"\(svgNumber(width))\" height=\"\(svgNumber(height))\" "
      + "viewBox=\"0 0 \(svgNumber(width)) \(svgNumber(height))\">"
  }
}

/// A number for an SVG attribute: hundredths of a pixel, no exponent.
///
/// - Precondition: finite; every caller draws what a scale or a layout has placed.
func svgNumber(_ value: Double) -> String {
  precondition(value.isFinite, "a coordinate of a drawing is finite")
  let hundredths = Int((min(max(value, -1e12), 1e12) * 100).rounded())
  let magnitude = hundredths.magnitude
  var text = hundredths < 0 ? "-" : ""
  text += String(magnitude / 100)
  let (tens, ones) = (magnitude % 100).quotientAndRemainder(dividingBy: 10)
  if ones != 0 { return text + ".\(tens)\(ones)" }
  return tens != 0 ? text + ".\(tens)" : text
}

/// SVG elements in the making.
struct SVGElements {
  enum Anchor: String {
    case start, middle, end
  }

  private(set) var text = ""

  mutating func line(_ start: SIMD2<Double>, _ end: SIMD2<Double>, class name: String, attributes: String = "") {
    text +=
      "<line class=\"\(name)\" x1=\"\(svgNumber(start.x))\" y1=\"\(svgNumber(start.y))\" "
      + "x2=\"\(svgNumber(end.x))\" y2=\"\(svgNumber(end.y))\"\(attributes)/>"
  }

  mutating func rectangle(_ frame: PlotRectangle, class name: String, attributes: String = "", tooltip: String? = nil) {
    text +=
      "<rect class=\"\(name)\" x=\"\(svgNumber(frame.x))\" y=\"\(svgNumber(frame.y))\" "
      + "width=\"\(svgNumber(frame.width))\" height=\"\(svgNumber(frame.height))\"\(attributes)"
      + closing("rect", tooltip)
  }

  mutating func circle(_ center: SIMD2<Double>, radius: Double, class name: String, tooltip: String? = nil) {
    text +=
      "<circle class=\"\(name)\" cx=\"\(svgNumber(center.x))\" cy=\"\(svgNumber(center.y))\" r=\"\(svgNumber(radius))\""
      + closing("circle", tooltip)
  }

  /// - Parameter data: the `d` attribute; nothing is drawn when it is empty.
  mutating func path(_ data: String, class name: String, attributes: String = "", tooltip: String? = nil) {
    guard !data.isEmpty else { return }
    text += "<path class=\"\(name)\" d=\"\(data)\"\(attributes)" + closing("path", tooltip)
  }

  mutating func label(
    _ label: RichText, at point: SIMD2<Double>, anchor: Anchor = .start, size: Double, class name: String = "label",
    upwards: Bool = false
  ) {
    let turn = upwards ? " transform=\"rotate(-90 \(svgNumber(point.x)) \(svgNumber(point.y)))\"" : ""
    text +=
      "<text class=\"\(name)\" x=\"\(svgNumber(point.x))\" y=\"\(svgNumber(point.y))\" "
      + "font-size=\"\(svgNumber(size))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>\(label.svg(size: size))</text>"
  }

  /// Elements drawn in coordinates that start at the frame's corner, and cut at its edges.
  mutating func clipped(to frame: PlotRectangle, _ content: (inout SVGElements) -> Void) {
    var inner = SVGElements()
    content(&inner)
    text +=
      "<svg x=\"\(svgNumber(frame.x))\" y=\"\(svgNumber(frame.y))\" width=\"\(svgNumber(frame.width))\" "
      + "height=\"\(svgNumber(frame.height))\" overflow=\"hidden\">\(inner.text)</svg>"
  }

  private func closing(_ name: String, _ tooltip: String?) -> String {
    tooltip.map { "><title>\(escapedXML($0))</title></\(name)>" } ?? "/>"
  }
}
