import Correlator
import DarkMatter
import Inference
import Instruments
import Numerics
import Sky
import Topology

/// A topology as forecasts see it.
struct PlannedNetwork {
  let network: ForecastNetwork
  /// The node of each channel.
  let nodes: [Node]
  let times: ObservationTimes
  /// Fewer instants, for scans: exact up to the seventh harmonic of whole days.
  let fewTimes: ObservationTimes
  let bands: [NetworkForecast.Band]
  /// Frequencies and samples of the bins of all bands, ascending within each; no frequency range twice.
  let bins: [(frequency: Double, samples: Double)]
  /// Metres of the longest baseline.
  let extent: Double
  /// Hz, up to which all nodes record.
  let frequencyLimit: Double

  /// - Parameter topology: instruments on which no vector field acts are passed over.
  init(_ topology: NetworkTopology) throws {
    var channels: [ForecastChannel] = []
    var nodes: [Node] = []
    for node in topology.nodes {
      guard let readout = try node.instrument.model.readout() else { continue }
      let names = node.channelNames
      for (number, name) in names.enumerated() {
        nodes.append(node)
        let followed = readout.components(ofChannel: number)
        channels.append(
          ForecastChannel(
            label: names.count == 1 ? node.name : "\(node.name)/\(name)", position: node.site.earthFixedPosition,
            basis: followed.map { readout.basis[$0].earthFixed(at: node.site) },
            response: { readout.response(channel: number, basis: followed[$0], at: $1) },
            noise: { readout.noiseDensity(at: $0) }))
      }
    }
    self.nodes = nodes
    network = ForecastNetwork(channels: channels)
    let duration = Double(topology.duration) * 1e-9
    times = ObservationTimes(epoch: topology.epoch, duration: duration)
    fewTimes = ObservationTimes(epoch: topology.epoch, duration: duration, limit: 8)
    let places = topology.sites.map(\.earthFixedPosition)
    extent = places.reduce(0) { longest, first in places.reduce(longest) { max($0, length(first - $1)) } }
    frequencyLimit = topology.vectorNodes.map(\.recordedFrequencies.highest).min() ?? 0

    var bands: [NetworkForecast.Band] = []
    var bins: [(frequency: Double, samples: Double)] = []
    for band in topology.bands where topology.vectorNodes.contains(where: { topology.takesPart($0, in: band) }) {
      let plan = try BandPlan(band)
      let segments = topology.duration < plan.segment ? 0 : (topology.duration - plan.segment) / plan.hop + 1
      let samples = max(1, plan.effectiveFraction * Double(segments))
      let free = (0..<plan.binCount).map { plan.frequency($0) }.filter { frequency in
        !bands.contains { frequency >= $0.lowest && frequency <= $0.highest }
      }
      let used = Self.grouped(free, samples: samples, limit: 256)
      bins += used
      bands.append(
        .init(
          name: band.name, lowest: plan.frequency(0), highest: plan.frequency(plan.binCount - 1), bins: plan.binCount,
          computedBins: used.count, samplesPerBin: samples))
    }
    self.bands = bands
    self.bins = bins
  }

  /// At most `limit` groups of neighbouring bins, each with the frequency of its middle and the samples of all.
  private static func grouped(
    _ frequencies: [Double], samples: Double, limit: Int
  ) -> [(frequency: Double, samples: Double)] {
    let count = min(limit, frequencies.count)
    return (0..<count).map { index in
      let part = frequencies[(index * frequencies.count / count)..<((index + 1) * frequencies.count / count)]
      return (part[part.startIndex + part.count / 2], samples * Double(part.count))
    }
  }

  /// The bins inside a background's band; bins of its own where the topology's bands have none there.
  func bins(for background: IsotropicBackground) -> (bins: [(frequency: Double, samples: Double)], areOwn: Bool) {
    let inside = bins.filter { background.density(at: $0.frequency) > 0 }
    guard inside.isEmpty else { return (inside, false) }
    let (low, high) = (background.lowestFrequency, min(background.highestFrequency, frequencyLimit))
    guard high > low else { return ([], true) }
    let width = (high - low) / 64
    return ((0..<64).map { (low + (Double($0) + 0.5) * width, width * times.duration) }, true)
  }

  /// The linear channel with the least noise at a frequency.
  func quietest(at frequency: Double) -> ForecastChannel? {
    network.channels.filter { $0.basis.count == 1 }
      .min { $0.equivalentNoise(at: frequency) < $1.equivalentNoise(at: frequency) }
  }
}

extension BandPlan {
  fileprivate init(_ band: AnalysisBand) throws {
    let window: Window
    switch band.window {
    case .hann: window = .hann
    case .sine: window = .sine
    case .rectangular: window = .rectangular
    }
    try self.init(
      name: band.name, lowestFrequency: band.lowestFrequency, highestFrequency: band.highestFrequency,
      segment: band.segment, overlap: band.overlap, window: window, integration: band.integration)
  }
}

extension HaloCoupling {
  /// The three that a stream or a halo of vectors can have, with a name for tables.
  static let planned: [(name: String, coupling: HaloCoupling)] = [
    ("axion gradient", .axionGradient), ("magnetic dipole", .magneticDipole), ("electric dipole", .electricDipole),
  ]
}
