import Correlator
import HDF5

/// Makes products again that lack samples which came late.
public enum StaleProducts {
  /// Correlates every band with stale rows anew from the samples; the result is that of a run in which nothing was late.
  ///
  /// - Parameters:
  ///   - path: a finished archive; changed in place only when a band has stale rows.
  ///   - workers: threads of the correlator; no influence on the result.
  ///   - progress: called with a line for every band.
  /// - Returns: the names of the bands that were made again.
  /// - Throws: `ArchiveError` or `BandCorrelatorError`.
  @discardableResult
  public static func renew(path: String, workers: Int, progress: (String) -> Void = { _ in }) throws -> [String] {
    guard try !staleBands(ArchiveReader(opening: path)).isEmpty else { return [] }
    let lock = try LockedFile(path: path)
    let file = try translatingErrors(path, .interrupted) { try File(opening: path, .readWrite) }
    let archive = try ArchiveReader(file: file)
    guard try archive.status() != .running, var sums = try archive.checksums()?.checksums else {
      throw ArchiveError(
        .wrongUse, path: path, problem: "the run has not finished", remedy: "wait for it, or recover the archive")
    }
    let correlation = try ArchiveCorrelation(archive, duration: try archive.topology().duration, workers: workers)
    let bands = try staleBands(archive)
    _ = try lock.reserve(fileSize(path) + bands.reduce(1 << 20) { try $0 + archive.objects.bands[$1].storedBytes })
    for band in bands {
      let product = archive.objects.bands[band]
      progress("band \(product.plan.name): samples came late, its matrices are made again")
      try translatingErrors(path, .library) { try product.cut(to: 0) }
      var count = 0
      try correlation.run(archive.bands[band]) { row in
        try product.append(row, at: count)
        count += 1
      }
      sums.bands[product.plan.name] = try translatingErrors(path, .library) {
        try product.flush()
        return try product.checksum()
      }
    }
    try translatingErrors(path, .library) {
      try archive.objects.checksums.write(sums)
      try file.close()
    }
    lock.releaseReserve()
    return bands.map { archive.bands[$0].name }
  }

  private static func staleBands(_ archive: ArchiveReader) throws(ArchiveError) -> [Int] {
    var bands: [Int] = []
    for band in archive.bands.indices where try !archive.staleRows(band: band).isEmpty { bands.append(band) }
    return bands
  }
}
