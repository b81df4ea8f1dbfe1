import CFFTW
import CKernels
import COpenBLAS
import Glibc

/// What computes beneath this room, for the provenance of results.
public enum NumericsLibraries {
  /// Version and build of FFTW, such as `fftw-3.3.10-sse2-avx`.
  public static var fourierTransform: String { String(cString: gnomon_fftw_version()) }

  /// Version, build and core of OpenBLAS, such as `OpenBLAS 0.3.21 ... Haswell`.
  public static var linearAlgebra: String { String(cString: openblas_get_config()) }

  /// The kernels with which OpenBLAS works, such as `Haswell`: those of this processor, or others that the environment asks
  /// for (`OPENBLAS_CORETYPE`). Each has its own order of sums, and so its own last bits.
  ///
  /// Settings of the environment that change the size of blocks, and with it the order of sums of large matrices, follow.
  public static var linearAlgebraKernels: String {
    let settings = ["OPENBLAS_BLOCK_FACTOR", "OPENBLAS_L2_SIZE"].compactMap { (name: String) -> String? in
      getenv(name).map { " \(name)=\(String(cString: $0))" }
    }
    return String(cString: openblas_get_corename()) + settings.joined()
  }

  /// The instruction set that the innermost loops use: `portable`, `AVX2` or `AVX-512`.
  public static var instructionSet: String {
    switch gnomon_isa() {
    case 2: "AVX-512"
    case 1: "AVX2"
    default: "portable"
    }
  }
}
