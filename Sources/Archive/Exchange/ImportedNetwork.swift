import Instruments
import Sky
import Topology

extension ForeignImport {
  /// Where the properties of stations come from that their files do not have.
  public struct Network: Sendable {
    /// Has a node of each station's name, with its site, axes and noise; its bands hold unless others are given.
    public var topology: NetworkTopology?
    /// For stations that are not in `topology`.
    public var stations: StationTable?
    /// Bands as they stand in a topology: `name: low, from: 5 Hz, to: 19 Hz, segment: 1 s, integration: 8 s`.
    public var bands: [String] = []
    public var name = "imported"

    public init() {}
  }

  /// The topology of the archive: the imported stations, without signals, for the truth of the data is not known. Stations and
  /// channels are put in the order of the topology that is given.
  ///
  /// - Returns: the topology and its text, every key given.
  /// - Throws: `ForeignFileError` for a station of which nobody says where it is; `TopologyFaults` for bands that do not fit.
  public mutating func topology(_ network: Network) throws -> (topology: NetworkTopology, text: String) {
    if let given = network.topology { order(as: given) }
    var result = NetworkTopology(
      name: network.topology?.name ?? network.name,
      description: network.topology?.description ?? "Imported data", seed: network.topology?.seed ?? 1, epoch: epoch,
      duration: duration, synthesisBlock: synthesisBlock * 1_000_000_000,
      bands: network.bands.isEmpty ? network.topology?.bands ?? [] : [], signals: [], nodes: [])
    for station in stations { result.nodes.append(try node(station, network)) }
    var overrides: [String] = []
    if !network.bands.isEmpty {
      let bands = network.bands.map { $0.hasPrefix("{") ? $0 : "{\($0)}" }
      overrides = ["bands=[\(bands.joined(separator: ", "))]"]
    }
    // What is written in the archive is what a reader of topologies accepts.
    let topology = try NetworkTopology.parse(
      text: result.canonicalText, file: "topology of the import", overrides: overrides
    ).get()
    return (topology, topology.canonicalText)
  }

  private mutating func order(as topology: NetworkTopology) {
    func place(_ name: String, _ names: [String]) -> Int { names.firstIndex(of: name) ?? names.count }
    let names = topology.nodes.map(\.name)
    stations.sort { (place($0.name, names), $0.name) < (place($1.name, names), $1.name) }
    for index in stations.indices {
      guard let node = topology.nodes.first(where: { $0.name == stations[index].name }) else { continue }
      let axes = node.channelNames
      stations[index].channels.sort { (place($0.name, axes), $0.name) < (place($1.name, axes), $1.name) }
    }
  }

  private func node(_ station: Station, _ network: Network) throws -> Node {
    let names = station.channels.map(\.name)
    // Blocks of about 16 s.
    let block = Int(min(max(station.sampleRate.hertz * 16, 16), 8192))
    func missing(_ what: String) -> ForeignFileError {
      ForeignFileError(station.channels.first?.pieces.first?.series.path ?? station.name, what)
    }
    let known = network.topology?.nodes ?? []
    if let given = known.first(where: { $0.name == station.name })
      ?? known.first(where: { $0.name.lowercased() == station.name.lowercased() })
    {
      var node = given
      node.name = station.name
      node.sampleRate = station.sampleRate
      node.baseband = nil
      node.blockSamples = block
      node.clock = ClockModel()
      node.gaps = DataGaps()
      guard node.unit == unit else {
        throw missing("the samples are in \(unit), the node \(given.name) of the topology measures \(node.unit)")
      }
      guard let instrument = node.instrument.selecting(names) else {
        throw missing(
          "the channels of \(station.name) are \(names.joined(separator: ", ")), those of the node in the topology "
            + given.channelNames.joined(separator: ", "))
      }
      node.instrument = instrument
      return node
    }
    guard let row = network.stations?[station.name] else {
      throw missing(
        "nobody says where the station \(station.name) stands and which way it looks; give a topology with a node of that "
          + "name (--topology), or a table of stations (--stations)")
    }
    guard names.count == 1 else {
      throw missing(
        "\(station.name) has the channels \(names.joined(separator: ", ")), a table of stations has one axis; give a "
          + "topology (--topology)")
    }
    // White noise of σ a sample is σ √(2/rate).
    var noise = 0.0
    if let sigma = station.uncertainty {
      noise = sigma * (2 / station.sampleRate.hertz).squareRoot()
    } else if let sigma = row.noise, unit == "T" {
      noise = sigma * 1e-12 * (2.0 / 512).squareRoot()
    }
    return Node(
      name: station.name, site: row.site, sampleRate: station.sampleRate, unit: unit, blockSamples: block,
      instrument: .vectorSensor(
        VectorSensor(axes: [.init(name: names[0], direction: row.direction)], noise: NoiseModel(white: noise))))
  }
}
