import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

/// Method A against the closed forms of section 5.4.
@Suite("Statistics of a line")
struct LineStatisticsTests {
  private struct Case: CustomTestStringConvertible {
    var coupling: VectorCoupling
    var chirality = 0.0
    var testDescription: String { "\(coupling) \(chirality)" }
  }

  /// 1.3 correlation lengths (650 km) apart, along no axis.
  private let sites = [Site(latitude: 48, longitude: 9), Site(latitude: 43, longitude: 17)]

  /// The 6 x 6 complex covariance of the axes of two sites, or of one time with another, over seeds.
  private func covariance(
    _ line: DarkMatterLine, seeds: Range<UInt64>, lag: Int
  ) throws -> (mean: [ComplexNumber], deviation: [Double], step: Double) {
    var sums = [ComplexNumber](repeating: .zero, count: 36)
    var squares = [Double](repeating: 0, count: 36)
    let points = 256
    var step = 0.0
    for seed in seeds {
      let fields = try sites.map { site in
        let envelope = try PlaneWaveEnvelope(
          line: line, signalIndex: 0, observer: lineObserver(seed: seed, site: site))
        step = Double(envelope.step) * 1e-9
        // A covariance needs the phases of f_m.
        return envelope.points(0, points).enumerated().map { index, value in
          let turns = envelope.carrierTurns(Int64(index % points), restFrequency: line.restFrequency)
          return value * ComplexNumber(magnitude: 1, phase: -2 * .pi * turns)
        }
      }
      let channels = (0..<6).map { c in Array(fields[c / 3][c % 3 * points..<(c % 3 + 1) * points]) }
      for i in 0..<6 {
        for j in 0..<6 {
          var sum = ComplexNumber.zero
          for t in 0..<points - lag { sum += channels[i][t + lag] * channels[j][t].conjugate }
          // Half the mean product of the envelopes is the covariance of section 5.4.
          let value = sum / Double(2 * (points - lag))
          sums[6 * i + j] += value
          squares[6 * i + j] += value.magnitudeSquared
        }
      }
    }
    let count = Double(seeds.count)
    let mean = sums.map { $0 / count }
    let deviation = zip(mean, squares).map { ((($1 / count) - $0.magnitudeSquared) / (count - 1)).squareRoot() }
    return (mean, deviation, step)
  }

  @Test(
    "covariance of two sites, at once and later, against the closed forms",
    arguments: [
      (VectorCoupling.axionGradient, 0.0), (.electricDipole, 0), (.magneticDipole, 0), (.magneticDipole, 0.9),
    ], [0, 3])
  func covariance(coupling: (VectorCoupling, Double), lag: Int) throws {
    let line = DarkMatterLine(
      coupling: coupling.0, restFrequency: 1e5, amplitude: 1e3, chirality: coupling.1)
    let halo = line.velocities(of: line.components[0], at: lineEpoch)
    let (mean, deviation, step) = try covariance(line, seeds: 1..<41, lag: lag)
    let mass = 2 * .pi * line.restFrequency
    // The covariance at one place and time, along one axis.
    let scale = (0..<6).reduce(0) { $0 + mean[7 * $1].real } / 6
    // The baseline turns by 0.8 degrees in these 3 minutes.
    let middle = lineEpoch.advanced(byNanoseconds: Int64(128e9 * step))
    var (chirality, chiralityNorm) = (0.0, 0.0)
    var (sum, norm) = (0.0, 0.0)
    for i in 0..<6 {
      for j in 0..<6 {
        let baseline = sites[i / 3].baseline(from: sites[j / 3], at: middle)
        let correlation = HaloCorrelation(
          halo, separation: mass / speedOfLight * baseline, delay: mass * Double(lag) * step)
        let (l1, l2) = (
          EarthRotation.inertial(earthAxes[i % 3], at: middle), EarthRotation.inertial(earthAxes[j % 3], at: middle)
        )
        var expected = 1e6 * correlation.contraction(coupling.0.haloCoupling, l1, l2)
        if coupling.1 != 0 {
          // The antisymmetric part of a chiral halo: Stokes V of section 5.5, over all speeds.
          let antisymmetric =
            (1e6 * coupling.1 * 2 / 3)
            * stokesV(
              halo, separation: mass / speedOfLight * baseline, delay: mass * Double(lag) * step, l1, l2)
          let symmetric = expected
          expected += antisymmetric
          chirality += ((mean[6 * i + j] - symmetric) * antisymmetric.conjugate).real
          chiralityNorm += antisymmetric.magnitudeSquared
        }
        #expect(
          (mean[6 * i + j] - expected).magnitude < 5 * deviation[6 * i + j] + 0.006 * scale,
          "\(i) \(j): \(mean[6 * i + j]), expected \(expected) ± \(deviation[6 * i + j])")
        sum += (mean[6 * i + j] * expected.conjugate).real
        norm += expected.magnitudeSquared
      }
    }
    // The whole matrix, projected on the expected one: the imaginary part and the sign of the wind count.
    #expect(abs(sum / norm - 1) < 0.05, "projection \(sum / norm)")
    if chiralityNorm > 0 {
      #expect(abs(chirality / chiralityNorm - 1) < 0.15, "chirality \(chirality / chiralityNorm)")
    }
  }

  /// l_1 l_2 ∫ v² V exp(-i m v² τ/2) dv of section 5.5, by the trapezoidal rule.
  private func stokesV(
    _ halo: HaloModel, separation: SIMD3<Double>, delay: Double, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    let step = halo.virialSpeed / 50
    return (1...300).reduce(ComplexNumber.zero) { sum, n in
      let speed = Double(n) * step
      let value = HaloSpectrum(halo, speed: speed, separation: separation).stokesV(first, second)
      return sum + value * ComplexNumber(magnitude: step * speed * speed, phase: -delay * speed * speed / 2)
    }
  }

  /// Amplitudes at instants many coherence times apart, over seeds: 10 800 complex numbers for each line.
  @Test(
    "all elements together, by chi-square over ten thousand amplitudes",
    arguments: [
      DarkMatterLine(coupling: .axionGradient, restFrequency: 1e5, amplitude: 1e3),
      DarkMatterLine(coupling: .electricDipole, restFrequency: 1e5, amplitude: 1e3),
      DarkMatterLine(coupling: .magneticDipole, restFrequency: 1e5, amplitude: 1e3, chirality: 0.9),
      DarkMatterLine(
        coupling: .axionGradient, restFrequency: 1e5, amplitude: 1e3,
        components: [.init(meanVelocity: SIMD3(120e3, -210e3, -90e3), virialSpeed: 120e3)]),
      DarkMatterLine(
        coupling: .electricDipole, restFrequency: 1e5, amplitude: 1e3,
        components: [.init(meanVelocity: SIMD3(120e3, -210e3, -90e3), virialSpeed: 120e3)]),
      DarkMatterLine(
        coupling: .magneticDipole, restFrequency: 1e5, amplitude: 1e3,
        components: [
          .init(fraction: 0.6), .init(fraction: 0.4, meanVelocity: SIMD3(120e3, -210e3, -90e3), virialSpeed: 120e3),
        ]),
    ])
  func chiSquare(line: DarkMatterLine) throws {
    let halos = line.components.map { (fraction: $0.fraction, halo: line.velocities(of: $0, at: lineEpoch)) }
    let mass = 2 * .pi * line.restFrequency
    let instants = [0, 100, 200]
    var (right, conjugated) = (CovarianceCheck(order: 6), CovarianceCheck(order: 6))
    for seed in UInt64(5001)..<5601 {
      let envelopes = try sites.map {
        try PlaneWaveEnvelope(line: line, signalIndex: 0, observer: lineObserver(seed: seed, site: $0))
      }
      let points = envelopes.map { $0.points(0, 256) }
      for instant in instants {
        let time = lineEpoch.advanced(byNanoseconds: Int64(instant) * envelopes[0].step)
        var covariance: [ComplexNumber] = []
        for i in 0..<6 {
          for j in 0..<6 {
            let separation = mass / speedOfLight * sites[i / 3].baseline(from: sites[j / 3], at: time)
            let (l1, l2) = (
              EarthRotation.inertial(earthAxes[i % 3], at: time), EarthRotation.inertial(earthAxes[j % 3], at: time)
            )
            var value = ComplexNumber.zero
            for (fraction, halo) in halos {
              value +=
                fraction
                * HaloCorrelation(halo, separation: separation).contraction(line.coupling.haloCoupling, l1, l2)
              if line.chirality != 0 {
                value +=
                  (fraction * line.chirality * 2 / 3) * stokesV(halo, separation: separation, delay: 0, l1, l2)
              }
            }
            // The mean product of the envelopes is twice the covariance.
            covariance.append(2e6 * value)
          }
        }
        let vector = (0..<6).map { points[$0 / 3][$0 % 3 * 256 + instant] }
        right.add(vector, covariance: covariance)
        conjugated.add(vector, covariance: covariance.map(\.conjugate))
      }
    }
    print("\(line.coupling): p \(right.covarianceProbability), circular \(right.circularityProbability)")
    #expect(right.covarianceProbability > 0.001 && right.covarianceProbability < 0.999)
    #expect(right.circularityProbability > 0.001 && abs(right.kurtosisScore) < 4)
    // The sign of the wind, and of helicity.
    #expect(conjugated.covarianceProbability < 1e-9)
  }

  @Test(
    "the error of a list falls as the table of section 9.2", arguments: [(64, 0.112), (256, 0.0365), (1024, 0.0116)])
  func listError(waves: Int, published: Double) {
    let mean = SIMD3(0.3, 0.4, -0.9)
    let separation = SIMD3(0.5, -1.0, 2)
    let halo = HaloModel(meanVelocity: mean, virialSpeed: 1)
    func norm(_ matrix: [ComplexNumber]) -> Double { matrix.reduce(0) { $0 + $1.magnitudeSquared }.squareRoot() }
    func matrix(_ correlation: HaloCorrelation) -> [ComplexNumber] {
      (0..<9).map { correlation.contraction(.axionGradient, earthAxes[$0 / 3], earthAxes[$0 % 3]) }
    }
    let truth = matrix(HaloCorrelation(halo, separation: separation))
    let zero = norm(matrix(HaloCorrelation(halo, separation: SIMD3())))
    var sum = 0.0
    for seed in 0..<100 {
      let shift = SobolSequence.shift(key: UInt64(seed))
      var realised = [ComplexNumber](repeating: .zero, count: 9)
      for n in 0..<waves {
        let v = mean + 0.5.squareRoot() * SobolSequence.normalDeviates(UInt32(n), shift: shift)
        let phasor = ComplexNumber(magnitude: 1 / Double(waves), phase: dot(v, separation))
        for k in 0..<9 { realised[k] += v[k / 3] * v[k % 3] * phasor }
      }
      let error = norm(zip(realised, truth).map { $0 - $1 }) / zero
      sum += error * error
    }
    // Two sets of a hundred shifts differ by some ten per cent.
    #expect(abs((sum / 100).squareRoot() / published - 1) < 0.3)
  }
}
