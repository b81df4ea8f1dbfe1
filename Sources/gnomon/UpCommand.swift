import Archive
import ArgumentParser
import Dashboard
import Foundation
import Hub
import Launcher
import Synchronization
import Threads
import Topology

struct UpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Runs a whole topology on this machine: hub, nodes, archive, analysis and report.",
    discussion: """
      Starts one process for the hub and one for every node, shows their progress, and when all samples are archived asks \
      every band what its key analysis says, prints what was found and writes report.html beside the archive, with a map \
      of the sky, sky-BAND.multiorder.fits, where a source is found. Ctrl-C stops \
      everything in good order and keeps the archive whole; a second Ctrl-C ends it at once.

      With --chaos the network is disturbed on purpose while it runs: hub and nodes are killed and stopped, connections \
      cut, torn in the middle of a message, blocked, delayed and slowed down, messages sent twice, clocks stepped forth \
      and back, the disk filled for a while, and nodes without a right to their names ask to be let in. The seed fixes what is done \
      to whom and after which share of the samples. There is no analysis then: a table says what was done, what must hold \
      afterwards, and whether it does, with exit code 1 when not; chaos.json in the folder says the same. Give the run a \
      --speed that leaves it some seconds of time.
      """)

  @OptionGroup var input: TopologyArguments
  @OptionGroup var logging: LoggingArguments
  @OptionGroup var security: SecurityArguments

  @Option(help: "Folder for archive, report and logs; default: runs/TOPOLOGY-TIME.")
  var output: String?

  @Flag(help: "Replace what an earlier run left in the folder.")
  var replace = false

  @Option(help: "Where the hub listens; default: the topology's endpoint.")
  var endpoint: String?

  @Option(help: "Where spectators may watch, such as tcp://127.0.0.1:5556; default: nowhere.")
  var spectators: String?

  @Option(help: "Threads of the correlator and of the search of the sky.")
  var workers = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Order in which nodes are started: topology, or reverse.")
  var startOrder = StartOrder.topology

  @Flag(inversion: .prefixedNo, help: "Write report.html.")
  var report = true

  @Option(help: ArgumentHelp("Disturb the network by the schedule of this seed.", valueName: "seed"))
  var chaos: UInt64?

  @Option(help: "How many faults that schedule has.")
  var faults = 8

  @Option(help: "Output of the results.")
  var format = OutputFormat.text

  enum StartOrder: String, ExpressibleByArgument, CaseIterable {
    case topology, reverse
  }

  func validate() throws {
    guard workers > 0 else { throw ValidationError("--workers must be positive") }
    guard (1...1000).contains(faults) else { throw ValidationError("--faults is a number from 1 to 1000") }
    guard chaos == nil || endpoint == nil else {
      throw ValidationError("--chaos puts links of its own between nodes and hub: leave --endpoint out")
    }
  }

  func run() throws {
    let topology = try input.load()
    try security.check(endpoint ?? topology.hub.endpoint)
    if let spectators { try security.check(spectators) }
    let identifier = runIdentifier(topology.name)
    let folder = output ?? "runs/\(identifier)"
    let archive = "\(folder)/archive.h5"
    try prepare(folder: folder, archive: archive)
    let topologyPath = "\(folder)/topology.yaml"
    try write(topology.canonicalText, to: topologyPath)

    let options = LocalNetwork.Options(
      executable: try executable(), folder: folder, topologyPath: topologyPath, archivePath: archive,
      hubArguments: ["--run", identifier, "--workers", "\(workers)"] + (replace ? ["--replace"] : [])
        + (endpoint.map { ["--endpoint", $0] } ?? []) + (spectators.map { ["--spectators", $0] } ?? [])
        + security.forwarded + verbosity,
      nodeArguments: security.forwarded + verbosity,
      nodeOrder: startOrder == .reverse ? topology.nodes.map(\.name).reversed() : [])
    let display = ProgressDisplay(
      nodes: topology.nodes.count, duration: Double(topology.duration) * 1e-9, quiet: logging.quiet)
    display.note("\(topology.name): \(topology.nodes.count) nodes and a hub, archive \(archive)")
    if let chaos { return try disturb(topology, options, seed: chaos, display) }
    let network = LocalNetwork(topology: topology, options: options)
    let termination = Termination { reason in
      display.note("\(reason): stopping; what was sent is archived first")
      network.stop(reason: reason)
    }
    let outcome = try network.run { display.show($0) }
    withExtendedLifetime(termination) {}
    display.finish(outcome)

    var sky = ArchiveAnalysis.SkyOptions()
    sky.search.scan.workers = workers
    let analysis = try ArchiveAnalysis.run(
      path: archive, skyOptions: sky, provenance: Provenance.current(seed: topology.seed).json,
      progress: { display.note($0) })
    let content = try RunReport.content(path: archive, analysis: analysis)
    if report {
      let path = "\(folder)/report.html"
      try write(content.html(), to: path)
      let figures = "\(folder)/figures"
      try makeFolder(figures)
      for figure in content.figures { try write(figure.drawing.file, to: "\(figures)/\(figure.name).svg") }
      try SkyMapOutput.write(
        analysis, archive: archive, to: "\(folder)/sky.multiorder.fits", namesBands: true
      ) { display.note($0) }
      display.note("report: \(path), its figures one by one: \(figures)")
    }
    switch format {
    case .text: print(content.text())
    case .json: try printJSON(analysis)
    }
    if case .interrupted = outcome.status { throw ExitCode.failure }
  }

  private func disturb(
    _ topology: NetworkTopology, _ options: LocalNetwork.Options, seed: UInt64, _ display: ProgressDisplay
  ) throws {
    let run = try ChaosRun(topology: topology, options: options, seed: seed, faults: faults)
    let termination = Termination { run.stop(reason: $0) }
    let report = run.run(workers: workers, onProgress: { display.show($0) }, note: { display.note($0) })
    withExtendedLifetime(termination) {}
    try write(try jsonText(report) + "\n", to: "\(options.folder)/chaos.json")
    switch format {
    case .text: print(report.text)
    case .json: try printJSON(report)
    }
    if !report.held { throw ExitCode.failure }
  }

  private var verbosity: [String] { logging.verbose ? ["--verbose"] : [] }

  private func executable() throws -> URL {
    guard let url = Bundle.main.executableURL else { throw CommandError("the path of this program is unknown") }
    return url
  }

  private func prepare(folder: String, archive: String) throws {
    try makeFolder(folder)
    guard replace || !FileManager.default.fileExists(atPath: archive) else {
      throw CommandError("\(archive) exists: name another folder with --output, or give --replace")
    }
  }
}

/// Makes a folder with all above it, or says which one could not be made and why.
func makeFolder(_ path: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw CommandError("\(path): the folder cannot be made: \(describe(error))")
  }
}

/// Writes a text file, or says which one could not be written and why.
func write(_ text: String, to path: String) throws {
  do {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  } catch {
    throw CommandError("\(path): cannot be written: \(describe(error))")
  }
}
