import Foundation
import Yams

/// Pieces of the files that describe containers.
extension Yams.Node {
  /// A text in double quotes.
  static func text(_ text: String) -> Yams.Node { .scalar(.init(text, .init(.str), .doubleQuoted)) }

  /// Lines as they are, under `|`.
  static func lines(_ text: String, anchor: Anchor? = nil) -> Yams.Node {
    .scalar(.init(text, .init(.str), .literal, nil, anchor))
  }

  /// Texts in one line.
  static func texts(_ texts: [String]) -> Yams.Node { .sequence(.init(texts.map(text), .implicit, .flow)) }

  static func number(_ value: Int) -> Yams.Node { .scalar(.init("\(value)", .init(.int))) }

  static func flag(_ value: Bool) -> Yams.Node { .scalar(.init("\(value)", .init(.bool))) }

  /// A mapping in the order given.
  static func entries(_ entries: [(String, Yams.Node)]) -> Yams.Node {
    .mapping(.init(entries.map { (.init($0.0), $0.1) }))
  }

  /// A list, one item a line.
  static func items(_ items: [Yams.Node]) -> Yams.Node { .sequence(.init(items)) }

  static var nothing: Yams.Node { entries([]) }

  /// The text of a file.
  func file() throws -> String { try Yams.serialize(node: self, width: -1, sortKeys: false) }
}

extension String {
  /// The text as Compose and Swarm give it back: they replace `$NAME` in every text.
  var keptFromSubstitution: String { replacingOccurrences(of: "$", with: "$$") }
}
