import Glibc
import Numerics
import Testing

@Suite struct LinearAlgebraTests {
  private let i = ComplexNumber.i
  /// A Hermitian matrix whose factor, inverse, eigenvalues and determinant numpy gives below.
  private var hermitian: ComplexMatrix {
    ComplexMatrix([
      [.init(4), .init(1, 2), .init(0, -1)], [.init(1, -2), .init(6), .init(2)], [.init(0, 1), .init(2), .init(5)],
    ])
  }

  @Test func numpyValuesOfAHermitianMatrix() throws {
    let factor = try ComplexCholesky(of: hermitian)
    // numpy.linalg.cholesky
    let lower = ComplexMatrix([
      [.init(2), .zero, .zero], [.init(0.5, -1), .init(2.179449471770337), .zero],
      [.init(0, 0.5), .init(1.1470786693528088, -0.1147078669352809), .init(1.8496087779795347)],
    ])
    #expect(largest(factor.lower - lower) < 1e-14)
    // numpy.linalg.slogdet: the determinant is 65.
    #expect(abs(factor.logDeterminant - log(65)) < 1e-14)
    // numpy.linalg.inv
    let inverse = ComplexMatrix([
      [.init(26), .init(-5, -12), .init(2, 10)], [.init(-5, 12), .init(19), .init(-10, -1)],
      [.init(2, -10), .init(-10, 1), .init(19)],
    ])
    #expect(largest(65 * factor.inverse() - inverse) < 1e-13)
    // numpy.linalg.solve
    let solution = factor.solve([.one, i, ComplexNumber(2, -1)])
    let expected = [ComplexNumber(0.8, 0.2), ComplexNumber(-0.4, 0.6), ComplexNumber(0.6, -0.6)]
    for (value, reference) in zip(solution, expected) { #expect((value - reference).magnitude < 4e-15) }
    // numpy.linalg.eigvalsh
    let system = try HermitianEigensystem(of: hermitian)
    for (value, reference) in zip(system.values, [1.4759642682731144, 5.463603786636745, 8.060431945090142]) {
      #expect(abs(value - reference) < 4e-14)
    }
    #expect(abs(system.values.reduce(1, *) - 65) < 1e-12)
  }

  @Test(arguments: [1, 2, 3, 12, 36, 100])
  func complexIdentities(order: Int) throws {
    let matrix = randomHermitian(order)
    let factor = try ComplexCholesky(of: matrix)
    let scale = 1e-14 * Double(order)
    #expect(largest(factor.lower * factor.lower.adjoint - matrix) < scale * largest(matrix))
    #expect(largest(matrix * factor.inverse() - .identity(order)) < 100 * scale)
    let inverse = factor.inverse()
    #expect(inverse == inverse.adjoint)
    let vector = (0..<order).map { matrix[$0, order - 1] }
    // The last column of A solves to the last unit vector.
    for (row, value) in factor.solve(vector).enumerated() {
      #expect((value - ComplexNumber(row == order - 1 ? 1 : 0)).magnitude < 100 * scale)
    }

    let system = try HermitianEigensystem(of: matrix)
    var scaled = system.vectors
    for row in 0..<order { for column in 0..<order { scaled[row, column] *= system.values[column] } }
    #expect(largest(matrix * system.vectors - scaled) < scale * largest(matrix) * 10)
    #expect(largest(system.vectors.adjoint * system.vectors - .identity(order)) < scale * 10)
    #expect(system.values == system.values.sorted())
    #expect(abs(system.values.reduce(0) { $0 + log($1) } - factor.logDeterminant) < 100 * scale)
  }

  /// The second difference matrix: determinant n + 1, eigenvalues 2 - 2 cos(k pi/(n+1)), inverse
  /// min(i, j) (n + 1 - max(i, j))/(n + 1).
  @Test(arguments: [1, 5, 12, 40])
  func secondDifferences(order: Int) throws {
    var matrix = RealMatrix(rows: order, columns: order)
    for row in 0..<order {
      matrix[row, row] = 2
      if row > 0 {
        matrix[row, row - 1] = -1
        matrix[row - 1, row] = -1
      }
    }
    let factor = try RealCholesky(of: matrix)
    #expect(abs(factor.logDeterminant - log(Double(order + 1))) < 1e-13)
    #expect(largest(factor.lower * factor.lower.transposed - matrix) < 4e-15)
    let inverse = factor.inverse()
    let unit = 1 / Double(order + 1)
    for row in 1...order {
      for column in 1...order {
        let expected = Double(min(row, column) * (order + 1 - max(row, column))) * unit
        #expect(abs(inverse[row - 1, column - 1] - expected) < 1e-12)
      }
      var sides = [Double](repeating: 0, count: order)
      sides[row - 1] = 1
      let column = factor.solve(sides)
      for other in 0..<order { #expect(abs(column[other] - inverse[other, row - 1]) < 1e-12) }
    }
    let system = try SymmetricEigensystem(of: matrix)
    for (index, value) in system.values.enumerated() {
      #expect(abs(value - (2 - 2 * cos(Double(index + 1) * Double.pi * unit))) < 1e-13)
    }
    let product = matrix * system.vectors
    for row in 0..<order {
      for column in 0..<order {
        #expect(abs(product[row, column] - system.values[column] * system.vectors[row, column]) < 1e-13)
      }
    }
  }

  /// In place only the lower triangle is read and written by the factor; the inverse fills both.
  @Test func inPlaceOnStorageOfTheCaller() throws {
    let reference = try ComplexCholesky(of: hermitian)
    var storage = hermitian.elements
    for (row, column) in [(0, 1), (0, 2), (1, 2)] { storage[row * 3 + column] = ComplexNumber(.nan, 77) }
    try CholeskyInPlace.factor(&storage, order: 3)
    for row in 0..<3 {
      for column in 0..<3 {
        let value = storage[row * 3 + column]
        #expect(column > row ? value.imaginary == 77 : (value - reference.lower[row, column]).magnitude < 1e-15)
      }
    }
    #expect(abs(CholeskyInPlace.logDeterminant(factor: storage, order: 3) - log(65)) < 1e-14)
    var vector = [ComplexNumber.one, i, ComplexNumber(2, -1)]
    CholeskyInPlace.solve(factor: storage, order: 3, &vector)
    for (value, wanted) in zip(vector, reference.solve([.one, i, ComplexNumber(2, -1)])) {
      #expect((value - wanted).magnitude < 1e-15)
    }
    CholeskyInPlace.invert(&storage, order: 3)
    #expect(largest(ComplexMatrix(rows: 3, columns: 3, elements: storage) - reference.inverse()) < 1e-15)

    var real: [Double] = [4, .nan, 2, 5]
    try CholeskyInPlace.factor(&real, order: 2)
    #expect(real[0] == 2 && real[1].isNaN && real[2] == 1 && real[3] == 2)
    var sides = [8.0, 14.0]
    CholeskyInPlace.solve(factor: real, order: 2, &sides)
    #expect(sides == [0.75, 2.5])
    CholeskyInPlace.invert(&real, order: 2)
    for (value, wanted) in zip(real, [0.3125, -0.125, -0.125, 0.25]) { #expect(abs(value - wanted) < 1e-16) }
  }

  @Test func matricesWithoutAFactorAreRefused() {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 1, order: 3)) {
      try RealCholesky(of: RealMatrix([[1, 2, 0], [2, 1, 0], [0, 0, 1]]))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 2, order: 3)) {
      try ComplexCholesky(of: ComplexMatrix([[.one, .zero, i], [.zero, .one, .zero], [-i, .zero, .one]]))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 0, order: 1)) {
      try RealCholesky(of: RealMatrix([[.nan]]))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 1, order: 2)) {
      try ComplexCholesky(of: ComplexMatrix([[.one, .zero], [ComplexNumber(0, .nan), .one]]))
    }
    #expect(throws: LinearAlgebraError.notSquare(rows: 1, columns: 2)) {
      try RealCholesky(of: RealMatrix([[1, 2]]))
    }
    #expect(throws: LinearAlgebraError.notFinite(row: 1, column: 0)) {
      try HermitianEigensystem(of: ComplexMatrix([[.one, .zero], [ComplexNumber(.infinity), .one]]))
    }
    let message = LinearAlgebraError.notPositiveDefinite(pivot: 1, order: 3).description
    #expect(message.contains("3 x 3") && message.contains("pivot 1"))
  }

  @Test func emptyMatricesHaveDeterminantOne() throws {
    #expect(try RealCholesky(of: RealMatrix(rows: 0, columns: 0)).logDeterminant == 0)
    #expect(try ComplexCholesky(of: ComplexMatrix(rows: 0, columns: 0)).logDeterminant == 0)
  }

  @Test func complexArithmetic() {
    let a = ComplexNumber(3, -4)
    let b = ComplexNumber(-1, 2)
    #expect(a * b == ComplexNumber(5, 10) && a + b == ComplexNumber(2, -2) && a - b == ComplexNumber(4, -6))
    #expect(a / b == ComplexNumber(-2.2, -0.4))
    #expect(b / a == ComplexNumber(-0.44, 0.08))
    #expect(a.magnitude == 5 && a.magnitudeSquared == 25 && a.conjugate == ComplexNumber(3, 4))
    #expect(ComplexNumber(0, 2).phase == Double.pi / 2)
    #expect(i * i == ComplexNumber(-1))
    let huge = ComplexNumber(1e200, 1e200)
    #expect(huge / huge == .one)
    #expect(MemoryLayout<ComplexNumber>.stride == 16)
  }

  /// The library reads beyond the end of what it inverts; here that would be a page without access.
  @Test func inversionKeepsToItsStorage() throws {
    let order = 16
    let page = 4096
    let matrix = randomHermitian(order)
    let memory = try #require(
      mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, 2 * page) }
    try #require(memory != MAP_FAILED)
    #expect(mprotect(memory + page, page, PROT_NONE) == 0)
    // Sixteen rows of sixteen complex numbers fill the page.
    let storage = memory.bindMemory(to: ComplexNumber.self, capacity: order * order)
    for (index, element) in matrix.elements.enumerated() { storage[index] = element }
    try CholeskyInPlace.factor(storage, order: order)
    CholeskyInPlace.invert(storage, order: order)
    let inverse = ComplexMatrix(
      rows: order, columns: order, elements: (0..<order * order).map { storage[$0] })
    #expect(largest(matrix * inverse - .identity(order)) < 1e-12)
  }

  /// A A^H + 1 of random complex A: well conditioned enough to compare digits.
  private func randomHermitian(_ order: Int) -> ComplexMatrix {
    let counter = SIMD4<UInt32>(0, UInt32(order), 0, RandomTag.cell)
    let (real, imaginary) = complexDeviates(count: order * order, counter: counter, varying: .first, key: 11)
    let random = ComplexMatrix(
      rows: order, columns: order, elements: zip(real, imaginary).map { ComplexNumber($0, $1) })
    return random * random.adjoint + .identity(order)
  }

  private func largest(_ matrix: ComplexMatrix) -> Double { matrix.elements.map(\.magnitude).max() ?? 0 }
  private func largest(_ matrix: RealMatrix) -> Double { matrix.elements.map(abs).max() ?? 0 }
}
