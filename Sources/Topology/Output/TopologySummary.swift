import Sky

/// A topology in numbers, to be looked over before it runs.
public struct TopologySummary: Hashable, Sendable, Codable {
  public struct Band: Hashable, Sendable, Codable {
    public var name: String
    /// Hz.
    public var lowestFrequency: Double
    public var highestFrequency: Double
    public var resolution: Double
    public var bins: Int
    public var integrations: Int64
  }

  public var name: String
  /// UTC of the first sample.
  public var epoch: String
  /// Seconds.
  public var duration: Double
  public var seed: UInt64
  public var nodeCount: Int
  public var channelCount: Int
  /// The different rates, in the file's spelling, with the centre frequency of complex baseband.
  public var sampleRates: [String]
  /// Kilometres between the nearest and the farthest two nodes; nil for a single node.
  public var shortestBaseline: Double?
  public var longestBaseline: Double?
  public var bands: [Band]
  /// Names of the signals, those that are off in brackets.
  public var signals: [String]
  /// Samples of all channels in the whole run.
  public var sampleCount: Int64
  /// Bytes that samples and products will take.
  public var archiveBytes: Int64

  public init(_ topology: NetworkTopology) {
    name = topology.name
    epoch = topology.epoch.utcString
    duration = Double(topology.duration) * 1e-9
    seed = topology.seed
    nodeCount = topology.nodes.count
    var channels = 0
    var samples: Int64 = 0
    var blocks: Int64 = 0
    var rates: [(rate: SampleRate, baseband: Double?)] = []
    var doubles: Int64 = 0
    for node in topology.nodes {
      let axes = node.channelNames.count
      let count = node.sampleRate.samples(inNanoseconds: topology.duration) ?? 0
      channels += axes
      samples += Int64(axes) * count
      doubles += Int64(axes * node.sampleKind.size) * count
      blocks += (count + Int64(node.blockSamples) - 1) / Int64(node.blockSamples)
      if !rates.contains(where: { $0 == (node.sampleRate, node.baseband) }) {
        rates.append((node.sampleRate, node.baseband))
      }
    }
    channelCount = channels
    sampleCount = samples
    sampleRates = rates.sorted { ($0.rate.hertz, $0.baseband ?? 0) < ($1.rate.hertz, $1.baseband ?? 0) }.map {
      let rate = Dimension.text(of: $0.rate)
      return $0.baseband.map { "\(rate) about \(Dimension.frequency.text(of: $0))" } ?? rate
    }
    let positions = topology.nodes.map(\.site.earthFixedPosition)
    for (index, first) in positions.enumerated() {
      for second in positions[..<index] {
        let separation = first - second
        let length = (separation * separation).sum().squareRoot() / 1000
        shortestBaseline = min(shortestBaseline ?? length, length)
        longestBaseline = max(longestBaseline ?? length, length)
      }
    }
    bands = topology.bands.map { band in
      let segment = Double(band.segment) * 1e-9
      let first = (band.lowestFrequency * segment).rounded(.up)
      let last = (band.highestFrequency * segment).rounded(.down)
      return Band(
        name: band.name, lowestFrequency: band.lowestFrequency, highestFrequency: band.highestFrequency,
        resolution: 1 / segment, bins: Int(max(last - first + 1, 0)),
        integrations: (topology.duration + band.integration - 1) / band.integration)
    }
    signals = topology.signals.map { $0.enabled ? $0.name : "[\($0.name)]" }
    let matrices = bands.reduce(0.0) { $0 + Double($1.bins) * Double($1.integrations) }
    // Samples are doubles, matrices hold complex doubles, and each block has a row of about 64 bytes in the index.
    archiveBytes = doubles * 8 + blocks * 64 + Int64(min(matrices * Double(channels * channels) * 16, 9e18))
  }

  /// The summary on one screen.
  public var text: String {
    var lines = [
      "\(name): \(nodeCount) node\(nodeCount == 1 ? "" : "s"), \(channelCount) channel\(channelCount == 1 ? "" : "s")"
        + " at \(sampleRates.joined(separator: ", "))",
      "  run       \(shortest(duration)) s from \(epoch), seed \(seed)",
    ]
    if let shortestBaseline, let longestBaseline {
      lines.append("  baselines \(rounded(shortestBaseline)) to \(rounded(longestBaseline)) km")
    }
    for band in bands {
      lines.append(
        "  band      \(band.name): \(shortest(band.lowestFrequency)) to \(shortest(band.highestFrequency)) Hz,"
          + " \(band.bins) bins of \(shortest(band.resolution)) Hz, \(band.integrations) integrations")
    }
    if !signals.isEmpty { lines.append("  signals   \(signals.joined(separator: ", "))") }
    lines.append("  data      \(sampleCount) samples, archive about \(readable(bytes: archiveBytes))")
    return lines.joined(separator: "\n")
  }
}

private func rounded(_ kilometres: Double) -> String {
  kilometres < 10 ? shortest((kilometres * 1000).rounded() / 1000) : shortest(kilometres.rounded())
}

private func readable(bytes: Int64) -> String {
  var value = Double(bytes)
  for unit in ["B", "kB", "MB", "GB", "TB"] {
    if value < 1000 { return "\(shortest((value * 10).rounded() / 10)) \(unit)" }
    value /= 1000
  }
  return "\(shortest((value * 10).rounded() / 10)) PB"
}
