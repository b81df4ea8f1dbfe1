import Archive
import ArgumentParser
import Foundation
import HDF5
import Hub
import Launcher
import Node
import Security
import Sky
import Threads
import Topology

/// `gnomon replay`: an archive once more through the correlator, or over the wire.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Streams an archive again: over ZeroMQ into a hub as its nodes did, or straight into the correlator.",
    discussion: """
      Without --hub the matrices of every band are made anew, straight from the samples. With --hub every node of the \
      archive becomes a sender with a thread and a connection of its own and sends its original blocks: sequence, sample \
      numbers, times, claims of the clock, gaps and checksums. --hub local starts a hub in this process and sends \
      through ZeroMQ on the loopback, into --output or else a temporary file; --hub tcp://... or ipc://... sends to a hub that runs already:

        gnomon replay run.h5 --check                             are the matrices those that the run left?
        gnomon replay run.h5 --hub local --check                 and those of a replay over the wire?
        gnomon replay run.h5 --output again.h5                   a new archive, correlated anew
        gnomon replay run.h5 --hub local --output again.h5       the same through nodes and hub
        gnomon hub run.h5 --archive again.h5 --endpoint tcp://127.0.0.1:5555
        gnomon replay run.h5 --hub tcp://127.0.0.1:5555 --speed 1

      A live run, its replay over the wire and its direct correlation give the same bits, on one build and instruction \
      set; --check compares the checksums with those in the archive, stream by stream and band by band, and ends with \
      exit code 1 when one differs.
      """)

  @Argument(help: "A finished archive.")
  var archive: String

  @Option(help: ArgumentHelp("Send over ZeroMQ: local, or the endpoint of a hub.", valueName: "local|endpoint"))
  var hub: String?

  @Option(help: "Path of a new archive with the samples and the matrices made anew.")
  var output: String?

  @Flag(help: "Compare checksums with those in the archive.")
  var check = false

  @Option(
    help: ArgumentHelp(
      """
      Only these nodes, separated by commas. To the endpoint of a hub only they send; else the others are declared missing.
      """, valueName: "a,b"))
  var nodes: String?

  @Option(
    help: ArgumentHelp(
      "Begin with the block of this time, seconds from the epoch or UTC; what lies before is declared missing.",
      valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("End before the first block that begins at this time or later.", valueName: "time"))
  var until: String?

  @Option(help: "How fast to send: max, 1 for real time, or any factor.")
  var speed = "max"

  @Option(
    help: """
      Send the run so many times one after the other, sample numbers and times going on: an endurance test. The hub needs a \
      duration so many times as long (gnomon hub --set duration=...).
      """)
  var loop = 1

  @Flag(help: "Replace an archive that is there already.")
  var force = false

  @Option(help: "Threads of the correlator.")
  var workers = ProcessInfo.processInfo.activeProcessorCount

  @OptionGroup var logging: LoggingArguments
  @OptionGroup var security: SecurityArguments

  @Option(help: "Output of the results.")
  var format = OutputFormat.text

  func validate() throws {
    guard workers > 0 else { throw ValidationError("--workers must be positive") }
    guard loop > 0 else { throw ValidationError("--loop must be positive") }
    guard factor != nil else { throw ValidationError("--speed is max, or a positive number such as 1") }
    if check {
      guard from == nil, until == nil, nodes == nil, loop == 1 else {
        throw ValidationError(
          "--check compares a whole run: it does not go with --from, --until, --nodes or --loop")
      }
      guard hub == nil || hub == "local" else {
        throw ValidationError(
          "--check cannot see what another hub makes: use --hub local, or compare the checksums of gnomon archive info")
      }
    }
    guard hub != nil || (loop == 1 && speed == "max") else {
      throw ValidationError("--speed and --loop need senders: give --hub")
    }
    guard hub == nil || hub == "local" || output == nil else {
      throw ValidationError("another hub writes its own archive: leave --output out")
    }
  }

  private var factor: Speed? {
    if speed == "max" { return .maximum }
    return Double(speed).flatMap { $0 > 0 && $0.isFinite ? .factor($0) : nil }
  }

  func run() throws {
    try CrashGuard.look(at: archive, with: ["archive", "info", archive])
    let reader = try ArchiveReader(opening: archive)
    let chosen = nodes.map(names(in:))
    let excerpt = try ArchiveExcerpt(
      of: reader, nodes: chosen, from: try from.map { try instant($0, reader.epoch, "--from") },
      until: try until.map { try instant($0, reader.epoch, "--until") })
    var answer = ReplayAnswer(archive: archive, output: output)
    if check {
      guard let stored = try reader.checksums() else {
        throw CommandError("\(archive): it has no checksums to compare with: the run did not end")
      }
      answer.stored = stored.checksums
    }
    switch hub {
    case nil: try runDirectly(excerpt, &answer)
    case "local": try runLocally(excerpt, &answer)
    case let endpoint?:
      try security.check(endpoint)
      let replayed = try ReplayedArchive(excerpt, loops: loop)
      let replay = wireReplay(replayed, nodes: chosen ?? reader.streams.map(\.name), keys: security.folder)
      let ticker = WireProgress(replay, topology: replayed.topology, quiet: logging.quiet)
      let termination = Termination { replay.stop(reason: $0) }
      answer.count(try replay.run(endpoint: endpoint))
      withExtendedLifetime(termination) {}
      ticker.finish()
    }
    answer.compare(provenance: try reader.provenance())
    switch format {
    case .json: try printJSON(answer)
    case .text: print(answer.text)
    }
    if answer.equal == false { throw ExitCode.failure }
  }

  private func runDirectly(_ excerpt: ArchiveExcerpt, _ answer: inout ReplayAnswer) throws {
    let progress = ItemProgress(heading: "correlating \(archive)", quiet: logging.quiet)
    let started = ContinuousClock.now
    if let output {
      var layout = try excerpt.archive.layout()
      layout.runIdentifier = runIdentifier("\(layout.runIdentifier)-replayed")
      layout.provenance = try provenance(of: excerpt.archive).json
      do {
        answer.direct = try ArchiveCopy.run(
          from: excerpt, to: output, layout: layout, replacing: force, workers: workers,
          progress: { progress.show($0) })
      } catch let error as ArchiveError where error.kind == .fileExists {
        throw CommandError("\(output): the file exists: name another one, or give --force")
      }
    } else {
      answer.direct = try ArchiveRecalculation.checksums(
        of: excerpt, bands: excerpt.archive.bands, duration: excerpt.archive.topology().duration, workers: workers,
        progress: { progress.show($0) })
    }
    answer.count(samples: excerpt.sampleCount, bytes: excerpt.byteCount, since: started)
    progress.finish()
  }

  private func runLocally(_ excerpt: ArchiveExcerpt, _ answer: inout ReplayAnswer) throws {
    // This process reads one archive and writes another.
    guard hdf5LibraryIsThreadSafe() else {
      throw CommandError(
        "libhdf5 was built for one thread: start gnomon hub \(archive) --archive NEW.h5 and give its endpoint with --hub"
      )
    }
    let reader = excerpt.archive
    let path = output ?? FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).h5").path
    defer { if output == nil { unlink(path) } }
    if force { try reader.refuse(asOutput: path) }
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw CommandError("\(path): the file exists: name another one, or give --force")
    }
    let replayed = try ReplayedArchive(excerpt, loops: loop)
    var options = Hub.Options(
      archive: path, replaceArchive: force, endpoint: "tcp://127.0.0.1:*", workers: workers,
      run: runIdentifier("\(reader.runIdentifier)-replayed"), topologyText: try reader.topologyText(),
      provenance: try provenance(of: reader).json, synchronise: output != nil)
    (options.injections, options.sealedInjections) = (try reader.injections(), try reader.sealedInjections())
    let receiver = try Hub(topology: replayed.topology, options: options, logger: logging.quietLogger("hub"))
    let replay = wireReplay(replayed, nodes: reader.streams.map(\.name))
    let termination = Termination { receiver.stop(reason: $0) }
    var ticker: WireProgress?
    let (summary, outcome) = try replay.run(into: receiver) {
      ticker = WireProgress(replay, topology: replayed.topology, quiet: logging.quiet)
    }
    withExtendedLifetime(termination) {}
    ticker?.finish()
    answer.count(summary)
    guard outcome.status == .complete else { throw CommandError("the replay was stopped: \(outcome.status)") }
    answer.wire = try ArchiveReader(opening: path).checksums()?.checksums
    guard check else { return }
    let again = try ArchiveReader(opening: archive)
    answer.direct = try ArchiveRecalculation.checksums(
      of: ArchiveExcerpt(of: again), bands: again.bands, duration: again.topology().duration, workers: workers)
  }

  private func wireReplay(_ archive: ReplayedArchive, nodes: [String], keys: KeyFolder? = nil) -> WireReplay {
    let logging = logging
    return WireReplay(archive, nodes: nodes, speed: factor ?? .maximum, keys: keys, logger: { logging.quietLogger($0) })
  }

  private func provenance(of reader: ArchiveReader) throws -> Provenance {
    var provenance = Provenance.current(seed: reader.seed)
    provenance.inputs = [try Provenance.Input(reader)]
    return provenance
  }
}
