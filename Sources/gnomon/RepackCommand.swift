import Archive
import ArgumentParser
import Foundation

extension ArchiveCommand {
  /// `gnomon archive repack`: the same archive, smaller.
  struct Repack: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compresses an archive into a new file, bit for bit the same data.",
      discussion: """
        Shuffle and deflate, filters that every reader of HDF5 has. The new file is verified in full and its checksums \
        compared with those of the old one, which stays.
        """)

    @Argument(help: "A complete archive.")
    var archive: String

    @Option(help: "Path of the new archive.")
    var output: String

    @Option(help: "1 is fast, 9 is small.")
    var level = 4

    @OptionGroup var logging: LoggingArguments

    @Option(help: "Output of the results.")
    var format = OutputFormat.text

    func validate() throws {
      guard (1...9).contains(level) else { throw ValidationError("--level is 1 ... 9") }
    }

    func run() throws {
      CrashGuard.enter(archive: archive)
      let whole = (try? FileManager.default.attributesOfItem(atPath: archive)[.size] as? Int) ?? 0
      let progress = ItemProgress(heading: "compressing \(archive)", quiet: logging.quiet)
      let result = try ArchiveRepack.run(archive, to: output, deflation: level) {
        progress.show(min(1, Double($0) / Double(max(whole, 1))))
      }
      progress.finish()
      switch format {
      case .json: try printJSON(result)
      case .text:
        print("\(output): \(result.size) bytes, \(100 * result.size / max(result.originalSize, 1)) % of \(archive)")
        print("samples   \(result.checksums.samples)")
        print("products  \(result.checksums.products)")
      }
    }
  }
}
