import Archive
import CKernels
import Foundation
import Protocol
import Sky
import Topology

/// Something that reads what strangers wrote.
struct FuzzTarget: Sendable {
  /// How many times fewer inputs it gets than the decoder of blocks.
  var cost: Int
  /// Makes what reads one input, made from the random numbers, and says whether it was taken.
  var make: @Sendable () -> (inout FuzzRandom) -> Bool

  static let all: [String: FuzzTarget] = [
    "blocks": FuzzTarget(cost: 1, make: blocks), "messages": FuzzTarget(cost: 20, make: messages),
    "topology": FuzzTarget(cost: 1000, make: topology), "overrides": FuzzTarget(cost: 1000, make: overrides),
    "calibration": FuzzTarget(cost: 10, make: calibration), "stations": FuzzTarget(cost: 50, make: stations),
    "hub": FuzzTarget(cost: 100, make: FuzzedHub.make),
  ]

  // MARK: - Blocks

  /// The header of a block through the decoder and, when it is one, through the rules of a stream with gaps.
  @Sendable private static func blocks() -> (inout FuzzRandom) -> Bool {
    let (rate, epoch) = (SampleRate(16384, per: 3), GPSTime(nanoseconds: 1_400_000_000_000_000_000))
    func begun() -> StreamLedger {
      var ledger = StreamLedger(
        stream: 5, channelCount: 2, blockSamples: 100, rate: rate, epoch: epoch, length: 1 << 40)
      ledger.credit = 1 << 32
      for _ in 0..<3 { _ = ledger.declareMissing(reason: 1) }
      return ledger
    }
    var ledger = begun()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockHeader.size + 8, alignment: 8)
    return { random in
      if ledger.nextSequence > 1000 { ledger = begun() }
      let isLate = random.below(4) == 0
      let sequence = isLate ? UInt64(random.below(4)) : ledger.nextSequence
      let firstSample = isLate ? Int64(sequence) * 100 : ledger.nextSample
      BlockHeader(
        flags: BlockHeader.Flags(rawValue: UInt16(random.below(4))), stream: 5, sequence: sequence,
        firstSample: firstSample, time: rate.time(ofSample: firstSample, epoch: epoch), sampleCount: 100,
        channelCount: 2
      ).encode(into: buffer)
      var length = BlockHeader.size
      for _ in 0..<random.below(4) {
        switch random.below(4) {
        case 0: buffer[random.below(BlockHeader.size)] ^= UInt8(1 << random.below(8))
        case 1: buffer.storeBytes(of: random.odd(), toByteOffset: 8 * random.below(9), as: UInt64.self)
        case 2:
          buffer.storeBytes(
            of: UInt32(truncatingIfNeeded: random.odd()), toByteOffset: 4 * random.below(18), as: UInt32.self)
        default: length = random.below(buffer.count)
        }
      }
      // What the checksum catches needs few inputs.
      if random.below(8) > 0 {
        buffer.storeBytes(of: gnomon_crc32c(0, buffer.baseAddress, 68), toByteOffset: 68, as: UInt32.self)
      }
      do throws(BlockRefusal) {
        let header = try BlockHeader(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<length]))
        let size = random.below(4) > 0 ? header.payloadSize : random.below(1 << 20)
        if header.sequence < ledger.nextSequence {
          try ledger.checkLate(header, payloadSize: size)
          ledger.acceptLate(header, missing: 0)
        } else {
          try ledger.check(header, payloadSize: size)
          ledger.accept(header, missing: 0)
        }
        return true
      } catch {
        ledger.count(error)
        return error.description.isEmpty
      }
    }
  }

  // MARK: - Messages

  /// The frame of a message that a peer may send, mostly damaged.
  static func message(_ random: inout FuzzRandom) -> [UInt8] {
    let original = messageSamples[random.below(messageSamples.count)]
    if random.below(2000) == 0 { return [UInt8](repeating: 0x5B, count: random.below(70_000)) }
    return damaged(original, pieces: messagePieces, &random)
  }

  private static let messageSamples = [
    ControlMessage.hello(
      .init(
        node: "alpha", topology: "abc", channels: ["x", "y"], sampleType: .complex128, basebandHertz: 1e6,
        rateNumerator: 512, rateDenominator: 1, blockSamples: 1024, instance: "i")),
    .welcome(
      .init(
        run: "run", nextSequence: 3, nextSample: 300, durable: 2, credit: 9, heartbeat: 1, epochGPSNanoseconds: 1,
        samples: 1 << 40, gaps: [.init(firstSequence: 0, firstSample: 0, endSample: 100)])),
    .acknowledge(.init(durable: 1, credit: 2, late: [1, 2])), .heartbeat,
    .goodbye(.init(blocks: 3, samples: 300, reason: "complete")), .farewell(.init(archived: 1, missing: 2)),
    .stop(reason: "over"), .refused(.init(code: "layout", detail: "x", resumeSequence: 4)),
  ].map { Array($0.encoded()) }
  private static let messagePieces = [
    "null", "-1", "1e999", "18446744073709551616", "-9223372036854775809", "{}", "[]", "[[[[[[[[", "\"", "\\u0000",
    "\\ud800", ",", ":", "true", "0.5", "{\"type\":\"hello\"}",
  ].map { Array($0.utf8) }

  @Sendable private static func messages() -> (inout FuzzRandom) -> Bool {
    return { random in
      let bytes = message(&random)
      guard let message = try? ControlMessage(decoding: Data(bytes)) else { return false }
      // What was understood can be said again, and means the same.
      guard let again = try? ControlMessage(decoding: message.encoded()) else {
        preconditionFailure("a message that was read cannot be written")
      }
      precondition(again == message, "a message changes when it is written again")
      return true
    }
  }

  // MARK: - Texts

  @Sendable private static func topology() -> (inout FuzzRandom) -> Bool {
    let texts = [NetworkTopology.exampleText, NetworkTopology.minimalExampleText].map { Array($0.utf8) }
    let pieces = [
      "&a ", "*a", "- ", ": ", "{", "}", "[", "]", "\n", "\"", "'", "|", ">", "#", "!!", "%", "---\n", "e999", "-", "0",
      "~", ".nan", "-.inf", "999999999999999999999", " s", " T", "nodes:", "bands:", "<<: *a\n",
    ].map { Array($0.utf8) }
    return { random in
      let text = String(decoding: damaged(texts[random.below(2)], pieces: pieces, &random), as: UTF8.self)
      let parsed = NetworkTopology.parse(text: text, file: "damaged")
      precondition((parsed.topology == nil) == !parsed.faults.isEmpty, "neither a topology nor a fault")
      for fault in parsed.faults { precondition(!fault.description.isEmpty, "a fault without words") }
      return parsed.topology != nil
    }
  }

  @Sendable private static func overrides() -> (inout FuzzRandom) -> Bool {
    let text = NetworkTopology.minimalExampleText
    let keys = [
      "duration", "seed", "speed", "epoch", "name", "nodes[0].rate", "nodes[0].noise.white", "nodes[0].axes[0].azimuth",
      "bands[0].from", "bands[0].segment", "signals[0].enabled", "hub.heartbeat", "hub.endpoint", "nodes", "bands",
      "signals", "defaults.nodes", "nodes[0]", "nodes[7].rate", "[0]", "", ".", "a[", "b]", "c[99999999999999999999]",
    ]
    let values = [
      "1 h", "-1", "0", "1e999", "{a: 1}", "*x", "~", "[]", "1 Hz", "64 Hz", "1 s", "10 min", "3", "false", "\u{0}",
      "é",
      "9223372036854775808", "x", "2026-01-01T00:00:00Z", "ipc:///tmp/x", "1 pT/Hz^0.5", "30 deg", "", ".nan Hz",
    ]
    return { random in
      let overrides = (0..<1 + random.below(3)).map { _ in
        keys[random.below(keys.count)] + (random.below(8) == 0 ? keys[random.below(keys.count)] : "") + "="
          + values[random.below(values.count)]
      }
      return NetworkTopology.parse(text: text, file: "file", overrides: overrides).topology != nil
    }
  }

  /// Formulas of the grammar, half of them with something in the wrong place.
  @Sendable private static func calibration() -> (inout FuzzRandom) -> Bool {
    let pieces = [
      "MagneticFields", "20.5", "+", "-", "*", "/", "**", "(", ")", "[pT]", " ", "sqrt", "np.exp", "math.log(", "1e308",
      "1e-999", ".", ",", "abs(", "__import__", "'", "\u{0}", "é", "//", "]", "[", "arcsin(", "0", "((((((((",
      "--------",
    ].map { Array($0.utf8) }
    let input = ["MagneticFields": [-1.0, 0, .nan, 1e300]]
    func formula(_ depth: Int, _ random: inout FuzzRandom) -> String {
      switch depth == 0 ? random.below(2) : random.below(7) {
      case 0: return "MagneticFields"
      case 1: return ["0", "20.5", "1e308", ".5", "2e-3", "7"][random.below(6)]
      case 2: return "-" + formula(depth - 1, &random)
      case 3: return "(" + formula(depth - 1, &random) + ")"
      case 4:
        return ["sqrt", "np.abs", "math.exp", "numpy.log10", "arctan"][random.below(5)] + "("
          + formula(depth - 1, &random) + ")"
      default:
        return formula(depth - 1, &random) + [" + ", "-", "*", " / ", "**"][random.below(5)]
          + formula(depth - 1, &random)
      }
    }
    return { random in
      var text = formula(random.below(9), &random) + [" [pT]", "", "[T]"][random.below(3)]
      if random.below(2) == 0 {
        text = String(decoding: damaged(Array(text.utf8), pieces: pieces, &random), as: UTF8.self)
      }
      if random.below(1000) == 0 {
        text = String(repeating: ["-", "(", "1+", "2**", "abs("][random.below(5)], count: 2000) + "1"
      }
      do throws(CalibrationExpression.Fault) {
        let expression = try CalibrationExpression(text)
        guard expression.datasets.isSubset(of: ["MagneticFields"]) else { return true }
        precondition(expression.values(of: input, count: 4).count == 4, "not one value for every sample")
        return true
      } catch {
        precondition(!error.description.isEmpty, "a fault without words")
        return false
      }
    }
  }

  @Sendable private static func stations() -> (inout FuzzRandom) -> Bool {
    let text = Array("# name,longitude,latitude\nmainz01,8,50,0,90,0.1\nkrakow01,20,50,10,45,0.2\n".utf8)
    let pieces = [",", "\n", "\r\n", "nan", "inf", "1e999", "-", "#", "\"", "é", "\u{0}", ",,,,", "91", "-361"].map {
      Array($0.utf8)
    }
    return { random in
      let text = String(decoding: damaged(text, pieces: pieces, &random), as: UTF8.self)
      return (try? StationTable(text, file: "stations")) != nil
    }
  }

  /// A text with bytes changed, cut out, doubled or put in.
  static func damaged(_ original: [UInt8], pieces: [[UInt8]], _ random: inout FuzzRandom) -> [UInt8] {
    var bytes = original
    for _ in 0..<random.below(7) where !bytes.isEmpty {
      let position = random.below(bytes.count)
      switch random.below(5) {
      case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes.removeSubrange(position..<min(position + 1 + random.below(40), bytes.count))
      case 2: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: position)
      case 3:
        let end = min(position + 1 + random.below(200), bytes.count)
        bytes.insert(contentsOf: bytes[position..<end], at: random.below(bytes.count))
      default: bytes.insert(contentsOf: Array("\(Int64(bitPattern: random.odd()))".utf8), at: position)
      }
    }
    return bytes
  }
}
