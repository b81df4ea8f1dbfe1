import Archive
import Correlator
import Foundation
import Inference
import Instruments
import Sky
import Topology

/// Maps an archive and its analysis onto what the written report shows.
public struct RunReport {
  private let reader: ArchiveReader
  private let topology: NetworkTopology
  private let analysis: ArchiveAnalysis
  /// The SI prefix in which densities are shown.
  private let scale: DisplayScale

  /// The content of the report of a finished archive.
  ///
  /// - Parameters:
  ///   - path: the archive.
  ///   - analysis: the fits of its bands.
  /// - Throws: `ArchiveError` when the archive cannot be read.
  public static func content(path: String, analysis: ArchiveAnalysis) throws -> ReportContent {
    try RunReport(path: path, analysis: analysis).content()
  }

  private init(path: String, analysis: ArchiveAnalysis) throws {
    reader = try ArchiveReader(opening: path)
    topology = try reader.topology()
    self.analysis = analysis
    let densities = analysis.bands.first?.fit.noise.flatMap { $0.density.compactMap { $0 } } ?? []
    let typical = densities.isEmpty ? 1 : (densities.reduce(0, +) / Double(densities.count)).squareRoot()
    scale = DisplayScale(unit: topology.nodes.first?.unit ?? "", typical: typical)
  }

  private func content() throws -> ReportContent {
    let accounting = try reader.accounting()
    let band = analysis.bands.first
    let lines = analysis.lines.map { LineReport($0, epoch: reader.epoch, unit: topology.nodes.first?.unit ?? "") }
    var content = ReportContent(title: topology.name)
    content.subtitle =
      "\(topology.nodes.count) nodes, \(formatNumber(Double(topology.duration) * 1e-9)) s from "
      + "\(topology.epoch.utcString) UTC, run \(reader.runIdentifier)"
    content.verdict =
      analysis.bands.flatMap(verdict) + lines.flatMap(\.verdict) + sealed + [try completeness(accounting)]
    content.results = analysis.bands.map(results) + lines.flatMap(\.tables)
    content.lineSearches = lines.map(\.search)
    content.stations = topology.nodes.map(ReportContent.Station.init)
    if let band {
      if let position = reader.bands.firstIndex(where: { $0.name == band.name }) {
        content.noiseSpectra = noiseSpectra(
          try reader.products(band: position), plan: reader.bands[position], band: band)
      }
      content.pairCorrelations = pairCorrelations(band)
      content.parityOdd = parityOdd(band)
    }
    content.posteriors = analysis.bands.compactMap(posterior)
    content.quality = try quality()
    content.accounting = accounting.map {
      .init(
        stream: $0.stream, sent: $0.sent, archived: $0.archived, missing: $0.declaredMissing, late: $0.late,
        duplicate: $0.duplicate, refused: $0.refused)
    }
    content.provenance = try provenance()
    content.attachments = [.init(title: "Topology as it was run", text: try reader.topologyText())]
    return content
  }

  // MARK: - The answer in words and numbers

  private func verdict(_ band: ArchiveAnalysis.Band) -> [String] {
    let fit = band.fit
    let test =
      "Θ = \(formatNumber(fit.detection.statistic)) for \(fit.detection.degreesOfFreedom) degrees of freedom, local p = "
      + probability(fit.detection)
    guard fit.detection.isSignificant else {
      return [
        "Band \(band.name): no isotropic background is found (\(test)).",
        "Longitudinal fraction and chirality have no meaning without a detection and are not given.",
      ]
    }
    var lines = [
      "Band \(band.name): an isotropic background is found at \(formatNumber(fit.detection.equivalentSigma, digits: 3)) σ (\(test))."
    ]
    if let chirality = fit.chirality, chirality.uncertainty > 0 {
      let significance = abs(chirality.value) / chirality.uncertainty
      // Feldman and Cousins: never beyond what a helicity can be.
      let interval = BoundedInterval.interval(
        estimate: chirality.value, uncertainty: chirality.uncertainty, bounds: -1...1, confidence: 0.9)
      let range =
        " (\(formatNumber(interval.lowerBound, digits: 2)) to \(formatNumber(interval.upperBound, digits: 2)) at 90 %)"
      let hand = chirality.value > 0 ? "right-handed (helicity +1)" : "left-handed (helicity -1)"
      lines.append(
        significance >= 3
          ? "Its waves are mostly \(hand): P_V = \(formatEstimate(chirality.value, chirality.uncertainty)), "
            + "\(formatNumber(significance, digits: 2)) σ from zero\(range)."
          : "Its chirality is compatible with zero: P_V = \(formatEstimate(chirality.value, chirality.uncertainty))\(range)."
      )
    }
    if !fit.convergence.converged { lines.append("The fit did not converge; do not use its numbers.") }
    return lines
  }

  /// Says that the truth is not all on record, and nothing more.
  private var sealed: [String] {
    guard let seals = analysis.sealed else { return [] }
    return [
      "The data may carry a blind injection, whose truth is sealed (commitment \(seals.joined(separator: ", ")))."
    ]
  }

  private func probability(_ detection: Detection) -> String {
    detection.localProbability > 1e-300
      ? formatNumber(detection.localProbability, digits: 2)
      : "10^\(formatNumber(detection.logTenProbability.rounded(), digits: 6))"
  }

  private func completeness(_ accounting: [StreamAccounting]) throws -> String {
    let lost = accounting.reduce(0) { $0 + $1.sent - $1.archived - $1.declaredMissing }
    let missing = accounting.reduce(0) { $0 + $1.declaredMissing }
    return
      "The run is \(try reader.status()); \(formatCount(missing)) samples declared missing, \(formatCount(lost)) lost."
  }

  private func results(_ band: ArchiveAnalysis.Band) -> ReportContent.ResultTable {
    let fit = band.fit
    let truth = band.injected
    let square = scale.factor * scale.factor
    let at = " at \(formatNumber(fit.referenceFrequency)) Hz"
    var rows: [ReportContent.ResultRow] = [
      .init(
        name: "detection statistic", symbol: "$Θ$", value: fit.detection.statistic,
        note: "local p = \(probability(fit.detection))"),
      .init(
        name: "power density of the field" + at, symbol: "$A$", value: fit.amplitude.value * square,
        uncertainty: fit.amplitude.uncertainty * square, unit: "\(scale.unit)²/Hz",
        truth: truth.map { $0.amplitude * square }, note: "one axis sees a third of it"),
    ]
    func add(_ name: String, _ symbol: RichText, _ estimate: Estimate?, _ truth: Double?, _ range: ClosedRange<Double>?)
    {
      guard let estimate else { return }
      let outside = range.map { !$0.contains(estimate.value) } ?? false
      rows.append(
        .init(
          name: name, symbol: symbol, value: estimate.value, uncertainty: estimate.uncertainty, truth: truth,
          note: outside ? "best fit outside the physical range" : ""))
    }
    add("spectral index", "$α$", fit.spectralIndex, truth?.spectralIndex, nil)
    add("longitudinal fraction", "$f$_L", fit.longitudinalFraction, truth?.longitudinalFraction, 0...1)
    add("chirality", "$P$_V", fit.chirality, truth?.chirality, -1...1)
    return .init(title: "Isotropic background, band \(band.name)", rows: rows)
  }

  // MARK: - What is drawn

  private func noiseSpectra(
    _ products: [CrossSpectra], plan: BandPlan, band: ArchiveAnalysis.Band
  ) -> ReportContent.NoiseSpectra {
    let fit = band.fit
    let count = fit.labels.count
    // Bins of the fit may be fewer than those of the band.
    let bins = fit.frequencies.map { Int(($0 / plan.resolution).rounded()) - plan.firstBin }
    func measured(_ channel: Int) -> [Double] {
      let rows = products.filter { $0.present[channel] }
      let weight = rows.reduce(0) { $0 + Double($1.segments) }
      return bins.map { bin in
        let sum = rows.reduce(0) {
          $0 + Double($1.segments) * $1.values[2 * ((bin * count + channel) * count + channel)]
        }
        return weight > 0 ? (sum / weight).squareRoot() * scale.factor : .nan
      }
    }
    func root(_ density: Double?) -> Double { density.map { $0.squareRoot() * scale.factor } ?? .nan }
    let model = fit.detection.isSignificant ? fit.model : nil
    let channels = fit.labels.indices.map { channel in
      ReportContent.ChannelSpectrum(
        label: fit.labels[channel], frequencies: fit.frequencies, measured: measured(channel),
        fittedNoise: fit.noise[channel].density.map(root),
        fittedTotal: model.map { model in
          zip(fit.frequencies, fit.noise[channel].density).map { frequency, density in
            root(density.map { $0 + model.density(at: frequency) / 3 })
          }
        } ?? [])
    }
    return .init(unit: scale.unit, channels: channels)
  }

  /// Correlations are drawn as fractions of the fitted power where there is a detection, else in their own unit.
  private func normalisation(_ fit: BackgroundFit) -> (factor: Double, label: RichText) {
    fit.detection.isSignificant
      ? (1 / fit.amplitude.value, "correlation / $A$")
      : (scale.factor * scale.factor, RichText(plain: "correlation [\(scale.unit)²/Hz]"))
  }

  private func pairCorrelations(_ band: ArchiveAnalysis.Band) -> ReportContent.PairCorrelations {
    let fit = band.fit
    let (factor, label) = normalisation(fit)
    return .init(
      label: label,
      pairs: fit.pairs.map {
        .init(
          first: fit.labels[$0.first], second: fit.labels[$0.second], baseline: $0.baseline,
          value: $0.correlation * factor, uncertainty: $0.uncertainty * factor, prediction: $0.model * factor)
      })
  }

  private func parityOdd(_ band: ArchiveAnalysis.Band) -> ReportContent.ParityOddCorrelation? {
    let fit = band.fit
    let points = fit.twoPointFunctions.filter { $0.function == .antisymmetric }
    guard let chirality = fit.chirality, let last = points.map(\.range.upperBound).max() else { return nil }
    let z = stride(from: 0, through: last, by: last / 200).map { $0 }
    func curve(_ model: BackgroundModel, _ chirality: Double) -> [Double] {
      var model = model
      model.chirality = chirality
      return z.map { model.value(of: .antisymmetric, separation: $0) }
    }
    return .init(
      z: points.map(\.separation), value: points.map { $0.value / fit.amplitude.value },
      uncertainty: points.map { $0.uncertainty / fit.amplitude.value },
      fit: .init(
        x: z, y: curve(fit.model, chirality.value), lower: curve(fit.model, chirality.value - chirality.uncertainty),
        upper: curve(fit.model, chirality.value + chirality.uncertainty)),
      truth: band.injected.map { .init(x: z, y: curve($0, $0.chirality)) })
  }

  private func posterior(_ band: ArchiveAnalysis.Band) -> ReportContent.Posterior? {
    band.fit.chiralityProfile.map {
      .init(
        name: "chirality", symbol: "$P$_V", values: $0.chirality, density: $0.density, interval68: $0.interval68,
        interval95: $0.interval95, truth: band.injected?.chirality)
    }
  }

  private func quality() throws -> ReportContent.QualityTimeline {
    let nodes = try reader.streams.enumerated().map { stream, layout in
      let interval = QualityMask.interval(layout.sampleRate)
      var gaps: [ReportContent.Gap] = []
      for (entry, mask) in try reader.quality(stream: stream).enumerated() where !mask.contains(.data) {
        let start = Double(entry) * interval
        let reason = mask.reason
        if let last = gaps.last, last.end == start, last.reason == reason {
          gaps[gaps.count - 1].end = start + interval
        } else {
          gaps.append(.init(start: start, end: start + interval, reason: reason))
        }
      }
      return ReportContent.NodeQuality(name: layout.name, gaps: gaps)
    }
    return .init(start: "\(topology.epoch.utcString) UTC", duration: Double(topology.duration) * 1e-9, nodes: nodes)
  }

  private func provenance() throws -> [ReportContent.ProvenanceItem] {
    var items: [ReportContent.ProvenanceItem] = [
      .init(name: "run", value: reader.runIdentifier), .init(name: "seed", value: "\(reader.seed)"),
    ]
    let data = Data(try reader.provenance().utf8)
    if let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] {
      items += object.keys.sorted().map { .init(name: $0, value: describeJSON(object[$0] ?? "")) }
    }
    if let (_, samples, products) = try reader.checksums() {
      items.append(.init(name: "checksum of the samples", value: samples))
      items.append(.init(name: "checksum of the products", value: products))
    }
    return items
  }

  private func describeJSON(_ value: Any) -> String {
    if let object = value as? [String: Any] {
      return object.keys.sorted().map { "\($0) \(describeJSON(object[$0] ?? ""))" }.joined(separator: ", ")
    }
    if let list = value as? [Any] { return list.map(describeJSON).joined(separator: " ") }
    return "\(value)"
  }
}

extension QualityMask {
  fileprivate var reason: String {
    zip(Self.names, 0...).filter { rawValue & (1 << $0.1) != 0 }.map(\.0).joined(separator: ", ")
  }
}

extension ReportContent.Station {
  fileprivate init(_ node: Topology.Node) {
    let axes: [ReportContent.SensorAxis]
    switch node.instrument {
    case .vectorSensor(let sensor):
      axes = sensor.axes.map {
        .init(
          azimuth: atan2($0.direction.east, $0.direction.north) * 180 / .pi,
          altitude: asin(max(-1, min(1, $0.direction.up))) * 180 / .pi)
      }
    }
    self.init(name: node.name, latitude: node.site.latitude, longitude: node.site.longitude, axes: axes)
  }
}

extension BackgroundModel {
  /// A(f) in unit²/Hz.
  func density(at frequency: Double) -> Double {
    amplitude * pow(frequency / referenceFrequency, spectralIndex)
  }
}

/// The SI prefix with which a quantity reads best.
struct DisplayScale {
  var factor: Double
  var unit: String

  /// - Parameters:
  ///   - unit: without prefix, such as `T`; a unit with one is left as it is.
  ///   - typical: a value in that unit.
  init(unit: String, typical: Double) {
    let prefixes = [("a", -18), ("f", -15), ("p", -12), ("n", -9), ("µ", -6), ("m", -3), ("", 0), ("k", 3)]
    guard ["T", "V", "N", "A", "g"].contains(unit), typical > 0, typical.isFinite else {
      self.factor = 1
      self.unit = unit
      return
    }
    let exponent = log10(typical) + 1
    let best = prefixes.last { Double($0.1) <= exponent } ?? prefixes[0]
    factor = pow(10, Double(-best.1))
    self.unit = best.0 + unit
  }
}
