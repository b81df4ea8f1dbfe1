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
      products as background_fit, line_search, limits and chirality, unless --no-store is given. Frequencies and index \
      are options of backgrounds, density and gyromagnetic ratio of the limits on coupling constants.
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

  @Option(help: "Write the HTML report to this path.")
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write the limits of bands with lines to this folder, a text file like those of AxionLimits for each hypothesis and "
        + "constant, and their plots.", valueName: "folder"))
  var limits: String?

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

  func run() throws {
    let options = BackgroundFitOptions(
      referenceFrequency: referenceFrequency, restFrequency: restFrequency, spectralIndex: spectralIndex)
    let provenance = Provenance.current()
    let analysis = try ArchiveAnalysis.run(
      path: archive, options: options,
      limitOptions: CouplingLimitOptions(density: density, gyromagneticRatio: gyromagneticRatio),
      provenance: provenance.json, storing: store
    ) { if !logging.quiet { complain($0) } }
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
      throw CommandError("\(archive) has no band with `analysis: line`: there are no limits against mass to write")
    }
    try makeFolder(folder)
    for file in files { try write(file.curve.text, to: "\(folder)/\(file.name)") }
    for figure in content.figures where figure.name.hasPrefix("limit-") {
      try write(figure.drawing.file, to: "\(folder)/\(figure.name).svg")
    }
    if !logging.quiet { complain("limits: \(files.map { "\(folder)/\($0.name)" }.joined(separator: ", "))") }
  }
}
