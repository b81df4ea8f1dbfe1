import Foundation
import Sky

/// What a hub shows to whoever watches: three frames on a PUB socket.
///
/// Frame 1 is the topic, to subscribe to; frame 2 the header below as JSON; frame 3 float64 numbers, little-endian, none for a
/// status. Spectators may miss messages: what must not be lost is in the archive.
///
/// | topic | numbers |
/// |---|---|
/// | `status` | none |
/// | `stream/NODE` | for every channel and point the smallest and the largest of `step` samples |
/// | `product/BAND` | for every channel the mean of its power density in each bin |
public enum SpectatorMessage: Hashable, Sendable {
  case status(Status)
  case stream(Stream, values: [Double])
  case product(Product, values: [Double])

  /// How the run gets on.
  public struct Status: Hashable, Sendable, Codable {
    public var run: String
    /// Nodes in the order of `archived`.
    public var nodes: [String]
    /// Samples of each channel that are archived, by node.
    public var archived: [Int64]
    /// Samples that the whole run will have, all channels together.
    public var totalSamples: Int64
    public var connected: Int
    public var refused: UInt64

    public init(
      run: String, nodes: [String], archived: [Int64], totalSamples: Int64, connected: Int, refused: UInt64
    ) {
      self.run = run
      self.nodes = nodes
      self.archived = archived
      self.totalSamples = totalSamples
      self.connected = connected
      self.refused = refused
    }
  }

  /// A stretch of one node's samples, thinned.
  public struct Stream: Hashable, Sendable, Codable {
    public var node: String
    public var channels: [String]
    public var unit: String
    /// Index of the first sample since the epoch, and its time.
    public var firstSample: Int64
    public var gpsNanoseconds: Int64
    /// Samples per second.
    public var sampleRate: Double
    /// Samples in one point; of complex samples the modulus is shown.
    public var step: Int
    /// Points of each channel; a point without any sample is NaN twice.
    public var points: Int

    public init(
      node: String, channels: [String], unit: String, firstSample: Int64, gpsNanoseconds: Int64, sampleRate: Double,
      step: Int, points: Int
    ) {
      self.node = node
      self.channels = channels
      self.unit = unit
      self.firstSample = firstSample
      self.gpsNanoseconds = gpsNanoseconds
      self.sampleRate = sampleRate
      self.step = step
      self.points = points
    }
  }

  /// The spectra of one integration: bin k of `bins` lies at firstFrequency + k resolution.
  public struct Product: Hashable, Sendable, Codable {
    public var band: String
    public var integration: Int64
    public var segments: Int
    /// Hz.
    public var firstFrequency: Double
    public var resolution: Double
    public var bins: Int
    public var channels: Int

    public init(
      band: String, integration: Int64, segments: Int, firstFrequency: Double, resolution: Double, bins: Int,
      channels: Int
    ) {
      self.band = band
      self.integration = integration
      self.segments = segments
      self.firstFrequency = firstFrequency
      self.resolution = resolution
      self.bins = bins
      self.channels = channels
    }
  }

  /// The message as its three frames.
  public func frames() -> [Data] {
    switch self {
    case .status(let status): Self.frames("status", status, [])
    case .stream(let header, let values): Self.frames("stream/\(header.node)", header, values)
    case .product(let header, let values): Self.frames("product/\(header.band)", header, values)
    }
  }

  private static func frames(_ topic: String, _ header: some Encodable, _ values: [Double]) -> [Data] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var numbers = Data(capacity: 8 * values.count)
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { numbers.append(contentsOf: $0) } }
    // Headers are plain values with finite numbers: encoding them has nothing to fail at.
    return [Data(topic.utf8), (try? encoder.encode(header)) ?? Data(), numbers]
  }
}
