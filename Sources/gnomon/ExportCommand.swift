import Archive
import ArgumentParser
import Foundation

extension ArchiveExport.Format: ExpressibleByArgument {}

extension ArchiveCommand {
  /// `gnomon archive export`: an archive in other people's formats.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes an archive, or a part of it, for other programs: gwpy, GWOSC, GNOME minute files, CSV.",
      discussion: """
        Missing samples are NaN. gwpy: one file, TimeSeries.read(file, path="NODE/CHANNEL"), masks as StateVectors in \
        quality/. gwosc: a folder, one file a channel, TimeSeries.read(file, format="hdf5.gwosc"). gnome: a folder of minute \
        files. csv: a folder, a table a node. Without --unit the values are the archive's own to the last bit.
        """)

    @Argument(help: "A finished archive.")
    var archive: String

    @Option(help: "Format of the new files.")
    var format: ArchiveExport.Format

    @Option(help: "Path of the new file (gwpy) or folder.")
    var output: String

    @Option(help: ArgumentHelp("Only these nodes, separated by commas.", valueName: "a,b"))
    var nodes: String?

    @Option(help: ArgumentHelp("Begin at this time, seconds from the epoch or UTC.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("End before this time.", valueName: "time"))
    var until: String?

    @Option(help: "The archive's unit with a prefix, such as pT.")
    var unit: String?

    @Option(help: "Compress datasets: 1 is fast, 9 is small, 0 does not.")
    var level = 0

    @OptionGroup var logging: LoggingArguments

    @Option(help: "Output of the results.")
    var report = OutputFormat.text

    func validate() throws {
      guard (0...9).contains(level) else { throw ValidationError("--level is 0 ... 9") }
    }

    func run() throws {
      CrashGuard.enter(archive: archive)
      let reader = try ArchiveReader(opening: archive)
      let progress = ItemProgress(heading: "exporting \(archive)", quiet: logging.quiet)
      let result = try ArchiveExport.run(
        reader, as: format, to: output, nodes: nodes?.split(separator: ",").map(String.init),
        from: try from.map { try instant($0, reader.epoch, "--from") },
        until: try until.map { try instant($0, reader.epoch, "--until") }, unit: unit, deflation: level,
        progress: { progress.show($0) })
      progress.finish()
      switch report {
      case .json: try printJSON(result)
      case .text: print("\(output): \(result.files.count) files, \(result.samples) samples")
      }
    }
  }
}
