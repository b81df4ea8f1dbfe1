import Sky
import Topology

/// From the unit of a file to the SI unit of the network.
struct UnitScale: Hashable, Sendable {
  /// In the spelling of the topology.
  let unit: String
  /// Division keeps the last bit right where the unit is 10^-n of the SI unit, which no double is.
  private let factor: Double
  private let divisor: Double

  /// - Throws: `ForeignFileError` when the unit is none that a network can have.
  init(_ series: ForeignSeries, _ replacement: String?) throws(ForeignFileError) {
    let text = replacement ?? series.unit
    guard let text else {
      throw ForeignFileError(series.path, "its unit is not given; say it with --unit")
    }
    // Astropy writes `m / s2`, the topology `m/s^2`.
    var plain = text.filter { $0 != " " }.replacing("s2", with: "s^2").replacing("m2", with: "m^2")
    if plain.isEmpty || ["strain", "dimensionless", "none"].contains(plain.lowercased()) { plain = "1" }
    for field in FieldUnit.all {
      guard let value = try? field.amplitude.value(of: "1 \(plain)") else { continue }
      unit = field.symbol
      if value < 1, (1 / value).rounded() * value == 1 || abs((1 / value).rounded() * value - 1) < 1e-12 {
        (factor, divisor) = (1, (1 / value).rounded())
      } else {
        (factor, divisor) = (value, 1)
      }
      return
    }
    throw ForeignFileError(
      series.path,
      "its unit \"\(text.prefix(40))\" is none of \(FieldUnit.all.map(\.word).joined(separator: ", ")) with a prefix; "
        + "say it with --unit")
  }

  func callAsFunction(_ value: Double) -> Double { value * factor / divisor }
}

/// A part of a file that goes into a stream.
struct ImportedPiece: Sendable {
  var series: ForeignSeries
  var scale: UnitScale
  /// Number in the stream of its first sample.
  var first: Int64 = 0
  /// Samples of the file before it.
  var skipped: Int64 = 0
  var count: Int64
  /// Seconds from the time of the stream's grid to that of its samples, at most half a sample.
  var clockOffset = 0.0
  /// Standard deviation of that, in seconds.
  var clockUncertainty: Double

  init(_ series: ForeignSeries, _ scale: UnitScale) {
    self.series = series
    self.scale = scale
    count = Int64(series.count)
    // Somewhere in the last digit.
    clockUncertainty = Double(series.startResolution) * 1e-9 / 12.0.squareRoot()
  }

  var end: Int64 { first + count }

  /// Puts pieces of one channel into one line without overlaps.
  ///
  /// A piece that begins where the last one ended, to the last digit of its time, continues its grid. Any other is put on the
  /// nearest sample, and the rest of its time is its clock offset. Of samples that several pieces have, those of the piece that
  /// begins first stay, of two the longer one.
  ///
  /// - Returns: the pieces in order, and the parts that others have already.
  static func line(
    _ pieces: [ImportedPiece], epoch: GPSTime
  ) -> (pieces: [ImportedPiece], repeated: [ImportedPiece]) {
    let order = pieces.sorted {
      ($0.series.start.nanoseconds, -$0.count, $0.series.path) < (
        $1.series.start.nanoseconds, -$1.count, $1.series.path
      )
    }
    var line: [ImportedPiece] = []
    var repeated: [ImportedPiece] = []
    // Where the current grid ends, and when.
    var end: Int64 = 0
    var grid: (start: GPSTime, first: Int64, offset: Double)?
    for var piece in order {
      let rate = piece.series.sampleRate
      let fromEpoch = piece.series.start.nanoseconds - epoch.nanoseconds
      var continues = false
      if let grid {
        let samples = rate.nearestSample(toNanoseconds: piece.series.start.nanoseconds - grid.start.nanoseconds)
        let expected = rate.time(ofSample: samples, epoch: grid.start)
        continues =
          grid.first + samples == end
          && abs(expected.nanoseconds - piece.series.start.nanoseconds) <= max(piece.series.startResolution, 1)
        // A file that names its time more coarsely than its samples are spaced.
        if !continues, piece.series.startResolution > Int64(1e9 * rate.interval) {
          let ended = rate.time(ofSample: end - grid.first, epoch: grid.start).nanoseconds
          continues = abs(ended - piece.series.start.nanoseconds) <= piece.series.startResolution
        }
      }
      if continues, let grid {
        piece.first = end
        piece.clockOffset = grid.offset
      } else {
        piece.first = rate.nearestSample(toNanoseconds: fromEpoch)
        let nominal = rate.time(ofSample: piece.first, epoch: epoch)
        let rest = piece.series.start.nanoseconds - nominal.nanoseconds
        // Times of samples are rounded down to a nanosecond.
        piece.clockOffset = abs(rest) <= 1 ? 0 : Double(rest) * 1e-9
        grid = (piece.series.start, piece.first, piece.clockOffset)
      }
      if piece.first < end {
        var part = piece
        part.count = min(piece.end, end) - piece.first
        repeated.append(part)
        let skipped = min(end - piece.first, piece.count)
        piece.skipped = skipped
        piece.first += skipped
        piece.count -= skipped
      }
      if piece.count > 0 {
        end = piece.end
        line.append(piece)
      }
    }
    return (line, repeated)
  }
}
