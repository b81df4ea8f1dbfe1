import Foundation
import Numerics

/// What is known to decide the last bits of computed numbers beside their input. Where processes differ in it, results of the same
/// input may differ by rounding; on one kind of processor those that agree in it agree in every bit.
public struct ArchiveArithmetic: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Of Gnomon's own innermost loops: `portable`, `AVX2` or `AVX-512`.
  public var instructionSet: String
  /// Version and build of FFTW.
  public var fourierTransform: String?
  /// Version and build of OpenBLAS.
  public var linearAlgebra: String?
  /// The kernels that OpenBLAS chose for the processor, such as `Haswell`; nil in archives that do not say.
  public var linearAlgebraKernels: String?

  /// Of this process.
  public static var current: ArchiveArithmetic {
    ArchiveArithmetic(
      instructionSet: NumericsLibraries.instructionSet, fourierTransform: NumericsLibraries.fourierTransform,
      linearAlgebra: NumericsLibraries.linearAlgebra, linearAlgebraKernels: NumericsLibraries.linearAlgebraKernels)
  }

  /// Of the process that wrote a provenance.
  ///
  /// - Parameter provenance: JSON, as archives and stored analyses have it.
  /// - Returns: nil when it does not say.
  public init?(provenance: String) {
    guard let made = (try? JSONSerialization.jsonObject(with: Data(provenance.utf8))) as? [String: Any],
      let instructionSet = made["instructionSet"] as? String
    else { return nil }
    let libraries = made["libraries"] as? [String: String] ?? [:]
    self.init(
      instructionSet: instructionSet, fourierTransform: libraries["FFTW"], linearAlgebra: libraries["OpenBLAS"],
      linearAlgebraKernels: made["linearAlgebraKernels"] as? String)
  }

  private init(
    instructionSet: String, fourierTransform: String?, linearAlgebra: String?, linearAlgebraKernels: String?
  ) {
    self.instructionSet = instructionSet
    self.fourierTransform = fourierTransform
    self.linearAlgebra = linearAlgebra
    self.linearAlgebraKernels = linearAlgebraKernels
  }

  /// What differs from another, in words: "AVX2 loops against AVX-512"; what either does not say is left out.
  public func differences(from other: ArchiveArithmetic) -> [String] {
    func difference(_ mine: String?, _ theirs: String?, _ what: (String) -> String) -> String? {
      guard let mine, let theirs, mine != theirs else { return nil }
      return "\(what(mine)) against \(theirs)"
    }
    return [
      difference(instructionSet, other.instructionSet) { "\($0) loops" },
      difference(linearAlgebraKernels, other.linearAlgebraKernels) { "OpenBLAS kernels \($0)" },
      difference(linearAlgebra, other.linearAlgebra) { $0 },
      difference(fourierTransform, other.fourierTransform) { $0 },
    ].compactMap(\.self)
  }

  public var description: String {
    (["\(instructionSet) loops"]
      + [linearAlgebraKernels.map { "OpenBLAS kernels \($0)" }, fourierTransform]
      .compactMap(\.self)).joined(separator: ", ")
  }
}
