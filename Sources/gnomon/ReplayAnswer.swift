import Archive
import Foundation
import Launcher

/// What a replay found, for people and programs.
struct ReplayAnswer: Encodable {
  /// A checksum that differs from the one in the archive.
  struct Difference: Encodable {
    /// Such as `band main`.
    var subject: String
    /// `direct` or `wire`.
    var way: String
    var stored: String
    var found: String
  }

  var archive: String
  var output: String?
  /// Samples of all channels that were correlated or sent, their bytes, and how long it took.
  var samples: Int64 = 0
  var bytes: Int64 = 0
  var seconds = 0.0
  /// The checksums that the archive has; nil when they are not asked for.
  var stored: ArchiveChecksums?
  /// Those made straight from the samples, and those of the hub.
  var direct: ArchiveChecksums?
  var wire: ArchiveChecksums?
  /// Whether all checksums are those stored; nil when they are not compared.
  var equal: Bool?
  var differences: [Difference] = []
  /// What decides last bits and was otherwise in the run than here; empty when nothing is known to be.
  var otherArithmetic: [String] = []

  init(archive: String, output: String?) {
    self.archive = archive
    self.output = output
  }

  mutating func count(_ summary: WireReplay.Summary) {
    (samples, bytes, seconds) = (summary.samples, summary.bytes, summary.seconds)
  }

  mutating func count(samples: Int64, bytes: Int64, since started: ContinuousClock.Instant) {
    (self.samples, self.bytes) = (samples, bytes)
    let duration = (ContinuousClock.now - started).components
    seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
  }

  /// Compares what was found with what is stored.
  ///
  /// - Parameter provenance: JSON, of the archive.
  mutating func compare(provenance: String) {
    guard let stored else { return }
    for (way, found) in [("direct", direct), ("wire", wire)] {
      guard let found else { continue }
      for (kind, before, after) in [("stream", stored.streams, found.streams), ("band", stored.bands, found.bands)] {
        for (name, sum) in before.sorted(by: { $0.key < $1.key }) where after[name] != sum {
          differences.append(
            Difference(subject: "\(kind) \(name)", way: way, stored: sum, found: after[name] ?? "nothing"))
        }
      }
    }
    equal = differences.isEmpty
    otherArithmetic = ArchiveArithmetic(provenance: provenance)?.differences(from: .current) ?? []
  }

  var text: String {
    var lines: [String] = []
    if let output { lines.append("archive    \(output)") }
    let rate = seconds > 0 ? 1 / seconds : 0
    lines.append(
      "\(wire == nil && direct != nil ? "correlated" : "sent")\(wire == nil && direct != nil ? "" : "      ") \(samples) samples, "
        + String(
          format: "%.1f MB in %.2f s: %.2f Msamples/s, %.1f MB/s", Double(bytes) * 1e-6, seconds,
          Double(samples) * rate * 1e-6, Double(bytes) * rate * 1e-6))
    for (way, sums) in [("direct", direct), ("wire", wire)] {
      guard let sums else { continue }
      lines.append("\(way.padding(toLength: 10, withPad: " ", startingAt: 0)) samples \(sums.samples)")
      lines.append("           products \(sums.products)")
    }
    guard let stored, let equal else { return lines.joined(separator: "\n") }
    lines.append("archive    samples \(stored.samples)")
    lines.append("           products \(stored.products)")
    for difference in differences {
      lines.append(
        "differs    \(difference.subject), \(difference.way): \(difference.found), in the archive \(difference.stored)")
    }
    if !equal, !otherArithmetic.isEmpty {
      lines.append(
        "note       the archive was made with \(otherArithmetic.joined(separator: ", ")) here: numbers then differ in the "
          + "last bits")
    }
    lines.append(
      equal ? "equal      samples and matrices are those of the archive, bit for bit" : "NOT equal to the archive")
    return lines.joined(separator: "\n")
  }
}
