import Archive
import ArgumentParser
import Foundation
import Hub
import Logging
import Security
import Threads
import Topology

struct HubCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub",
    abstract: "Receives, archives and correlates the streams of a topology.",
    discussion: """
      Listens at the topology's endpoint until every node has sent its whole stream, then closes the archive. SIGINT or \
      SIGTERM ends the run early and in good order: nodes are told to stop and all that they sent is archived.

      When the archive is there and its run is not complete, because the hub was killed or stopped, the same command goes \
      on with it: the file is recovered, every node sends from the last durable block on, and the result is the same, bit \
      for bit, as without the interruption. An archive that is complete or of another topology is refused.

      At a TCP port strangers may ask so often and be so many at a time as `hub.connections` in the topology says. Peers that \
      were sent away are counted in the archive, by reason: gnomon archive info shows them.

      With an archive in place of a topology file the hub waits for the nodes of that archive: `gnomon replay` sends them.
      """)

  @OptionGroup var input: TopologyArguments
  @OptionGroup var logging: LoggingArguments
  @OptionGroup var security: SecurityArguments

  @Option(help: "Path of the archive to create, or of an unfinished one to go on with.")
  var archive: String

  @Flag(help: "Replace an archive that is there already.")
  var replace = false

  @Option(help: "Where to listen, such as tcp://127.0.0.1:5555 or ipc:///tmp/hub; default: the topology's.")
  var endpoint: String?

  @Option(help: "Where spectators may watch, such as tcp://127.0.0.1:5556; default: nowhere.")
  var spectators: String?

  @Option(help: "Threads of the correlator.")
  var workers = ProcessInfo.processInfo.activeProcessorCount

  @Option(name: .customLong("run"), help: "Identifier of a new run; default: topology name and time.")
  var identifier: String?

  @Flag(help: "Only say whether a hub is writing the archive now: exit code 0 if so, 1 if not.")
  var health = false

  @Option(help: "Output: a sentence at the end, or one line of JSON for every event.")
  var format = OutputFormat.text

  @Option(help: .hidden)
  var progressInterval = 0.25

  @Option(help: .hidden)
  var pretendFull: String?

  @Flag(help: .hidden)
  var supervised = false

  func validate() throws {
    guard workers > 0 else { throw ValidationError("--workers must be positive") }
    guard (1e-3...3600).contains(progressInterval) else {
      throw ValidationError("--progress-interval is a number of seconds from 0.001 to 3600")
    }
  }

  func run() throws {
    if health {
      guard ArchiveReader.isBeingWritten(path: archive) else { throw CommandError("no hub is writing \(archive)") }
      print("a hub is writing \(archive)")
      return
    }
    let topology = try input.load()
    // Before there are threads: the archive of a hub that was killed may be damaged.
    if !replace { try CrashGuard.look(at: archive, with: ["archive", "info", archive]) }
    try security.check(endpoint ?? topology.hub.endpoint)
    if let spectators { try security.check(spectators) }
    var options = Hub.Options(
      archive: archive, replaceArchive: replace, endpoint: endpoint, workers: workers,
      run: identifier ?? runIdentifier(topology.name), topologyText: topology.canonicalText,
      provenance: Provenance.current(seed: topology.seed).json, keys: try security.folder.map(HubKeys.init(folder:)),
      spectators: spectators)
    if input.isArchive {
      let archive = try ArchiveReader(opening: input.topology)
      (options.injections, options.sealedInjections) = (try archive.injections(), try archive.sealedInjections())
    }
    options.pretendedFullDisk = pretendFull
    let hub = try Hub(topology: topology, options: options, logger: logging.logger("hub"))
    let termination = Termination(supervised: supervised) { hub.stop(reason: $0) }
    let emit: @Sendable (HubEvent) -> Void = { [format] event in
      guard format == .json, let line = try? event.line() else { return }
      print(line)
      fflush(nil)
    }
    var ticker: (any DispatchSourceTimer)?
    defer { ticker?.cancel() }
    let outcome = try hub.run { endpoint in
      emit(.listening(endpoint: endpoint))
      let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
      timer.schedule(deadline: .now() + progressInterval, repeating: progressInterval)
      timer.setEventHandler { emit(.progress(hub.progress.snapshot)) }
      timer.resume()
      ticker = timer
    }
    withExtendedLifetime(termination) {}
    emit(.progress(hub.progress.snapshot))
    emit(.finished(outcome))
    if format == .text { print("\(outcome.status): archive \(archive)") }
    if outcome.nodeVanished { throw ExitCode.failure }
  }
}
