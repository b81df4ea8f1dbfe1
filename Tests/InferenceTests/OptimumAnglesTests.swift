import Correlator
import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

/// The angles between two sensors that vector-network sections 6 and 7 call best come out of drawn data.
@Suite("Optimum angles recovered from drawn data")
struct OptimumAnglesTests {
  /// Section 7, (79): with amplitude and noise known two sensors across their baseline measure P_V with a variance
  /// 2/(K j1² sin²γ), least at a right angle.
  @Test("fits of the chirality scatter least for sensors at a right angle")
  func chirality() throws {
    let angles = [50.0, 70, 90, 110, 130]
    let (z, amplitude, samples, experiments) = (2.0815759778181, 0.2, 20_000, 400)
    let (j0, j1) = (sin(z) / z, sin(z) / (z * z) - cos(z) / z)
    var stream = NormalStream(key: 7_101)
    let information = try angles.map { angle -> Double in
      let (parallel, across) = (cos(angle * .pi / 180), sin(angle * .pi / 180))
      // 5.1, sensors perpendicular to the baseline.
      let mean = RealMatrix([[1 / 3.0, parallel * (j0 - j1 / z) / 2], [parallel * (j0 - j1 / z) / 2, 1 / 3.0]])
      let handed = RealMatrix([[0, across * j1 / 2], [across * j1 / 2, 0]])
      var covariance = amplitude * mean
      for i in 0..<2 { covariance[i, i] += 1 }
      var squares = 0.0
      for _ in 0..<experiments {
        let drawn = try wishartMean(covariance, samples: samples, &stream)
        let likelihood = try WhittleLikelihood(
          channelCount: 2, groups: [.init(channels: [0, 1], weight: Double(samples), matrices: drawn.elements)],
          templates: mean.elements + handed.elements, logFrequencies: [0])
        var chirality = 0.0
        for _ in 0..<4 {
          let found = try likelihood.evaluate(amplitudes: [amplitude, amplitude * chirality], index: 0, noise: [1, 1])
          // The second amplitude is A P_V; the index comes last.
          chirality += found.gradient[1] / (amplitude * found.fisher[4])
        }
        squares += chirality * chirality
      }
      return Double(experiments) / squares
    }
    let strength = Double(samples) * amplitude * amplitude
    let exact = angles.map { strength / 2 * pow(j1 * sin($0 * .pi / 180), 2) }
    let error = (2 / Double(experiments)).squareRoot()
    let found = ParabolaVertex(angles, information)
    let uncertainty = ParabolaVertex(angles, exact).error(relative: error)
    print(
      "seed 7101: best angle \(found.place) ± \(uncertainty) degrees; information \(information), expected \(exact)")
    #expect(abs(found.place - 90) < 4 * uncertainty && uncertainty < 3)
    // The exact form has a factor of about (1 + A/3)⁻² beside the weak one.
    let strong = pow(1 + amplitude / 3, -2)
    for (value, expected) in zip(information, exact) {
      #expect(abs(value / (strong * expected) - 1) < 4 * error + 0.02)
    }
  }

  /// Section 6, (70): two sensors at one place and a stream of known strength at the polar angle of the optimum: the solid angle
  /// is least at 60 degrees between the sensors, 45 from each to the waves, and √2 π/K there.
  @Test("fits of a direction scatter least for sensors at 60 degrees")
  func direction() throws {
    let angles = [30.0, 45, 60, 75, 90]
    let (amplitude, samples, experiments) = (0.02, 2_000_000, 400)
    var stream = NormalStream(key: 6_101)
    let strength = Double(samples) * amplitude * amplitude
    let (sine, cosine) = ((2.0 / 3).squareRoot(), (1.0 / 3).squareRoot())
    let areas = try angles.map { angle -> Double in
      let half = angle / 2 * .pi / 180
      var fixture = try StreamFixture.stations(2, bins: 1, frequencies: 20...20)
      let axes = [SIMD3(cos(half), sin(half), 0), SIMD3(cos(half), -sin(half), 0)]
      fixture.geometry = try NetworkGeometry(positions: [SIMD3(), SIMD3()], directions: axes, labels: ["a", "b"])
      fixture.noise = [[1], [1]]
      fixture.model.amplitude = amplitude
      let time = fixture.times[0]
      func inertial(_ vector: SIMD3<Double>) -> SIMD3<Double> { EarthRotation.inertial(vector, at: time) }
      let source = inertial(-SIMD3(sine, 0, cosine))
      let tangents = (inertial(SIMD3(cosine, 0, -sine)), inertial(SIMD3(0, 1, 0)))
      let seen = axes.map { $0.x * sine }
      var covariance = RealMatrix([
        [seen[0] * seen[0], seen[0] * seen[1]], [seen[0] * seen[1], seen[1] * seen[1]],
      ])
      for index in covariance.elements.indices { covariance.elements[index] *= amplitude }
      for i in 0..<2 { covariance[i, i] += 1 }
      var (xx, xy, yy) = (0.0, 0.0, 0.0)
      for _ in 0..<experiments {
        let drawn = try wishartMean(covariance, samples: samples, &stream)
        let likelihood = try fixture.likelihood([
          StreamObservation(
            time: time, channels: [0, 1], weight: Double(samples),
            spectra: .matrix(drawn.elements.map { ComplexNumber($0) }))
        ])
        let place = try Self.maximum(likelihood, near: source, tangents)
        xx += place.x * place.x
        xy += place.x * place.y
        yy += place.y * place.y
      }
      let count = Double(experiments)
      return 2 * Double.pi * (xx / count * yy / count - xy / count * xy / count).squareRoot()
    }
    let information = areas.map { 1 / $0 }
    let exact = angles.map { angle -> Double in
      let radians = angle * .pi / 180
      return 2.0.squareRoot() * strength * sine * sine * (1 + cos(radians)) * sin(radians) * cosine / .pi
    }
    #expect(abs(1 / exact[2] / (4.442882938158366 / strength) - 1) < 1e-12)
    // Of the root of a determinant of two variances.
    let error = 1 / Double(experiments).squareRoot()
    let (found, expected) = (ParabolaVertex(angles, information), ParabolaVertex(angles, exact))
    let uncertainty = expected.error(relative: error)
    print(
      "seed 6101: best angle \(found.place) ± \(uncertainty) degrees, a parabola through (70) has \(expected.place); areas times K \(areas.map { $0 * strength })"
    )
    #expect(abs(expected.place - 60) < 2)
    #expect(abs(found.place - expected.place) < 4 * uncertainty && uncertainty < 3)
    // Waves of a fiftieth of the noise make 3 % of the exact form, and errors are small enough to be nearly Gaussian.
    for (value, wanted) in zip(information, exact) { #expect(abs(value / wanted - 1) < 4 * error + 0.06) }
  }

  /// The likeliest place near a direction, in radians along two tangents, by Newton's steps.
  private static func maximum(
    _ likelihood: SkyLikelihood, near source: SIMD3<Double>, _ tangents: (SIMD3<Double>, SIMD3<Double>)
  ) throws -> SIMD2<Double> {
    let step = 0.005
    var place = SIMD2(0.0, 0.0)
    for _ in 0..<5 {
      let offsets = [(0.0, 0.0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)]
      let values = likelihood.evaluate(
        offsets.map { offset in
          let (x, y) = (place.x + step * offset.0, place.y + step * offset.1)
          let vector = source + x * tangents.0 + y * tangents.1
          return vector / (vector * vector).sum().squareRoot()
        }
      ).map(\.logLikelihood)
      let slope = SIMD2(values[1] - values[2], values[3] - values[4]) / (2 * step)
      let square = step * step
      let (xx, yy) = (
        (2 * values[0] - values[1] - values[2]) / square, (2 * values[0] - values[3] - values[4]) / square
      )
      let xy = (2 * values[0] - values[5] - values[6]) / (2 * square) - (xx + yy) / 2
      let determinant = xx * yy - xy * xy
      guard determinant > 0, xx > 0 else { break }
      var change = SIMD2(yy * slope.x - xy * slope.y, xx * slope.y - xy * slope.x) / determinant
      let size = (change * change).sum().squareRoot()
      if size > 0.15 { change *= 0.15 / size }
      place += change
    }
    return place
  }
}
