/// What a value looks like, without its type: the part of a key's description that schema and example need.
indirect enum Shape: Sendable {
  /// Text; `pattern` is a regular expression (ECMA 262) that it must match.
  case text(pattern: String?)
  case number(Bounds)
  case integer(Bounds)
  case flag
  case choice([String])
  case numberChoice([Double])
  case quantity(Dimension, Bounds)
  case fieldQuantity(FieldDimension, Bounds)
  case sampleRate(Bounds)
  case either([Shape])
  case list(Shape, minimumCount: Int)
  case section(SectionShape)
  /// A section in which every key may be missing.
  case partialSection(SectionShape)
}

/// The dimensions that depend on what the network measures.
enum FieldDimension: Sendable {
  case amplitude, amplitudeDensity, density

  func dimension(of field: FieldUnit) -> Dimension {
    switch self {
    case .amplitude: field.amplitude
    case .amplitudeDensity: field.amplitudeDensity
    case .density: field.density
    }
  }
}

/// The keys of a section, without the type that they fill.
struct SectionShape: Sendable {
  var keys: [KeyShape]
  var kinds: [KindShape] = []
  /// Groups of keys of which exactly one must be given, complete; empty when there is no such choice.
  var alternatives: [[String]] = []

  var allKeys: [KeyShape] { keys + kinds.flatMap(\.keys) }
}

/// One of the kinds that a section can be, with the keys that only this kind has.
struct KindShape: Sendable {
  var name: String
  var documentation: String
  var keys: [KeyShape]
}

/// One key: its name, meaning and whether it must be there.
struct KeyShape: Sendable {
  enum Presence: Sendable {
    /// Must be given; `example` is YAML, nil for sections and lists whose own keys have examples.
    case required(example: String?)
    /// The value when missing, as YAML.
    case defaulted(YAMLTree)
    /// May be missing without a default; `example` is YAML.
    case optional(example: String)
  }

  var name: String
  var documentation: String
  var shape: Shape
  var presence: Presence
  /// Whether the example file shows an element of this list although the default is the empty list.
  var isShown = false

  var isRequired: Bool {
    if case .required = presence { return true }
    return false
  }
}
