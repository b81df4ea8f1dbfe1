import ArgumentParser
import DarkMatter
import Dashboard
import Foundation
import Planning

/// `gnomon forecast`: what a network can do before it is built.
struct ForecastCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract:
      "Says what a network can do before it is built: reach, directions, chirality, couplings, what would help.",
    discussion: """
      For the signals of the topology: the expected test statistic and the uncertainty of each parameter. For reference \
      fields: the weakest amplitude that is detected, how well a stream is located on the sky, how well each baseline \
      measures chirality, which couplings can be told apart. At last the changes that help most: which axis to turn, and \
      where one more station would stand best.

      For clocks: the upper limits that a search of theirs will set on amplitudes and couplings, and whether it will find the \
      scalar signals of the topology.
      """)

  @OptionGroup var topology: TopologyArguments

  @OptionGroup var logging: LoggingArguments

  @Option(help: "Look at this signal alone, also when it is not enabled; default: all enabled ones.")
  var signal: String?

  @Option(
    help: ArgumentHelp(
      "Frequency of the reference lines; default: the geometric middle of the first band.", valueName: "Hz"))
  var frequency: Double?

  @Flag(inversion: .prefixedNo, help: "Look for changes of the network that help.")
  var suggestions = true

  @OptionGroup(title: "Limits of clocks") var clockLimits: ClockLimitArguments

  @Option(help: "Write the HTML page to this path.")
  var report: String?

  @Option(help: "Write each figure as an SVG file into this folder.")
  var figures: String?

  @Option(help: "Output of the results.")
  var format = OutputFormat.text

  func run() throws {
    let network = try topology.load()
    let options = ForecastOptions(
      signal: signal, frequency: frequency, suggests: suggestions,
      clocks: clockLimits.options(density: LocalDarkMatter.density, workers: 1))
    let forecast = try NetworkForecast(network, options: options) { part in
      if logging.verbose { complain("forecast: \(part)") }
    }
    if let report {
      let provenance = Provenance.current(seed: network.seed)
      try write(
        forecast.html(provenance: [
          ("version", provenance.version), ("command line", provenance.commandLine.joined(separator: " ")),
          ("topology", topology.topology), ("instruction set", provenance.instructionSet),
          ("created", provenance.created),
        ]), to: report)
    }
    if let figures {
      try makeFolder(figures)
      for figure in forecast.figures { try write(figure.drawing.file, to: "\(figures)/\(figure.name).svg") }
    }
    switch format {
    case .text: print(forecast.text(), terminator: "")
    case .json: try printJSON(forecast)
    }
  }
}
