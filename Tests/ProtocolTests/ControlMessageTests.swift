import Foundation
import Protocol
import Testing

@Test("Every message survives its JSON frame")
func roundTrip() throws {
  let signal = LiveSignal(name: "hum", index: 2, seed: .max, text: "name: hum", nodes: ["a"])
  let messages: [ControlMessage] = [
    .hello(
      .init(
        node: "mainz01", topology: "00ff", channels: ["x", "y"], rateNumerator: 512, rateDenominator: 1,
        blockSamples: 8192)),
    .hello(
      .init(
        node: "coil-1", topology: "00ff", channels: ["x"], sampleType: .complex128, basebandHertz: 121_380.5,
        rateNumerator: 64, rateDenominator: 1, blockSamples: 1024)),
    .welcome(.init(run: "run", nextSequence: 3, nextSample: 24576, credit: 20, heartbeat: 1)),
    .hello(
      .init(
        node: "mainz01", topology: "00ff", channels: ["x"], rateNumerator: 512, rateDenominator: 1, blockSamples: 8192,
        instance: "a1")),
    .welcome(
      .init(
        run: "run", nextSequence: 3, nextSample: 24576, durable: 2, credit: 20, heartbeat: 1,
        gaps: [.init(firstSequence: 1, firstSample: 8192, endSample: 16384)])),
    .acknowledge(.init(durable: 5, credit: 21, late: [1, 2])),
    .acknowledge(.init(durable: 5, credit: 21)), .heartbeat,
    .goodbye(.init(blocks: 9, samples: 70000, reason: "complete")), .farewell(.init(archived: 69990, missing: 10)),
    .stop(reason: "SIGINT"), .refused(.init(code: "name-taken", detail: "…", resumeSequence: nil)),
    .refused(.init(code: "payload-checksum", detail: "…", resumeSequence: 4)),
    .hello(
      .init(
        node: "a", topology: "", channels: ["x"], rateNumerator: 1, rateDenominator: 1, blockSamples: 8, injects: true)),
    .welcome(.init(run: "run", nextSequence: 0, nextSample: 0, credit: 1, heartbeat: 1, signals: [signal])),
    .request(.init(signals: ["{}"], files: ["a"], stop: ["b"], atNanoseconds: 5, seed: .max, index: 3, nodes: ["c"])),
    .prepare(.init(identifier: "1", signals: [signal])), .inject(.init(identifier: "1", signals: [signal])),
    .ready(.init(identifier: "1", earliestNanoseconds: 7, problem: "none")), .abandon(identifier: "1"),
    .injected(
      .init(
        run: "run", fromNanoseconds: 1, fromGPSNanoseconds: 2,
        changes: [.init(name: "a", kind: "stop", firstSamples: ["n": 4], steadySamples: [:])], away: ["n"],
        warnings: ["w"])),
  ]
  for message in messages {
    #expect(try ControlMessage(decoding: message.encoded()) == message)
  }
}

@Test("A frame written by another program is understood")
func foreignFrame() throws {
  let frame = Data(#"{"body": {"durable": 12, "credit": 40}, "type": "acknowledge"}"#.utf8)
  #expect(try ControlMessage(decoding: frame) == .acknowledge(.init(durable: 12, credit: 40)))
  #expect(try ControlMessage(decoding: Data(#"{"type":"heartbeat"}"#.utf8)) == .heartbeat)
  let layout = #""topology": "0", "channels": ["x"], "rateNumerator": 64, "rateDenominator": 1, "blockSamples": 8"#
  let real = #"{"type": "hello", "body": {"protocolVersion": 1, "node": "a", \#(layout)}}"#
  let complex =
    #"{"type": "hello", "body": {"protocolVersion": 1, "node": "a", \#(layout), "sampleType": "complex128", "basebandHertz": 1e5}}"#
  var hello = ControlMessage.Hello(
    node: "a", topology: "0", channels: ["x"], rateNumerator: 64, rateDenominator: 1, blockSamples: 8)
  #expect(try ControlMessage(decoding: Data(real.utf8)) == .hello(hello))
  (hello.sampleType, hello.basebandHertz) = (.complex128, 100_000)
  #expect(try ControlMessage(decoding: Data(complex.utf8)) == .hello(hello))
  #expect(throws: ControlMessageError.self) {
    try ControlMessage(decoding: Data(complex.replacing("complex128", with: "int16").utf8))
  }
}

@Test(
  "What is no message is an error, whatever it is",
  arguments: [
    "", "{", "[]", "null", #"{"type":"dance"}"#, #"{"type":"welcome"}"#, #"{"type":"stop","body":{}}"#,
    #"{"type":"acknowledge","body":{"durable":-1,"credit":2}}"#, String(repeating: " ", count: 70000),
  ])
func malformed(_ text: String) {
  #expect(throws: ControlMessageError.self) { try ControlMessage(decoding: Data(text.utf8)) }
}

@Test("The plain text of an acknowledgement is that of a writer of JSON, and only exactly it is read as such")
func acknowledgementsAreJSON() throws {
  for (durable, credit) in [(0, 0), (0, UInt64.max), (12, 40), (1000, 10)] as [(UInt64, UInt64)] {
    let acknowledge = ControlMessage.Acknowledge(durable: durable, credit: credit)
    let frame = ControlMessage.acknowledge(acknowledge).encoded()
    let object: NSDictionary = ["type": "acknowledge", "body": ["durable": durable, "credit": credit]]
    #expect(frame == (try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)))
    #expect(try ControlMessage(decoding: frame) == .acknowledge(acknowledge))
    for length in 0..<frame.count {
      #expect(throws: ControlMessageError.self) { try ControlMessage(decoding: frame.prefix(length)) }
    }
    #expect(throws: ControlMessageError.self) { try ControlMessage(decoding: frame + Data("}".utf8)) }
  }
  for number in ["18446744073709551616", "01", "", "-1", "1.5"] {
    let text = #"{"body":{"credit":\#(number),"durable":0},"type":"acknowledge"}"#
    #expect(throws: ControlMessageError.self) { try ControlMessage(decoding: Data(text.utf8)) }
  }
}
