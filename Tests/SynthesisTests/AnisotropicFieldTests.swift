import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

private let epoch = GPSTime(nanoseconds: 1_467_763_218_000_000_000)

private let patches = AngularDistribution(spots: [
  .init(direction: SIMD3(0.6, 0, -0.8), spread: 0.5, fraction: 0.6),
  .init(direction: SIMD3(2, 3, 6) / 7, spread: 0.35, fraction: 0.25),
])

private func anisotropicField(
  _ background: IsotropicBackground = mixture, _ directions: AngularDistribution = patches, signalIndex: Int = 0,
  seed: UInt64 = 20_260_712, block: Int64 = 2_000_000_000, sites: [Site] = places, site: Int,
  axes: [SIMD3<Double>] = earthAxes, bins: Range<Int>? = nil
) throws -> AnisotropicField {
  try AnisotropicField(
    field: AnisotropicBackground(background: background, directions: directions), signalIndex: signalIndex, seed: seed,
    epoch: epoch, blockNanoseconds: block, sites: sites, siteIndex: site, directions: axes,
    recordedBins: bins ?? 1..<Int(64 * block / 1_000_000_000))
}

/// Amplitudes of one block, order [knot][channel][bin].
private func amplitudes(_ field: some BlockAmplitudes, block: Int64) -> [ComplexNumber] {
  var real = [Double](repeating: .nan, count: field.knotCount * field.channelCount * field.binCount)
  var imaginary = real
  field.fill(block: block, real: &real, imaginary: &imaginary)
  return zip(real, imaginary).map { ComplexNumber($0, $1) }
}

/// The sum of sections 9.1 and 9.3, written out: Z_k along an axis, both in equatorial axes.
private func cellSum(
  _ background: IsotropicBackground, _ pattern: AngularDistribution, degree: Int, seed: UInt64, signal: UInt32,
  block: Int64, bin: Int, frequency: Double, width: Double, position: SIMD3<Double>, axis: SIMD3<Double>
) -> ComplexNumber {
  let key = Philox.derive(seed, tag: 0x424C_4F43, a: block, b: signal)
  let quadrature = SkyQuadrature(degree: degree)
  let transverse = 1 - background.longitudinalFraction
  let shares = [
    background.longitudinalFraction, (transverse + background.chirality) / 2, (transverse - background.chirality) / 2,
  ]
  let p = wavenumber(frequency: frequency, restFrequency: background.restFrequency)
  var sum = ComplexNumber.zero
  for q in 0..<quadrature.count {
    let n = quadrature.direction(q)
    let s = n.z >= 0 ? 1.0 : -1.0
    let a = -1 / (s + n.z)
    let b = n.x * n.y * a
    let e1 = dot(axis, SIMD3(1 + s * n.x * n.x * a, s * b, -s * n.x))
    let e2 = dot(axis, SIMD3(b, s + n.y * n.y * a, -n.y))
    let projections = [
      ComplexNumber(dot(axis, n)), ComplexNumber(e1, e2) / 2.0.squareRoot(), ComplexNumber(e1, -e2) / 2.0.squareRoot(),
    ]
    let phase = ComplexNumber(magnitude: 1, phase: p * dot(n, position))
    for mode in 0..<3 {
      let g = NormalDeviates.four(SIMD4(UInt32(bin), UInt32(q), UInt32(mode), 0x534B_5943), key: key)
      let power =
        2 * width * background.density(at: frequency) * shares[mode] * quadrature.weight(q) * pattern.density(n)
      sum += ComplexNumber(g[0], g[1]) * (power / 2).squareRoot() * projections[mode] * phase
    }
  }
  return sum
}

@Suite("Anisotropic fields by bins and directions")
struct AnisotropicFieldTests {
  @Test("keys and counters of section 9.1")
  func keys() {
    // The physics page's row; its imaginary part has one digit wrong (…5662… for …5657…).
    let key = Philox.derive(1, tag: 0x424C_4F43, a: 5, b: 0)
    let g = NormalDeviates.four(SIMD4(0, 0, 1, 0x534B_5943), key: key)
    #expect(abs(g[0] / 2.0.squareRoot() + 0.05378791228965) < 1e-12)
    #expect(abs(g[1] / 2.0.squareRoot() + 1.37765657821481) < 1e-12)
  }

  @Test("amplitudes are the sums over the sky of section 9.3", arguments: [Int64(-3), 0, 5])
  func sums(block: Int64) throws {
    let sites = Array(places[..<2])
    let field = try anisotropicField(signalIndex: 7, sites: sites, site: 1)
    #expect(field.knotCount == 1 && field.firstBin == 20 && field.binCount == 61)
    let longest = length(places[0].baseline(from: places[1]))
    let p = wavenumber(frequency: 40, restFrequency: mixture.restFrequency)
    let degree = Int((p * longest + 1 / (0.35 * 0.35)).rounded(.up)) + 16
    let values = amplitudes(field, block: block)
    // Blocks overlap by half: the centre of block b is (b + 1) seconds after the epoch.
    let time = epoch.advanced(byNanoseconds: (block + 1) * 1_000_000_000)
    for (channel, axis) in earthAxes.enumerated() {
      for k in [0, 33, 60] {
        let sum = cellSum(
          mixture, patches, degree: degree, seed: 20_260_712, signal: 7, block: block, bin: k,
          frequency: Double(20 + k) / 2, width: 0.5, position: places[1].inertialPosition(at: time),
          axis: EarthRotation.inertial(axis, at: time))
        #expect((values[channel * 61 + k] - sum).magnitude < 1e-12, "\(channel) \(k)")
      }
    }
  }

  private struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var background: IsotropicBackground
    var pattern: AngularDistribution
    var testDescription: String { name }
  }

  private static let cases: [Case] = {
    var right = mixture
    (right.longitudinalFraction, right.chirality, right.restFrequency) = (0, 1, 0)
    var slow = mixture
    (slow.longitudinalFraction, slow.chirality, slow.restFrequency) = (1, 0, 9.9)
    return [
      Case(name: "every part", background: mixture, pattern: patches),
      Case(name: "right-handed massless", background: right, pattern: patches),
      Case(name: "longitudinal", background: slow, pattern: patches),
      Case(name: "even sky", background: mixture, pattern: AngularDistribution(spots: [])),
    ]
  }()

  /// Three axes at two sites in 170 blocks of 61 bins, spread over the sidereal day.
  @Test("covariance of two sites against the closed forms, Gaussian", arguments: cases)
  private func covariance(_ test: Case) throws {
    let sites = Array(places[..<2])
    let fields = try (0..<2).map { try anisotropicField(test.background, test.pattern, sites: sites, site: $0) }
    let truth = AnisotropicBackground(background: test.background, directions: test.pattern)
    var mirrored = truth
    mirrored.background.chirality.negate()
    var (right, conjugate, otherHand) = (
      CovarianceCheck(order: 6), CovarianceCheck(order: 6), CovarianceCheck(order: 6)
    )
    for step in 0..<170 {
      let block = Int64(step) * 501 - 20_000
      let time = epoch.advanced(byNanoseconds: (block + 1) * 1_000_000_000)
      let values = fields.map { amplitudes($0, block: block) }
      let axes = earthAxes.map { EarthRotation.inertial($0, at: time) }
      let baseline = places[0].baseline(from: places[1], at: time)
      for k in 0..<61 {
        let vector = (0..<6).map { values[$0 / 3][$0 % 3 * 61 + k] }
        func covariance(_ field: AnisotropicBackground) -> [ComplexNumber] {
          (0..<36).map { index in
            let (i, j) = (index / 6, index % 6)
            let separation = Double(j / 3 - i / 3) * baseline
            return field.density(at: Double(20 + k) / 2, baseline: separation, axes[i % 3], axes[j % 3])
          }
        }
        let expected = covariance(truth)
        right.add(vector, covariance: expected)
        conjugate.add(vector, covariance: expected.map(\.conjugate))
        otherHand.add(vector, covariance: covariance(mirrored))
      }
    }
    print(
      "\(test.name): \(right.count) bins, p = \(right.covarianceProbability) (covariance), "
        + "\(right.circularityProbability) (circularity), kurtosis \(right.kurtosisScore) sigma")
    #expect((0.001...0.999).contains(right.covarianceProbability))
    #expect((0.001...0.999).contains(right.circularityProbability))
    #expect(abs(right.kurtosisScore) < 4)
    // The same check finds a wrong sign of the phases, and of V.
    if !test.pattern.spots.isEmpty { #expect(conjugate.covarianceProbability < 1e-9) }
    if test.background.chirality != 0 { #expect(otherHand.covarianceProbability < 1e-9) }
  }

  @Test("an even sky has the covariance that the covariance factor gives")
  func methods() throws {
    let sites = Array(places[..<2])
    let fields = try (0..<2).map { try makeField(sites: sites, site: $0) }
    let even = AnisotropicBackground(background: mixture, directions: AngularDistribution(spots: []))
    var check = CovarianceCheck(order: 6)
    let baseline = places[0].baseline(from: places[1])
    for block in Int64(0)..<170 {
      let values = fields.map { amplitudes($0, block: block) }
      for k in 0..<61 {
        let vector = (0..<6).map { values[$0 / 3][$0 % 3 * 61 + k] }
        check.add(
          vector,
          covariance: (0..<36).map { index in
            let separation = Double(index % 6 / 3 - index / 18) * baseline
            return even.density(
              at: Double(20 + k) / 2, baseline: separation, earthAxes[index / 6 % 3], earthAxes[index % 3])
          })
      }
    }
    #expect((0.001...0.999).contains(check.covarianceProbability), "\(check.covarianceProbability)")
  }

  @Test("one narrow spot seen from two sites: the phase is +p.(x_1 - x_2)")
  func sign() throws {
    var right = mixture
    (right.longitudinalFraction, right.chirality, right.restFrequency) = (0, 1, 0)
    let sites = Array(places[..<2])
    let time = epoch.advanced(byNanoseconds: 10_000_000_000)
    let baseline = places[0].baseline(from: places[1], at: time)
    // 60 degrees off the baseline: p.d from 0.3 to 1.1.
    let source =
      0.5 * baseline / length(baseline) + 0.75.squareRoot() * SIMD3(-baseline.y, baseline.x, 0)
      / hypot(baseline.x, baseline.y)
    let spot = AngularDistribution(spots: [.init(direction: source, spread: 0.02, fraction: 1)])
    let values = try (0..<2).map { amplitudes(try anisotropicField(right, spot, sites: sites, site: $0), block: 9) }
    var (sum, power, conjugate) = (ComplexNumber.zero, 0.0, ComplexNumber.zero)
    for k in 0..<61 {
      let p = wavenumber(frequency: Double(20 + k) / 2, restFrequency: 0)
      let turn = ComplexNumber(magnitude: 1, phase: -p * dot(source, baseline))
      for channel in 0..<3 {
        let product = values[0][channel * 61 + k] * values[1][channel * 61 + k].conjugate
        sum += product * turn
        conjugate += product * turn.conjugate
        power += product.magnitude
      }
    }
    // Phases over the spot differ by p d x spread = 0.03.
    #expect(abs(sum.phase) < 0.02 && sum.real > 0.98 * power)
    #expect(abs(conjugate.phase) > 0.8)
  }

  @Test("what a node records does not change its amplitudes: rates, channels, baseband")
  func recordedBins() throws {
    let all = amplitudes(try anisotropicField(site: 2), block: 4)
    let some = try anisotropicField(site: 2, axes: [earthAxes[1]], bins: 31..<47)
    #expect(some.firstBin == 31 && some.binCount == 16)
    #expect(amplitudes(some, block: 4) == Array(all[61 + 11..<61 + 27]))
    #expect(try anisotropicField(site: 2, bins: 1..<20).binCount == 0)
    let other = amplitudes(try anisotropicField(signalIndex: 1, site: 2), block: 4)
    #expect(zip(all, other).allSatisfy { $0 != $1 })
  }

  private func observer(_ site: Int, block: Int64 = 2_000_000_000, wanders: Bool = false) -> FieldObserver {
    FieldObserver(
      seed: 3, epoch: epoch, blockNanoseconds: block, duration: 10_000_000_000, sites: places, siteIndex: site,
      sampleRate: SampleRate(128),
      wanders: wanders,
      readout: .init(basis: earthAxes, channelCount: 2) { channel, basis, frequency in
        channel == 0 ? ComplexNumber(0.3 * Double(basis), 1 / frequency) : basis == 2 ? .one : .zero
      })
  }

  @Test("one sample computed alone is the stream's, bit for bit")
  func randomAccess() throws {
    let model = FieldModel.anisotropic(AnisotropicBackground(background: mixture, directions: patches))
    func samples(_ field: any RenderedField, _ first: Int64, _ count: Int) -> [Double] {
      var values = [Double](repeating: 0, count: 2 * count)
      field.add(firstSample: first, count: count, displacements: nil, to: &values, channelStride: count)
      return values
    }
    let stream = samples(try #require(try model.rendered(signalIndex: 2, observer: observer(1))), -300, 900)
    #expect(rms(stream) > 0.1)
    for j in [0, 299, 300, 427, 428, 899] {
      let alone = try #require(try model.rendered(signalIndex: 2, observer: observer(1)))
      #expect(samples(alone, Int64(j - 300), 1) == [stream[j], stream[900 + j]])
    }
    // The readout mixes the components: channel 1 is the third axis.
    let axis = OverlappedBlocks(try anisotropicField(signalIndex: 2, seed: 3, site: 1), blockLength: 256)
    let third = render(axis, -300, 900)[1800...]
    #expect(zip(stream[900...], third).allSatisfy { abs($0 - $1) < 1e-13 })
  }

  @Test("what is refused")
  func refused() throws {
    func pattern(spread: Double, fraction: Double = 1) -> AngularDistribution {
      AngularDistribution(spots: [.init(direction: SIMD3(0, 0, 1), spread: spread, fraction: fraction)])
    }
    func error(_ body: () throws -> Void) -> SynthesisError? {
      do { try body() } catch { return error as? SynthesisError }
      return nil
    }
    let badSpread = error { _ = try anisotropicField(mixture, pattern(spread: -1), signalIndex: 3, site: 0) }
    guard case .badSignal(3, .badValue) = badSpread else {
      Issue.record("\(String(describing: badSpread))")
      return
    }
    let narrow = error { _ = try anisotropicField(mixture, pattern(spread: 1e-3), site: 0) }
    guard case .skyTooFine(0, _) = narrow else {
      Issue.record("\(String(describing: narrow))")
      return
    }
    #expect("\(narrow.map(String.init(describing:)) ?? "")".contains("wider spots"))
    var fast = mixture
    fast.highestFrequency = 4e6
    let far = error { _ = try anisotropicField(fast, patches, block: 50_000_000, site: 0, bins: 1..<3) }
    guard case .skyTooFine = far else {
      Issue.record("\(String(describing: far))")
      return
    }
    let long = error { _ = try anisotropicField(mixture, patches, block: 2_000_000_000_000_000, site: 0, bins: 1..<3) }
    #expect(long == .blockOutlastsGeometry(index: 0, nanoseconds: 2_000_000_000_000_000))
    let nowhere = error { _ = try anisotropicField(sites: [Site(latitude: .nan, longitude: 0)], site: 0) }
    guard case .badSite = nowhere else {
      Issue.record("\(String(describing: nowhere))")
      return
    }
  }
}

@Suite("Blocks in which the Earth turns")
struct GeometryKnotTests {
  /// Blocks of 320 s at 24 Hz, p R_E = 3.2: parts of 187 s at most, so two of 160 s.
  private let background = IsotropicBackground(
    spectrum: .powerLaw(level: 1, reference: 20, index: 0), lowestFrequency: 23.9, highestFrequency: 24,
    longitudinalFraction: 0.3, chirality: 0.2)
  private let block: Int64 = 320_000_000_000

  private func field() throws -> AnisotropicField {
    try anisotropicField(background, patches, block: block, sites: places, site: 3, axes: [earthAxes[0]])
  }

  @Test("the knots have the geometry of their instants")
  func knots() throws {
    let field = try field()
    #expect(field.knotCount == 3 && field.binCount == 33)
    let values = amplitudes(field, block: -1)
    var largest = 0.0
    for a in places { for b in places { largest = max(largest, length(a.baseline(from: b))) } }
    let phase: Double = 2 * Double.pi * 24 / speedOfLight * largest
    let degree = Int((phase + 1 / (0.35 * 0.35)).rounded(.up)) + 16
    for knot in 0..<3 {
      let time = epoch.advanced(byNanoseconds: -160_000_000_000 + Int64(knot) * 160_000_000_000)
      let sum = cellSum(
        background, patches, degree: degree, seed: 20_260_712, signal: 0, block: -1, bin: 5, frequency: 7653 / 320.0,
        width: 1 / 320.0, position: places[3].inertialPosition(at: time),
        axis: EarthRotation.inertial(earthAxes[0], at: time))
      #expect((values[knot * 33 + 5] - sum).magnitude < 1e-12)
    }
  }

  @Test("samples are interpolated between the knots, on the grid and off it")
  func interpolation() throws {
    let field = try field()
    let sets = Dictionary(uniqueKeysWithValues: (Int64(-2)...1).map { ($0, amplitudes(field, block: $0)) })
    func expected(at t: Double) -> Double {
      let newest = Int64((t / 160).rounded(.down))
      var sum = 0.0
      for block in [newest - 1, newest] {
        guard let set = sets[block] else { return .nan }
        let s = t - 160 * Double(block)
        let part = s < 160 ? 0 : 1
        let progress = s / 160 - Double(part)
        let window = sin(.pi * s / 320)
        for k in 0..<33 {
          let (before, after) = (set[part * 33 + k], set[(part + 1) * 33 + k])
          let z: ComplexNumber = before * (1 - progress) + after * progress
          let angle: Double = -2 * Double.pi * Double(7648 + k) * s / 320
          let turn = ComplexNumber(magnitude: window, phase: angle)
          sum += (z * turn).real
        }
      }
      return sum
    }
    let blocks = OverlappedBlocks(field, blockLength: 320 * 128)
    let times = [-160.0, -159.984375, -3, -0.0078125, 0, 0.0078125, 1, 77.5, 159.9921875, 160, 161, 319.9921875]
    for t in times where t >= -160 && t < 320 {
      let value = render(blocks, Int64(t * 128), 1)[0]
      #expect(abs(value - expected(at: t)) < 1e-11, "\(t)")
    }
    let wandering = InterpolatedBlocks(field, blockLength: 320 * 128, interval: 1 / 128.0)
    var worst = 0.0
    for t in times.dropFirst() {
      for shift in [-0.0031, 0.0007, 0.0039] where t + shift > -160 && t + shift < 320 {
        var value = 0.0
        wandering.add(firstSample: Int64(t * 128), count: 1, displacements: [shift], to: &value, channelStride: 1)
        worst = max(worst, abs(value - expected(at: t + shift)))
      }
    }
    // Section 9.5, plus the kink at a knot over a point of the finer grid.
    #expect(worst < 5e-8, "\(worst)")
  }
}
