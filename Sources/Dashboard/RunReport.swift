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
  }

  /// The prefix with which fields read best, one for all bands with the unit of this one.
  private func scale(ofBand name: String) -> DisplayScale {
    let unit = topology.unit(ofBand: name)
    let first = analysis.bands.first { topology.unit(ofBand: $0.name) == unit }
    let densities = first?.fit.noise.flatMap { $0.density.compactMap { $0 } } ?? []
    let typical = densities.isEmpty ? 1 : (densities.reduce(0, +) / Double(densities.count)).squareRoot()
    return DisplayScale(unit: unit, typical: typical)
  }

  private func content() throws -> ReportContent {
    let accounting = try reader.accounting()
    let backgrounds = analysis.bands.map { BackgroundReport(band: $0, scale: scale(ofBand: $0.name)) }
    let lines = analysis.lines.map { LineReport($0, epoch: reader.epoch, unit: topology.unit(ofBand: $0.name)) }
    var content = ReportContent(title: topology.name)
    content.subtitle =
      "\(topology.nodes.count) \(topology.nodes.count == 1 ? "node" : "nodes"), "
      + "\(formatSpan(Double(topology.duration) * 1e-9)) from "
      + "\(topology.epoch.utcString) UTC, run \(reader.runIdentifier)"
    let more = moreSections
    let checks = analysis.bands.flatMap { band in
      [CouplingsReport(band, scale: scale(ofBand: band.name))?.section, NullTestsReport(band)?.section].compactMap(
        \.self)
    }
    let lineChecks = analysis.lines.compactMap { LineNullTestsReport($0)?.section }
    let ownLine =
      analysis.lines.contains { $0.search.detection != nil && topology.nodes(ofBand: $0.name).count == 1 }
      ? ["Only one station recorded: nothing tells such a line from one that the station makes itself."] : []
    let unanswered = analysis.unanswered.map { "Band \($0.name): nothing can be said: \($0.reason)." }
    content.verdict =
      backgrounds.flatMap(\.verdict) + checks.flatMap(\.verdict) + more.flatMap(\.verdict)
      + lines.flatMap(\.section.verdict) + lineChecks.flatMap(\.verdict) + ownLine
      + unanswered + sealed
      + [try completeness(accounting)]
    content.results = backgrounds.map(\.table)
    let skies = try skyReports()
    content.verdict.insert(contentsOf: skies.flatMap(\.section.verdict), at: content.verdict.count - 1)
    let clocks = analysis.clocks.map(ClockReport.init)
    content.verdict.insert(contentsOf: clocks?.section.verdict ?? [], at: content.verdict.count - 1)
    content.sections =
      (clocks.map { [$0.section] } ?? []) + lines.map(\.section) + lineChecks + checks + skies.map(\.section) + more
    content.stations = topology.nodes.map(ReportContent.Station.init)
    if let first = backgrounds.first {
      if let position = reader.bands.firstIndex(where: { $0.name == first.band.name }) {
        content.noiseSpectra = first.noiseSpectra(
          try reader.products(band: position), plan: reader.bands[position])
      }
      content.pairCorrelations = first.pairCorrelations
      content.parityOdd = first.parityOdd
    }
    content.posteriors = backgrounds.compactMap(\.posterior)
    content.quality = try quality()
    content.accounting = accounting.map {
      .init(
        stream: $0.stream, sent: $0.sent, archived: $0.archived, missing: $0.declaredMissing, late: $0.late,
        duplicate: $0.duplicate, refused: $0.refused)
    }
    let refused = try reader.refusedPeers()
    content.refusedPeers = refused.isEmpty ? "" : refusedPeersText(refused)
    content.provenance = try provenance()
    content.attachments = [.init(title: "Topology as it was run", text: try reader.topologyText())]
    return content
  }

  /// Says that the truth is not all on record, and nothing more.
  private var sealed: [String] {
    guard let seals = analysis.sealed else { return [] }
    return [
      "The data may carry a blind injection, whose truth is sealed (commitment \(seals.joined(separator: ", ")))."
    ]
  }

  /// Where the waves of each band come from, the sensors' axes as they stand in the middle of the run.
  private func skyReports() throws -> [SkyReport] {
    let middle = reader.epoch.advanced(byNanoseconds: topology.duration / 2)
    return analysis.skies.map { band, sky in
      let names = topology.nodes(ofBand: band).map(\.name)
      let axes = reader.streams.filter { names.contains($0.name) }.flatMap { stream in
        stream.channels.map { channel in
          SkyMapFigure.Axis(
            name: stream.channels.count == 1 ? stream.name : "\(stream.name)/\(channel.name)",
            direction: EarthRotation.inertial(channel.earthFixedDirection, at: middle))
        }
      }
      return SkyReport(
        band: band, sky: sky, axes: axes, unit: topology.unit(ofBand: band))
    }
  }

  /// Limits, and what carries a chirality.
  private var moreSections: [ReportSection] {
    analysis.bands.flatMap { band in
      [
        band.limits.map { BackgroundLimitReport(band: band.name, limits: $0, scale: scale(ofBand: band.name)).section },
        ChiralityReport(
          band: band.name, profile: band.fit.chiralityProfile, evidence: band.chirality,
          injected: band.injected?.chirality
        ).section,
      ].compactMap { $0 }
    }
      + analysis.lines.compactMap { band in band.limits.map { CouplingLimitReport(band: band.name, limits: $0).section }
      }
      + analysis.answers.map { ReportSection($0) }
  }

  private func completeness(_ accounting: [StreamAccounting]) throws -> String {
    let lost = accounting.reduce(0) { $0 + $1.sent - $1.archived - $1.declaredMissing }
    let missing = accounting.reduce(0) { $0 + $1.declaredMissing }
    return
      "The run is \(try reader.status()); \(formatCount(missing)) samples declared missing, \(formatCount(lost)) lost."
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
    let axes = node.instrument.model.channels.compactMap(\.direction).map {
      ReportContent.SensorAxis(
        azimuth: atan2($0.east, $0.north) * 180 / .pi, altitude: asin(max(-1, min(1, $0.up))) * 180 / .pi)
    }
    self.init(name: node.name, latitude: node.site.latitude, longitude: node.site.longitude, axes: axes)
  }
}
