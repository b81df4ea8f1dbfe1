import Dashboard
import Foundation

/// A full report about the twelve GNOME stations with synthetic numbers, for tests and for the eye.
enum DemoReport {
  /// Name, longitude, latitude, azimuth, altitude: shared by a public analysis script of the GNOME collaboration.
  static let stationRows: [(String, Double, Double, Double, Double)] = [
    ("beijing01", 116.1868, 40.2457, 251, 0), ("belgrade01", 20.3928, 44.8546, 300, 0),
    ("berkeley02", -122.2570, 37.8723, 0, 90), ("canberra01", 149.1185, -35.2745, 0, 90),
    ("daejeon01", 127.3987, 36.3909, 0, 90), ("hayward01", -122.0539, 37.6564, 0, 90),
    ("krakow01", 19.9048, 50.0289, 0, 90), ("lewisburg01", -76.8825, 40.9557, 0, 90),
    ("losangeles01", -118.4407, 34.0705, 270, 0), ("mainz01", 8.2354, 49.9915, 0, -90),
    ("moxa01", 11.6147, 50.6450, 270, 0), ("oberlin01", -82.2204, 41.2950, 276, 0),
  ]

  static let stations = stationRows.map { name, longitude, latitude, azimuth, altitude in
    ReportContent.Station(
      name: name, latitude: latitude, longitude: longitude,
      axes: [ReportContent.SensorAxis(azimuth: azimuth, altitude: altitude)])
  }

  /// 48 stations, four at each site.
  static let crowdedStations = (0..<48).map { index in
    var station = stations[index % 12]
    station.name += "-\(index / 12)"
    return station
  }

  /// - Parameter bins: points of each spectrum.
  static func content(bins: Int = 320) -> ReportContent {
    var random = SplitMix(state: 20_260_101)
    return ReportContent(
      title: "Gnomon report: quickstart",
      subtitle: "Twelve stations, 8 Hz to 40 Hz, 600 s from 2026-01-01T00:00:00 UTC",
      verdict: [
        "A chiral vector background is found: 21.4 σ (local p = 6e-102).",
        "The injected chirality 0.6 lies within one standard deviation of the measured one.",
      ],
      results: [
        ReportContent.ResultTable(
          title: "What was measured",
          rows: [
            .init(name: "detection statistic", symbol: "$Θ$", value: 458.2, note: "4 degrees of freedom"),
            .init(
              name: "amplitude at 20 Hz", symbol: "$A$", value: 3.12e-26, uncertainty: 1.8e-27, unit: "T²/Hz",
              truth: 3e-26),
            .init(
              name: "longitudinal fraction", symbol: "$f$_L", value: 0.021, uncertainty: 0.034, truth: 0,
              note: "at the edge of the physical range"),
            .init(name: "chirality", symbol: "$P$_V", value: 0.5823, uncertainty: 0.0874, truth: 0.6),
            .init(name: "spectral index", symbol: "$α$", value: -1.93, uncertainty: 0.11, truth: -2),
          ])
      ],
      stations: stations,
      noiseSpectra: spectra(bins: bins, &random),
      pairCorrelations: pairs(&random),
      parityOdd: parity(&random),
      posteriors: [posterior],
      quality: quality,
      accounting: stations.enumerated().map { index, station in
        ReportContent.AccountingRow(
          stream: station.name, sent: 307_200, archived: 307_200 - Int64(index) * 512, missing: Int64(index) * 512,
          late: index == 3 ? 2 : 0)
      },
      provenance: [
        .init(name: "version", value: "0.1.0 (0123abc)"),
        .init(name: "command line", value: "gnomon up topologies/quickstart.yaml --set hub.note='<a & b>'"),
        .init(name: "seed", value: "20260101"),
        .init(name: "products SHA-256", value: String(repeating: "0f1e2d3c", count: 8)),
        .init(name: "libraries", value: "libzmq 4.3.4, HDF5 1.10.8, FFTW 3.3.10, OpenBLAS 0.3.21, ERFA 2.0.0"),
      ],
      attachments: [.init(title: "Resolved topology", text: "seed: 20260101\nepoch: 2026-01-01T00:00:00Z\n")])
  }

  /// The same for the 48 stations.
  static func crowdedContent() -> ReportContent {
    let demo = content()
    var crowded = demo
    crowded.stations = crowdedStations
    crowded.noiseSpectra?.channels = crowdedStations.enumerated().compactMap { index, station in
      var channel = demo.noiseSpectra?.channels[index % 12]
      channel?.label = station.name
      return channel
    }
    return crowded
  }

  private static func spectra(bins: Int, _ random: inout SplitMix) -> ReportContent.NoiseSpectra {
    let levels = [1.0, 1.3, 2.0, 0.6, 0.2, 0.1, 0.8, 0.1, 1.5, 0.1, 1.0, 0.2]
    let frequencies = (0..<bins).map { 8 + 32 * Double($0) / Double(max(1, bins - 1)) }
    let channels = zip(stations, levels).map { station, level -> ReportContent.ChannelSpectrum in
      let noise = frequencies.map { 0.088 * level * (1 + 6 / $0).squareRoot() }
      let total = zip(frequencies, noise).map { ($1 * $1 + 1e-4 * pow(20 / $0, 2)).squareRoot() }
      return ReportContent.ChannelSpectrum(
        label: station.name, frequencies: frequencies, measured: total.map { $0 * (1 + 0.08 * random.normal()) },
        fittedNoise: noise, fittedTotal: total)
    }
    return ReportContent.NoiseSpectra(unit: "pT", channels: channels)
  }

  private static func pairs(_ random: inout SplitMix) -> ReportContent.PairCorrelations {
    var pairs: [ReportContent.PairCorrelation] = []
    for first in stations.indices {
      for second in stations.indices where second > first {
        let baseline = chord(stations[first], stations[second])
        let prediction = 3.1e-26 * cos(baseline / 2500) / (1 + baseline / 3000) * Double((first * second) % 5 - 2) / 2
        let error = 4e-27 * (0.5 + random.uniform())
        pairs.append(
          .init(
            first: stations[first].name, second: stations[second].name, baseline: baseline,
            value: prediction + error * random.normal(), uncertainty: error, prediction: prediction))
      }
    }
    return ReportContent.PairCorrelations(label: "correlation [T^2/Hz]", pairs: pairs)
  }

  private static func parity(_ random: inout SplitMix) -> ReportContent.ParityOddCorrelation {
    let x = (0...200).map { Double($0) * 0.05 }
    let curve = { (chirality: Double) in x.map { chirality * sphericalBesselJ1($0) / 2 } }
    let z = (0..<14).map { 0.4 + 0.7 * Double($0) }
    let errors = z.map { 0.012 + 0.002 * $0 }
    return ReportContent.ParityOddCorrelation(
      z: z, value: zip(z, errors).map { 0.3 * sphericalBesselJ1($0) + $1 * random.normal() }, uncertainty: errors,
      fit: .init(x: x, y: curve(0.58), lower: curve(0.58 - 0.09), upper: curve(0.58 + 0.09)),
      truth: .init(x: x, y: curve(0.6)))
  }

  private static var posterior: ReportContent.Posterior {
    let values = (0...400).map { -1 + Double($0) / 200 }
    return ReportContent.Posterior(
      name: "chirality", symbol: "$P$_V", values: values,
      density: values.map { exp(-0.5 * pow(($0 - 0.5823) / 0.0874, 2)) }, interval68: 0.4949...0.6697,
      interval95: 0.411...0.7536, truth: 0.6)
  }

  private static var quality: ReportContent.QualityTimeline {
    ReportContent.QualityTimeline(
      start: "2026-01-01T00:00:00 UTC", duration: 600,
      nodes: stations.enumerated().map { index, station in
        let gaps = (0..<index).map { number -> ReportContent.Gap in
          let start = Double((number * 97 + index * 41) % 580)
          return .init(
            start: start, end: start + Double(number % 4 * 5) + 0.5,
            reason: ["calibration", "glitch", "connection lost"][number % 3])
        }
        return ReportContent.NodeQuality(name: station.name, gaps: gaps)
      })
  }

  static func sphericalBesselJ1(_ z: Double) -> Double {
    z < 0.1 ? z / 3 - z * z * z / 30 : sin(z) / (z * z) - cos(z) / z
  }

  /// Kilometres through a sphere of 6371 km.
  private static func chord(_ first: ReportContent.Station, _ second: ReportContent.Station) -> Double {
    let unit = { (station: ReportContent.Station) -> SIMD3<Double> in
      let (latitude, longitude) = (station.latitude * .pi / 180, station.longitude * .pi / 180)
      return SIMD3(cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude))
    }
    let difference = unit(first) - unit(second)
    return 6371 * (difference * difference).sum().squareRoot()
  }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func uniform() -> Double { Double.random(in: 0..<1, using: &self) }

  mutating func normal() -> Double {
    (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}
