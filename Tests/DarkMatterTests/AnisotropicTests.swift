import DarkMatter
import Glibc
import Numerics
import Testing

private let first = SIMD3<Double>(1, 2, 2) / 3
private let second = SIMD3<Double>(2, -1, 2) / 3
private let oblique = SIMD3<Double>(2, 3, 6) / 7

/// A smooth sky with two patches, one of them half a degree of longitude off the pole.
private let patches = AngularDistribution(spots: [
  .init(direction: SIMD3(0.6, 0, -0.8), spread: 0.4, fraction: 0.5),
  .init(direction: oblique, spread: 0.25, fraction: 0.2),
])

/// Directions all over the sky, on a spiral.
private func spiral(_ count: Int) -> [SIMD3<Double>] {
  (0..<count).map { n in
    let z = (2 * Double(n) + 1) / Double(count) - 1
    let angle = 2.399963229728653 * Double(n)
    let s = (1 - z * z).squareRoot()
    return SIMD3(s * cos(angle), s * sin(angle), z)
  }
}

/// ε of section 0, the branch-free basis, written out; 0 = L, 1 = R, 2 = Lh.
private func polarization(_ mode: Int, _ p: SIMD3<Double>) -> ComplexVector {
  guard mode > 0 else { return ComplexVector(p) }
  let s = p.z >= 0 ? 1.0 : -1.0
  let a = -1 / (s + p.z)
  let b = p.x * p.y * a
  let e1 = SIMD3(1 + s * p.x * p.x * a, s * b, -s * p.x)
  let e2 = SIMD3(b, s + p.y * p.y * a, -p.y)
  return ComplexVector(e1 / 2.0.squareRoot(), (mode == 1 ? 1 : -1) * e2 / 2.0.squareRoot())
}

@Suite("Sky quadrature")
struct SkyQuadratureTests {
  @Test("nodes in the order of section 9.3, weights that sum to one")
  func nodes() {
    let quadrature = SkyQuadrature(degree: 28)
    #expect(quadrature.count == 15 * 29)
    let rule = GaussLegendre(count: 15)
    var sum = 0.0
    for i in 0..<15 {
      for j in 0..<29 {
        let direction = quadrature.direction(29 * i + j)
        let (mu, phi) = (rule.nodes[i], 2 * Double.pi * Double(j) / 29)
        let wanted = SIMD3((1 - mu * mu).squareRoot() * cos(phi), (1 - mu * mu).squareRoot() * sin(phi), mu)
        #expect(length(direction - wanted) < 1e-15)
        if i == 7 { #expect(direction.z == 0) }
        sum += quadrature.weight(29 * i + j)
      }
    }
    #expect(abs(sum - 1) < 1e-14)
    #expect(SkyQuadrature(degree: 0).count == 1 && SkyQuadrature(degree: 0).weight(0) == 1)
  }

  /// The table of section 5.3: largest error of any element of Γ^L, over 303 directions of x.
  @Test(
    "errors of the isotropic tensor",
    arguments: [
      (0.5, [5.9e-05, 1.4e-10, 6.7e-16]), (2, [1.6e-03, 4.5e-07, 2.3e-11]), (5, [6.4e-03, 2.8e-05, 2.9e-08]),
      (10, [6.6e-03, 8.8e-05, 4.3e-07]), (20, [8.8e-03, 3.5e-04, 6.6e-06]), (50, [1.4e-02, 1.5e-03, 9.9e-05]),
    ] as [(Double, [Double])])
  func isotropicErrors(z: Double, errors: [Double]) {
    for (extra, expected) in zip([4, 8, 12], errors) {
      let quadrature = SkyQuadrature(degree: Int(z.rounded(.up)) + extra)
      var worst = 0.0
      for direction in spiral(300) + [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)] {
        let tensor = AnisotropicTensor(quadrature: quadrature, phase: z * direction) { _ in 1 }
        let exact = TwoPointTensor.longitudinal.matrix(z: z, baseline: direction)
        for i in 0..<3 {
          for j in 0..<3 {
            let (a, b) = (SIMD3<Double>.axis(i), SIMD3<Double>.axis(j))
            worst = max(worst, (tensor.contraction(.longitudinal, a, b) - ComplexNumber(exact[i][j])).magnitude)
          }
        }
      }
      // The largest over other directions than the table's.
      #expect(worst < 1.3 * expected + 1e-15, "z = \(z), +\(extra): \(worst)")
      #expect(worst > 0.6 * expected || expected < 1e-13, "z = \(z), +\(extra): \(worst)")
    }
  }

  /// Densities f(v p̂) of a halo at one speed, against the closed forms of section 5.5; L_max as in section 9.3.
  @Test("a halo at one speed as a pattern on the sky", arguments: [0.3, 1.2, 2.4])
  func haloAtOneSpeed(speed: Double) {
    let wind = SIMD3(0.3, 0.4, -0.9)
    let separation = SIMD3(0.5, -1, 2)
    let degree = hypot(2.4 * length(separation), 2 * 2.4 * length(wind)).rounded(.up) + 16
    func density(_ direction: SIMD3<Double>) -> Double {
      let u = speed * direction - wind
      return exp(-dot(u, u)) / (.pi * Double.pi.squareRoot())
    }
    let tensor = AnisotropicTensor(
      quadrature: SkyQuadrature(degree: Int(degree)), phase: speed * separation, density: density)
    let scale = 4 * Double.pi * speed * speed
    let halo = HaloSpectrum(HaloModel(meanVelocity: wind, virialSpeed: 1), speed: speed, separation: separation)
    func expect(_ value: ComplexNumber, _ wanted: ComplexNumber, _ name: String) {
      #expect((value - wanted).magnitude < 1e-8, "\(name): \(value), \(wanted)")
    }
    let (longitudinal, transverse) =
      (tensor.contraction(.longitudinal, first, second) * scale, tensor.contraction(.transverse, first, second) * scale)
    let square = speed * speed
    expect(tensor.scalar * (scale * dot(first, second)), halo.contraction(.scalar, first, second), "scalar")
    expect(longitudinal * square, halo.contraction(.axionGradient, first, second), "axion")
    expect(transverse * (square * 2 / 3), halo.contraction(.magneticDipole, first, second), "MDM")
    expect((longitudinal + transverse * 2) / 3, halo.contraction(.electricDipole, first, second), "EDM")
    expect(tensor.contraction(.stokesV, first, second) * scale, halo.stokesV(first, second), "V")
  }
}

@Suite("Two-point tensors of patterns on the sky")
struct AnisotropicTensorTests {
  @Test("an even sky is the isotropic field of section 5.1")
  func isotropic() {
    for z in [0, 0.001, 1, 2.5, 9] {
      let tensor = AnisotropicTensor(AngularDistribution(spots: []), phase: z * oblique)
      func expect(_ mode: PolarizationMode, _ wanted: Double) {
        let value = tensor.contraction(mode, first, second)
        #expect((value - ComplexNumber(wanted)).magnitude < 1e-15, "\(mode) \(value) \(wanted)")
      }
      func exact(_ tensor: TwoPointTensor) -> Double { tensor.contraction(z: z, baseline: oblique, first, second) }
      expect(.longitudinal, exact(.longitudinal))
      expect(.transverse, exact(.transverse))
      expect(.stokesV, exact(.chirality))
      expect(.rightHanded, exact(.transverse) + exact(.chirality))
      expect(.leftHanded, exact(.transverse) - exact(.chirality))
      #expect(abs(tensor.scalar.real * dot(first, second) - exact(.scalar)) < 1e-15)
    }
  }

  @Test("the closed form and the quadrature of the stated degree agree", arguments: [0.0, 1.07, 3.1, 10])
  func quadrature(phase: Double) {
    for spread in [Double.pi, 1, 0.5, 0.2, 0.07, 0.02] {
      for center in [SIMD3<Double>(0, 0, 1), first] {
        let distribution = AngularDistribution(spots: [.init(direction: center, spread: spread, fraction: 1)])
        let quadrature = SkyQuadrature(degree: Int(distribution.quadratureDegree(phase: phase)))
        let separation = phase * cross(center, second) / length(cross(center, second))
        let sum = AnisotropicTensor(quadrature: quadrature, phase: separation, density: distribution.density)
        let exact = AnisotropicTensor(distribution, phase: separation)
        var worst = (sum.scalar - exact.scalar).magnitude
        for mode in PolarizationMode.allCases {
          for i in 0..<3 {
            for j in 0..<3 {
              let (a, b) = (SIMD3<Double>.axis(i), SIMD3<Double>.axis(j))
              worst = max(worst, (sum.contraction(mode, a, b) - exact.contraction(mode, a, b)).magnitude)
            }
          }
        }
        #expect(worst < 1e-9, "spread \(spread), p d = \(phase): \(worst)")
      }
    }
  }

  /// Simpson's rule in the polar angle and an even grid of longitudes, with the polarisation vectors of section 0.
  @Test("an integral over the sky with explicit polarisation vectors")
  func directIntegral() {
    let separation = 2.7 * SIMD3<Double>(0.48, -0.6, 0.64)
    let exact = AnisotropicTensor(patches, phase: separation)
    let (rows, columns) = (600, 90)
    var sums = [ComplexNumber](repeating: .zero, count: 3)
    for row in 1..<rows {
      let theta = Double.pi * Double(row) / Double(rows)
      for column in 0..<columns {
        let phi = 2 * Double.pi * (Double(column) + 0.3) / Double(columns)
        let p = SIMD3(sin(theta) * cos(phi), sin(theta) * sin(phi), cos(theta))
        let area = Double.pi / Double(rows) / 3 * (row % 2 == 0 ? 2 : 4) * sin(theta) / (2 * Double(columns))
        let wave = ComplexNumber(magnitude: area * patches.density(p), phase: dot(p, separation))
        for mode in 0..<3 {
          let e = polarization(mode, p)
          sums[mode] += wave * e.dot(first) * e.dot(second).conjugate
        }
      }
    }
    for (mode, sum) in zip([PolarizationMode.longitudinal, .rightHanded, .leftHanded], sums) {
      let value = exact.contraction(mode, first, second)
      #expect((value - sum).magnitude < 1e-9, "\(mode): \(value), \(sum)")
    }
  }

  @Test("a very narrow spot is the stream of section 5.2", arguments: [1e-4, 1e-6])
  func narrowSpot(spread: Double) {
    let spot = AngularDistribution(spots: [.init(direction: oblique, spread: spread, fraction: 1)])
    let separation = SIMD3<Double>(0.5, -1, 2)
    let tensor = AnisotropicTensor(spot, phase: 1.5 * separation)
    for mode in PolarizationMode.allCases {
      let stream = StreamTensor(direction: oblique).contraction(
        mode, wavenumber: 1.5, separation: separation, first, second)
      // Curvature of phase and projection over the spot.
      #expect((tensor.contraction(mode, first, second) - stream).magnitude < 10 * spread * spread + 1e-14, "\(mode)")
    }
  }

  @Test("exchange of the sensors conjugates; helicities and completeness")
  func symmetries() {
    let phase = 2.1 * SIMD3<Double>(0.36, 0.48, 0.8)
    let (there, back) = (AnisotropicTensor(patches, phase: phase), AnisotropicTensor(patches, phase: -phase))
    for mode in PolarizationMode.allCases {
      let difference = there.contraction(mode, first, second) - back.contraction(mode, second, first).conjugate
      #expect(difference.magnitude < 1e-15)
    }
    let sum = there.contraction(.longitudinal, first, second) + there.contraction(.transverse, first, second) * 2
    #expect((sum - there.scalar * dot(first, second)).magnitude < 1e-15)
    let single = PolarizationMode.allCases.map { there.contraction($0, first, second) }
    #expect(single.allSatisfy { abs($0.imaginary) > 1e-3 }, "a pattern without point symmetry has complex spectra")
  }

  @Test("the cross spectrum of a background")
  func crossSpectrum() {
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: 2, reference: 20, index: 1), lowestFrequency: 10, highestFrequency: 40,
      restFrequency: 12, longitudinalFraction: 0.25, chirality: -0.5)
    let baseline = SIMD3<Double>(4e6, -1e6, 2e6)
    let even = AnisotropicBackground(background: background, directions: AngularDistribution(spots: []))
    let isotropic = background.density(at: 30, baseline: baseline, first, second)
    #expect((even.density(at: 30, baseline: baseline, first, second) - ComplexNumber(isotropic)).magnitude < 1e-15)
    #expect(even.density(at: 41, baseline: baseline, first, second) == .zero)
    // A stream: the phase is +p p̂.x, and the helicity adds -(i/2) P_V (l_1 x l_2).p̂.
    let spot = AngularDistribution(spots: [.init(direction: oblique, spread: 1e-7, fraction: 1)])
    let stream = AnisotropicBackground(background: background, directions: spot)
    let parallel = dot(first, oblique) * dot(second, oblique)
    let local = ComplexNumber(
      0.25 * parallel + 0.75 * (dot(first, second) - parallel) / 2, -0.5 * -0.5 * dot(cross(first, second), oblique))
    let p = 2 * Double.pi * (30.0 * 30 - 144).squareRoot() / 299_792_458
    let wanted = 3 * local * ComplexNumber(magnitude: 1, phase: p * dot(baseline, oblique))
    #expect((stream.density(at: 30, baseline: baseline, first, second) - wanted).magnitude < 1e-12)
  }
}

@Suite("Densities on the sky")
struct AngularDistributionTests {
  /// In rings around the middle: ∫ g sin θ dθ/2 with t = (1 - cos θ)/spread², by Gauss-Legendre on t up to 60.
  @Test("the mean of a spot over the sky is one", arguments: [1e-8, 1e-3, 0.1, 0.5, 1, .pi])
  func mean(spread: Double) {
    let spot = AngularDistribution(spots: [.init(direction: oblique, spread: spread, fraction: 1)])
    let across = cross(oblique, first) / length(cross(oblique, first))
    let rule = GaussLegendre(count: 60)
    let end = min(60, 2 / (spread * spread))
    var sum = 0.0
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let t = end * (node + 1) / 2
      let versine = t * spread * spread
      let direction = (1 - versine) * oblique + (versine * (2 - versine)).squareRoot() * across
      sum += spot.density(direction) * spread * spread / 2 * weight * end / 2
    }
    // Directions are rounded to 1e-16, a share of small spots.
    #expect(abs(sum - 1) < 1e-12 + 1e-15 / spread, "\(sum)")
  }

  @Test("mixtures: mean one, and the rest is even")
  func mixture() {
    let quadrature = SkyQuadrature(degree: 80)
    let mean = (0..<quadrature.count).reduce(0) {
      $0 + quadrature.weight($1) * patches.density(quadrature.direction($1))
    }
    #expect(abs(mean - 1) < 1e-12)
    #expect(abs(patches.density(SIMD3(-1, 0, 0)) - 0.3) < 1e-3)
    #expect(AngularDistribution(spots: []).density(first) == 1)
    // The profile: one spread off the middle, exp(-1/2).
    let spot = AngularDistribution(spots: [.init(direction: SIMD3(0, 0, 1), spread: 0.01, fraction: 1)])
    let ratio = spot.density(SIMD3(sin(0.01), 0, cos(0.01))) / spot.density(SIMD3(0, 0, 1))
    #expect(abs(ratio - exp(-0.5)) < 1e-5)
  }

  @Test("degrees: that of section 9.3 for an even sky, more for narrow spots")
  func degrees() {
    #expect(AngularDistribution(spots: []).quadratureDegree(phase: 10.68) == 27)
    var spot = AngularDistribution.Spot(direction: first, spread: 0.05, fraction: 0)
    #expect(AngularDistribution(spots: [spot]).quadratureDegree(phase: 0) == 16)
    spot.fraction = 0.1
    #expect(AngularDistribution(spots: [spot]).quadratureDegree(phase: 0) > 136)
  }

  @Test("what is refused")
  func refused() throws {
    func check(_ change: (inout AngularDistribution) -> Void) throws {
      var distribution = patches
      change(&distribution)
      let background = IsotropicBackground(
        spectrum: .powerLaw(level: 1, reference: 1, index: 0), lowestFrequency: 8, highestFrequency: 40)
      try AnisotropicBackground(background: background, directions: distribution).validate()
    }
    try check { _ in }
    try check { $0.spots[0].fraction = 0.8 }
    func expectRefusal(_ part: String, _ change: (inout AngularDistribution) -> Void) {
      do {
        try check(change)
        Issue.record("accepted: \(part)")
      } catch { #expect("\(error)".contains(part), "\(error)") }
    }
    expectRefusal("fraction of spot 2") { $0.spots[1].fraction = -0.1 }
    expectRefusal("fraction of spot 1") { $0.spots[0].fraction = .nan }
    expectRefusal("sum of the spots' fractions") { $0.spots[0].fraction = 0.81 }
    expectRefusal("spread of spot 1") { $0.spots[0].spread = 0 }
    expectRefusal("spread of spot 2") { $0.spots[1].spread = 3.2 }
    expectRefusal("spread of spot 2") { $0.spots[1].spread = .nan }
    expectRefusal("direction of spot 1") { $0.spots[0].direction = SIMD3() }
    expectRefusal("direction of spot 2") { $0.spots[1].direction.x = .nan }
    expectRefusal("direction of spot 2") { $0.spots[1].direction *= 1.1 }
  }
}

extension SIMD3<Double> {
  fileprivate static func axis(_ index: Int) -> SIMD3<Double> {
    var vector = SIMD3<Double>()
    vector[index] = 1
    return vector
  }
}
