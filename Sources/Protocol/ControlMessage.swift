import Foundation

/// What nodes and hub tell each other besides samples: one frame of JSON with a `type`.
///
/// The normal course: hello -> welcome -> blocks with acknowledge coming back -> goodbye -> farewell. Heartbeats flow both
/// ways at all times after the welcome.
public enum ControlMessage: Hashable, Sendable {
  /// Node to hub: who I am and what my stream looks like.
  case hello(Hello)
  /// Hub to node: from where to send, and how far.
  case welcome(Welcome)
  /// Hub to node: what is durable in the archive, and how far to send.
  case acknowledge(Acknowledge)
  /// Both ways: I am alive.
  case heartbeat
  /// Node to hub: nothing more will come.
  case goodbye(Goodbye)
  /// Hub to node: all that you sent is durable; the stream is closed.
  case farewell(Farewell)
  /// Hub to node: end the stream in good order.
  case stop(reason: String)
  /// Hub to node, or to an operator: this was not taken.
  case refused(Refused)
  /// Operator to hub: let signals begin or end in the running network.
  case request(InjectionRequest)
  /// Hub to node: say from when on you can carry these signals, and make no more samples until I say from when on you will.
  case prepare(Injection)
  /// Node to hub: so soon, or not at all.
  case ready(Ready)
  /// Hub to node: carry these signals, each from the start to the stop that it names.
  case inject(Injection)
  /// Hub to node: nothing comes of it, go on as before.
  case abandon(identifier: String)
  /// Hub to operator: this is what all nodes do.
  case injected(Injected)

  /// The version of this protocol.
  public static let protocolVersion = 1

  public struct Hello: Hashable, Sendable, Codable {
    public var protocolVersion: Int
    /// The node's name in the topology.
    public var node: String
    /// Checksum of the topology that the node works from; the hub refuses another one. Empty for an instrument that works
    /// from none.
    public var topology: String
    public var channels: [String]
    /// Of one sample of every channel; float64 when the message has none.
    public var sampleType: BlockHeader.SampleType
    /// Centre frequency in Hz of complex samples: the signal is Re[z exp(-2πi f_c (t - epoch))]; nil for real samples.
    public var basebandHertz: Double?
    /// Samples per `rateDenominator` seconds.
    public var rateNumerator: Int64
    public var rateDenominator: Int64
    public var blockSamples: Int
    /// Any text that another process of the same name would not say, so that the hub knows a node that comes back at
    /// once; nil for a node that can wait until the hub has noticed that its old connection is dead.
    public var instance: String?
    /// Whether the node can carry signals that are put into the running network; nil for no.
    public var injects: Bool?

    public init(
      protocolVersion: Int = ControlMessage.protocolVersion, node: String, topology: String, channels: [String],
      sampleType: BlockHeader.SampleType = .float64, basebandHertz: Double? = nil, rateNumerator: Int64,
      rateDenominator: Int64, blockSamples: Int, instance: String? = nil, injects: Bool? = nil
    ) {
      self.protocolVersion = protocolVersion
      self.node = node
      self.topology = topology
      self.channels = channels
      self.sampleType = sampleType
      self.basebandHertz = basebandHertz
      self.rateNumerator = rateNumerator
      self.rateDenominator = rateDenominator
      self.blockSamples = blockSamples
      self.instance = instance
      self.injects = injects
    }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        protocolVersion: try values.decode(Int.self, forKey: .protocolVersion),
        node: try values.decode(String.self, forKey: .node),
        topology: try values.decode(String.self, forKey: .topology),
        channels: try values.decode([String].self, forKey: .channels),
        sampleType: try values.decodeIfPresent(BlockHeader.SampleType.self, forKey: .sampleType) ?? .float64,
        basebandHertz: try values.decodeIfPresent(Double.self, forKey: .basebandHertz),
        rateNumerator: try values.decode(Int64.self, forKey: .rateNumerator),
        rateDenominator: try values.decode(Int64.self, forKey: .rateDenominator),
        blockSamples: try values.decode(Int.self, forKey: .blockSamples),
        instance: try values.decodeIfPresent(String.self, forKey: .instance),
        injects: try values.decodeIfPresent(Bool.self, forKey: .injects))
    }
  }

  public struct Welcome: Hashable, Sendable, Codable {
    public var protocolVersion: Int
    public var run: String
    /// Sequence and sample with which to begin or resume.
    public var nextSequence: UInt64
    public var nextSample: Int64
    /// Blocks below this sequence are durable in the archive; those from here to `nextSequence` may be asked for again.
    public var durable: UInt64
    /// Blocks with sequence below this may be sent.
    public var credit: UInt64
    /// Seconds between heartbeats.
    public var heartbeat: Double
    /// GPS time of sample 0; nil from a hub of an earlier release.
    public var epochGPSNanoseconds: Int64?
    /// Samples of each channel in the whole run.
    public var samples: Int64?
    /// Blocks before `nextSequence` that were declared missing and may still be sent, at most four at a time; nil for none.
    public var gaps: [DeclaredGaps.Run]?
    /// All signals that were put in, changed or ended while the network runs; nil for none.
    public var signals: [LiveSignal]?

    /// - Parameter durable: nil when all below `nextSequence` is durable.
    public init(
      protocolVersion: Int = ControlMessage.protocolVersion, run: String, nextSequence: UInt64, nextSample: Int64,
      durable: UInt64? = nil, credit: UInt64, heartbeat: Double, epochGPSNanoseconds: Int64? = nil,
      samples: Int64? = nil, gaps: [DeclaredGaps.Run]? = nil, signals: [LiveSignal]? = nil
    ) {
      self.protocolVersion = protocolVersion
      self.run = run
      self.nextSequence = nextSequence
      self.nextSample = nextSample
      self.durable = durable ?? nextSequence
      self.credit = credit
      self.heartbeat = heartbeat
      self.epochGPSNanoseconds = epochGPSNanoseconds
      self.samples = samples
      self.gaps = gaps
      self.signals = signals
    }
  }

  public struct Acknowledge: Hashable, Sendable, Codable {
    /// All blocks with sequence below this are durable.
    public var durable: UInt64
    /// Blocks with sequence below this may be sent.
    public var credit: UInt64
    /// Blocks that had been declared missing and are durable now; nil for none.
    public var late: [UInt64]?

    public init(durable: UInt64, credit: UInt64, late: [UInt64]? = nil) {
      self.durable = durable
      self.credit = credit
      self.late = late
    }
  }

  public struct Goodbye: Hashable, Sendable, Codable {
    /// Blocks sent in all.
    public var blocks: UInt64
    /// Samples of each channel sent in all, missing ones included.
    public var samples: Int64
    /// `complete`, or why the stream ends early.
    public var reason: String

    public init(blocks: UInt64, samples: Int64, reason: String) {
      self.blocks = blocks
      self.samples = samples
      self.reason = reason
    }
  }

  public struct Farewell: Hashable, Sendable, Codable {
    /// Samples of each channel that are archived with data, and that are declared missing.
    public var archived: Int64
    public var missing: Int64

    public init(archived: Int64, missing: Int64) {
      self.archived = archived
      self.missing = missing
    }
  }

  public struct Refused: Hashable, Sendable, Codable {
    /// A stable short name.
    public var code: String
    /// What was wrong and what to do.
    public var detail: String
    /// Where the node should go on when the refusal is about a block; nil ends the stream.
    public var resumeSequence: UInt64?

    public init(code: String, detail: String, resumeSequence: UInt64? = nil) {
      self.code = code
      self.detail = detail
      self.resumeSequence = resumeSequence
    }
  }
}

/// A frame that is no control message.
public struct ControlMessageError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
}

extension ControlMessage {
  private enum Kind: String, Codable {
    case hello, welcome, acknowledge, heartbeat, goodbye, farewell, stop, refused
    case request, prepare, ready, inject, abandon, injected
  }

  private struct Envelope<Body: Codable>: Codable {
    var type: Kind
    var body: Body?
  }

  private struct Header: Codable {
    var type: Kind
  }

  private struct Reason: Codable {
    var reason: String
  }

  private struct Identifier: Codable {
    var identifier: String
  }

  /// The longest JSON frame that is read.
  public static let sizeLimit = 65536

  /// The message as the bytes of one frame.
  public func encoded() -> Data {
    func frame(_ kind: Kind, _ body: some Codable) -> Data {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      // The bodies are plain values with finite numbers: encoding them has nothing to fail at.
      return (try? encoder.encode(Envelope(type: kind, body: body))) ?? Data()
    }
    switch self {
    case .hello(let body): return frame(.hello, body)
    case .welcome(let body): return frame(.welcome, body)
    case .acknowledge(let body): return body.plainFrame ?? frame(.acknowledge, body)
    case .heartbeat: return frame(.heartbeat, Optional<Bool>.none)
    case .goodbye(let body): return frame(.goodbye, body)
    case .farewell(let body): return frame(.farewell, body)
    case .stop(let reason): return frame(.stop, Reason(reason: reason))
    case .refused(let body): return frame(.refused, body)
    case .request(let body): return frame(.request, body)
    case .prepare(let body): return frame(.prepare, body)
    case .ready(let body): return frame(.ready, body)
    case .inject(let body): return frame(.inject, body)
    case .abandon(let identifier): return frame(.abandon, Identifier(identifier: identifier))
    case .injected(let body): return frame(.injected, body)
    }
  }

  /// Reads the JSON frame of a message.
  /// - Throws: ``ControlMessageError`` when the frame is too long, no JSON, of unknown type or lacks a field.
  public init(decoding frame: Data) throws(ControlMessageError) {
    guard frame.count <= Self.sizeLimit else {
      throw ControlMessageError(
        description: "a control frame of \(frame.count) bytes is longer than the limit of \(Self.sizeLimit)")
    }
    if let acknowledge = Acknowledge(plainFrame: frame) {
      self = .acknowledge(acknowledge)
      return
    }
    do {
      let decoder = JSONDecoder()
      func body<Body: Codable>(_ type: Body.Type) throws -> Body {
        let envelope = try decoder.decode(Envelope<Body>.self, from: frame)
        guard let body = envelope.body else {
          throw ControlMessageError(description: "a \(envelope.type.rawValue) message needs a body")
        }
        return body
      }
      switch try decoder.decode(Header.self, from: frame).type {
      case .hello: self = .hello(try body(Hello.self))
      case .welcome: self = .welcome(try body(Welcome.self))
      case .acknowledge: self = .acknowledge(try body(Acknowledge.self))
      case .heartbeat: self = .heartbeat
      case .goodbye: self = .goodbye(try body(Goodbye.self))
      case .farewell: self = .farewell(try body(Farewell.self))
      case .stop: self = .stop(reason: try body(Reason.self).reason)
      case .refused: self = .refused(try body(Refused.self))
      case .request: self = .request(try body(InjectionRequest.self))
      case .prepare: self = .prepare(try body(Injection.self))
      case .ready: self = .ready(try body(Ready.self))
      case .inject: self = .inject(try body(Injection.self))
      case .abandon: self = .abandon(identifier: try body(Identifier.self).identifier)
      case .injected: self = .injected(try body(Injected.self))
      }
    } catch let error as ControlMessageError {
      throw error
    } catch {
      throw ControlMessageError(description: "a frame that is no control message: \(error)")
    }
  }
}
