import CFFTW
import CKernels
import COpenBLAS

/// What computes beneath this room, for the provenance of results.
public enum NumericsLibraries {
  /// Version and build of FFTW, such as `fftw-3.3.10-sse2-avx`.
  public static var fourierTransform: String { String(cString: gnomon_fftw_version()) }

  /// Version, build and core of OpenBLAS, such as `OpenBLAS 0.3.21 ... Haswell`.
  public static var linearAlgebra: String { String(cString: openblas_get_config()) }

  /// The instruction set that the innermost loops use: `portable`, `AVX2` or `AVX-512`.
  public static var instructionSet: String {
    switch gnomon_isa() {
    case 2: "AVX-512"
    case 1: "AVX2"
    default: "portable"
    }
  }
}
