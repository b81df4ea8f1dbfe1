import ArgumentParser
import Dashboard
import Foundation
import Reproduction

/// `gnomon reproduce`: published figures from closed forms and simulated networks.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Computes published figures anew: closed form, a simulated network's points, the published values.",
    discussion: """
      Every item evaluates the paper's closed form, simulates an experiment that measures the same quantity, and compares \
      both with each other and with published numbers. With --output each item is written as ID.svg and ID.json.
      """)

  @Argument(help: "The items, such as figure-2; see --list.")
  var items: [String] = []

  @Flag(help: "Print what can be reproduced, and end.")
  var list = false

  @Flag(help: "Reproduce everything.")
  var all = false

  @Flag(
    help: ArgumentHelp(
      "End with exit code 1 when a value differs from the published one by more than its tolerance, or the simulated points of an item disagree with the closed form (chi-square p outside 0.001 ... 0.999, which chance does to one item in 500)."
    ))
  var check = false

  @Option(help: ArgumentHelp("Folder for SVG and JSON files; made if needed.", valueName: "folder"))
  var output: String?

  @Option(help: "Seed of the simulated networks (environment: GNOMON_SEED); default: 1.")
  var seed: UInt64?

  @OptionGroup var logging: LoggingArguments

  @Option(help: "Output of the results.")
  var format = OutputFormat.text

  func validate() throws {
    guard list || all || !items.isEmpty else {
      throw ValidationError("name an item, or give --all or --list")
    }
    guard !(all && !items.isEmpty) else { throw ValidationError("give items or --all, not both") }
    for item in items where !ReproductionCatalogue.items.contains(where: { $0.id == item }) {
      throw ValidationError(
        "no item '\(item)'; there are " + ReproductionCatalogue.items.map(\.id).joined(separator: ", "))
    }
  }

  func run() throws {
    if list { return try printList() }
    let seed = try resolvedSeed()
    if let output {
      try makeFolder(output)
    }
    let chosen = ReproductionCatalogue.items.filter { all || items.contains($0.id) }
    var results: [Reproduction] = []
    for (number, item) in chosen.enumerated() {
      let display = ItemProgress(
        heading: "\(item.id) (\(number + 1) of \(chosen.count))", quiet: logging.quiet)
      let result = try item.reproduce(ReproductionRun(seed: seed, progress: display.show))
      display.finish()
      results.append(result)
      if let output {
        try write(result.figure.drawing().file, to: "\(output)/\(item.id).svg")
        try write(jsonText(ReproductionReport(result, seed: seed)) + "\n", to: "\(output)/\(item.id).json")
      }
      if format == .text { print(result.text) }
    }
    if format == .json { try printJSON(results.map { ReproductionReport($0, seed: seed) }) }
    let failed = results.filter { !$0.agrees }.map(\.id)
    guard !check || failed.isEmpty else {
      complain("gnomon reproduce: not reproduced: \(failed.joined(separator: ", "))")
      throw ExitCode.failure
    }
  }

  private func printList() throws {
    let items = ReproductionCatalogue.items
    switch format {
    case .text:
      var table = TextTable([.init("item"), .init("what"), .init("source")])
      for item in items { table.append([item.id, item.title, item.source]) }
      print(table.text, terminator: "")
    case .json: try printJSON(items.map { ["id": $0.id, "title": $0.title, "source": $0.source] })
    }
  }

  private func resolvedSeed() throws -> UInt64 {
    if let seed { return seed }
    guard let text = ProcessInfo.processInfo.environment["GNOMON_SEED"] else { return 1 }
    guard let seed = UInt64(text) else { throw CommandError("GNOMON_SEED is '\(text)'; it must be a whole number") }
    return seed
  }
}

/// A reproduction with its verdicts and what made it.
private struct ReproductionReport: Encodable {
  var reproduction: Reproduction
  var agrees: Bool
  var test: ChiSquareTest
  var probability: Double
  var provenance: Provenance

  init(_ reproduction: Reproduction, seed: UInt64) {
    self.reproduction = reproduction
    agrees = reproduction.agrees
    test = reproduction.test
    probability = reproduction.test.probability
    provenance = Provenance.current(seed: seed)
  }
}
