import DarkMatter
import Glibc
import Testing

private func unit(_ v: SIMD3<Double>) -> SIMD3<Double> { v / (v * v).sum().squareRoot() }

@Suite("Two-point tensors of isotropic fields")
struct TwoPointTensorTests {
  private static let x = SIMD3<Double>(1, 0, 0)
  private static let y = SIMD3<Double>(0, 1, 0)
  private static let z = SIMD3<Double>(0, 0, 1)
  private static let oblique = SIMD3<Double>(2, 3, 6)
  private static let first = SIMD3<Double>(1, 2, 2)
  private static let second = SIMD3<Double>(2, -1, 2)

  private struct Row {
    var kind: String
    var z: Double
    var baseline: SIMD3<Double>
    var first: SIMD3<Double>
    var second: SIMD3<Double>
    var value: Double

    init(
      _ kind: String, _ z: Double, _ baseline: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>,
      _ value: Double
    ) {
      (self.kind, self.z, self.baseline) = (kind, z, baseline)
      (self.first, self.second, self.value) = (first, second, value)
    }
  }

  /// The `gamma_iso` rows of vector-network section 5.6.
  private static let rows = [
    Row("L", 1, z, z, z, 0.23913362692838), Row("I", 1, z, z, z, 0.30116867893976),
    Row("L", 1, z, x, x, 0.30116867893976), Row("I", 1, z, x, x, 0.27015115293407),
    Row("L", 3, z, z, z, -0.18341166382161), Row("I", 3, z, z, z, 0.11522583325412),
    Row("L", 3, z, x, x, 0.11522583325412), Row("I", 3, z, x, x, -0.034092915283748),
    Row("V", 1, z, x, y, 0.15058433946988), Row("V", 3, z, x, y, 0.17283874988118),
    Row("V", 3, z, y, x, -0.17283874988118),
    Row("L", 2.5, oblique, first, second, -0.07933390319257),
    Row("I", 2.5, oblique, first, second, 0.092864475516637),
    Row("V", 2.5, oblique, first, second, -0.039639332311943),
    Row("R", 2.5, oblique, first, second, 0.053225143204693),
    Row("Lh", 2.5, oblique, first, second, 0.13250380782858),
    Row("S", 2.5, oblique, first, second, 0.1063950478407),
    Row("L", 0.001, oblique, first, second, 0.14814809402873),
    Row("V", 0.001, oblique, first, second, -3.1746028571429e-5),
    Row("L", 40, oblique, first, second, 0.010414975040869),
  ]

  @Test("reference table of the physics page")
  func referenceTable() {
    for row in Self.rows {
      let (baseline, first, second) = (unit(row.baseline), unit(row.first), unit(row.second))
      func value(_ tensor: TwoPointTensor) -> Double {
        tensor.contraction(z: row.z, baseline: baseline, first, second)
      }
      let found =
        switch row.kind {
        case "S": value(.scalar)
        case "L": value(.longitudinal)
        case "I": value(.transverse)
        case "V": value(.chirality)
        case "R": value(.transverse) + value(.chirality)
        default: value(.transverse) - value(.chirality)
        }
      #expect(abs(found - row.value) <= 1e-13 * max(abs(row.value), 0.1), "\(row)")
    }
  }

  @Test("landmarks: zeros and minima")
  func landmarks() {
    func parallel(_ tensor: TwoPointTensor, _ z: Double) -> Double {
      tensor.contraction(z: z, baseline: Self.z, Self.z, Self.z)
    }
    func perpendicular(_ tensor: TwoPointTensor, _ z: Double) -> Double {
      tensor.contraction(z: z, baseline: Self.z, Self.x, Self.x)
    }
    #expect(abs(parallel(.longitudinal, 2.0815759778181)) < 1e-13)
    #expect(abs(parallel(.longitudinal, 3.87023858022217) + 0.248692236445789) < 1e-14)
    #expect(abs(perpendicular(.transverse, 2.74370726999227)) < 1e-13)
    #expect(abs(perpendicular(.transverse, 4.23286587641309) + 0.111826270000909) < 1e-14)
    #expect(abs(perpendicular(.longitudinal, 4.49340945790906)) < 1e-13)
    #expect(abs(parallel(.transverse, 4.49340945790906)) < 1e-13)
  }

  @Test(
    "completeness L + 2 I = S, traces, symmetry, contraction = matrix",
    arguments: [0, 1e-9, 0.05, 0.299, 0.3, 2, 7, 55.0])
  func identities(z: Double) {
    let baseline = unit(SIMD3(-0.3, 0.5, 0.9))
    let scalar = TwoPointTensor.scalar.matrix(z: z, baseline: baseline)
    let longitudinal = TwoPointTensor.longitudinal.matrix(z: z, baseline: baseline)
    let transverse = TwoPointTensor.transverse.matrix(z: z, baseline: baseline)
    let chirality = TwoPointTensor.chirality.matrix(z: z, baseline: baseline)
    let j0 = z == 0 ? 1 : sin(z) / z
    for i in 0..<3 {
      for j in 0..<3 {
        #expect(abs(longitudinal[i][j] + 2 * transverse[i][j] - scalar[i][j]) < 2e-16)
        #expect(abs(scalar[i][j] - (i == j ? j0 : 0)) < 2e-16)
        #expect(longitudinal[i][j] == longitudinal[j][i])
        #expect(transverse[i][j] == transverse[j][i])
        #expect(chirality[i][j] == -chirality[j][i])
      }
    }
    // Each mode has one unit vector: the trace is j0 for all separations.
    #expect(abs(longitudinal[0][0] + longitudinal[1][1] + longitudinal[2][2] - j0) < 4e-16)
    #expect(abs(transverse[0][0] + transverse[1][1] + transverse[2][2] - j0) < 4e-16)
    for tensor in TwoPointTensor.allCases {
      let matrix = tensor.matrix(z: z, baseline: baseline)
      let (first, second) = (unit(Self.first), unit(Self.second))
      let sum = (0..<3).reduce(0.0) { $0 + first[$1] * (matrix[$1] * second).sum() }
      #expect(abs(sum - tensor.contraction(z: z, baseline: baseline, first, second)) < 2e-16)
    }
    if z == 0 {
      #expect(abs(longitudinal[0][0] - 1 / 3.0) < 1e-16 && abs(transverse[1][1] - 1 / 3.0) < 1e-16)
      #expect(chirality[0][1] == 0)
    }
  }

  /// Γ = ∫ dΩ/4π ε_i ε_j* exp(i p.x) with explicit polarisation vectors, by the product quadrature of section 5.3.
  @Test("quadrature over the sky", arguments: [0.17, 0.83, 2.3, 5.9, 11.4])
  func quadrature(z: Double) {
    let separation = z * unit(SIMD3(0.7, -1.1, 0.4))
    let (nodes, weights) = gaussLegendre(40)
    let azimuths = 80
    var sums: [TwoPointTensor: [Double]] = [:]
    var imaginary = 0.0
    for (mu, weight) in zip(nodes, weights) {
      for j in 0..<azimuths {
        let phi = 2 * Double.pi * (Double(j) + 0.5) / Double(azimuths)
        let sine = (1 - mu * mu).squareRoot()
        let p = SIMD3(sine * cos(phi), sine * sin(phi), mu)
        let e1 = SIMD3(mu * cos(phi), mu * sin(phi), -sine)
        let e2 = SIMD3(-sin(phi), cos(phi), 0)
        let w = weight / 2 / Double(azimuths)
        let phase = (p * separation).sum()
        for a in 0..<3 {
          for b in 0..<3 {
            // R = (e1 + i e2)/√2: ε_a ε_b* = [e1e1 + e2e2 + i (e2_a e1_b - e1_a e2_b)]/2, times cos + i sin.
            let even = (e1[a] * e1[b] + e2[a] * e2[b]) / 2
            let odd = (e2[a] * e1[b] - e1[a] * e2[b]) / 2
            func add(_ tensor: TwoPointTensor, _ value: Double) {
              sums[tensor, default: Array(repeating: 0, count: 9)][3 * a + b] += w * value
            }
            add(.scalar, (a == b ? 1 : 0) * cos(phase))
            add(.longitudinal, p[a] * p[b] * cos(phase))
            add(.transverse, even * cos(phase))
            add(.chirality, -odd * sin(phase))
            imaginary += w * (even * sin(phase) + odd * cos(phase))
          }
        }
      }
    }
    #expect(abs(imaginary) < 1e-14)
    for tensor in TwoPointTensor.allCases {
      let matrix = tensor.matrix(z: z, baseline: unit(separation))
      for a in 0..<3 {
        for b in 0..<3 { #expect(abs(matrix[a][b] - (sums[tensor]?[3 * a + b] ?? .nan)) < 3e-14) }
      }
    }
  }
}

/// Nodes and weights of Gauss-Legendre quadrature on -1 ... 1, by Newton's method on the Legendre polynomial.
private func gaussLegendre(_ order: Int) -> ([Double], [Double]) {
  var nodes: [Double] = []
  var weights: [Double] = []
  for i in 0..<order {
    var x = cos(Double.pi * (Double(i) + 0.75) / (Double(order) + 0.5))
    var derivative = 0.0
    for _ in 0..<20 {
      var (previous, current) = (1.0, x)
      for degree in 2...order {
        let k = Double(degree)
        (previous, current) = (current, ((2 * k - 1) * x * current - (k - 1) * previous) / k)
      }
      derivative = Double(order) * (x * current - previous) / (x * x - 1)
      x -= current / derivative
    }
    nodes.append(x)
    weights.append(2 / ((1 - x * x) * derivative * derivative))
  }
  return (nodes, weights)
}
