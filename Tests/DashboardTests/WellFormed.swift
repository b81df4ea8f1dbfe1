import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads a document with the platform's XML parser and keeps what the tests ask about.
final class ParsedDocument: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var text: String
  }

  private(set) var elements: [Element] = []
  private(set) var problem: String?
  private var open: [Int] = []

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse() {
      problem = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "not well-formed")"
    }
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  /// Every number in the attributes that place things; NaN for what is no number.
  var coordinates: [Double] {
    let names = Set(["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height", "d", "viewBox"])
    return elements.flatMap { element in
      element.attributes.filter { names.contains($0.key) }.flatMap { attribute -> [Double] in
        let value = attribute.value.lowercased()
        if value.contains("nan") || value.contains("inf") { return [.nan] }
        return value.split { !"0123456789.-+e".contains($0) }.map { Double($0) ?? .nan }
      }
    }
  }

  var hasFiniteCoordinates: Bool { coordinates.allSatisfy { $0.isFinite } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes, text: ""))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    for index in open { elements[index].text += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    _ = open.popLast()
  }
}
