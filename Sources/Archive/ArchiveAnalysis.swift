import Correlator
import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Topology

/// What the stored matrices of an archive say, band by band: each band is asked what its topology says.
///
/// The fit sees the matrices, the calibration and the geometry, never the injections; what was injected is put beside its
/// result afterwards, from the archive's own record.
public struct ArchiveAnalysis: Sendable, Codable {
  /// The answer of one band.
  public struct Band: Sendable, Codable {
    public var name: String
    public var fit: BackgroundFit
    /// The injected background at the fit's reference frequency; nil when the archive records none or several.
    public var injected: BackgroundModel?
    /// Which template carries the power; nil without a detection.
    public var couplings: BackgroundCouplings?
    /// What a background passes and an artefact does not.
    public var nullTests: BackgroundNullTests?
    /// Where its waves come from; nil when that was not asked.
    public var sky: Sky?
    /// What the amplitude is below; of a band without a detection.
    public var limits: BackgroundLimits?
    /// How much each pair of channels says about the chirality; of a band with a measured one.
    public var chirality: ChiralityEvidence?
  }

  /// What is found in a band that is searched for lines.
  public struct LineBand: Sendable, Codable {
    public var name: String
    public var search: LineAnalysis
    /// The lines that were put in.
    public var injected: [DarkMatterLine]
    /// What each found line passes and one of a single station does not; nil without a found one.
    public var nullTests: [LineNullTests]?
    /// Where the found line comes from; nil when that was not asked.
    public var sky: Sky?
    /// Limits on fields and coupling constants against mass.
    public var limits: CouplingLimits?
  }

  /// A band of which nothing can be said.
  public struct UnansweredBand: Sendable, Codable {
    public var name: String
    /// Why, and what would help.
    public var reason: String
  }

  /// Names under which the results of a band are stored.
  public static let storedName = "background_fit"
  public static let storedLineName = "line_search"
  public static let storedCouplingsName = "background_couplings"
  public static let storedNullTestsName = "background_null_tests"
  public static let storedLineNullTestsName = "line_null_tests"
  public static let storedSkyName = "sky"
  public static let storedLimitsName = "limits"
  public static let storedChiralityName = "chirality"

  public var run: String
  /// Bands with a fitted background.
  public var bands: [Band]
  /// Bands that are searched for a line.
  public var lines: [LineBand]
  /// What the clocks say; nil when there are none.
  public var clocks: Clocks?
  /// What the questions of Inference's table found in the streams.
  public var answers: [StreamAnswer] = []
  /// Commitments of blind injections that the data carry and whose truth is sealed; nil when there are none.
  public var sealed: [String]?
  /// Bands of which these data, or this network, can say nothing.
  public var unanswered: [UnansweredBand]

  public init(run: String, bands: [Band], lines: [LineBand] = [], unanswered: [UnansweredBand] = []) {
    self.run = run
    self.bands = bands
    self.lines = lines
    self.unanswered = unanswered
  }

  /// Analyses every band of an archive and stores the answers in it.
  ///
  /// Matrices that lack samples which came late are made again first, unless nothing is to be stored.
  ///
  /// - Parameters:
  ///   - path: a finished archive.
  ///   - options: what to fit and what to hold of a background.
  ///   - lineOptions: hypotheses and confidence of the searches for lines.
  ///   - checks: how a background that was found is checked.
  ///   - lineChecks: how lines that were found are checked.
  ///   - skyOptions: whether and how finely directions are looked for.
  ///   - limitOptions: density and spins behind limits on coupling constants.
  ///   - clockOptions: how clocks are searched; nil for the usual way on all processors.
  ///   - provenance: JSON of what made the analysis, stored with it.
  ///   - storing: false leaves the archive as it is.
  ///   - progress: called with a line for every band.
  /// - Throws: `ArchiveError`; `InferenceError` for options that cannot be. A band that cannot be answered is no error.
  public static func run(
    path: String, options: BackgroundFitOptions = BackgroundFitOptions(),
    lineOptions: LineAnalysisOptions = LineAnalysisOptions(),
    checks: BackgroundCheckOptions = BackgroundCheckOptions(),
    lineChecks: LineNullTestOptions = LineNullTestOptions(), skyOptions: SkyOptions = SkyOptions(),
    limitOptions: CouplingLimitOptions = CouplingLimitOptions(), clockOptions: ClockAnalysisOptions? = nil,
    provenance: String, storing: Bool = true,
    progress: (String) -> Void = { _ in }
  ) throws -> ArchiveAnalysis {
    if storing {
      try StaleProducts.renew(
        path: path, workers: ProcessInfo.processInfo.activeProcessorCount, progress: progress)
    }
    var analysis: ArchiveAnalysis
    do {
      let reader = try ArchiveReader(opening: path)
      analysis = ArchiveAnalysis(run: reader.runIdentifier, bands: [])
      let sealed = try reader.unopenedSeals()
      analysis.sealed = sealed.isEmpty ? nil : sealed
      let topology = try reader.topology()
      for (band, plan) in reader.bands.enumerated() {
        if try !reader.staleRows(band: band).isEmpty {
          progress("band \(plan.name): its matrices lack samples that came late; storing the result makes them again")
        }
        do {
          switch topology.bands.first(where: { $0.name == plan.name })?.analysis ?? .background {
          case .background:
            var answer = try reader.fitBackground(band: band, options: options, progress: progress)
            (answer.couplings, answer.nullTests) = try reader.checkBackground(
              band: band, fit: answer.fit, options: options, checks: checks, progress: progress)
            analysis.bands.append(answer)
          case .line:
            analysis.lines.append(try reader.searchForLines(band: band, options: lineOptions, progress: progress))
          case .none: break
          }
        } catch let error as InferenceError where !error.isWrongUse {
          // The other bands may have answers; that this one has none is an answer too.
          analysis.unanswered.append(UnansweredBand(name: plan.name, reason: error.description))
        }
      }
      try reader.checkLines(&analysis, options: lineChecks, progress: progress)
      analysis.clocks = try reader.searchClocks(
        options: clockOptions ?? ClockAnalysisOptions(workers: ProcessInfo.processInfo.activeProcessorCount),
        progress: progress)
      analysis.answers = try reader.ask(streamQuestions, progress: progress)
      try reader.locate(&analysis, background: options, options: skyOptions, progress: progress)
      try reader.addLimits(to: &analysis, options: options, limitOptions: limitOptions)
    }
    // The reader is closed by now: nobody may hold the archive while answers are put into it.
    if storing {
      for band in analysis.bands {
        try StoredAnalysis.store(
          storedName, result: json(band.fit), provenance: provenance, band: band.name, inArchive: path)
        if let couplings = band.couplings {
          try StoredAnalysis.store(
            storedCouplingsName, result: json(couplings), provenance: provenance, band: band.name, inArchive: path)
        }
        if let tests = band.nullTests {
          try StoredAnalysis.store(
            storedNullTestsName, result: json(tests), provenance: provenance, band: band.name, inArchive: path)
        }
        if let limits = band.limits {
          try StoredAnalysis.store(
            storedLimitsName, result: json(limits), provenance: provenance, band: band.name, inArchive: path)
        }
        if let chirality = band.chirality {
          try StoredAnalysis.store(
            storedChiralityName, result: json(chirality), provenance: provenance, band: band.name, inArchive: path)
        }
      }
      for band in analysis.lines {
        try StoredAnalysis.store(
          storedLineName, result: json(band.search), provenance: provenance, band: band.name, inArchive: path)
        if let tests = band.nullTests {
          try StoredAnalysis.store(
            storedLineNullTestsName, result: json(tests), provenance: provenance, band: band.name, inArchive: path)
        }
        if let limits = band.limits {
          try StoredAnalysis.store(
            storedLimitsName, result: json(limits), provenance: provenance, band: band.name, inArchive: path)
        }
      }
      if let clocks = analysis.clocks {
        try StoredAnalysis.store(
          storedClocksName, result: json(clocks.analysis), provenance: provenance, band: nil, inArchive: path)
        for pairs in clocks.pairs {
          try StoredAnalysis.store(
            storedPairsName, result: json(pairs), provenance: provenance, band: pairs.band, inArchive: path)
        }
      }
      for answer in analysis.answers {
        try StoredAnalysis.store(
          answer.name, result: json(answer), provenance: provenance, band: nil, inArchive: path)
      }
      for (band, sky) in analysis.skies { try sky.store(provenance: provenance, band: band, inArchive: path) }
    }
    return analysis
  }
}

extension NetworkGeometry {
  /// The channels of an archive, in the order of its products.
  init(_ streams: [ArchiveLayout.Stream]) throws {
    try self.init(
      positions: streams.flatMap { stream in stream.channels.map { _ in stream.earthFixedPosition } },
      directions: streams.flatMap { stream in stream.channels.map(\.earthFixedDirection) },
      labels: streams.flatMap { stream in
        stream.channels.map { stream.channels.count == 1 ? stream.name : "\(stream.name)/\($0.name)" }
      })
  }
}
