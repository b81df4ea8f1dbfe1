extension NetworkTopology {
  /// The topology as YAML with every key given, in SI units: reads back to an equal value.
  ///
  /// Archives keep this text, so that what ran is on record even when defaults change.
  public var canonicalText: String {
    let field = FieldUnit.named(fieldUnit) ?? .tesla
    return NetworkTopology.section.write(self, field).lines().joined(separator: "\n") + "\n"
  }
}
