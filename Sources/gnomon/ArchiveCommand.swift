import Archive
import ArgumentParser
import Foundation

struct ArchiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract: "Looks into archives, checks, compresses and converts them.",
    subcommands: [Info.self, Verify.self, Recover.self, Unblind.self, Repack.self, Import.self, Export.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what an archive holds: streams, gaps, bands, injections, accounting, checksums.",
      discussion: "Works on an archive that is being written, too.")

    @Argument(help: "The archive.")
    var archive: String

    @Option(help: "Output.")
    var format = OutputFormat.text

    func run() throws {
      CrashGuard.enter(archive: archive)
      let summary = try ArchiveSummary(of: ArchiveReader(opening: archive))
      switch format {
      case .text: print(summary)
      case .json: try printJSON(summary)
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks an archive against itself: every block's CRC, continuity, accounting, checksums.",
      discussion: "Exit code 0: the archive is whole. 1: it is not, or it cannot be read; the findings say where.")

    @Argument(help: "The archive.")
    var archive: String

    @Option(help: "Output.")
    var format = OutputFormat.text

    func run() throws {
      CrashGuard.enter(archive: archive)
      let verification = try ArchiveVerification(of: archive)
      switch format {
      case .json: try printJSON(verification)
      case .text:
        for finding in verification.findings { print(finding) }
        print(
          "\(archive): \(verification.isWhole ? "whole" : "NOT whole"): \(verification.streams) streams, "
            + "\(verification.blocksChecked) blocks, \(verification.samplesChecked) samples, "
            + "\(verification.productRowsChecked) matrices checked")
      }
      if !verification.isWhole { throw ExitCode.failure }
    }
  }

  struct Recover: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes the archive of a killed hub readable again, up to its last flush.")

    @Argument(help: "The archive.")
    var archive: String

    @Option(help: "Output.")
    var format = OutputFormat.text

    func run() throws {
      CrashGuard.enter(archive: archive)
      let recovery = try ArchiveRecovery.recover(archive)
      switch format {
      case .json: try printJSON(recovery)
      case .text:
        guard recovery.wasNeeded else { return print("\(archive): closed properly, nothing to recover") }
        for (stream, samples) in recovery.samples.sorted(by: { $0.key < $1.key }) {
          print("\(stream): \(samples) samples recovered")
        }
        for cut in recovery.cuts {
          print("\(cut.stream): \(cut.blocks) blocks and \(cut.samples) samples after the last flush dropped")
        }
      }
    }
  }
}
