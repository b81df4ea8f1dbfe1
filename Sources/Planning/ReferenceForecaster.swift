import DarkMatter
import Glibc
import Inference
import Numerics
import Sky

/// Forecasts for reference fields, whatever the topology's signals are.
struct ReferenceForecaster {
  let planned: PlannedNetwork
  /// Hz.
  let frequency: Double
  let unit: String
  private var network: ForecastNetwork { planned.network }
  private var times: ObservationTimes { planned.times }

  /// Speed in m/s of the reference stream relative to the Earth, and its v_vir: 10 km/s along each axis.
  static let streamSpeed = LocalDarkMatter.windSpeed
  static let streamVirialSpeed = 10e3 * 2.0.squareRoot()

  /// The standard halo's line at a frequency, of amplitude one.
  func halo(_ coupling: VectorCoupling, frequency: Double) -> DarkMatterLine {
    DarkMatterLine(coupling: coupling, restFrequency: frequency, amplitude: 1)
  }

  /// A stream of amplitude one.
  func stream(_ coupling: HaloCoupling) -> PlannedStream {
    PlannedStream(
      coupling: coupling, restFrequency: frequency, speed: Self.streamSpeed / speedOfLight,
      virialSpeed: Self.streamVirialSpeed / speedOfLight, amplitude: 1, duration: times.duration)
  }

  var streamRotation: TemplateFamily.Rotation {
    .ofLine(
      restFrequency: frequency, virialSpeed: Self.streamVirialSpeed / speedOfLight,
      highestSpeed: Self.streamSpeed / speedOfLight, duration: times.duration, extent: planned.extent)
  }

  /// A relativistic background of one, flat over all bands.
  func background(longitudinalFraction: Double, level: Double = 1) -> IsotropicBackground {
    let (low, high) = (
      planned.bins.map(\.frequency).min() ?? frequency, planned.bins.map(\.frequency).max() ?? frequency
    )
    return IsotropicBackground(
      spectrum: .powerLaw(level: level, reference: frequency, index: 0), lowestFrequency: low * (1 - 1e-9),
      highestFrequency: high * (1 + 1e-9), longitudinalFraction: longitudinalFraction)
  }

  // MARK: - Reach

  /// The reach of a halo line, and its power at amplitude one.
  func haloReach(
    _ coupling: VectorCoupling, frequency: Double, times: ObservationTimes
  ) throws -> (reach: AmplitudeReach, power: Double) {
    let line = halo(coupling, frequency: frequency)
    let family = TemplateFamily(
      name: "halo", line: line, couplings: [("", coupling.haloCoupling)], times: times, extent: planned.extent)
    let strength = try SignalStrength(family, network: network, times: times)
    return (try AmplitudeReach(strength), line.power(times: times))
  }

  func haloRows() throws -> [NetworkForecast.ReachRow] {
    try Self.couplings.map { name, coupling in
      let (reach, power) = try haloReach(coupling, frequency: frequency, times: times)
      return row("standard halo", name, reach, power: power)
    }
  }

  func haloCurves(points: Int) throws -> [NetworkForecast.ReachCurve] {
    guard let low = planned.bins.map(\.frequency).min(), let high = planned.bins.map(\.frequency).max(), high > low
    else { return [] }
    let frequencies = (0..<points).map { low * pow(high / low, Double($0) / Double(points - 1)) }
    return try Self.couplings.map { name, coupling in
      let half = try frequencies.map { frequency in
        let (reach, power) = try haloReach(coupling, frequency: frequency, times: planned.fewTimes)
        return (power * reach.powerHalf).squareRoot()
      }
      return .init(coupling: name, frequencies: frequencies, half: half)
    }
  }

  func isotropicRows() throws -> [NetworkForecast.ReachRow] {
    guard !planned.bins.isEmpty else { return [] }
    return try [("longitudinal", TwoPointTensor.longitudinal), ("transverse", .transverse)].map { name, tensor in
      let family = TemplateFamily(
        modes: [(name, tensor)], background: background(longitudinalFraction: 0), bins: planned.bins)
      let reach = try AmplitudeReach(SignalStrength(family, network: network, times: times))
      var row = row("isotropic, flat over the bands", name, reach, power: 1)
      row.quantity = "amplitude density"
      row.unit = "\(unit)/√Hz"
      return row
    }
  }

  private func row(
    _ field: String, _ coupling: String, _ reach: AmplitudeReach, power: Double
  ) -> NetworkForecast.ReachRow {
    .init(
      field: field, coupling: coupling, quantity: "rms", unit: unit, half: (power * reach.powerHalf).squareRoot(),
      most: (power * reach.power95).squareRoot(), effectiveSamples: reach.effectiveSamples,
      threshold: reach.threshold)
  }

  private static let couplings: [(String, VectorCoupling)] = [
    ("axion gradient", .axionGradient), ("magnetic dipole", .magneticDipole), ("electric dipole", .electricDipole),
  ]

  // MARK: - Streams

  /// The sky of a stream whose median direction is just detected, and its row in the table of reaches.
  func sky(
    _ name: String, _ coupling: HaloCoupling, order: Int
  ) throws -> (sky: NetworkForecast.SkyOutlook, row: NetworkForecast.ReachRow) {
    let unitStream = stream(coupling)
    let cells = HEALPix(order: order).pixels
    // The cells are where the stream comes from.
    func outlooks(_ stream: PlannedStream) throws -> [StreamOutlook] {
      try stream.outlooks(
        directions: cells.map { -$0.direction }, network: network, times: times, rotation: streamRotation)
    }
    // Weak enough that the statistic is a square of the power in all directions alike.
    let noise = planned.quietest(at: frequency)?.equivalentNoise(at: frequency) ?? 1
    let weak = unitStream.scaled(by: 1e-3 * noise / max(unitStream.longitudinal, unitStream.transverse))
    let ranked = zip(try outlooks(weak).map(\.statistic), cells).sorted { $0.0 < $1.0 }
    let middle = ranked[ranked.count / 2].1
    let family = unitStream.family(name: name, direction: -middle.direction, rotation: streamRotation)
    let reach = try AmplitudeReach(SignalStrength(family, network: network, times: times))
    let shown = unitStream.scaled(by: reach.powerHalf)
    let found = try outlooks(shown)
    let solidAngles = weightedQuantiles(found.map(\.solidAngleFittingAmplitude), weights: cells.map(\.area))
    let statistics = weightedQuantiles(found.map(\.statistic), weights: cells.map(\.area))
    let sky = NetworkForecast.SkyOutlook(
      coupling: name, amplitude: shown.power(duration: times.duration).squareRoot(),
      cells: zip(cells, found).map {
        .init(
          cell: $0, statistic: $1.statistic, solidAngle: $1.solidAngle,
          solidAngleFittingAmplitude: $1.solidAngleFittingAmplitude)
      }, median: solidAngles?.median, least: solidAngles?.least, greatest: solidAngles?.greatest,
      medianStatistic: statistics?.median ?? 0)
    let power = unitStream.power(duration: times.duration)
    return (sky, row("stream, median direction", name, reach, power: power))
  }

  /// Nil when any is nil.
  private func weightedQuantiles(
    _ values: [Double?], weights: [Double]
  ) -> (median: Double, least: Double, greatest: Double)? {
    let pairs = zip(values, weights).compactMap { value, weight in value.map { ($0, weight) } }.sorted { $0.0 < $1.0 }
    guard pairs.count == values.count, let first = pairs.first, let last = pairs.last else { return nil }
    let half = weights.reduce(0, +) / 2
    var sum = 0.0
    let middle = pairs.first { pair in
      sum += pair.1
      return sum >= half
    }
    return (middle?.0 ?? last.0, first.0, last.0)
  }

  // MARK: - Overlaps

  func overlaps() throws -> [NetworkForecast.OverlapTable] {
    let line = halo(.axionGradient, frequency: frequency)
    let couplings = HaloCoupling.planned + [("scalar", .scalar)]
    let resolved = TemplateFamily(
      name: "halo", line: line, couplings: couplings, times: times, extent: planned.extent)
    let text = short(frequency)
    var tables = [
      try table("Slow particles at \(text) Hz, matrices integrated over the line", integrated(line, resolved.rotation)),
      try table("Halo line at \(text) Hz, resolved as far as the run allows", resolved),
    ]
    if !planned.bins.isEmpty {
      tables.append(
        try table(
          "Relativistic isotropic background, flat over the bands",
          TemplateFamily(
            modes: [("longitudinal", .longitudinal), ("transverse", .transverse), ("helicity", .chirality)],
            background: background(longitudinalFraction: 0), bins: planned.bins)))
    }
    return tables
  }

  private func table(_ title: String, _ family: TemplateFamily) throws -> NetworkForecast.OverlapTable {
    let overlaps = WeakProducts.overlaps(try WeakProducts.matrix(family, network: network, times: times))
    return .init(
      title: title, labels: family.labels,
      overlaps: (0..<overlaps.rows).map { row in
        (0..<overlaps.columns).map { overlaps[row, $0].isFinite ? overlaps[row, $0] : nil }
      })
  }

  /// Halo, stream out of the wind and isotropic waves of one mass, each by its frequency-integrated matrix.
  private func integrated(_ line: DarkMatterLine, _ rotation: TemplateFamily.Rotation) -> TemplateFamily {
    let wavenumber = 2 * Double.pi * frequency / speedOfLight
    let isotropic = wavenumber * LocalDarkMatter.virialSpeed / speedOfLight
    let halo = HaloCoupling.planned + [("scalar", .scalar)]
    let labels =
      halo.map { "halo, \($0.name)" }
      + ["stream, longitudinal", "stream, transverse", "isotropic, longitudinal", "isotropic, transverse"]
    return TemplateFamily(
      name: "integrated", labels: labels,
      cells: [
        TemplateFamily.Cell(frequency: frequency, samples: 1) { time in
          let velocities = line.velocities(of: line.components[0], at: time)
          // In units of v_vir all matrices are of order one.
          let scaled = HaloModel(meanVelocity: velocities.meanVelocity / velocities.virialSpeed, virialSpeed: 1)
          let stream = StreamTensor(direction: unitVector(velocities.meanVelocity) ?? SIMD3(0, 0, 1))
          let streamWavenumber = wavenumber * length(velocities.meanVelocity)
          return { separation in
            let correlation = HaloCorrelation(
              scaled, separation: (wavenumber * velocities.virialSpeed) * separation)
            let z = isotropic * length(separation)
            let baseline = unitVector(separation) ?? SIMD3()
            return halo.map { item in
              CrossSpectralTensor { correlation.contraction(item.coupling, $0, $1) }
            }
              + [PolarizationMode.longitudinal, .transverse].map { mode in
                CrossSpectralTensor {
                  stream.contraction(mode, wavenumber: streamWavenumber, separation: separation, $0, $1)
                }
              }
              + [TwoPointTensor.longitudinal, .transverse].map {
                CrossSpectralTensor($0.coefficients(z: z), baseline: baseline)
              }
          }
        }
      ], rotation: rotation)
  }
}
