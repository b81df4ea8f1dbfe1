import Archive
import Foundation
import HDF5
import Numerics
import ZeroMQ

/// What made an output: program, command line, machine and libraries.
struct Provenance: Encodable {
  var version: String
  var commandLine: [String]
  var host: String
  var operatingSystem: String
  var instructionSet: String
  var linearAlgebraKernels: String
  var libraries: [String: String]
  var seed: UInt64?
  var created: String
  /// The archives that it was made from.
  var inputs: [Input]?

  /// An archive that something was made from.
  struct Input: Encodable {
    var path: String
    var run: String
    /// Checksums of its samples and products.
    var samples: String?
    var products: String?
    /// JSON: what made it.
    var provenance: String

    init(_ archive: ArchiveReader) throws {
      path = archive.path
      run = archive.runIdentifier
      let checksums = try archive.checksums()
      (samples, products) = (checksums?.samples, checksums?.products)
      provenance = try archive.provenance()
    }
  }

  /// Of this process.
  static func current(seed: UInt64? = nil) -> Provenance {
    Provenance(
      version: Gnomon.version, commandLine: CommandLine.arguments, host: ProcessInfo.processInfo.hostName,
      operatingSystem: ProcessInfo.processInfo.operatingSystemVersionString,
      instructionSet: NumericsLibraries.instructionSet, linearAlgebraKernels: NumericsLibraries.linearAlgebraKernels,
      libraries: [
        "ZeroMQ": zeroMQLibraryVersion(), "HDF5": hdf5LibraryVersion(), "FFTW": NumericsLibraries.fourierTransform,
        "OpenBLAS": NumericsLibraries.linearAlgebra,
      ], seed: seed, created: ISO8601DateFormatter().string(from: Date()))
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and numbers only: encoding has nothing to fail at.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
