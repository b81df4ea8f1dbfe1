/// A quantity that can be asked for: its name, its inputs, and the function of them.
public struct Quantity: Sendable {
  /// `namespace.kebab-case`.
  public let name: String
  /// Where the physics is defined: page and section.
  public let source: String
  /// The form, unit and meaning of the value.
  public let value: String
  public let inputs: [InputDescription]
  let evaluate: @Sendable ([JSONMember]) throws -> PredictedValue

  /// A quantity as a function of typed inputs.
  ///
  /// - Parameters:
  ///   - name: its name in requests.
  ///   - source: page and section.
  ///   - value: what the value is.
  ///   - input: the inputs, in the order of the function's arguments.
  ///   - function: the value of checked inputs, or an error when it is not determined.
  init<each Value: Sendable>(
    _ name: String, source: String, value: String, _ input: repeat Input<each Value>,
    function: @escaping @Sendable (repeat each Value) throws -> PredictedValue
  ) {
    self.name = name
    self.source = source
    self.value = value
    var descriptions: [InputDescription] = []
    repeat descriptions.append((each input).description)
    inputs = descriptions
    evaluate = { members in try function(repeat try (each input).value(in: members)) }
  }

  /// The value for the inputs of a request.
  func value(for members: [JSONMember]) throws -> PredictedValue {
    for member in members where !inputs.contains(where: { $0.key == member.key }) {
      throw PredictionError("unknown input \(member.key); \(name) has \(inputs.map(\.key).joined(separator: ", "))")
    }
    return try evaluate(members)
  }
}
