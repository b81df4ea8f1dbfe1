import Archive
import ArgumentParser
import Foundation
import Protocol
import Sky
import Topology

/// `gnomon inject`: puts signals into an archive, or into a running network.
struct InjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inject",
    abstract: "Puts signals into the samples of an archive, of which a new one is made, or into a running network.",
    discussion: """
      The signals have the keys of `signals:` in a topology (gnomon topology example) and go through position, axes, \
      response and clock of every sensor as in a simulated run: an archive of noise with a signal put in is that of a run \
      with the signal, up to rounding. Only samples that the signal reaches differ; gaps stay gaps. Matrices are made \
      anew, and the truth is on record in /injections: model, parameters, seed, method and its error, the first sample \
      that carries the signal and the first at which it is steady (edge over, response settled).

      Examples:
        gnomon inject run.h5 --signal stream.yaml --output with-stream.h5
        gnomon inject run.h5 --output burst.h5 --signal '{name: b, kind: burst, time: 60 s, frequency: 20 Hz, width: 1 s, \
      amplitude: 2 pT, source: {right-ascension: 30 deg, declination: 40 deg}, polarization: {x: 1, y: 0, z: 0}}'
        gnomon inject run.h5 --signal secret.yaml --output blind.h5 --blind --key blind.key

      --blind hides all of this: the truth is encrypted, only its SHA-256 stands in the archive, and info, analyze and \
      reports say no more than that there is a sealed injection. Show it later with gnomon archive unblind. The random \
      numbers then have a seed of their own that nobody knows. A signal with `enabled: false` seals an archive without \
      any. Who has the old archive can subtract it: give away only the new one, and keep the key elsewhere.

      With --live and the hub's endpoint, or the folder of a run of gnomon up, the signals go into a running \
      network. The hub asks its nodes from when on they can carry them, picks one sample in the future for all, \
      writes the truth into /injections and tells them; the answer says from which time and sample on the data carry \
      it. --stop NAME ends a signal in the same way; together with --signal it is a change: the old one ends at the \
      sample at which the new one begins. What some node cannot record is refused with the reason, and nothing has \
      changed then. A node that is away follows when it comes back, from the same sample on. With --keys the hub \
      asks for the key of an operator (gnomon keys --operator). --blind is for archives only: the nodes of a running \
      network have to know what they carry.

        gnomon inject --live runs/demo --signal stream.yaml
        gnomon inject --live tcp://127.0.0.1:5555 --stop stream --signal other-stream.yaml --start 3600
      """)

  @Argument(help: "A finished archive; none with --live.")
  var archive: String?

  @Option(
    help: ArgumentHelp(
      "Put the signals into the network of the hub at this endpoint, or of the run in this folder.",
      valueName: "endpoint|folder"))
  var live: String?

  @Option(
    help: ArgumentHelp(
      """
      With --live: when it is to happen, in seconds from the epoch or UTC; default: as soon as possible. A signal with a \
      `start` of its own begins then.
      """, valueName: "time"))
  var start: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("With --live: end the signal of this name; may be repeated.", valueName: "name"))
  var stop: [String] = []

  @Option(
    name: .customLong("operator"), help: ArgumentHelp("With --live and --keys: whose key is used.", valueName: "name"))
  var operatorName = "operator"

  @OptionGroup var security: SecurityArguments

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A file with one signal, a list of them or `signals:`, or the same as YAML in braces; may be repeated.",
      valueName: "file|yaml"))
  var signal: [String] = []

  @Option(help: "Path of the new archive.")
  var output: String?

  @Option(help: "Seed of the signals' random numbers; default: that of the run, with --blind a random one.")
  var seed: UInt64?

  @Option(
    help: """
      Number of the first signal among all of the run; together with the seed it selects the random numbers. Default: the \
      first that is free.
      """)
  var index: Int?

  @Option(help: ArgumentHelp("Put the signals into these nodes only, separated by commas.", valueName: "a,b"))
  var nodes: String?

  @Flag(help: "Encrypt the truth.")
  var blind = false

  @Option(help: "Where the key of a blind injection is written (mode 0600); a file that is there is never replaced.")
  var key: String?

  @Flag(help: "Replace an archive that is there already.")
  var force = false

  @Option(help: "Threads of the correlator.")
  var workers = ProcessInfo.processInfo.activeProcessorCount

  @OptionGroup var logging: LoggingArguments

  @Option(help: "Output of the results.")
  var format = OutputFormat.text

  func validate() throws {
    guard workers > 0 else { throw ValidationError("--workers must be positive") }
    guard index.map({ (0...65_535).contains($0) }) ?? true else {
      throw ValidationError("--index is a number from 0 to 65535")
    }
    guard (archive == nil) != (live == nil) else {
      throw ValidationError("name either an archive or, with --live, a running network")
    }
    guard !signal.isEmpty || live != nil && !stop.isEmpty else {
      throw ValidationError("name what to put in with --signal")
    }
    guard (output == nil) == (archive == nil) else {
      throw ValidationError(
        output == nil ? "name the new archive with --output" : "--output goes with an archive, not with --live")
    }
    guard live != nil || start == nil && stop.isEmpty else {
      throw ValidationError("--start and --stop go with --live; the signals of an archive have keys `start` and `stop`")
    }
    guard live == nil || !blind else {
      throw ValidationError(
        "a live injection cannot be sealed, for all nodes know it: inject into the finished archive")
    }
    guard blind == (key != nil) else {
      throw ValidationError(blind ? "--blind needs --key FILE for the key" : "--key goes with --blind")
    }
  }

  /// What is printed in the end.
  private struct Answer: Encodable {
    var archive: String
    var commitment: String?
    var injections: [InjectionRow]?
    var effects: [ArchiveInjection.Effect]?
    var samples: String
    var products: String
  }

  func run() throws {
    if let live { return try inject(into: live) }
    guard let archive, let output else { return }
    try inject(into: archive, output: output)
  }

  private func inject(into hub: String) throws {
    var request = ControlMessage.InjectionRequest(stop: stop, seed: seed, index: index, nodes: nodes.map(names(in:)))
    for source in signal {
      let signal = try SignalText(source, option: "--signal")
      request.signals.append(signal.text)
      request.files.append(signal.file)
    }
    if let start {
      if Double(start) != nil {
        request.atNanoseconds = try instant(start, GPSTime(nanoseconds: 0), "--start")
      } else {
        request.atGPSNanoseconds = try instant(start, GPSTime(nanoseconds: 0), "--start")
      }
    }
    try LiveInjection(hub: hub, request: request, security: security, operatorName: operatorName).run(format: format)
  }

  private func inject(into archive: String, output: String) throws {
    CrashGuard.enter(archive: archive)
    let reader = try ArchiveReader(opening: archive)
    let (signals, text) = try readSignals(for: reader.topology())
    let itsSeed = seed ?? (blind ? UInt64.random(in: 0...UInt64(Int64.max)) : nil)
    let injection = try ArchiveInjection(
      signals, into: reader, seed: itsSeed, firstIndex: index, nodes: nodes.map(names(in:)))
    var provenance = Provenance.current(seed: itsSeed ?? reader.seed)
    provenance.inputs = [try Provenance.Input(reader)]
    var layout = try reader.layout()
    layout.runIdentifier = runIdentifier("\(layout.runIdentifier)-\(blind ? "sealed" : "injected")")
    var seal: SealedInjection?
    if let key {
      let secret = SealKey()
      try write(secret, to: key)
      seal = SealedInjection(
        sealing: SealedTruth(injections: injection.rows, signals: text, provenance: provenance.json), key: secret)
      var open = Provenance.current()
      open.commandLine = ["gnomon", "inject", "--blind"]
      layout.provenance = open.json
      layout.sealedInjections += [seal].compactMap { $0 }
    } else {
      layout.provenance = provenance.json
      layout.injections += injection.rows
    }
    let progress = ItemProgress(heading: "injecting into \(archive)", quiet: logging.quiet)
    let result: (effects: [ArchiveInjection.Effect], checksums: ArchiveChecksums)
    do {
      result = try injection.run(
        to: output, layout: layout, replacing: force, workers: workers, progress: { progress.show($0) })
    } catch {
      if let key { unlink(key) }
      if let error = error as? ArchiveError, error.kind == .fileExists {
        throw CommandError("\(output): the file exists: name another one, or give --force")
      }
      throw error
    }
    progress.finish()
    let answer = Answer(
      archive: output, commitment: seal?.commitment, injections: blind ? nil : injection.rows,
      effects: blind ? nil : result.effects, samples: result.checksums.samples, products: result.checksums.products)
    switch format {
    case .json: try printJSON(answer)
    case .text: print(describe(answer))
    }
  }

  private func describe(_ answer: Answer) -> String {
    var lines = ["archive    \(answer.archive)"]
    if let commitment = answer.commitment, let key {
      lines += ["sealed     commitment \(commitment)", "key        \(key)"]
    }
    for row in answer.injections ?? [] { lines.append("injection  \(row)") }
    for effect in answer.effects ?? [] {
      lines.append(
        effect.firstChanged.map {
          "  \(effect.stream): \(effect.changedSamples) samples changed from sample \($0) on, by "
            + String(format: "%.3g", effect.rms) + " rms"
        } ?? "  \(effect.stream): unchanged")
    }
    lines += ["samples    sha256 \(answer.samples)", "products   sha256 \(answer.products)"]
    return lines.joined(separator: "\n")
  }

  /// The signals of all --signal options, and their text.
  private func readSignals(for topology: NetworkTopology) throws -> (signals: [Signal], text: String) {
    var (signals, texts): ([Signal], [String]) = ([], [])
    for source in signal {
      let item = try SignalText(source, option: "--signal")
      signals += try item.signals(for: topology, orElse: "nothing was injected")
      texts.append(item.text)
    }
    guard blind || signals.contains(where: \.enabled) else {
      throw CommandError("no signal is enabled; nothing was injected")
    }
    return (signals, texts.joined(separator: "\n---\n"))
  }

  /// Writes a key where nobody else reads it.
  private func write(_ secret: SealKey, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw CommandError(
        "\(path): the key cannot be written: \(String(cString: strerror(errno))); name a new file with --key")
    }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data((secret.text + "\n").utf8))
      try handle.synchronize()
    } catch {
      unlink(path)
      throw CommandError("\(path): the key cannot be written: \(gnomon.describe(error))")
    }
  }
}

/// The names in a list separated by commas.
func names(in list: String) -> [String] {
  list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
}
