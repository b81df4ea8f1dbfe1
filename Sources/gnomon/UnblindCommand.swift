import Archive
import ArgumentParser
import Foundation

extension ArchiveCommand {
  /// `gnomon archive unblind`: what was put in blindly.
  struct Unblind: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what gnomon inject --blind put into an archive.",
      discussion: """
        Decrypts the sealed truth with the key, checks it against the commitment that stands in the archive since the \
        injection, and prints it. With --store it is also written into /injections, so that analyses and reports state it \
        beside what they found. The seal stays in the file: anybody with the key can check it again. With --format json \
        the field `text` is what was committed to: its SHA-256 is the commitment.
        """)

    @Argument(help: "The archive.")
    var archive: String

    @Option(help: "File with the key.")
    var key: String

    @Flag(help: "Write the truth into /injections.")
    var store = false

    @Option(help: "Output.")
    var format = OutputFormat.text

    func run() throws {
      let text: String
      do {
        text = try String(contentsOfFile: key, encoding: .utf8)
      } catch {
        throw CommandError("\(key): cannot be read: \(describe(error))")
      }
      guard let secret = SealKey(text) else {
        throw CommandError("\(key): it is no key: 64 hexadecimal digits are expected")
      }
      CrashGuard.enter(archive: archive)
      let opened = try ArchiveUnblinding.open(ArchiveReader(opening: archive), key: secret)
      let stored = store ? try ArchiveUnblinding.store(opened, inArchive: archive) : 0
      switch format {
      case .json: try printJSON(opened)
      case .text:
        for seal in opened {
          print("commitment \(seal.commitment): verified")
          for row in seal.truth.injections {
            print("  \(row)")
            print("    seed \(row.seed), signal \(row.details?.signalIndex ?? 0), parameters \(row.parameters)")
          }
        }
        if store { print("\(archive): \(stored) injection\(stored == 1 ? "" : "s") written into /injections") }
      }
    }
  }
}
