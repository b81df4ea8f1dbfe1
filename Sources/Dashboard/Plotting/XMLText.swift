/// Text made safe for XML and HTML, in elements as well as in quoted attributes.
///
/// Characters that XML 1.0 forbids (control characters, U+FFFE, U+FFFF) become U+FFFD, so that no text from outside can
/// make a document ill-formed.
///
/// - Parameter text: any text.
/// - Returns: the text with `&`, `<`, `>`, `"` and `'` as entities.
public func escapedXML(_ text: String) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
    case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\u{FFFD}"
    case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
