import Foundation
import Sky

extension ArchiveExport {
  /// A table a node: GPS seconds to the nanosecond, then a column a channel in the shortest form that reads back to the same
  /// number.
  mutating func writeTables(to folder: String, _ progress: (Double) -> Void) throws {
    try Self.createFolder(folder)
    for (position, selection) in selections.enumerated() {
      let layout = selection.layout
      let path = "\(folder)/\(layout.name).csv"
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let handle = FileHandle(forWritingAtPath: path)
      else {
        throw ArchiveError(
          .library, path: path, problem: "the file cannot be written", remedy: "check the path and its permissions")
      }
      defer { try? handle.close() }
      let rate = layout.sampleRate
      let hertz = rate.denominator == 1 ? "\(rate.numerator)" : "\(rate.hertz)"
      var text =
        "# station: \(layout.name)  unit: \(unit)  rate: \(hertz) Hz  start: \(selection.time(selection.range.lowerBound).utcString)\n"
      text += "gps_s,\(layout.channels.map(\.name).joined(separator: ","))\n"
      var first = selection.range.lowerBound
      while first < selection.range.upperBound {
        let part = first..<min(first + 8192, selection.range.upperBound)
        var columns: [[Double]] = []
        for channel in layout.channels.indices {
          try forEachBatch(selection, channel: channel, part) { columns.append($1) }
        }
        for index in 0..<part.count {
          let time = selection.time(first + Int64(index)).nanoseconds
          let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
          let decimals = String(rest)
          text += "\(seconds).\(String(repeating: "0", count: 9 - decimals.count))\(decimals)"
          for column in columns { text += "," + (column[index].isNaN ? "nan" : "\(column[index])") }
          text += "\n"
        }
        try write(text, to: handle, path)
        text = ""
        first = part.upperBound
        progress((Double(position) + Double(first) / Double(selection.range.upperBound)) / Double(selections.count))
      }
      try write(text, to: handle, path)
      report.files.append(path)
      report.samples += Int64(selection.range.count * layout.channels.count)
    }
  }

  private func write(_ text: String, to handle: FileHandle, _ path: String) throws {
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw ArchiveError(.diskFull, path: path, problem: "it cannot be written to its end", remedy: "free some space")
    }
  }
}
