/// How values of one type are read from and written to a topology file.
struct ValueForm<Value: Sendable>: Sendable {
  var shape: Shape
  /// Nil after a fault was recorded.
  var read: @Sendable (SourceValue, inout TopologyReader) -> Value?
  var write: @Sendable (Value, FieldUnit) -> YAMLTree

  /// The form of another type that is made from this one.
  ///
  /// - Parameters:
  ///   - make: turns the value read into the other type, or records a fault and returns nil.
  ///   - back: the inverse, for writing.
  func mapped<Other>(
    _ make: @escaping @Sendable (Value, SourceValue, inout TopologyReader) -> Other?,
    back: @escaping @Sendable (Other) -> Value
  ) -> ValueForm<Other> {
    ValueForm<Other>(
      shape: shape,
      read: { source, reader in
        let faultCount = reader.faults.count
        guard let value = read(source, &reader), reader.faults.count == faultCount else { return nil }
        return make(value, source, &reader)
      },
      write: { other, field in write(back(other), field) })
  }
}

/// One key of a section and the property that it fills: the only place where the key is named.
struct Key<Model: Sendable>: Sendable {
  var shape: KeyShape
  var read: @Sendable (SourceValue, inout Model, inout TopologyReader) -> Void
  /// What happens when the key is missing.
  var absent: @Sendable (inout Model, inout TopologyReader) -> Void = { _, _ in }
  /// Nil when there is nothing to write.
  var write: @Sendable (Model, FieldUnit) -> YAMLTree?

  var name: String { shape.name }

  /// A key that must be given.
  init<Value>(
    _ name: String, _ form: ValueForm<Value>, _ property: WritableKeyPath<Model, Value> & Sendable,
    example: String? = nil, _ documentation: String
  ) {
    shape = KeyShape(
      name: name, documentation: documentation, shape: form.shape, presence: .required(example: example))
    read = { source, model, reader in
      if let value = form.read(source, &reader) { model[keyPath: property] = value }
    }
    write = { model, field in form.write(model[keyPath: property], field) }
  }

  /// A key with a default.
  init<Value>(
    _ name: String, _ form: ValueForm<Value>, _ property: WritableKeyPath<Model, Value> & Sendable,
    default value: Value, isShown: Bool = false, _ documentation: String
  ) {
    self.init(name, form, property, documentation)
    shape.presence = .defaulted(form.write(value, .tesla))
    shape.isShown = isShown
    absent = { model, _ in model[keyPath: property] = value }
  }

  /// A key that may be missing and then has no value.
  init<Value>(
    _ name: String, _ form: ValueForm<Value>, optional property: WritableKeyPath<Model, Value?> & Sendable,
    example: String, _ documentation: String
  ) {
    shape = KeyShape(
      name: name, documentation: documentation, shape: form.shape, presence: .optional(example: example))
    read = { source, model, reader in model[keyPath: property] = form.read(source, &reader) }
    absent = { model, _ in model[keyPath: property] = nil }
    write = { model, field in model[keyPath: property].map { form.write($0, field) } }
  }

  /// A key that groups keys of the same model one level down; each of them has a default.
  init(group name: String, _ keys: [Key<Model>], _ documentation: String) {
    let section = SectionShape(keys: keys.map(\.shape))
    self.init(
      shape: KeyShape(
        name: name, documentation: documentation, shape: .section(section), presence: .defaulted(.mapping([]))),
      read: { source, model, reader in model = Section(blank: model, keys: keys).read(source, &reader) },
      absent: { model, reader in for key in keys { key.absent(&model, &reader) } },
      write: { model, field in Section(blank: model, keys: keys).write(model, field) })
  }

  /// A key that fills no property: its section is read for faults only, with any of its keys missing.
  init<Part>(unmodelled name: String, _ section: Section<Part>, _ documentation: String) {
    self.init(
      shape: KeyShape(
        name: name, documentation: documentation, shape: .section(section.shape), presence: .defaulted(.mapping([]))),
      read: { source, _, reader in
        reader.isPartial = true
        _ = section.read(source, &reader)
        reader.isPartial = false
      },
      absent: { _, _ in }, write: { _, _ in nil })
  }

  /// The same key of a model that may hold this one.
  func lifted<Outer>(
    through property: WritableKeyPath<Outer, Model?> & Sendable, blank: Model
  ) -> Key<Outer> {
    Key<Outer>(
      shape: shape,
      read: { source, outer, reader in
        var model = outer[keyPath: property] ?? blank
        read(source, &model, &reader)
        outer[keyPath: property] = model
      },
      absent: { outer, reader in
        var model = outer[keyPath: property] ?? blank
        absent(&model, &reader)
        outer[keyPath: property] = model
      },
      write: { outer, field in outer[keyPath: property].flatMap { write($0, field) } })
  }

  /// The same key of a model that has this one as a part.
  func within<Outer>(_ property: WritableKeyPath<Outer, Model> & Sendable) -> Key<Outer> {
    Key<Outer>(
      shape: shape, read: { source, outer, reader in read(source, &outer[keyPath: property], &reader) },
      absent: { outer, reader in absent(&outer[keyPath: property], &reader) },
      write: { outer, field in write(outer[keyPath: property], field) })
  }

  private init(
    shape: KeyShape, read: @escaping @Sendable (SourceValue, inout Model, inout TopologyReader) -> Void,
    absent: @escaping @Sendable (inout Model, inout TopologyReader) -> Void,
    write: @escaping @Sendable (Model, FieldUnit) -> YAMLTree?
  ) {
    self.shape = shape
    self.read = read
    self.absent = absent
    self.write = write
  }
}

/// One row of a table of kinds: the key `kind: name` selects it and its own keys follow.
struct Kind<Model: Sendable>: Sendable {
  var shape: KindShape
  var keys: [Key<Model>]
  var isKind: @Sendable (Model) -> Bool

  /// - Parameters:
  ///   - property: the part of the model that only this kind has, nil in models of another kind.
  ///   - section: the keys of that part.
  init<Part: Sendable>(
    _ name: String, _ property: WritableKeyPath<Model, Part?> & Sendable, _ section: Section<Part>,
    _ documentation: String
  ) {
    keys = section.keys.map { $0.lifted(through: property, blank: section.blank) }
    shape = KindShape(name: name, documentation: documentation, keys: section.keys.map(\.shape))
    isKind = { $0[keyPath: property] != nil }
  }
}

/// The keys that make up one mapping of the file, and the type that they fill.
struct Section<Model: Sendable>: Sendable {
  /// The model before any key is read; each key sets its own part.
  var blank: Model
  var keys: [Key<Model>]
  /// The table of kinds; the first is the default. Empty when there is only one.
  var kinds: [Kind<Model>] = []
  var alternatives: [[String]] = []

  var shape: SectionShape {
    SectionShape(keys: keys.map(\.shape), kinds: kinds.map(\.shape), alternatives: alternatives)
  }

  /// The section as a value of another one.
  var form: ValueForm<Model> {
    ValueForm(
      shape: .section(shape), read: { source, reader in read(source, &reader) },
      write: { model, field in write(model, field) })
  }

  /// The same, for a section that leaves out what it likes.
  var partialForm: ValueForm<Model> {
    var form = form
    form.shape = .partialSection(shape)
    form.write = { _, _ in .mapping([]) }
    return form
  }

  /// This section for `defaults`: without the keys that tell one element from another, and with those of all kinds.
  var partial: Section<Model> {
    Section(
      blank: blank, keys: keys.filter { $0.name != "name" } + kinds.flatMap(\.keys), alternatives: alternatives)
  }

  /// The model that no key at all leads to; for sections whose keys all have defaults.
  var defaults: Model {
    var model = blank
    var reader = TopologyReader()
    for key in keys { key.absent(&model, &reader) }
    return model
  }

  /// Reads a mapping. Keys with faults keep the blank's value, so that later checks can go on.
  func read(_ source: SourceValue, _ reader: inout TopologyReader) -> Model {
    var model = blank
    guard case .mapping(let entries) = source.content else {
      let names = keys.filter(\.shape.isRequired).map(\.name) + keys.filter { !$0.shape.isRequired }.map(\.name)
      reader.fault(
        source, "\(source.kindName) where a mapping belongs",
        remedy: "write keys such as `\(names.first ?? "key"):` below it")
      return model
    }
    let keys = self.keys + (readKind(source, &reader)?.keys ?? [])
    var names = keys.map(\.name)
    if !kinds.isEmpty { names.append("kind") }
    for entry in entries where !names.contains(entry.key) {
      reader.fault(
        entry.location, entry.value.path, "unknown key",
        remedy: suggestion(for: entry.key, among: names).map { "did you mean `\($0)`?" }
          ?? "known keys here: \(names.joined(separator: ", "))")
    }
    for key in keys {
      guard let value = source[key.name] else {
        if key.shape.isRequired, !reader.isPartial { reportMissing(key.shape, in: source, &reader) }
        key.absent(&model, &reader)
        continue
      }
      if value.isNull {
        let remedy = key.shape.isRequired ? "write `\(key.shape.exampleLine)`" : "write a value or remove the key"
        reader.fault(value, "no value", remedy: remedy)
      } else {
        key.read(value, &model, &reader)
      }
    }
    checkAlternatives(of: source, &reader)
    return model
  }

  func write(_ model: Model, _ field: FieldUnit) -> YAMLTree {
    var entries: [(String, YAMLTree)] = []
    for (position, key) in keys.enumerated() {
      if let tree = key.write(model, field) { entries.append((key.name, tree)) }
      if position == 0, let kind = kinds.first(where: { $0.isKind(model) }) {
        entries.append(("kind", .scalar(kind.shape.name)))
      }
    }
    for kind in kinds where kind.isKind(model) {
      entries += kind.keys.compactMap { key in key.write(model, field).map { (key.name, $0) } }
    }
    return .mapping(entries)
  }

  private func readKind(_ source: SourceValue, _ reader: inout TopologyReader) -> Kind<Model>? {
    guard let first = kinds.first else { return nil }
    guard let value = source["kind"] else { return first }
    if case .scalar(let name, _) = value.content, let kind = kinds.first(where: { $0.shape.name == name }) {
      return kind
    }
    let names = kinds.map(\.shape.name)
    var remedy = "kinds: \(names.joined(separator: ", "))"
    if case .scalar(let name, _) = value.content, let near = suggestion(for: name, among: names) {
      remedy = "did you mean `\(near)`?"
    }
    reader.fault(value, "unknown kind", remedy: remedy)
    return first
  }

  private func reportMissing(_ key: KeyShape, in source: SourceValue, _ reader: inout TopologyReader) {
    let isNodeKey = source.path.components.first == .key("nodes") && key.name != "name"
    reader.fault(
      source.location, source.path.key(key.name), "missing key",
      remedy: "add `\(key.exampleLine)`" + (isNodeKey ? " here or under `defaults: nodes:`" : ""))
  }

  private func checkAlternatives(of source: SourceValue, _ reader: inout TopologyReader) {
    guard !alternatives.isEmpty, !reader.isPartial else { return }
    let present = Set(alternatives.joined()).filter { source[$0] != nil }
    guard !alternatives.contains(where: { Set($0) == present }) else { return }
    let choices = alternatives.map { $0.joined(separator: ", ") }.joined(separator: "; or ")
    let found = present.isEmpty ? "none of them is given" : "\(present.sorted().joined(separator: ", ")) given"
    reader.fault(source, "needs one complete set of keys, but \(found)", remedy: "give \(choices)")
  }
}

extension KeyShape {
  /// `key: example` for messages.
  var exampleLine: String {
    if case .required(let example?) = presence { return "\(name): \(example)" }
    return "\(name):"
  }
}
