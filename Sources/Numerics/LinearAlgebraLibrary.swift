import COpenBLAS

/// OpenBLAS, asked once to stay in the calling thread: results then do not depend on the number of processors, and a
/// process does not spin threads for matrices of a dozen rows.
enum LinearAlgebraLibrary {
  private static let single: Void = openblas_set_num_threads(1)

  /// Column-major layout of LAPACKE: no copies, and the caller's row-major matrix is read as its transpose.
  static var layout: Int32 {
    _ = single
    return LAPACK_COL_MAJOR
  }

  /// Upper triangle of the transpose: the lower triangle of the caller's row-major matrix.
  static let lowerByRows = CChar(UInt8(ascii: "U"))
}
