import Archive
import ArgumentParser
import DarkMatter
import Dashboard
import Foundation
import Inference

struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Analyses the matrices of an archive and says what was found.",
    discussion: """
      A band with `analysis: background` is fitted with an isotropic background, from its cross-spectral matrices in \
      /products. One with `analysis: line` is searched for narrow lines, from the samples. Results are stored with the \
      products as background_fit, line_search, limits and chirality, unless --no-store is given. Matrices that lack samples which came late \
      are made again from the samples first. Frequencies and index are options of backgrounds, density and gyromagnetic ratio of the \
      limits on coupling constants.

      Clocks need no band: each is searched for an oscillation, and those that answer to the same coupling together, from the \
      samples that are there. The limits on amplitudes become limits on couplings and on the axion's decay constant. The answer \
      is stored in /products as clock_search.

      The noise of each channel is compared with what its node states of it, whatever the bands are asked; the answer is stored \
      as stated_noise.

      A background that is found is checked: templates of other couplings are compared with it (background_couplings), the \
      test is repeated without each station and with wrong geometries (background_null_tests). --simulations draws \
      experiments from every template, for probabilities that count the search over directions and for the confusion \
      matrix; --null-tests correlates the samples anew with the stations shifted in time, and in the neighbouring bands.

      A line that is found is checked for being one of a single station (line_null_tests): what each station sees alone and       what the others see without it are compared with drawn lines of the network as loud as this one. --null-tests adds what       different stations agree in, with the stations shifted in time and with their axes turned at random.

      The whole sky is searched for a direction that waves come from: streams of longitudinal and transverse waves in the \
      spectra of a background, one plane wave in a line that is found. A map is made when there may be one. The answer is stored as sky, the pixels of \
      its maps as sky_map_1 and so on. --sky makes a map in any case, --no-sky none.
      """)

  @Argument(help: "The archive.")
  var archive: String

  @OptionGroup var logging: LoggingArguments

  @Option(help: ArgumentHelp("Frequency of the boson at rest, for non-relativistic waves.", valueName: "Hz"))
  var restFrequency = 0.0

  @Option(
    help: ArgumentHelp("Frequency at which the amplitude is stated; default: the middle of the band.", valueName: "Hz"))
  var referenceFrequency: Double?

  @Option(help: "Hold the spectral index at this value.")
  var spectralIndex: Double?

  @Option(help: "Simulated experiments of each coupling that may carry a background; 0 compares without.")
  var simulations = 0

  @Flag(
    help:
      "Make the null tests that take longer: time shifts and neighbouring bands, of lines time shifts and wrong axes.")
  var nullTests = false
  @Flag(
    inversion: .prefixedNo,
    help:
      "Keep a map of the sky in any case, or do not search it; default: a map where something may come from a point.")
  var sky: Bool?

  @Option(
    help: ArgumentHelp(
      "Write the map of the sky: HEALPix, equatorial, NESTED, nside up to 512; pixels of their own sizes if the name ends "
        + "with .multiorder.fits. With several maps band and source are added to the name.", valueName: "FILE.fits"))
  var skyMap: String?

  @Option(help: "Threads.")
  var workers = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Write the HTML report to this path.")
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write the limits of bands with lines and of clocks to this folder, a text file like those of AxionLimits for each "
        + "hypothesis, or set of clocks, and constant, and their plots.", valueName: "folder"))
  var limits: String?

  @OptionGroup(title: "Limits of clocks") var clockLimits: ClockLimitArguments

  @Option(help: ArgumentHelp("Local density of dark matter, for limits on coupling constants.", valueName: "GeV/cm^3"))
  var density = LocalDarkMatter.density

  @Option(
    help: ArgumentHelp(
      "Of the spins, for limits on coupling constants from a field in T; default: that of the topology's spins.",
      valueName: "rad/s/T"))
  var gyromagneticRatio: Double?

  @Flag(inversion: .prefixedNo, help: "Store the result in the archive.")
  var store = true

  @Option(help: "Output of the results.")
  var format = OutputFormat.text

  func validate() throws {
    guard workers > 0 else { throw ValidationError("--workers must be positive") }
    guard skyMap == nil || sky != false else { throw ValidationError("--sky-map needs a map; leave --no-sky out") }
  }

  func run() throws {
    CrashGuard.enter(archive: archive)
    var skyOptions = ArchiveAnalysis.SkyOptions(choice: sky.map { $0 ? .always : .never } ?? .whereMeaningful)
    skyOptions.search.scan.workers = workers
    let options = BackgroundFitOptions(
      referenceFrequency: referenceFrequency, restFrequency: restFrequency, spectralIndex: spectralIndex)
    let checks = BackgroundCheckOptions(
      couplings: BackgroundCouplingOptions(simulations: simulations, workers: workers),
      timeShifts: nullTests ? 3 : 0, workers: workers)
    let provenance = Provenance.current()
    let analysis = try ArchiveAnalysis.run(
      path: archive, options: options, checks: checks,
      lineChecks: LineNullTestOptions(trials: nullTests ? 39 : 0, workers: workers), skyOptions: skyOptions,
      limitOptions: CouplingLimitOptions(density: density, gyromagneticRatio: gyromagneticRatio),
      clockOptions: clockLimits.options(density: density, workers: workers),
      provenance: provenance.json, storing: store
    ) { if !logging.quiet { complain($0) } }
    if let skyMap {
      try SkyMapOutput.write(analysis, archive: archive, to: skyMap) { if !logging.quiet { complain($0) } }
      if analysis.skies.allSatisfy(\.sky.search.maps.isEmpty) {
        complain(
          "no map of the sky is written: nothing is found that may come from a point; --sky makes one in any case")
      }
    }
    let content = try RunReport.content(path: archive, analysis: analysis)
    if let report { try write(content.html(), to: report) }
    switch format {
    case .text: print(content.text())
    case .json: try printJSON(analysis)
    }
    if let limits { try writeLimits(analysis, content: content, to: limits, provenance: provenance) }
  }

  private func writeLimits(
    _ analysis: ArchiveAnalysis, content: ReportContent, to folder: String, provenance: Provenance
  ) throws {
    let name = URL(fileURLWithPath: archive).lastPathComponent
    let checksum =
      try ArchiveReader(opening: archive).checksums().map { ", checksum of its samples \($0.samples)" } ?? ""
    let files = analysis.limitFiles(provenance: [
      "exclusion limit by gnomon \(provenance.version), \(provenance.created)", "archive: \(name)\(checksum)",
      "command: \(provenance.commandLine.joined(separator: " "))",
    ])
    guard !files.isEmpty else {
      throw CommandError(
        "\(archive) has neither a band with `analysis: line` nor a clock: there are no limits against mass to write")
    }
    try makeFolder(folder)
    for file in files { try write(file.curve.text, to: "\(folder)/\(file.name)") }
    for figure in content.figures where figure.name.hasPrefix("limit-") {
      try write(figure.drawing.file, to: "\(folder)/\(figure.name).svg")
    }
    if !logging.quiet { complain("limits: \(files.map { "\(folder)/\($0.name)" }.joined(separator: ", "))") }
  }
}
