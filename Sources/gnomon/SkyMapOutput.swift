import Archive
import Foundation
import Sky

/// Writes the maps of an analysis as FITS files.
struct SkyMapOutput {
  /// The finest order of files whose pixels all have one size: nside 512, 75 MB.
  static let finestFlatOrder = 9
  private static let multiOrder = ".multiorder.fits"

  /// - Parameters:
  ///   - analysis: with its maps.
  ///   - archive: that it is of.
  ///   - path: of the file; with several maps, or when `namesBands`, the band's name and the source's number are put
  ///     before the ending. One that ends with `.multiorder.fits` keeps pixels of their own sizes.
  ///   - namesBands: whether the band is always named.
  ///   - note: is told what was written.
  static func write(
    _ analysis: ArchiveAnalysis, archive: String, to path: String, namesBands: Bool = false, note: (String) -> Void
  ) throws {
    let maps = analysis.skies.flatMap { band, sky in
      sky.search.maps.enumerated().map {
        (band: band, number: sky.search.maps.count > 1 ? $0.offset + 1 : 0, map: $0.element)
      }
    }
    let reader = try ArchiveReader(opening: archive)
    let ending = path.hasSuffix(multiOrder) ? multiOrder : (path.hasSuffix(".fits") ? ".fits" : "")
    for (band, number, map) in maps {
      let stem = path.dropLast(ending.count)
      let suffix = maps.count > 1 || namesBands ? "-\(band)" + (number > 0 ? "-\(number)" : "") : ""
      let name = stem + suffix + ending
      let file = SkyMapFile(
        map: map, object: "band \(band) of \(reader.runIdentifier)", start: reader.epoch,
        creator: "gnomon \(Gnomon.version)",
        history: [
          "archive \(URL(fileURLWithPath: archive).lastPathComponent), band \(band)", Provenance.current().json,
        ])
      if ending == multiOrder {
        try file.writeMultiOrder(to: String(name))
        note("map of the sky: \(name)")
      } else {
        let order = min(map.finestOrder, finestFlatOrder)
        try file.write(order: order, to: String(name))
        let isCut = map.finestOrder > order
        note(
          "map of the sky: \(name), nside \(1 << order)"
            + (isCut ? "; finer pixels are added up, a name that ends with \(multiOrder) keeps them" : ""))
      }
    }
  }
}
