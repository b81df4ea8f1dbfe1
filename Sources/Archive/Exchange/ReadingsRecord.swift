import HDF5

/// What a table of readings says of them beside their values: how uncertain each is, and what had to be done to its rows.
public struct ReadingsRecord: Hashable, Sendable {
  /// Rows that were left out because an earlier row has their time, and how many of these have another value than that.
  public var duplicates = 0
  public var conflicts = 0
  /// The fewest rows that had to be moved for the order of time.
  public var outOfOrder = 0
  /// Standard deviation of each sample in the unit of the samples; NaN where none is given; empty for a table without such
  /// a column.
  public var uncertainties: [Double] = []

  public init() {}

  /// The standard deviations of some samples; those that have none count as the root mean square of the others.
  ///
  /// - Parameter samples: their numbers.
  /// - Returns: nil when no sample has one.
  func deviations(of samples: [Int]) -> [Double]? {
    func isUsable(_ sigma: Double) -> Bool { sigma > 0 && sigma.isFinite }
    let own = samples.map { uncertainties.indices.contains($0) ? uncertainties[$0] : .nan }
    let known = own.filter(isUsable)
    guard !known.isEmpty else { return nil }
    let typical = (known.reduce(0) { $0 + $1 * $1 } / Double(known.count)).squareRoot()
    return own.map { isUsable($0) ? $0 : typical }
  }
}

extension ReadingsRecord {
  static let dataset = "uncertainty"

  /// Puts the counts among the attributes of a node, and the standard deviations beside its samples.
  func store(in node: Group, unit: String) throws {
    try node.attributes.set("duplicate_readings", Int64(duplicates))
    try node.attributes.set("conflicting_readings", Int64(conflicts))
    try node.attributes.set("out_of_order_readings", Int64(outOfOrder))
    guard !uncertainties.isEmpty else { return }
    let dataset = try node.createFixedDataset(Self.dataset, of: .float64, extent: [uncertainties.count])
    try uncertainties.withUnsafeBytes { try dataset.writeAll($0) }
    try dataset.attributes.set("unit", unit)
  }

  /// Nil for a node whose samples are not from a table of readings.
  init?(from node: Group) throws {
    guard try node.attributes.contains("duplicate_readings") else { return nil }
    duplicates = Int(try node.attributes.int64("duplicate_readings"))
    conflicts = Int(try node.attributes.int64("conflicting_readings"))
    outOfOrder = Int(try node.attributes.int64("out_of_order_readings"))
    guard try node.contains(Self.dataset) else { return }
    let dataset = try node.dataset(Self.dataset, of: .float64)
    uncertainties = try dataset.doubles(from: 0, count: try dataset.length)
  }
}

extension ForeignImport.Station {
  /// What all tables of the station say of their readings; nil when none of its files is a table.
  ///
  /// - Parameter count: samples of the stream.
  func readings(count: Int) -> ReadingsRecord? {
    let pieces = channels.first?.pieces ?? []
    let tables = pieces.compactMap { piece in piece.series.readings.map { (piece, $0) } }
    guard !tables.isEmpty else { return nil }
    var all = ReadingsRecord()
    if tables.contains(where: { !$0.1.uncertainties.isEmpty }) {
      all.uncertainties = [Double](repeating: .nan, count: count)
    }
    for (piece, table) in tables {
      all.duplicates += table.duplicates
      all.conflicts += table.conflicts
      all.outOfOrder += table.outOfOrder
      guard !table.uncertainties.isEmpty else { continue }
      for sample in 0..<Int(piece.count) where Int(piece.first) + sample < count {
        all.uncertainties[Int(piece.first) + sample] = piece.scale(table.uncertainties[Int(piece.skipped) + sample])
      }
    }
    return all
  }
}
