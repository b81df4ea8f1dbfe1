/// Answers requests, one line of JSON each; no answer depends on another request.
public enum Predictor {
  /// What became of a line.
  public enum Outcome: Sendable {
    /// Nothing but white space: no response.
    case blank
    case value
    case error
  }

  /// Appends the response to one request, with a line feed.
  ///
  /// - Parameters:
  ///   - line: the bytes of the request, without the line feed.
  ///   - output: receives the response.
  public static func respond(
    to line: UnsafeBufferPointer<UInt8>, appendingTo output: inout [UInt8]
  ) -> Outcome {
    if line.allSatisfy(JSONScanner.isSpace) { return .blank }
    let start = output.count
    var identifier: String?
    do {
      let request = try Request(line, &identifier)
      appendHead(identifier, to: &output)
      output.append(contentsOf: "\"value\": ".utf8)
      guard try request.quantity.value(for: request.inputs).append(to: &output) else {
        throw PredictionError("the result of \(request.quantity.name) is not finite for these inputs")
      }
      output.append(contentsOf: "}\n".utf8)
      return .value
    } catch {
      output.removeLast(output.count - start)
      appendHead(identifier, to: &output)
      output.append(contentsOf: "\"error\": ".utf8)
      appendText("\(error)", to: &output)
      output.append(contentsOf: "}\n".utf8)
      return .error
    }
  }

  /// The response to one request, without a line feed; nil for a blank line.
  public static func response(to line: String) -> String? {
    var output: [UInt8] = []
    var line = line
    let outcome = line.withUTF8 { respond(to: $0, appendingTo: &output) }
    if case .blank = outcome { return nil }
    return String(decoding: output.dropLast(), as: UTF8.self)
  }

  private static func appendHead(_ identifier: String?, to output: inout [UInt8]) {
    output.append(contentsOf: "{\"id\": ".utf8)
    if let identifier {
      appendText(identifier, to: &output)
    } else {
      output.append(contentsOf: "null".utf8)
    }
    output.append(contentsOf: ", ".utf8)
  }

  private static func appendText(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        output.append(contentsOf: "\\u00".utf8)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}

/// A request whose parts are there; members beyond id, quantity and inputs are of no matter.
private struct Request {
  var quantity: Quantity
  var inputs: [JSONMember]

  /// Reads a line; `identifier` is known even when the rest of the request is at fault.
  init(_ line: UnsafeBufferPointer<UInt8>, _ identifier: inout String?) throws {
    let json: JSONValue
    do {
      json = try JSONScanner.value(line)
    } catch {
      throw PredictionError("the line is not JSON: \(error.reason) (byte \(error.byte))")
    }
    guard case .object(let members) = json else {
      throw PredictionError("the request is \(json.kind); it must be an object with id, quantity and inputs")
    }
    guard case .text(let text)? = members.only("id") else {
      throw PredictionError("the request needs one id, a text")
    }
    identifier = text
    guard case .text(let name)? = members.only("quantity") else {
      throw PredictionError("the request needs one quantity, a text")
    }
    guard let quantity = QuantityTable.quantity(named: name) else {
      throw PredictionError("unknown quantity \(name); `gnomon predict --list` shows all")
    }
    guard case .object(let inputs)? = members.only("inputs") else {
      throw PredictionError("the request needs one inputs, an object")
    }
    (self.quantity, self.inputs) = (quantity, inputs)
  }
}
