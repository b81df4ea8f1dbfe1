import Correlator
import HDF5

/// Correlation matrices.
extension ArchiveWriter {
  /// Appends a correlation matrix to the products of a band.
  ///
  /// - Parameters:
  ///   - spectra: of all channels of all streams, in the order of `layout.channelLabels`.
  ///   - band: position in `layout.bands`.
  public func append(_ spectra: CrossSpectra, band: Int) throws(ArchiveError) {
    for part in 0..<productParts(band: band) { try append(spectra, band: band, part: part) }
  }

  /// Parts in which a correlation matrix of a band can be appended, so that samples do not wait for all of it.
  public func productParts(band: Int) -> Int { objects.bands[band].partCount }

  /// Appends a part of a correlation matrix; with the last part it is in the archive.
  ///
  /// - Parameter part: 0 ..< `productParts(band:)`, one after the other; another matrix of the band begins after the last.
  public func append(_ spectra: CrossSpectra, band: Int, part: Int) throws(ArchiveError) {
    let product = objects.bands[band]
    guard spectra.present.count == product.channels.count, spectra.values.count * 8 == product.rowBytes else {
      throw ArchiveError(
        .wrongUse, path: path, object: "/products/\(product.plan.name)",
        problem: "a matrix of \(spectra.present.count) channels and \(spectra.values.count) values does not fit",
        remedy: "this is a fault of the program")
    }
    let isLast = part == product.partCount - 1
    // A chunk of the row, and with the last one at most one new chunk of every small dataset.
    try reserve(product.partBytes + (isLast ? 3 * 512 * 8 + 512 * product.channels.count : 0))
    try storing {
      try product.append(
        spectra, part: part, at: productIntegrations[band].count,
        isStale: staleIntegrations[band].contains(spectra.integration))
      guard isLast else {
        begunBands.insert(band)
        return
      }
      begunBands.remove(band)
      productIntegrations[band].append(spectra.integration)
      touchedBands.insert(band)
    }
  }
}
