import Correlator
import DarkMatter
import Foundation
import Inference
import Sky
import Topology

extension ArchiveAnalysis {
  /// Whether, and how finely, the sky is searched.
  public struct SkyOptions: Hashable, Sendable, Codable {
    public enum Choice: String, Hashable, Sendable, Codable {
      /// Backgrounds always, lines that are found; a map is kept when the waves may come from a point.
      case whereMeaningful
      /// In all bands, with a map.
      case always
      case never
    }

    public var choice: Choice
    public var search: SkySearchOptions

    public init(choice: Choice = .whereMeaningful, search: SkySearchOptions = SkySearchOptions()) {
      self.choice = choice
      self.search = search
    }
  }

  /// Where the waves of a band come from.
  public struct Sky: Sendable, Codable {
    public var search: SkySearch
    /// Directions from which the archive records that waves were injected.
    public var injected: [EquatorialDirection]
    /// For each injected direction the level of the smallest area that holds it: below 0.9 in nine of ten runs. Of several
    /// maps the one in which that is smallest counts; empty without maps.
    public var credibility: [Double]
  }

  /// The answers of all bands of which the sky was searched.
  public var skies: [(band: String, sky: Sky)] {
    bands.compactMap { band in band.sky.map { (band.name, $0) } }
      + lines.compactMap { band in band.sky.map { (band.name, $0) } }
  }
}

extension ArchiveAnalysis.Sky {
  /// Puts the answer into the archive as `sky`, and the pixels of its maps as `sky_map_1` and so on.
  func store(provenance: String, band: String, inArchive path: String) throws(ArchiveError) {
    try StoredAnalysis.store(
      ArchiveAnalysis.storedSkyName, result: json(self), provenance: provenance, band: band, inArchive: path)
    try StoredSkyMap.store(search.maps, provenance: provenance, band: band, inArchive: path)
  }
}

extension ArchiveReader {
  /// Adds to each band of an analysis where its waves come from.
  ///
  /// A search that cannot be made, of one sensor or a line without data, is no failure of the analysis: it is said, and
  /// the band goes without.
  func locate(
    _ analysis: inout ArchiveAnalysis, background: BackgroundFitOptions, options: ArchiveAnalysis.SkyOptions,
    progress: (String) -> Void
  ) throws {
    guard options.choice != .never else { return }
    let asked = options.choice == .always
    func attempt(_ band: String, _ search: () throws -> SkySearch) throws -> ArchiveAnalysis.Sky? {
      do {
        var found = try search()
        if !asked, found.finding == .spread || found.finding == .nothing { found.maps = [] }
        let injected = try injectedSources()
        let levels = injected.map { source in found.maps.map { $0.credibility(of: source.vector) }.min() }
        return ArchiveAnalysis.Sky(search: found, injected: injected, credibility: levels.compactMap(\.self))
      } catch let error as InferenceError {
        progress("band \(band): the sky cannot be searched: \(error)")
        return nil
      }
    }
    for index in analysis.bands.indices {
      let fit = analysis.bands[index].fit
      let isDirectionless = analysis.bands[index].couplings?.fits.first.map { $0.source == nil } ?? false
      // The exact comparison of templates has said so already.
      if isDirectionless, !asked { continue }
      guard let band = bands.firstIndex(where: { $0.name == analysis.bands[index].name }) else { continue }
      let spectra = try calibratedSpectra(band: band)
      analysis.bands[index].sky = try withoutActuallyEscaping(progress) { progress in
        try attempt(bands[band].name) {
          try SkySearch(
            background: spectra, plan: bands[band], epoch: epoch, geometry: try NetworkGeometry(streams), fit: fit,
            restFrequency: background.restFrequency, isDirectionless: isDirectionless, options: options.search,
            progress: SkyAnnouncer(band: bands[band].name, progress).show)
        }
      }
    }
    for index in analysis.lines.indices {
      let search = analysis.lines[index].search
      guard let line = search.detection else { continue }
      let name = analysis.lines[index].name
      guard let band = bands.first(where: { $0.name == name }),
        let closest = try observation(
          closestTo: line.restFrequency, plan: band, segmentLength: search.segmentLength)
      else { continue }
      analysis.lines[index].sky = try withoutActuallyEscaping(progress) { progress in
        try attempt(name) {
          try SkySearch(
            line: line, in: closest, options: options.search, progress: SkyAnnouncer(band: name, progress).show)
        }
      }
    }
  }

  /// The amplitudes at the bin closest to a line; nil when the archive has none there.
  func observation(
    closestTo frequency: Double, plan: BandPlan, segmentLength: Double
  ) throws -> LineObservation? {
    let reach = 1 / segmentLength
    let reader = try LineReader(self, plan: plan, from: frequency - reach, to: frequency + reach, workers: 1)
    var closest: LineObservation?
    for number in 0..<reader.blockCount {
      let block = try reader.block(number)
      for bin in block.frequencies.indices
      where abs(block.frequencies[bin] - frequency) < abs((closest?.frequency ?? .infinity) - frequency) {
        closest = block.observation(bin)
      }
    }
    return closest
  }

  /// Directions towards the sources of all injected waves that come from a point of the sky.
  ///
  /// Streams move against the direction they come from, as the Earth sees them in the middle of the run.
  func injectedSources() throws -> [EquatorialDirection] {
    let middle = epoch.advanced(byNanoseconds: try topology().duration / 2)
    return try injections().flatMap { row -> [EquatorialDirection] in
      switch row.model {
      case "line":
        guard let line = try? decode(DarkMatterLine.self, from: row.parameters) else { return [] }
        let earth = EarthVelocity.throughHalo(at: middle, sun: line.sun)
        return line.components.filter { $0.virialSpeed < ArchiveAnalysis.coldSpeed }
          .map { EquatorialDirection(earth - $0.meanVelocity) }
      case "anisotropic-background":
        guard let background = try? decode(AnisotropicBackground.self, from: row.parameters) else { return [] }
        return background.directions.spots.map { EquatorialDirection(-$0.direction) }
      default: return []
      }
    }
  }
}

extension ArchiveAnalysis {
  /// m/s of dispersion below which a population is a stream.
  static let coldSpeed = 20e3
}

/// Says every few seconds how far a search of the sky is.
private final class SkyAnnouncer {
  private let band: String
  private let announce: (String) -> Void
  private var step = ""
  private var started = ContinuousClock.now
  private var announced = ContinuousClock.now

  init(band: String, _ announce: @escaping (String) -> Void) {
    self.band = band
    self.announce = announce
    announce("searching the sky of band \(band)")
  }

  func show(_ progress: SkyProgress) {
    let now = ContinuousClock.now
    if progress.step != step || progress.evaluations < 1 << 15 {
      step = progress.step
      started = now
    }
    guard now - announced > .seconds(5) else { return }
    announced = now
    let text = "sky of band \(band), \(step): "
    guard progress.evaluations < progress.expected else {
      announce(text + "\(progress.evaluations) directions, resolving the likely ones")
      return
    }
    let passed = (now - started) / .seconds(1)
    let left = passed * Double(progress.expected - progress.evaluations) / Double(max(1, progress.evaluations))
    announce(
      text
        + "\(100 * progress.evaluations / progress.expected) % of the whole sky, about \(Int(left.rounded(.up))) s left"
    )
  }
}
