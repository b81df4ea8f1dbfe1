import DarkMatter
import Glibc
import Instruments
import Numerics
import Sky
import Testing

@Suite("Samples of spin-precession sensors")
struct SpinSensorSourceTests {
  private static let up = LocalDirection(azimuth: 0, altitude: 90)

  private static func spins(
    _ readout: SpinPrecession.Readout, projectionNoise: Double = 0, gyromagneticRatio: Double = 2,
    relaxationTime: Double = 0.3, larmorFrequency: Double = 12
  ) -> SpinPrecession {
    SpinPrecession(
      polarization: up,
      resonance: BlochResponse(
        larmorFrequency: larmorFrequency, relaxationTime: relaxationTime, gyromagneticRatio: gyromagneticRatio),
      projectionNoise: projectionNoise, readout: readout)
  }

  /// Horizontal axes at angles from the east towards the north: from x towards y for spins that point up.
  private static func axes(_ angles: [Double]) -> [VectorSensor.Axis] {
    angles.map {
      VectorSensor.Axis(name: "a\(Int($0))", direction: LocalDirection(azimuth: 90 - $0, altitude: 0))
    }
  }

  /// Cross spectra of all channels, in the order of the matrix, and the number of independent segments in each.
  private static func spectra(
    _ channels: [[Double]], segment: Int, rate: Double
  ) -> (matrix: [[ComplexNumber]], effective: Double) {
    let matrix = channels.flatMap { first in
      channels.map { crossSpectrum(first, $0, segment: segment, rate: rate) }
    }
    // Half-overlapping Hann segments are correlated by 1/6.
    let segments = Double((channels[0].count - segment) / (segment / 2) + 1)
    return (matrix, segments / (1 + 2.0 / 36))
  }

  @Test(
    "noise: white and projection noise of one ensemble, of a pair's records and of its components",
    arguments: SpinPrecession.Readout.allCases, [2.0, -2])
  func noise(readout: SpinPrecession.Readout, gyromagneticRatio: Double) throws {
    let spins = Self.spins(readout, projectionNoise: 2, gyromagneticRatio: gyromagneticRatio)
    let angles = readout == .pairComponents ? [0, 90, 40.0] : [0, 90.0]
    let rate = 64.0
    let (count, segment) = (512_000, 1024)
    let values = try source(
      noise: NoiseModel(white: 0.5), rate: SampleRate(64), plan: plan(signals: []), axes: Self.axes(angles),
      spins: spins
    ).samples(-1000, count)
    let channels = angles.indices.map { Array(values[$0 * count..<($0 + 1) * count]) }
    let (matrix, effective) = Self.spectra(channels, segment: segment, rate: rate)

    // Section 3: N_w + N_spin/(1 + (w0 - w)² T2²), and what two channels have in common of it.
    func expected(_ first: Int, _ second: Int, _ frequency: Double) -> ComplexNumber {
      let detuning = 2 * Double.pi * (12 - frequency) * 0.3
      let (white, projection) = (0.25, 4 / (1 + detuning * detuning))
      let difference = (angles[first] - angles[second]) * .pi / 180
      switch readout {
      case .single:
        // S_y follows S_x by a quarter of a period, ahead of it for γ < 0.
        let turn = ComplexNumber(magnitude: projection, phase: gyromagneticRatio > 0 ? -difference : difference)
        return turn + ComplexNumber(first == second ? white : 0)
      case .pairRecords: return ComplexNumber(first == second ? white + projection : 0)
      case .pairComponents: return ComplexNumber(2 * (white + projection) * cos(difference))
      }
    }
    var (deviation, bins) = (0.0, 0.0)
    for first in angles.indices {
      for second in first..<angles.count {
        // Every fourth bin: a Hann window joins three.
        for k in stride(from: 32, to: 480, by: 4) {
          let frequency = Double(k) * rate / Double(segment)
          let variance =
            expected(first, first, frequency).real * expected(second, second, frequency).real / effective
          deviation +=
            (matrix[first * angles.count + second][k] - expected(first, second, frequency)).magnitudeSquared / variance
          bins += 1
        }
      }
    }
    // Each summand has mean 1 and, for a real or complex normal deviate, variance 2 or 1.
    let mean = deviation / bins
    print("seed 1, \(readout), γ \(gyromagneticRatio): mean square deviation \(mean) from 1 in \(Int(bins)) bins")
    #expect(abs(mean - 1) < 4 * (2 / bins).squareRoot())

    // The density that planning and analysis use is that of the channels.
    let sensor = VectorSensor(axes: Self.axes(angles), noise: NoiseModel(white: 0.5), spins: spins)
    for frequency in [3, 12, 20.0] {
      #expect(abs(sensor.noiseDensity(at: frequency) / expected(0, 0, frequency).real - 1) < 1e-14)
    }
  }

  @Test("a record of A keeps its noise when B is read as well, and A and B have the keys of channels 0 and 1")
  func keys() throws {
    let noise = NoiseModel(white: 0.5, knee: 2)
    func samples(_ readout: SpinPrecession.Readout, _ angles: [Double]) throws -> [Double] {
      try source(
        noise: noise, plan: plan(signals: []), axes: Self.axes(angles), spins: Self.spins(readout, projectionNoise: 2)
      ).samples(77, 500)
    }
    let (pair, single) = (try samples(.pairRecords, [0, 0]), try samples(.single, [0]))
    let components = try samples(.pairComponents, [0, 90])
    #expect(Array(pair[..<500]) == single)
    // Along x the component is the sum of the records' projection noises; white and coloured parts are √2 times A's.
    let without = try source(noise: noise, plan: plan(signals: []), axes: Self.axes([0, 0])).samples(77, 500)
    for j in 0..<500 {
      let projection = pair[j] - without[j] + pair[500 + j] - without[500 + j]
      #expect(abs(components[j] - 2.0.squareRoot() * without[j] - projection) < 1e-12)
    }
  }

  @Test("samples do not depend on how they are asked for")
  func partitions() throws {
    func make() throws -> VectorSensorSource {
      try source(
        noise: NoiseModel(white: 0.1, knee: 3), axes: Self.axes([0, 90]),
        spins: Self.spins(.pairComponents, projectionNoise: 1, relaxationTime: 0.04))
    }
    let whole = try make().samples(-300, 2000)
    let parts = try make()
    for start in stride(from: 1900, through: 0, by: -100) {
      let part = parts.samples(Int64(start - 300), 100)
      for channel in 0..<2 {
        #expect(
          Array(part[channel * 100..<(channel + 1) * 100])
            == Array(whole[channel * 2000 + start..<channel * 2000 + start + 100]))
      }
    }
  }

  @Test("A, B and a distant Bloch sensor in a chiral background: cross spectra h_I Γ h_J*")
  func chiralBackground() throws {
    let field = IsotropicBackground(
      spectrum: .powerLaw(level: 2, reference: 20, index: 0), lowestFrequency: 8, highestFrequency: 40, chirality: 0.9)
    let shared = plan(signals: [(0, .isotropic(field))])
    // w0 T2 = 5: the leak is 10 % on resonance and part of what is compared. 100 T2 is the synthesis block.
    let spins = Self.spins(.pairRecords, relaxationTime: 0.04, larmorFrequency: 20)
    var far = Self.spins(.single, relaxationTime: 0.04, larmorFrequency: 23)
    far.polarization = LocalDirection(azimuth: 200, altitude: 15)
    let farAxis = VectorSensor.Axis(name: "r", direction: LocalDirection(azimuth: 290, altitude: 0))
    let count = 512_000
    let near = try source(plan: shared, axes: Self.axes([0, 0]), spins: spins).samples(0, count)
    let distant = try source(name: "mainz", site: away, plan: shared, axes: [farAxis], spins: far).samples(0, count)
    let (matrix, effective) = Self.spectra(
      [Array(near[..<count]), Array(near[count...]), distant], segment: 384, rate: 128)

    // l of section 3, written out: R(f) (x + i y)/2 + R(-f)* (x - i y)/2, B's with y reversed; |R| = 1 on resonance.
    func direction(_ x: SIMD3<Double>, _ y: SIMD3<Double>, larmor: Double, _ frequency: Double) -> ComplexVector {
      func response(_ f: Double) -> ComplexNumber { .i / ComplexNumber(1, 2 * .pi * (larmor - f) * 0.04) }
      let (r, s) = (response(frequency), response(-frequency).conjugate)
      let (along, across) = (0.5 * (r + s), ComplexNumber(0, 0.5) * (r - s))
      return ComplexVector(
        along.real * x + across.real * y, along.imaginary * x + across.imaginary * y)
    }
    let (east, north) = (home.localAxes.east, home.localAxes.north)
    let x = farAxis.direction.earthFixed(at: away)
    let y = cross(far.polarization.earthFixed(at: away), x)
    let baseline = home.earthFixedPosition - away.earthFixedPosition
    func expected(
      _ first: Int, _ second: Int, _ frequency: Double, in field: IsotropicBackground = field
    ) -> ComplexNumber {
      let l = [
        direction(east, north, larmor: 20, frequency), direction(east, -north, larmor: 20, frequency),
        direction(x, y, larmor: 23, frequency),
      ]
      let separation = (first == 2) == (second == 2) ? SIMD3() : first == 2 ? -baseline : baseline
      // l Γ l* by its real and imaginary parts; Γ is real.
      func gamma(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
        field.density(at: frequency, baseline: separation, a, b)
      }
      return ComplexNumber(
        gamma(l[first].real, l[second].real) + gamma(l[first].imaginary, l[second].imaginary),
        gamma(l[first].imaginary, l[second].real) - gamma(l[first].real, l[second].imaginary))
    }
    var mirrored = field
    mirrored.chirality = -field.chirality
    var (deviation, bins) = (0.0, 0.0)
    for (first, second) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2), (2, 0)] {
      var (projection, information, mirrorProjection) = (0.0, 0.0, 0.0)
      for k in stride(from: 27, through: 117, by: 3) {
        let frequency = Double(k) / 3
        let model = expected(first, second, frequency)
        let variance = expected(first, first, frequency).real * expected(second, second, frequency).real / effective
        let found = matrix[3 * first + second][k]
        deviation += (found - model).magnitudeSquared / variance
        projection += (found * model.conjugate).real / variance
        information += model.magnitudeSquared / variance
        mirrorProjection +=
          (expected(first, second, frequency, in: mirrored) * model.conjugate).real / variance
        bins += 1
      }
      // The expected pattern's amplitude: one half of the variance is along it, all of it for powers.
      let error = ((first == second ? 1 : 0.5) / information).squareRoot()
      print("seed 1, channels \(first), \(second): expected pattern \(projection / information) +- \(error)")
      #expect(abs(projection / information - 1) < 4 * error + 0.005)
      // Opposite chirality would be seen in what A or B has in common with the distant sensor.
      if first != second, max(first, second) == 2 {
        #expect(abs(projection - mirrorProjection) / information > 10 * error)
      }
    }
    print("mean square deviation \(deviation / bins) from 1 in \(Int(bins)) bins")
    #expect(abs(deviation / bins - 1) < 4 * (2 / bins).squareRoot())
  }

  @Test("projection noise of spins that live too long for the rate is refused, without it they are not")
  func tooLong() throws {
    #expect(throws: InstrumentError.self) {
      _ = try source(
        plan: plan(signals: []), axes: Self.axes([0]),
        spins: Self.spins(.single, projectionNoise: 1, relaxationTime: 400))
    }
    _ = try source(plan: plan(signals: []), axes: Self.axes([0]), spins: Self.spins(.single, relaxationTime: 400))
  }
}
