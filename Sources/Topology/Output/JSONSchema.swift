extension NetworkTopology {
  /// The JSON Schema (draft 2020-12) of topology files, for editors that complete and check YAML.
  ///
  /// It covers keys, types, units and ranges; what must fit together between keys only `parse` knows.
  public static var jsonSchema: String {
    var entries: [(String, JSONText)] = [
      ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
      ("title", .text("Gnomon topology")),
      ("description", .text("A network of sensors, its hub, its signals and how they are analysed.")),
    ]
    entries += schema(of: section.shape, requiresKeys: true)
    entries.append(("allOf", .list(nodeKeysHereOrInDefaults)))
    return JSONText.object(entries).lines() + "\n"
  }

  /// For each key that every node needs: all nodes have it, or `defaults` has it.
  private static var nodeKeysHereOrInDefaults: [JSONText] {
    let node = Node.section.shape
    var conditions = requiredPaths(of: node.keys).map { needed($0) }
    for (index, kind) in node.kinds.enumerated() {
      conditions += requiredPaths(of: kind.keys).map { path in
        .object([("if", isKind(kind.name, isDefault: index == 0)), ("then", needed(path))])
      }
    }
    return conditions.map { condition in
      .list([
        within("nodes", .object([("items", condition)])),
        within("defaults", within("nodes", condition, required: true), required: true),
      ])
    }.map { .object([("anyOf", $0)]) }
  }

  private static func requiredPaths(of keys: [KeyShape]) -> [[String]] {
    keys.filter { $0.isRequired && $0.name != "name" }.flatMap { key -> [[String]] in
      guard case .section(let section) = key.shape else { return [[key.name]] }
      return requiredPaths(of: section.keys).map { [key.name] + $0 }
    }
  }

  private static func needed(_ path: [String]) -> JSONText {
    guard let first = path.first else { return .object([]) }
    if path.count == 1 { return .object([("required", .list([.text(first)]))]) }
    return within(first, needed(Array(path.dropFirst())), required: true)
  }

  private static func within(_ key: String, _ condition: JSONText, required: Bool = false) -> JSONText {
    .object(
      (required ? [("required", .list([.text(key)]))] : []) + [("properties", .object([(key, condition)]))])
  }

  private static func isKind(_ name: String, isDefault: Bool) -> JSONText {
    within("kind", .object([("const", .text(name))]), required: !isDefault)
  }

  private static func schema(of section: SectionShape, requiresKeys: Bool) -> [(String, JSONText)] {
    var properties = section.keys.map { ($0.name, schema(of: $0, requiresKeys: requiresKeys)) }
    if !section.kinds.isEmpty {
      properties.append(("kind", .object([("enum", .list(section.kinds.map { .text($0.name) }))])))
    }
    var entries: [(String, JSONText)] = [("type", .text("object")), ("properties", .object(properties))]
    let required = section.keys.filter { $0.isRequired && (requiresKeys || $0.name == "name") }
    if !required.isEmpty { entries.append(("required", .list(required.map { .text($0.name) }))) }
    if !section.alternatives.isEmpty, requiresKeys {
      let all = section.alternatives.flatMap { $0 }
      entries.append(
        (
          "oneOf",
          .list(
            section.alternatives.map { group in
              let others = Set(all).subtracting(group).sorted()
              return .object([
                ("required", .list(group.map { .text($0) })),
                ("properties", .object(others.map { ($0, .flag(false)) })),
              ])
            })
        ))
    }
    if section.kinds.isEmpty {
      entries.append(("additionalProperties", .flag(false)))
      return entries
    }
    let cases = section.kinds.enumerated().map { index, kind -> JSONText in
      var own: [(String, JSONText)] = [
        ("properties", .object(kind.keys.map { ($0.name, schema(of: $0, requiresKeys: requiresKeys)) }))
      ]
      let needed = kind.keys.filter { $0.isRequired && requiresKeys }
      if !needed.isEmpty { own.append(("required", .list(needed.map { .text($0.name) }))) }
      return .object([("if", isKind(kind.name, isDefault: index == 0)), ("then", .object(own))])
    }
    return entries + [("allOf", .list(cases)), ("unevaluatedProperties", .flag(false))]
  }

  private static func schema(of key: KeyShape, requiresKeys: Bool) -> JSONText {
    var entries: [(String, JSONText)] = [("description", .text(key.documentation))]
    // Nodes may have keys in `defaults` that they lack themselves.
    let isNodes = key.name == "nodes"
    entries += schema(of: key.shape, requiresKeys: requiresKeys && !isNodes)
    if case .defaulted(.scalar(let text)) = key.presence { entries.append(("default", json(text, key.shape))) }
    if case .required(let example?) = key.presence { entries.append(("examples", .list([json(example, key.shape)]))) }
    return .object(entries)
  }

  private static func schema(of shape: Shape, requiresKeys: Bool) -> [(String, JSONText)] {
    switch shape {
    case .text(let pattern):
      return [("type", .text("string"))] + (pattern.map { [("pattern", .text($0))] } ?? [])
    case .number(let bounds): return [("type", .text("number"))] + limits(bounds)
    case .integer(let bounds): return [("type", .text("integer"))] + limits(bounds)
    case .flag: return [("type", .text("boolean"))]
    case .choice(let names): return [("enum", .list(names.map { .text($0) }))]
    case .numberChoice(let numbers): return [("enum", .list(numbers.map { .number($0) }))]
    case .quantity(let dimension, _):
      let withUnit: [(String, JSONText)] = [("type", .text("string")), ("pattern", .text(dimension.pattern))]
      guard dimension.allowsBareNumber else { return withUnit }
      return [("anyOf", .list([.object([("type", .text("number"))]), .object(withUnit)]))]
    case .fieldQuantity(let kind, _):
      let dimensions = FieldUnit.all.map { kind.dimension(of: $0) }
      var choices = dimensions.map {
        JSONText.object([("type", .text("string")), ("pattern", .text($0.pattern))])
      }
      if dimensions.contains(where: \.allowsBareNumber) { choices.append(.object([("type", .text("number"))])) }
      return [("anyOf", .list(choices))]
    case .sampleRate:
      let pattern = Dimension.frequency.pattern.replacing(
        "\\s*(", with: "(/\(numberPattern))?\\s*(", maxReplacements: 1)
      return [("type", .text("string")), ("pattern", .text(pattern))]
    case .either(let shapes):
      return [("anyOf", .list(shapes.map { .object(schema(of: $0, requiresKeys: requiresKeys)) }))]
    case .list(let element, let minimumCount):
      var entries: [(String, JSONText)] = [("type", .text("array"))]
      if minimumCount > 0 { entries.append(("minItems", .whole(minimumCount))) }
      // Elements of lists inside a node are never merged, so their own keys are required again.
      var isWhole = true
      if case .section(let section) = element, section.keys.contains(where: { $0.name == "site" }) {
        isWhole = requiresKeys
      }
      return entries + [("items", .object(schema(of: element, requiresKeys: isWhole)))]
    case .section(let section): return schema(of: section, requiresKeys: requiresKeys)
    case .partialSection(let section): return schema(of: section, requiresKeys: false)
    }
  }

  private static func limits(_ bounds: Bounds) -> [(String, JSONText)] {
    var entries: [(String, JSONText)] = []
    if let minimum = bounds.minimum {
      entries.append((bounds.excludesMinimum ? "exclusiveMinimum" : "minimum", .number(minimum)))
    }
    if let maximum = bounds.maximum { entries.append(("maximum", .number(maximum))) }
    return entries
  }

  /// A YAML scalar as JSON: a number or flag as it is, anything else as text.
  private static func json(_ text: String, _ shape: Shape) -> JSONText {
    switch shape {
    case .number, .integer, .numberChoice, .flag: .literal(text)
    case .quantity(let dimension, _) where dimension.allowsBareNumber && DecimalNumber(text) != nil: .literal(text)
    default: text.hasPrefix("\"") ? .literal(text) : .text(text)
    }
  }
}
