import HDF5

/// The constants of the file format: what is where, and how large.
///
///     /                            attributes: format, format_version, run_id, seed, epoch_ns, streams, bands;
///                                  resumptions, the provenance of processes that went on with the run
///     /topology                    the topology file as it was given
///     /resolved_topology           the topology with all defaults and overrides, JSON
///     /provenance                  version, command line, host, library versions, inputs, JSON
///     /status                      "running", "complete" or "interrupted: <why>"
///     /nodes/<stream>              attributes: kind, site, position, axes, rate, epoch, response, noise, clock, spins,
///                                  calibration_uncertainty, transfer function (`TransferFunction`); baseband, the
///                                  centre frequency in Hz, where samples are complex
///     /nodes/<stream>/<channel>    float64 or complex128 samples in chunks of 16384; attributes for gwpy only
///     /nodes/<stream>/index        one row a block (`IndexRow`)
///     /nodes/<stream>/uncertainty  standard deviation of each sample, of tables of readings that give it
///                                  (`ReadingsRecord`, with attributes of the node)
///     /quality/<stream>            uint32 bit mask, one entry a second (`QualityMask`)
///     /injections                  one row a signal that the samples carry (`InjectionRow`), also one that was put in while
///                                  the archive was written
///     /sealed                      blind injections, JSON (`SealedInjection`); only where there are any
///     /accounting                  one row a stream (`StreamAccounting`)
///     /products/<band>             attributes of the band; spectra, integration, segments, present, gps_start,
///                                  frequencies, channels, stale; results of analyses such as background_fit, and
///                                  sky_map_1 ..., pixels of maps of the sky (`StoredSkyMap`)
///     /checksums                   SHA-256 of samples and products (`ArchiveChecksums`)
public enum ArchiveFormat {
  public static let name = "gnomon-archive"
  public static let version: Int64 = 1
  /// Samples in one chunk of a channel: 128 KiB.
  public static let chunkSamples = 16384
  /// Samples of each channel that one block may have.
  public static let largestBlock = 1 << 22
  static let indexChunk = 256
  static let qualityChunk = 1024
  static let statusLength = 512
  static let checksumLength = 64
}
