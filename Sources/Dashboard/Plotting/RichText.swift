/// A short text with subscripts, superscripts and italics, for axis labels and names of quantities.
///
/// A string literal is markup: `_x` or `_{xyz}` lowers, `^x` or `^{xyz}` raises, `$` switches italics on and off:
/// `"$P$_V"`, `"10^{-26} T^2/Hz"`. Text from outside (a node's name) goes through `init(plain:)`, which shows it as it is.
public struct RichText: Hashable, Sendable, ExpressibleByStringLiteral {
  /// Where a run of characters sits.
  public enum Position: Hashable, Sendable {
    case line, lowered, raised
  }

  /// Characters of one style.
  public struct Run: Hashable, Sendable {
    public var text: String
    public var position: Position
    public var isItalic: Bool
  }

  public var runs: [Run]

  /// Text shown as it is, without markup.
  public init(plain text: String) {
    runs = text.isEmpty ? [] : [Run(text: text, position: .line, isItalic: false)]
  }

  public init(stringLiteral markup: String) {
    self.init(markup: markup)
  }

  /// - Parameter markup: text in the notation described at the type; a mark at the very end stands for itself.
  public init(markup: String) {
    runs = []
    var isItalic = false
    var rest = Substring(markup)
    var pending = ""
    while let character = rest.popFirst() {
      switch character {
      case "$":
        append(pending, .line, isItalic)
        pending = ""
        isItalic.toggle()
      case "_" where !rest.isEmpty, "^" where !rest.isEmpty:
        append(pending, .line, isItalic)
        pending = ""
        let group: String
        if rest.first == "{", let end = rest.firstIndex(of: "}") {
          group = String(rest[rest.index(after: rest.startIndex)..<end])
          rest = rest[rest.index(after: end)...]
        } else {
          group = String(rest.removeFirst())
        }
        append(group, character == "_" ? .lowered : .raised, isItalic)
      default:
        pending.append(character)
      }
    }
    append(pending, .line, isItalic)
  }

  private mutating func append(_ text: String, _ position: Position, _ isItalic: Bool) {
    if !text.isEmpty {
      runs.append(Run(text: text, position: position, isItalic: isItalic))
    }
  }

  public static func + (first: RichText, second: RichText) -> RichText {
    var sum = first
    sum.runs += second.runs
    return sum
  }

  /// The text for a terminal: `P_V`, `10^-26`.
  public var plain: String {
    runs.map { run in
      switch run.position {
      case .line: run.text
      case .lowered: "_" + run.text
      case .raised: "^" + run.text
      }
    }.joined()
  }

  /// The text as HTML.
  public var html: String {
    runs.map { run in
      let text = run.isItalic ? "<i>\(escapedXML(run.text))</i>" : escapedXML(run.text)
      return switch run.position {
      case .line: text
      case .lowered: "<sub>\(text)</sub>"
      case .raised: "<sup>\(text)</sup>"
      }
    }.joined()
  }

  /// The text as the inside of an SVG `text` element.
  ///
  /// - Parameter size: font size of the element in pixels.
  func svg(size: Double) -> String {
    var result = ""
    var shift = 0.0
    for run in runs {
      let wanted: Double =
        switch run.position {
        case .line: 0
        case .lowered: 0.25 * size
        case .raised: -0.38 * size
        }
      var attributes = ""
      if wanted != shift { attributes += " dy=\"\(svgNumber(wanted - shift))\"" }
      if run.position != .line { attributes += " font-size=\"\(svgNumber(Self.smallScale * size))\"" }
      if run.isItalic { attributes += " font-style=\"italic\"" }
      let text = escapedXML(run.text)
      result += attributes.isEmpty ? text : "<tspan\(attributes)>\(text)</tspan>"
      shift = wanted
    }
    return result
  }

  /// Size of lowered and raised text against that of the line.
  static let smallScale = 0.74
}
