import Foundation
import Inference
import Sky

/// A map of the sky as a HEALPix FITS file that healpy, astropy and ligo.skymap read: equatorial axes, NESTED.
public struct SkyMapFile: Sendable {
  public var map: SkyMap
  /// What the map is of: OBJECT, or EXTNAME where OBJECT must say that the whole sky is covered.
  public var object: String
  /// The time of the first data: DATE-OBS.
  public var start: GPSTime
  /// The program and its version: CREATOR.
  public var creator: String
  /// Provenance, one line after the other: HISTORY.
  public var history: [String]

  public init(map: SkyMap, object: String, start: GPSTime, creator: String, history: [String] = []) {
    self.map = map
    self.object = object
    self.start = start
    self.creator = creator
    self.history = history
  }

  /// Writes every pixel with its own order: columns UNIQ, PROBDENSITY (1/sr), LOGLIKE and AMPLITUDE.
  ///
  /// - Parameter path: of the file; an earlier one is replaced when the new one is complete.
  /// - Throws: `ArchiveError` when it cannot be written.
  public func writeMultiOrder(to path: String) throws(ArchiveError) {
    let cells = map.cells
    let table = FITSTable(
      columns: [
        .init(name: "UNIQ", values: .integers(cells.map(\.pixel.unique))),
        .init(name: "PROBDENSITY", unit: "sr-1", values: .reals(cells.indices.map(map.density))),
        .init(name: "LOGLIKE", values: .reals(cells.map(\.logLikelihood))),
        .init(name: "AMPLITUDE", values: .reals(cells.map(\.amplitude))),
      ],
      keywords: [
        .init(name: "PIXTYPE", value: .text("HEALPIX")), .init(name: "ORDERING", value: .text("NUNIQ")),
        .init(name: "COORDSYS", value: .text("C"), comment: "equatorial"),
        .init(name: "MOCORDER", value: .integer(map.finestOrder), comment: "finest order"),
        .init(name: "INDXSCHM", value: .text("EXPLICIT")), .init(name: "OBJECT", value: .text(object)),
      ] + description, history: history)
    try write(table, to: path)
  }

  /// Writes a map of one order: columns PROB (per pixel), LOGLIKE and AMPLITUDE (of the best direction in the pixel).
  ///
  /// - Parameters:
  ///   - order: nside = 2^order, 0 ... 12; finer pixels of the map are added up, coarser ones divided.
  ///   - path: of the file; an earlier one is replaced when the new one is complete.
  /// - Throws: `ArchiveError` when it cannot be written.
  public func write(order: Int, to path: String) throws(ArchiveError) {
    guard (0...12).contains(order) else {
      throw ArchiveError(
        .wrongUse, path: path, problem: "a map of order \(order) has no pixels or more than a file should hold",
        remedy: "take an order of 0 ... 12, or write the map in pixels of their own orders")
    }
    let grid = HEALPix(order: order)
    var probability = [Double](repeating: 0, count: grid.pixelCount)
    var logLikelihood = [Double](repeating: -.infinity, count: grid.pixelCount)
    var amplitude = [Double](repeating: 0, count: grid.pixelCount)
    for (cell, share) in zip(map.cells, map.probabilities) {
      let finer = max(0, order - cell.pixel.order)
      let first = finer > 0 ? cell.pixel.nested << (2 * finer) : cell.pixel.nested >> (2 * (cell.pixel.order - order))
      for pixel in first..<first + 1 << (2 * finer) {
        probability[pixel] += share / Double(1 << (2 * finer))
        if cell.logLikelihood > logLikelihood[pixel] {
          logLikelihood[pixel] = cell.logLikelihood
          amplitude[pixel] = cell.amplitude
        }
      }
    }
    let table = FITSTable(
      // The custom of healpy for maps that are large enough.
      valuesPerRow: grid.pixelCount.isMultiple(of: 1024) ? 1024 : 1,
      columns: [
        .init(name: "PROB", unit: "pix-1", values: .reals(probability)),
        .init(name: "LOGLIKE", values: .reals(logLikelihood)),
        .init(name: "AMPLITUDE", values: .reals(amplitude)),
      ],
      keywords: [
        .init(name: "PIXTYPE", value: .text("HEALPIX")), .init(name: "ORDERING", value: .text("NESTED")),
        .init(name: "COORDSYS", value: .text("C"), comment: "equatorial"),
        .init(name: "NSIDE", value: .integer(grid.nside)), .init(name: "FIRSTPIX", value: .integer(0)),
        .init(name: "LASTPIX", value: .integer(grid.pixelCount - 1)),
        .init(name: "INDXSCHM", value: .text("IMPLICIT")), .init(name: "OBJECT", value: .text("FULLSKY")),
        .init(name: "EXTNAME", value: .text(object)),
      ] + description, history: history)
    try write(table, to: path)
  }

  private var description: [FITSTable.Keyword] {
    [
      .init(name: "CREATOR", value: .text(creator)),
      .init(
        name: "DATE-OBS", value: .text(String(start.utcString.prefix { $0 != "Z" })), comment: "UTC of the first data"),
      .init(name: "RA_MAX", value: .real(map.maximum.rightAscension), comment: "[deg] most likely source"),
      .init(name: "DEC_MAX", value: .real(map.maximum.declination), comment: "[deg] most likely source"),
      .init(name: "LOGL_MAX", value: .real(map.maximum.logLikelihood), comment: "ln L(stream) - ln L(no stream)"),
      .init(
        name: "RESOLVED", value: .text(map.isResolved ? "yes" : "no"),
        comment: "whether pixels are fine enough"),
    ]
  }

  private func write(_ table: FITSTable, to path: String) throws(ArchiveError) {
    do {
      try table.data().write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code
      throw ArchiveError(
        code == Int(ENOSPC) ? .diskFull : .wrongUse, path: path, problem: "the map cannot be written: \(error)",
        remedy: code == Int(ENOSPC) ? "free some space" : "choose a folder that exists and that you may write to")
    }
  }
}
