/// Widths of text as a browser will draw it, estimated: there is no font at hand when an SVG file is written.
public enum TextMetrics {
  /// - Parameters:
  ///   - text: one line.
  ///   - size: font size in pixels.
  /// - Returns: width in pixels in Helvetica, Arial or Liberation Sans, rounded up by a few per cent.
  public static func width(_ text: String, size: Double) -> Double {
    1.06 * size * text.reduce(0) { $0 + relativeWidth($1) }
  }

  /// The same for a text with subscripts and superscripts.
  public static func width(_ text: RichText, size: Double) -> Double {
    text.runs.reduce(0) { sum, run in
      sum + width(run.text, size: run.position == .line ? size : RichText.smallScale * size)
    }
  }

  /// The text, cut and ended with an ellipsis when it is wider than `width` pixels.
  public static func fitted(_ text: String, size: Double, width: Double) -> String {
    guard self.width(text, size: size) > width else { return text }
    var short = text
    while !short.isEmpty, self.width(short + "…", size: size) > width {
      short.removeLast()
    }
    return short + "…"
  }

  /// Advance in units of the font size, after the metrics that Helvetica, Arial and Liberation Sans share.
  private static func relativeWidth(_ character: Character) -> Double {
    switch character {
    case "i", "j", "l", "'", "|": 0.24
    case "f", "t", "I", " ", ".", ",", ":", ";", "!", "/", "(", ")", "[", "]", "r", "-": 0.32
    case "m", "M", "W", "@", "%", "—", "…": 0.92
    case "w", "C", "D", "G", "H", "N", "O", "Q", "R", "U": 0.76
    case _ where character.isUppercase: 0.68
    case _ where character.isASCII: 0.56
    case _ where character.utf8.count >= 3 && character.isLetter: 1
    default: 0.62
    }
  }
}
