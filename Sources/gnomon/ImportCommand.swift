import Archive
import ArgumentParser
import Foundation
import Sky
import Topology

extension ForeignImport.Format: ExpressibleByArgument {}
extension ForeignImport.FileTime: ExpressibleByArgument {}

extension ArchiveCommand {
  /// `gnomon archive import`: other people's data as an archive.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes an archive of data in other formats: GNOME minute files, gwpy, GWOSC, tables of readings.",
      discussion: """
        All files and folders together become one archive: every station a stream at its own rate, from the second of the \
        first sample on. Gaps between files, what a station's sanity channel calls bad and what is no finite number are \
        missing, with the reason. The archive can be analysed, replayed and injected like one of a run.

          gnomon archive import gnome-data/ --output march.h5 --band 'name: low, from: 1 Hz, to: 50 Hz, segment: 2 s, integration: 60 s'
          gnomon archive import H1.hdf5 L1.hdf5 --topology detectors.yaml --output event.h5
          gnomon archive import readings.csv --stations sites.csv --unit 1 --output clock.h5

        Sites and axes come from --topology, else from --stations, else from the table of GNOME stations. Calibration \
        expressions in files are read as formulas and never run. Problems are named with their file on standard error and \
        the rest is imported; --strict stops at the first.
        """)

    @Argument(help: "Files and folders.")
    var paths: [String]

    @Option(help: "Path of the new archive.")
    var output: String

    @Option(help: "Format of the files.")
    var format = ForeignImport.Format.auto

    @Option(help: "A topology with a node for each station: its site, axes and noise; its bands hold without --band.")
    var topology: String?

    @Option(
      help: "A table station,longitude,latitude,azimuth,altitude,noise for stations that are not in the topology.")
    var stations: String?

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp("A band to correlate, written as in a topology; may be repeated.", valueName: "band"))
    var band: [String] = []

    @Option(help: "Name of the network.")
    var name = "imported"

    @Option(help: "The station of all files, whatever they say.")
    var station: String?

    @Option(help: "The unit of all samples, whatever the files say: T, pT, 1, m/s^2 ...")
    var unit: String?

    @Option(help: ArgumentHelp("Samples a second of tables of readings.", valueName: "Hz"))
    var rate: Double?

    @Option(help: "What to believe when a minute file's name and attributes disagree about its time.")
    var times = ForeignImport.FileTime.agreed

    @Option(help: ArgumentHelp("Most samples that the archive may have.", valueName: "GB"))
    var largest = 64.0

    @Flag(help: "Stop at the first file that cannot be taken, or that contradicts another.")
    var strict = false

    @Flag(help: "Replace an archive that is there already.")
    var force = false

    @Option(help: "Threads of the correlator.")
    var workers = ProcessInfo.processInfo.activeProcessorCount

    @OptionGroup var logging: LoggingArguments

    @Option(help: "Output of the results.")
    var report = OutputFormat.text

    func validate() throws {
      guard !paths.isEmpty else { throw ValidationError("name files or folders to import") }
      guard (0.001...1e6).contains(largest) else { throw ValidationError("--largest is 0.001 ... 1000000 GB") }
      if let rate, SampleRate(nearest: rate) == nil { throw ValidationError("--rate is 1e-9 ... 1e9 Hz") }
      guard workers > 0 else { throw ValidationError("--workers is at least 1") }
    }

    func run() throws {
      let isNew = !FileManager.default.fileExists(atPath: output)
      CrashGuard.enter { if isNew { unlink(output) } }
      var options = ForeignImport.Options()
      options.format = format
      options.times = times
      options.station = station
      options.unit = unit
      options.rate = rate.flatMap(SampleRate.init(nearest:))
      options.isStrict = strict
      options.largestArchive = Int64(largest * 1e9)
      var network = ForeignImport.Network()
      network.name = name
      network.bands = band
      network.stations = StationTable.gnome
      if let stations { network.stations = try StationTable(try read(stations), file: stations) }
      if let topology {
        let parsed = NetworkTopology.parse(text: try read(topology), file: topology)
        for warning in parsed.warnings where logging.verbose { complain("\(warning)") }
        network.topology = try parsed.get()
      }
      var foreign = try ForeignImport(of: paths, options)
      let resolved = try foreign.topology(network)
      let progress = ItemProgress(heading: "importing \(foreign.fileCount) files", quiet: logging.quiet)
      let result = try foreign.write(
        to: output, topology: resolved.topology, text: resolved.text,
        runIdentifier: runIdentifier(resolved.topology.name),
        provenance: Provenance.current().json, replacing: force, workers: workers, progress: { progress.show($0) })
      progress.finish()
      for problem in result.problems where !logging.quiet || problem.kind != .note { complain("\(problem)") }
      switch report {
      case .json: try printJSON(result)
      case .text: printText(result, resolved.topology)
      }
    }

    private func printText(_ result: ForeignImport.Report, _ network: NetworkTopology) {
      for stream in result.streams {
        let missing = stream.absent + stream.flagged + stream.notNumbers
        print(
          "\(stream.station): \(stream.files) files, \(stream.samples) samples = \(stream.samples - missing) archived + "
            + "\(missing) missing (\(stream.absent) absent, \(stream.flagged) flagged, \(stream.notNumbers) no numbers)"
            + (stream.duplicates > 0 ? "; \(stream.duplicates) duplicate readings left out" : "")
            + (stream.outOfOrder > 0 ? "; \(stream.outOfOrder) readings put in order" : "")
        )
      }
      let refused = result.problems.count { $0.kind == .refused }
      let repeated = result.problems.count { $0.kind == .duplicate || $0.kind == .conflict }
      print(
        "\(result.archive): \(result.streams.count) stations, \(Double(network.duration) * 1e-9) s from "
          + "\(network.epoch.utcString), \(network.bands.count) bands; \(refused) files refused, \(repeated) repeated")
    }

    private func read(_ path: String) throws -> String {
      do {
        return try String(contentsOfFile: path, encoding: .utf8)
      } catch {
        throw CommandError("\(path): cannot be read: \(describe(error))")
      }
    }
  }
}
