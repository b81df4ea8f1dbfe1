import Foundation

/// A file of the FITS standard 4.0 with one binary table.
struct FITSTable {
  enum Value {
    case text(String)
    case integer(Int)
    case real(Double)
  }

  struct Keyword {
    var name: String
    var value: Value
    var comment = ""
  }

  enum Values {
    case reals([Double])
    case integers([Int])

    var count: Int {
      switch self {
      case .reals(let values): values.count
      case .integers(let values): values.count
      }
    }
  }

  struct Column {
    var name: String
    var unit: String?
    var values: Values
  }

  private static let block = 2880

  /// Values of a column that stand beside each other in one row.
  var valuesPerRow = 1
  var columns: [Column]
  var keywords: [Keyword]
  /// Lines of text on how the file came about.
  var history: [String] = []

  /// The bytes of the file.
  ///
  /// - Precondition: columns of equal length, a multiple of `valuesPerRow`.
  func data() -> Data {
    let rows = (columns.first?.values.count ?? 0) / valuesPerRow
    precondition(columns.allSatisfy { $0.values.count == rows * valuesPerRow }, "columns of one length")
    var primary = [Self.card("SIMPLE", "T"), Self.card("BITPIX", "8"), Self.card("NAXIS", "0")]
    primary.append(Self.card("EXTEND", "T"))
    var header = [
      Self.card("XTENSION", Self.quoted("BINTABLE")), Self.card("BITPIX", "8"), Self.card("NAXIS", "2"),
      Self.card("NAXIS1", "\(8 * valuesPerRow * columns.count)", "bytes in a row"),
      Self.card("NAXIS2", "\(rows)", "rows"), Self.card("PCOUNT", "0"), Self.card("GCOUNT", "1"),
      Self.card("TFIELDS", "\(columns.count)"),
    ]
    for (index, column) in columns.enumerated() {
      let letter =
        switch column.values {
        case .reals: "D"
        case .integers: "K"
        }
      header.append(Self.card("TTYPE\(index + 1)", Self.quoted(column.name)))
      header.append(
        Self.card("TFORM\(index + 1)", Self.quoted(valuesPerRow == 1 ? letter : "\(valuesPerRow)\(letter)")))
      if let unit = column.unit { header.append(Self.card("TUNIT\(index + 1)", Self.quoted(unit))) }
    }
    header += keywords.map { Self.card($0.name, Self.text($0.value), $0.comment) }
    for line in history {
      var rest = Self.printable(line)[...]
      repeat {
        header.append(("HISTORY " + rest.prefix(72)).padding(toLength: 80, withPad: " ", startingAt: 0))
        rest = rest.dropFirst(72)
      } while !rest.isEmpty
    }
    var data = Self.padded(header: primary) + Self.padded(header: header)
    data.reserveCapacity(data.count + 8 * valuesPerRow * columns.count * rows + Self.block)
    for row in 0..<rows {
      for column in columns {
        for index in row * valuesPerRow..<(row + 1) * valuesPerRow {
          let bits =
            switch column.values {
            case .reals(let values): values[index].bitPattern
            case .integers(let values): UInt64(bitPattern: Int64(values[index]))
            }
          withUnsafeBytes(of: bits.bigEndian) { data.append(contentsOf: $0) }
        }
      }
    }
    let missing = (Self.block - data.count % Self.block) % Self.block
    data.append(contentsOf: repeatElement(0, count: missing))
    return data
  }

  private static func padded(header cards: [String]) -> Data {
    let text = cards.joined() + "END".padding(toLength: 80, withPad: " ", startingAt: 0)
    let missing = (block - text.utf8.count % block) % block
    return Data((text + String(repeating: " ", count: missing)).utf8)
  }

  /// One line of 80 characters: numbers end in column 30, texts begin in column 11.
  private static func card(_ name: String, _ value: String, _ comment: String = "") -> String {
    let field = value.hasPrefix("'") ? value : String(repeating: " ", count: max(0, 20 - value.count)) + value
    let line = name.padding(toLength: 8, withPad: " ", startingAt: 0) + "= " + field
    let remark = comment.isEmpty ? "" : " / " + printable(comment)
    return String((line + remark).prefix(80)).padding(toLength: 80, withPad: " ", startingAt: 0)
  }

  private static func text(_ value: Value) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .integer(let value): "\(value)"
    case .real(let value): value.isFinite ? "\(value)".uppercased() : "0"
    }
  }

  /// A text in quotes of at least eight characters, at most what fits on a line.
  private static func quoted(_ text: String) -> String {
    let escaped = printable(text).map { $0 == "'" ? "''" : String($0) }
    var kept = ""
    for piece in escaped where kept.count + piece.count <= 68 { kept += piece }
    return "'" + kept.padding(toLength: max(8, kept.count), withPad: " ", startingAt: 0) + "'"
  }

  /// Only what the standard allows in a header.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
  }
}
