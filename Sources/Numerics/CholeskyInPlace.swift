import COpenBLAS
import Glibc

/// Cholesky's decomposition on storage of the caller, without allocation, for small problems that repeat by the
/// thousand. Matrices are row-major of `order` rows; only the lower triangle is read or written.
public enum CholeskyInPlace {
  /// Replaces the lower triangle of a real symmetric matrix A by L of A = L L^T.
  ///
  /// - Throws: `LinearAlgebraError.notPositiveDefinite` with the pivot at fault; the storage is then spoilt.
  public static func factor(_ matrix: UnsafeMutablePointer<Double>, order: Int) throws(LinearAlgebraError) {
    let n = Int32(order)
    let info = LAPACKE_dpotrf_work(
      LinearAlgebraLibrary.layout, LinearAlgebraLibrary.lowerByRows, n, matrix, max(n, 1))
    try check(info, order: order) { matrix[$0 * (order + 1)] }
  }

  /// Replaces the lower triangle of a complex Hermitian matrix A by L of A = L L^H.
  ///
  /// - Throws: `LinearAlgebraError.notPositiveDefinite` with the pivot at fault; the storage is then spoilt.
  public static func factor(_ matrix: UnsafeMutablePointer<ComplexNumber>, order: Int) throws(LinearAlgebraError) {
    // The transpose of L L^H is U^H U with U = L^T, which is what the library finds in the transposed storage.
    let n = Int32(order)
    let info = LAPACKE_zpotrf_work(
      LinearAlgebraLibrary.layout, LinearAlgebraLibrary.lowerByRows, n, OpaquePointer(matrix), max(n, 1))
    try check(info, order: order) { matrix[$0 * (order + 1)].real }
  }

  /// Solves L L^T x = b for one real vector b, which x replaces.
  public static func solve(
    factor: UnsafePointer<Double>, order: Int, _ vector: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<order {
      var sum = vector[i]
      for j in 0..<i { sum -= factor[i * order + j] * vector[j] }
      vector[i] = sum / factor[i * order + i]
    }
    for i in (0..<order).reversed() {
      let value = vector[i] / factor[i * order + i]
      vector[i] = value
      for j in 0..<i { vector[j] -= factor[i * order + j] * value }
    }
  }

  /// Solves L L^H x = b for one complex vector b, which x replaces.
  public static func solve(
    factor: UnsafePointer<ComplexNumber>, order: Int, _ vector: UnsafeMutablePointer<ComplexNumber>
  ) {
    for i in 0..<order {
      var sum = vector[i]
      for j in 0..<i { sum -= factor[i * order + j] * vector[j] }
      vector[i] = sum / factor[i * order + i].real
    }
    for i in (0..<order).reversed() {
      let value = vector[i] / factor[i * order + i].real
      vector[i] = value
      for j in 0..<i { vector[j] -= factor[i * order + j].conjugate * value }
    }
  }

  /// Replaces the factor L by the full inverse of A = L L^T, both triangles.
  public static func invert(_ factor: UnsafeMutablePointer<Double>, order: Int) {
    let n = Int32(order)
    let info = LAPACKE_dpotri_work(
      LinearAlgebraLibrary.layout, LinearAlgebraLibrary.lowerByRows, n, factor, max(n, 1))
    precondition(info == 0, "a Cholesky factor has a positive diagonal")
    for i in 0..<order { for j in 0..<i { factor[j * order + i] = factor[i * order + j] } }
  }

  /// Replaces the factor L by the full inverse of A = L L^H, both triangles.
  public static func invert(_ factor: UnsafeMutablePointer<ComplexNumber>, order: Int) {
    let n = Int32(order)
    // OpenBLAS 0.3.21 reads up to a row beyond the end of the matrix: it works on a copy that has room there.
    withUnsafeTemporaryAllocation(of: ComplexNumber.self, capacity: order * (order + 1)) { copy in
      copy.initialize(repeating: .zero)
      guard let storage = copy.baseAddress else { return }
      storage.update(from: factor, count: order * order)
      let info = LAPACKE_zpotri_work(
        LinearAlgebraLibrary.layout, LinearAlgebraLibrary.lowerByRows, n, OpaquePointer(storage), max(n, 1))
      precondition(info == 0, "a Cholesky factor has a positive diagonal")
      for i in 0..<order {
        for j in 0..<i {
          factor[i * order + j] = storage[i * order + j]
          factor[j * order + i] = storage[i * order + j].conjugate
        }
        factor[i * (order + 1)] = ComplexNumber(storage[i * (order + 1)].real)
      }
    }
  }

  /// ln det A of A = L L^T.
  public static func logDeterminant(factor: UnsafePointer<Double>, order: Int) -> Double {
    (0..<order).reduce(0) { $0 + log(factor[$1 * (order + 1)]) } * 2
  }

  /// ln det A of A = L L^H.
  public static func logDeterminant(factor: UnsafePointer<ComplexNumber>, order: Int) -> Double {
    (0..<order).reduce(0) { $0 + log(factor[$1 * (order + 1)].real) } * 2
  }

  private static func check(
    _ info: Int32, order: Int, diagonal: (Int) -> Double
  ) throws(LinearAlgebraError) {
    if info > 0 { throw .notPositiveDefinite(pivot: Int(info) - 1, order: order) }
    // OpenBLAS compares the pivot with zero only, which lets a NaN through.
    for pivot in 0..<order where !(diagonal(pivot) > 0 && diagonal(pivot) < .infinity) {
      throw .notPositiveDefinite(pivot: pivot, order: order)
    }
  }
}
