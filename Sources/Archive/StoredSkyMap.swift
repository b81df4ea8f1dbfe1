import HDF5
import Inference
import Sky

/// The pixels of a map of the sky, kept with the products it was made from: `/products/<band>/sky_map_<n>`.
///
/// A record for every pixel, in the order of the sky: UNIQ int64 (4 nside² + NESTED number), and float64 PROBDENSITY (1/sr),
/// LOGLIKE and AMPLITUDE, as in the FITS file of many orders. Attributes name provenance and input.
public enum StoredSkyMap {
  private static let type = ElementType.compound(
    members: [
      .init("UNIQ", at: 0, .int64), .init("PROBDENSITY", at: 8, .float64), .init("LOGLIKE", at: 16, .float64),
      .init("AMPLITUDE", at: 24, .float64),
    ], size: 32)
  private static let prefix = "sky_map_"

  /// Puts maps into a finished archive, in place of all earlier ones of the band.
  ///
  /// - Parameters:
  ///   - maps: numbered from 1.
  ///   - provenance: JSON.
  ///   - band: the name of the band.
  ///   - path: the archive.
  /// - Throws: `ArchiveError`; of kind `wrongUse` while the run has not finished.
  public static func store(
    _ maps: [SkyMap], provenance: String, band: String, inArchive path: String
  ) throws(ArchiveError) {
    let bytes = maps.reduce(0) { $0 + $1.cells.count * type.size + provenance.utf8.count }
    try StoredAnalysis.change(band: band, inArchive: path, adding: bytes) { group, checksum in
      for name in try group.members() where name.hasPrefix(prefix) { try group.remove(name) }
      for (index, map) in maps.enumerated() {
        let dataset = try group.createFixedDataset(
          "\(prefix)\(index + 1)", of: type, extent: [map.cells.count])
        var bytes: [UInt8] = []
        bytes.reserveCapacity(map.cells.count * type.size)
        for (number, cell) in map.cells.enumerated() {
          withUnsafeBytes(of: Int64(cell.pixel.unique).littleEndian) { bytes += $0 }
          for value in [map.density(number), cell.logLikelihood, cell.amplitude] {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
          }
        }
        try bytes.withUnsafeBytes { try dataset.writeAll($0) }
        try dataset.attributes.set("provenance", provenance)
        try dataset.attributes.set("products_checksum", checksum)
      }
    }
  }
}
