import DarkMatter
import Foundation
import HDF5
import Instruments
import Sky
import Synthesis
import Topology

/// One signal that the samples carry: a row of `/injections`.
public struct InjectionRow: Hashable, Sendable, Codable {
  /// When a signal is there and how it was made.
  public struct Details: Hashable, Sendable, Codable {
    public var activation: Activation
    public var synthesis: SynthesisChoice
    /// By stream: the first sample since the epoch that can differ from one without the signal. An event begins where it
    /// exceeds 1e-16 of its peak.
    public var firstSamples: [String: Int64]
    /// By stream: the first sample from which on a signal that began is as if it had always been there, its edge over and the
    /// response of the sensor settled to 1e-6. Nil for events, and in older archives.
    public var steadySamples: [String: Int64]?
    /// Number of the signal, which selects its random numbers together with the seed; nil in older archives.
    public var signalIndex: Int?
    /// What hid this row until it was unsealed (`SealedInjection.commitment`).
    public var commitment: String?
    /// The signal as the running network was told of it; nil when it was there from the beginning or put in afterwards.
    public var live: Live?

    public init(
      activation: Activation, synthesis: SynthesisChoice, firstSamples: [String: Int64],
      steadySamples: [String: Int64]? = nil, signalIndex: Int? = nil, commitment: String? = nil, live: Live? = nil
    ) {
      self.activation = activation
      self.synthesis = synthesis
      self.firstSamples = firstSamples
      self.steadySamples = steadySamples
      self.signalIndex = signalIndex
      self.commitment = commitment
      self.live = live
    }
  }

  /// A signal that was put into the running network, or changed in it.
  public struct Live: Hashable, Sendable, Codable {
    /// YAML with the keys of `signals:` in a topology.
    public var text: String
    /// Names of the nodes that it was put into; nil for all.
    public var nodes: [String]?

    public init(text: String, nodes: [String]? = nil) {
      self.text = text
      self.nodes = nodes
    }
  }

  public var identifier: String
  /// The kind of field, such as `isotropic-background`.
  public var model: String
  /// The parameters of the field as JSON.
  public var parameters: String
  /// The seed from which the field's random numbers are derived: that of the run, or the injection's own.
  public var seed: UInt64
  /// The smallest of the streams' first samples.
  public var firstSample: Int64
  /// Nil in archives written before it was recorded.
  public var details: Details?

  public init(
    identifier: String, model: String, parameters: String, seed: UInt64, firstSample: Int64, details: Details? = nil
  ) {
    self.identifier = identifier
    self.model = model
    self.parameters = parameters
    self.seed = seed
    self.firstSample = firstSample
    self.details = details
  }

  /// The row of a signal.
  ///
  /// - Parameters:
  ///   - signal: enabled.
  ///   - index: its number among all signals.
  ///   - seed: of its random numbers; nil for the topology's.
  ///   - topology: the run.
  ///   - nodes: names of those that it is put into; nil for all.
  public init(
    _ signal: Signal, index: Int, seed: UInt64? = nil, in topology: NetworkTopology, nodes: Set<String>? = nil
  ) {
    let planned = ObservationPlan.Signal(index: index, field: signal.field, activation: signal.activation)
    var (firstSamples, steadySamples): ([String: Int64], [String: Int64]) = ([:], [:])
    for node in topology.nodes where nodes?.contains(node.name) ?? true {
      func sample(_ seconds: Double) -> Int64 {
        node.clock.firstSample(atOrAfter: seconds, sampleRate: node.sampleRate)
      }
      firstSamples[node.name] = planned.beginning(at: node.site, epoch: topology.epoch).map(sample) ?? 0
      let settlingTime = node.instrument.model.settlingTime
      steadySamples[node.name] = planned.steadiness(settlingTime: settlingTime).map(sample)
    }
    self.init(
      identifier: signal.name, model: signal.field.kind, parameters: signal.field.parameters,
      seed: seed ?? topology.seed, firstSample: firstSamples.values.min() ?? 0,
      details: Details(
        activation: signal.activation,
        synthesis: signal.field.synthesisMethod(
          duration: topology.duration, blockNanoseconds: topology.synthesisBlock, sites: topology.sites),
        firstSamples: firstSamples, steadySamples: steadySamples.isEmpty ? nil : steadySamples, signalIndex: index))
  }

  /// The texts of a row, in the order of the columns.
  private var texts: [String] { [identifier, model, parameters, details.map { json($0) } ?? ""] }

  /// The record wide enough for `rows`.
  ///
  /// - Parameter room: the least widths of the texts: those of rows that may follow.
  static func type(for rows: [InjectionRow], room: [Int] = []) -> ElementType {
    type(
      widths: (0..<textColumns.count).map { column in
        max(64, room.isEmpty ? 0 : room[column], rows.map { $0.texts[column].utf8.count }.max() ?? 0)
      })
  }

  /// Widths of the texts that leave room for a signal put into a running network.
  ///
  /// - Parameter nodes: names of the network's nodes.
  static func room(nodes: [String]) -> [Int] {
    // The details name every node twice, each with a number.
    [128, 64, 8192, 16384 + nodes.reduce(0) { $0 + 2 * ($1.utf8.count + 24) }]
  }

  /// Whether the texts of the row fit into a record.
  func fits(_ type: ElementType) -> Bool {
    guard case .compound(let members, _) = type else { return false }
    return zip(texts, members.dropFirst(2)).allSatisfy { $0.utf8.count <= $1.type.size }
  }

  private static let textColumns = ["id", "model", "parameters", "details"]

  private static func type(widths: [Int]) -> ElementType {
    var members: [ElementType.Member] = [.init("seed", at: 0, .uint64), .init("first_sample", at: 8, .int64)]
    var offset = 16
    for (name, width) in zip(textColumns, widths) {
      members.append(.init(name, at: offset, .text(length: width)))
      offset += width
    }
    return .compound(members: members, size: offset)
  }

  /// Whether a dataset's records have the columns of this one, of whatever width; those of older archives lack `details`.
  static func accepts(_ stored: ElementType) -> Bool {
    guard case .compound(let members, _) = stored, (5...6).contains(members.count) else { return false }
    return stored == type(widths: members.dropFirst(2).map(\.type.size))
  }

  /// Makes the dataset `/injections`.
  ///
  /// - Parameter room: the least widths of the texts; empty when no row follows.
  static func store(_ rows: [InjectionRow], in root: Group, room: [Int] = []) throws {
    let type = type(for: rows, room: room)
    let dataset = try root.createDataset("injections", of: type, chunk: [room.isEmpty ? 16 : 1])
    try dataset.setLength(rows.count)
    try rows.flatMap { $0.bytes(type) }.withUnsafeBytes { try dataset.write($0, at: 0, count: rows.count) }
    try dataset.attributes.set(
      "columns",
      "id, model, parameters (JSON), seed, first_sample: the first of any stream that carries it, "
        + "details (JSON): activation, method of synthesis with its relative error, first sample of every stream, "
        + "first steady sample of every stream")
  }

  func bytes(_ type: ElementType) -> [UInt8] {
    guard case .compound(let members, _) = type else { return [] }
    return withUnsafeBytes(of: seed.littleEndian) { Array($0) }
      + withUnsafeBytes(of: firstSample.littleEndian) { Array($0) }
      + zip(texts, members.dropFirst(2)).flatMap { paddedText($0, length: $1.type.size) }
  }

  init(from bytes: UnsafeRawBufferPointer, _ members: [ElementType.Member]) {
    let texts = members.dropFirst(2).map { member in
      String(decoding: bytes[member.offset..<(member.offset + member.type.size)].prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(
      identifier: texts[0], model: texts[1], parameters: texts[2],
      seed: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
      firstSample: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)),
      details: texts.count > 3 ? try? decode(Details.self, from: texts[3]) : nil)
  }
}

extension FieldModel {
  /// The parameters of the field as JSON.
  fileprivate var parameters: String {
    switch self {
    case .isotropic(let background): json(background)
    case .anisotropic(let background): json(background)
    case .line(let line): json(line)
    case .transient(let event): json(event)
    case .scalar(let field): json(field)
    }
  }
}

extension InjectionRow: CustomStringConvertible {
  public var description: String {
    var text = "\(identifier)  \(model)  from sample \(firstSample)"
    guard let details else { return text }
    if let stop = details.activation.stop { text += "  until \(Double(stop) / 1e9) s" }
    text += "  made by \(details.synthesis.method.rawValue), relative error "
    text += String(format: "%.2g", details.synthesis.relativeError)
    if let steady = details.steadySamples?.values.min(), steady > 0 { text += "  steady from sample \(steady)" }
    return text
  }
}
