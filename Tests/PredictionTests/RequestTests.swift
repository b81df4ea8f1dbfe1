import Foundation
import Prediction
import Testing

@Suite("Requests and responses")
struct RequestTests {
  private func request(seed: String = "1", identifier: String = "\"a\"", more: String = "") -> String {
    """
    {"id": \(identifier), "quantity": "random.cell-gaussian", \
    "inputs": {"seed": \(seed), "bin": 0, "node": 0, "mode": 0\(more)}}
    """
  }

  @Test("the response has the form of the contract")
  func form() {
    let line = #"{"id": "a", "quantity": "random.philox-4x32-10", "inputs": {"counter": [0, 0, 0, 0], "key": [0, 0]}}"#
    #expect(
      Predictor.response(to: line) == #"{"id": "a", "value": [1713891541, 3781805453, 3159862348, 2600524760]}"#)
  }

  @Test("white space is no request", arguments: ["", " ", "\t \r", "\r"])
  func blank(line: String) {
    #expect(Predictor.response(to: line) == nil)
  }

  @Test("a carriage return at the end belongs to the white space")
  func carriageReturn() {
    #expect(Predictor.response(to: request() + "\r") == Predictor.response(to: request()))
  }

  /// Neighbours of 2^53 and 2^64 - 1, which a double cannot tell apart.
  @Test(
    "64-bit seeds are exact",
    arguments: [("9007199254740992", "9007199254740993"), ("18446744073709551614", "18446744073709551615")])
  func exactSeeds(first: String, second: String) throws {
    let (a, b) = (Predictor.response(to: request(seed: first)), Predictor.response(to: request(seed: second)))
    #expect(try members(of: a)["value"] != nil)
    #expect(a != b)
  }

  @Test(
    "whole numbers in any spelling are integers",
    arguments: ["12", "12.0", "1.2e1", "120e-1", "0.12E+2", "12.000000000000000000000000"])
  func wholeNumbers(text: String) {
    #expect(Predictor.response(to: request(seed: text)) == Predictor.response(to: request(seed: "12")))
  }

  @Test(
    "what is no integer of 64 bits is refused",
    arguments: [
      "18446744073709551616", "-1", "1.5", "1e-1", "1e20", "1e999", "18446744073709551615.5", "true", "null", "\"1\"",
      "[1]",
      "123456789012345678901234567890",
    ])
  func noIntegers(text: String) throws {
    let answer = try members(of: Predictor.response(to: request(seed: text)))
    #expect((answer["error"] as? String)?.contains("input seed") == true, "\(answer)")
    #expect(answer["id"] as? String == "a")
  }

  @Test("minus zero and zero with any exponent are zero", arguments: ["-0", "0e5", "-0.0", "0E-99999999999999999999"])
  func zeros(text: String) {
    #expect(Predictor.response(to: request(seed: text)) == Predictor.response(to: request(seed: "0")))
  }

  /// `Double.init` of the standard library reads decimal text independently and rounds correctly.
  @Test("decimal numbers are rounded to the nearest double")
  func decimalNumbers() throws {
    var generator = SplitMix(state: 20_260_101)
    for _ in 0..<20_000 {
      let digits = 1 + Int(generator.next() % 24)
      var text = (0..<digits).map { _ in String(generator.next() % 10) }.joined()
      text = "1" + text
      if generator.next() % 2 == 0 { text.insert(".", at: text.index(text.startIndex, offsetBy: 1)) }
      if generator.next() % 2 == 0 { text += "e\(Int(generator.next() % 60) - 30)" }
      let line = """
        {"id": "", "quantity": "network.halo-correlation", "inputs": {"coupling": "axion-gradient", \
        "separation_times_mass": [0, 0, 0], "mean_velocity": [0, 0, 0], "virial_speed": 1, \
        "direction_1": [\(text), 0, 0], "direction_2": [1, 0, 0], "delay_times_mass": \(text)}}
        """
      let expected = try #require(Double(text))
      let same = line.replacingOccurrences(of: text, with: "\(expected)")
      #expect(Predictor.response(to: line) == Predictor.response(to: same), "\(text)")
    }
  }

  @Test("identifiers return as they came")
  func identifiers() throws {
    let response = Predictor.response(to: request(identifier: #""\u00e9 \"quoted\" \\ \/ \n \ud83d\ude00 日本 \u0000""#))
    #expect(try members(of: response)["id"] as? String == "é \"quoted\" \\ / \n 😀 日本 \0")
  }

  @Test("an identifier that is no text gives null", arguments: ["1", "null", "[\"a\"]", "{}", "true"])
  func identifierOfOtherKind(text: String) throws {
    let answer = try members(of: Predictor.response(to: request(identifier: text)))
    #expect(answer["id"] is NSNull)
    #expect(answer["error"] != nil)
  }

  @Test(
    "what is not JSON is refused with a null identifier",
    arguments: [
      "{", "}", "{}}", "{\"id\": \"a\",}", "{\"id\" \"a\"}", "{'id': 'a'}", "nul", "+1", "01", "1.", ".5", "1e", "-",
      "[1 2]", "[1,]", "\"a", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "NaN", "{\"id\": Infinity}",
      "\u{FEFF}{}", String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    ])
  func notJSON(line: String) throws {
    let answer = try members(of: Predictor.response(to: line))
    #expect(answer["id"] is NSNull)
    #expect((answer["error"] as? String)?.contains("not JSON") == true, "\(answer)")
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() throws {
    let bytes = Array("{\"id\": \"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
    var output: [UInt8] = []
    let outcome = bytes.withUnsafeBufferPointer { Predictor.respond(to: $0, appendingTo: &output) }
    guard case .error = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(try members(of: String(decoding: output, as: UTF8.self))["id"] is NSNull)
  }

  @Test(
    "members given twice are refused",
    arguments: [("\"seed\": 1", "\"seed\": 1, \"seed\": 1"), ("\"id\": \"a\"", "\"id\": \"a\", \"id\": \"a\"")])
  func duplicates(single: String, double: String) throws {
    let answer = try members(of: Predictor.response(to: request().replacingOccurrences(of: single, with: double)))
    #expect(answer["error"] != nil)
  }

  @Test("an input without unit or default must be there, whatever its kind; null is not a value")
  func everyInputIsNeeded() throws {
    for quantity in QuantityTable.all {
      for input in quantity.inputs {
        let line = """
          {"id": "n", "quantity": "\(quantity.name)", "inputs": {"\(input.key)": null}}
          """
        let answer = try members(of: Predictor.response(to: line))
        #expect(answer["error"] != nil)
      }
    }
  }

  @Test("answers do not depend on the order of the requests")
  func order() throws {
    var lines = try (ConformanceCase.load("network") + ConformanceCase.load("errors")).map(\.line)
    let answers = lines.map { Predictor.response(to: $0) }
    let byLine = Dictionary(zip(lines, answers)) { first, _ in first }
    var generator = SplitMix(state: 5)
    lines.shuffle(using: &generator)
    for line in lines { #expect(Predictor.response(to: line) == byLine[line]) }
  }

  /// Seed 42. Every mutant gets one line of JSON, with an identifier or null, and with a value or an error.
  @Test("no mutated line breaks anything")
  func mutations() throws {
    let lines = try ["network", "random", "errors"].flatMap { try ConformanceCase.load($0).map(\.line) }
    var generator = SplitMix(state: 42)
    var values = 0
    let interesting = Array("{}[]\",:0123456789.eE-+\\u null\u{0}\u{FF}é".utf8)
    for _ in 0..<30_000 {
      var bytes = Array(lines[Int(generator.next() % UInt64(lines.count))].utf8)
      for _ in 0...(generator.next() % 3) {
        let place = Int(generator.next() % UInt64(bytes.count))
        let byte = interesting[Int(generator.next() % UInt64(interesting.count))]
        switch generator.next() % 5 {
        case 0: bytes[place] = byte
        case 1: bytes.insert(byte, at: place)
        case 2: bytes.remove(at: place)
        case 3: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 20)))
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: "{")] }
      }
      bytes.removeAll { $0 == UInt8(ascii: "\n") }
      var output: [UInt8] = []
      let outcome = bytes.withUnsafeBufferPointer { Predictor.respond(to: $0, appendingTo: &output) }
      if case .blank = outcome { continue }
      #expect(output.last == UInt8(ascii: "\n"))
      #expect(output.count(where: { $0 == UInt8(ascii: "\n") }) == 1)
      let answer = try members(of: String(decoding: output, as: UTF8.self))
      #expect(answer.count == 2)
      #expect(answer["id"] is String || answer["id"] is NSNull)
      #expect((answer["value"] == nil) != (answer["error"] == nil))
      if answer["value"] != nil { values += 1 }
    }
    // Many mutants are still requests; all refused would mean that the lines never reached the quantities.
    #expect(values > 1_000)
  }

  @Test("the list names every input with its kind")
  func listing() {
    #expect(Set(QuantityTable.all.map(\.name)).count == 36)
    for quantity in QuantityTable.all {
      #expect(!quantity.source.isEmpty)
      #expect(Set(quantity.inputs.map(\.key)).count == quantity.inputs.count)
      for input in quantity.inputs {
        #expect(quantity.listing.contains(input.key) && quantity.listing.contains(input.kind))
      }
    }
  }
}

/// A small generator with a fixed seed (Steele, Lea and Flood 2014), independent of the ones under test.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
