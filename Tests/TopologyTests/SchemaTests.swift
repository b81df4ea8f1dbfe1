import Foundation
import Testing
import Topology

/// Checks YAML files against the schema with Python's jsonschema, an implementation that is not ours.
@Suite("JSON Schema")
struct SchemaTests {
  static let program = """
    import json, sys, yaml, jsonschema
    class Loader(yaml.SafeLoader):
        pass
    # YAML 1.2 has no timestamps; PyYAML follows 1.1.
    Loader.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if not t.endswith("timestamp")]
                                      for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    job = json.load(sys.stdin)
    jsonschema.Draft202012Validator.check_schema(job["schema"])
    validator = jsonschema.Draft202012Validator(job["schema"])
    print(json.dumps([[e.message for e in validator.iter_errors(yaml.load(t, Loader))] for t in job["texts"]]))
    """

  /// The output of `python3 -c program`, nil when Python or a module is missing.
  static func python(_ program: String, input: Data = Data()) throws -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    process.standardError = FileHandle.nullDevice
    try process.run()
    let written = input
    DispatchQueue.global().async {
      try? standardInput.fileHandleForWriting.write(contentsOf: written)
      try? standardInput.fileHandleForWriting.close()
    }
    let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? output : nil
  }

  static let hasPython: Bool = {
    ((try? python("import jsonschema, yaml; jsonschema.Draft202012Validator; print(1)")) ?? nil) != nil
  }()

  func errors(_ texts: [String]) throws -> [[String]] {
    let schema = try JSONSerialization.jsonObject(with: Data(NetworkTopology.jsonSchema.utf8))
    let job = try JSONSerialization.data(withJSONObject: ["schema": schema, "texts": texts])
    let output = try #require(try Self.python(Self.program, input: job), "python3 failed")
    return try #require(try JSONSerialization.jsonObject(with: output) as? [[String]])
  }

  @Test("accepts what the reader accepts", .enabled(if: hasPython, "needs python3 with jsonschema and yaml"))
  func accepts() throws {
    var texts = try shippedTopologies().map(\.text)
    texts += [NetworkTopology.exampleText, NetworkTopology.minimalExampleText, soundText]
    texts.append(network(patchSignal, lineSignal, burstSignal, wallSignal))
    texts += try texts.map { try NetworkTopology.parse(text: $0, file: "sound").get().canonicalText }
    for (text, errors) in zip(texts, try errors(texts)) {
      #expect(errors.isEmpty, "\(errors) in \(text.prefix(200))")
    }
  }

  // Keys, types and units; what must fit together only the reader knows.
  static let wrong = [
    ("duration: 64 s", "duration: 64"), ("duration: 64 s", "duration: 64 Hz"), ("seed: 3", "sead: 3"),
    ("seed: 3", "seed: -3"), ("name: small\n", ""), ("name: small", "name: ../small"), ("seed: 3", "speed: fast"),
    ("epoch: 2026-01-01T00:00:00Z", "epoch: soon"), ("tcp://127.0.0.1:*", "127.0.0.1"),
    ("segment: 2 s", "segment: 2 s\n    overlap: 0.3"), ("segment: 2 s", "segment: 2 s\n    window: han"),
    ("isotropic-background", "isotropic"), (", reference: 20 Hz", ""), ("4 fT/Hz^0.5", "4 fT"),
    ("chirality: 0.6", "chirality: 1.5"), ("knee: 1 Hz", "knee: 1"), ("knee: 1 Hz", "nee: 1 Hz"),
    ("rate: 512 Hz", "block-samples: 4"), ("white: 0.1 pT/Hz^0.5", "random-walk: 1 pT/Hz^0.5"),
    ("azimuth: 90 deg", "azimuth: 90 m"), ("up: 2", "azimuth: 2 deg"), ("latitude: 50.0289 deg, ", ""),
    ("rate: 256 Hz", "rate: 256"), ("rate: 256 Hz", "unit: pT"), ("rate: 256 Hz", "kind: clock"),
    ("rate: 256 Hz", "gaps: {intervals: [{start: 60 s}]}"),
  ]

  static let wrongSignals = [
    (patchSignal, "spread: 10 deg, ", ""), (patchSignal, ", declination: 30 deg", ""), (patchSignal, "spots", "spot"),
    (lineSignal, "magnetic-dipole", "magnetic"), (lineSignal, "0.25 Hz", "0.25"), (lineSignal, "rms: 1 pT", "rms: 1 s"),
    (lineSignal, "rms: 1 pT", "rms: 1 pT, mixing: 1"),
    (lineSignal, "dispersion: 5", "dispersion: 5 m/s, virial-speed: 5"),
    (lineSignal, "rms: 1 pT", "coupling-constant: 1 GeV"), (lineSignal, ", speed: 310 km/s", ""),
    (burstSignal, "time: 30 s\n", ""), (burstSignal, "rise: 5 s", "thickness: 5 m"),
    (wallSignal, "speed: 300 km/s\n", ""),
    (wallSignal, "thickness: 3000 km", "thickness: 3000 s"),
  ]

  @Test("refuses signals that the reader refuses", .enabled(if: hasPython, "needs python3 with jsonschema and yaml"))
  func refusesSignals() throws {
    let texts = Self.wrongSignals.map { network($0.0.replacing($0.1, with: $0.2)) }
    for (text, errors) in zip(texts, try errors(texts)) {
      #expect(!errors.isEmpty, "\(text)")
      #expect(!NetworkTopology.parse(text: text, file: "wrong").faults.isEmpty, "\(text)")
    }
  }

  @Test("refuses what the reader refuses", .enabled(if: hasPython, "needs python3 with jsonschema and yaml"))
  func refuses() throws {
    let texts = Self.wrong.map { spoiled($0.0, $0.1) }
    for ((old, new), (text, errors)) in zip(Self.wrong, zip(texts, try errors(texts))) {
      #expect(!errors.isEmpty, "\(old) -> \(new)")
      #expect(!NetworkTopology.parse(text: text, file: "wrong").faults.isEmpty, "\(old) -> \(new)")
    }
  }
}
