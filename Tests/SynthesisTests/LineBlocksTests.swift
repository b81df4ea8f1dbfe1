import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

/// The standard halo at 1 MHz, whose coherence time is 0.59 s: blocks of a minute.
private func haloLine(_ coupling: VectorCoupling, chirality: Double = 0) -> DarkMatterLine {
  DarkMatterLine(coupling: coupling, restFrequency: 1e6, amplitude: 1e3, chirality: chirality)
}

/// 45 km apart, 0.7 correlation lengths.
private let pair = [Site(latitude: 48, longitude: 9), Site(latitude: 48.3, longitude: 8.6)]

private func pairObserver(
  _ site: Int, seed: UInt64 = 11, seconds: Double = 3600,
  response: @escaping @Sendable (Int, Int, Double) -> ComplexNumber = { $0 == $1 && $2 > 0 ? .one : .zero }
) -> FieldObserver {
  var observer = lineObserver(
    seed: seed, rate: SampleRate(2_100_000), seconds: seconds, response: response)
  (observer.sites, observer.siteIndex) = (pair, site)
  return observer
}

private func envelope(_ line: DarkMatterLine, _ observer: FieldObserver, component: Int = 0) throws
  -> FrequencySkyEnvelope
{
  try FrequencySkyEnvelope(line: line, component: component, signalIndex: 0, observer: observer)
}

@Suite("Bins across a line")
struct LineBinsTests {
  private let halo = HaloModel(meanVelocity: SIMD3(0.3e-3, 0.4e-3, -0.9e-3), virialSpeed: 0.8e-3)
  private let seconds = 60.0

  private func powers(_ coupling: VectorCoupling) -> (bins: LineBins, sums: [Double]) {
    let line = haloLine(coupling)
    let bins = LineBins(line, seconds: seconds, speeds: 0...4.4e-3)
    let quadrature = SkyQuadrature(degree: 40)
    var sums = [Double](repeating: 0, count: bins.count)
    var output = sums
    for node in 0..<quadrature.count {
      guard bins.fill(&output, direction: quadrature.direction(node), halo: halo) else { continue }
      for bin in 0..<bins.count { sums[bin] += quadrature.weight(node) * output[bin] }
    }
    return (bins, sums)
  }

  /// For any velocities the trace of the matrix: 1, or <v²> = 3/2 v_vir² + v̄².
  @Test("the power of all bins is that of the line")
  func total() {
    let electric = powers(.electricDipole).sums.reduce(0, +)
    #expect(abs(electric - 1) < 1e-6, "\(electric)")
    let gradient = powers(.axionGradient).sums.reduce(0, +)
    let square = 1.5 * halo.virialSpeed * halo.virialSpeed + dot(halo.meanVelocity, halo.meanVelocity)
    #expect(abs(gradient / square - 1) < 1e-5, "\(gradient / square)")
  }

  @Test("each bin has the power between its edges, by the densities of section 5.5")
  func shape() {
    let (bins, sums) = powers(.axionGradient)
    // The rest frequency is an integer multiple of 1/60 Hz: the first bin is cut in half.
    #expect(bins.firstBin == 60_000_000)
    for bin in [0, 1, 7, 60, 200] {
      let edges = [Double(bin) - 0.5, Double(bin) + 0.5].map { (2 * max(0, $0) / (1e6 * seconds)).squareRoot() }
      var sum = 0.0
      let steps = 200
      for step in 0...steps {
        let speed = edges[0] + (edges[1] - edges[0]) * Double(step) / Double(steps)
        guard speed > 0 else { continue }
        let spectrum = HaloSpectrum(halo, speed: speed, separation: SIMD3())
        let trace = earthAxes.reduce(0) { $0 + spectrum.contraction(.axionGradient, $1, $1).real }
        sum += trace * (step == 0 || step == steps ? 1 : step % 2 == 1 ? 4 : 2)
      }
      sum *= (edges[1] - edges[0]) / Double(3 * steps)
      #expect(abs(sums[bin] / sum - 1) < 1e-7, "bin \(bin): \(sums[bin] / sum)")
      let middle = ((edges[0] * edges[0] + edges[1] * edges[1]) / 2).squareRoot()
      #expect(abs(bins.wavenumbers[bin] / (1e6 / speedOfLight * middle) - 1) < 1e-7)
    }
  }
}

@Suite("Lines in blocks")
struct LineBlocksTests {
  /// One point by the sums of sections 9.1, 9.3 and 9.4, with the place and the axes of its own instant.
  @Test("points are the sums over bins and directions", arguments: [VectorCoupling.electricDipole, .magneticDipole])
  func sums(coupling: VectorCoupling) throws {
    let line = haloLine(coupling, chirality: 0.4)
    let envelope = try envelope(line, pairObserver(1))
    let seconds = Double(envelope.blockLength) * Double(envelope.step) * 1e-9
    #expect(seconds >= 100 * line.coherenceTime(of: line.components[0]) && seconds < 65)
    let virial = 220e3 / speedOfLight
    let mean = (length(line.sun.equatorial) + 30e3) / speedOfLight
    let (most, top) = (mean + 2.5 * virial, mean + 4 * virial)
    let p = 2 * Double.pi * 1e6 / speedOfLight * most
    let sharpness = 2 * most * mean / (virial * virial)
    let degree = hypot(p * length(pair[0].baseline(from: pair[1])), sharpness).rounded(.up) + 16
    let quadrature = SkyQuadrature(degree: Int(degree))
    let rest = 1e6 * seconds
    let first = Int((rest + 0.5).rounded(.down))
    let last = Int((rest * (1 + top * top / 2)).rounded(.up))
    let shares = coupling == .magneticDipole ? [0, 1.4 / 3, 0.6 / 3] : [1 / 3.0, 1.4 / 3, 0.6 / 3]

    let point = Int64(5 * envelope.blockLength / 2 + 1234)
    let now = lineEpoch.advanced(byNanoseconds: point * envelope.step)
    let place = pair[1].inertialPosition(at: now)
    let axes = earthAxes.map { EarthRotation.inertial($0, at: now) }
    var expected = [ComplexNumber](repeating: .zero, count: 3)
    for block in [Int64(4), 5] {
      let start = Double(block) * seconds / 2
      let s = Double(point * envelope.step) * 1e-9 - start
      let window = sin(.pi * s / seconds)
      let centre = lineEpoch.advanced(byNanoseconds: Int64((start + seconds / 2) * 1e9))
      let wind = -EarthVelocity.throughHalo(at: centre) / speedOfLight
      let key = Philox.derive(11, tag: 0x424C_4F43, a: block, b: 0)
      var turns: [ComplexNumber] = []
      for k in first...last {
        // f_k (t - t_b) - f_c t: the carrier is that of the envelope.
        let cycles = Double(k) * (s / seconds)
        let carried = envelope.carrier.turns(seconds: Double(point * envelope.step) * 1e-9)
        turns.append(ComplexNumber(magnitude: 1, phase: -2 * .pi * (cycles.remainder(dividingBy: 1) - carried)))
      }
      let edges = (first...last + 1).map { (2 * max(0, Double($0) - 0.5 - rest) / rest).squareRoot() }
      for q in 0..<quadrature.count {
        let n = quadrature.direction(q)
        let sign = n.z >= 0 ? 1.0 : -1.0
        let a = -1 / (sign + n.z)
        let e1 = SIMD3(1 + sign * n.x * n.x * a, sign * n.x * n.y * a, -sign * n.x)
        let e2 = cross(n, e1)
        for k in first...last {
          let (low, high) = (edges[k - first], edges[k - first + 1])
          // Simpson's rule over the bin.
          var power = 0.0
          for (step, factor) in [1.0, 4, 2, 4, 1].enumerated() {
            let v = low + (high - low) * Double(step) / 4
            let u = v * n - wind
            let density = exp(-dot(u, u) / (virial * virial)) / pow(Double.pi * virial * virial, 1.5)
            power += factor * 4 * Double.pi * v * v * (coupling == .magneticDipole ? v * v : 1) * density
          }
          power *= (high - low) / 12 * quadrature.weight(q)
          let wavenumber = 2 * Double.pi * 1e6 / speedOfLight * ((low * low + high * high) / 2).squareRoot()
          let phase = ComplexNumber(magnitude: window, phase: wavenumber * dot(n, place)) * turns[k - first]
          for mode in 0..<3 where shares[mode] > 0 {
            let g = NormalDeviates.four(
              SIMD4(UInt32(k - first), UInt32(q), UInt32(mode), 0x534B_5943), key: key)
            let c = ComplexNumber(g[0], g[1]) * (1e3 * (power * shares[mode]).squareRoot()) * phase
            for (axis, direction) in axes.enumerated() {
              let half = 0.5.squareRoot()
              let projection =
                mode == 0
                ? ComplexNumber(dot(direction, n))
                : ComplexNumber(half * dot(direction, e1), (mode == 1 ? half : -half) * dot(direction, e2))
              expected[axis] += c * projection
            }
          }
        }
      }
    }
    let values = envelope.points(point, 1)
    let scale = (expected.reduce(0) { $0 + $1.magnitudeSquared } / 3).squareRoot()
    for axis in 0..<3 {
      // Linear interpolation between the knots, and Simpson's rule where the line begins.
      #expect((values[axis] - expected[axis]).magnitude < 2e-3 * scale, "\(values[axis]) \(expected[axis])")
    }
  }

  /// Sections 5.4 and 9.4: at lags far below the block's length the covariance is that of the halo.
  @Test(
    "covariance of two sites, at once and later, against the closed forms",
    arguments: [(VectorCoupling.axionGradient, 0.0), (.electricDipole, 0), (.magneticDipole, 0.8)])
  func covariance(coupling: VectorCoupling, chirality: Double) throws {
    let line = haloLine(coupling, chirality: chirality)
    let envelopes = try (0..<2).map { try envelope(line, pairObserver($0)) }
    let step = Double(envelopes[0].step) * 1e-9
    let mass = 2 * Double.pi * line.restFrequency
    let coherence = line.coherenceTime(of: line.components[0])
    let lags = [0, Int((0.23 * coherence / step).rounded()), Int((0.63 * coherence / step).rounded())]
    let hops = 240
    let length = envelopes[0].blockLength / 2
    // For each lag and element: the mean over a hop less the closed form, and that form.
    var (sums, squares) = (
      [ComplexNumber](repeating: .zero, count: 36 * 3), [Double](repeating: 0, count: 36 * 3)
    )
    var truths = sums
    var (projection, norm, chiral, chiralNorm) = (0.0, 0.0, 0.0, 0.0)
    // All six axes at instants six coherence times apart.
    var (right, conjugated) = (CovarianceCheck(order: 6), CovarianceCheck(order: 6))
    let apart = Int((6 * coherence / step).rounded())
    for hop in 0..<hops {
      // Far apart: different sidereal angles.
      let first = Int64(hop) * Int64(length) * 40
      let values = envelopes.map { $0.points(first, length) }
      let time = lineEpoch.advanced(byNanoseconds: (first + Int64(length / 2)) * envelopes[0].step)
      let halo = line.velocities(of: line.components[0], at: time)
      let baseline = pair[0].baseline(from: pair[1], at: time)
      let axes = earthAxes.map { EarthRotation.inertial($0, at: time) }
      for point in stride(from: apart / 2, to: length, by: apart) {
        let instant = lineEpoch.advanced(byNanoseconds: (first + Int64(point)) * envelopes[0].step)
        let place = pair[0].baseline(from: pair[1], at: instant)
        let turned = earthAxes.map { EarthRotation.inertial($0, at: instant) }
        let covariance = (0..<36).map { index -> ComplexNumber in
          let (i, j) = (index / 6, index % 6)
          let separation = Double(j / 3 - i / 3) * (mass / speedOfLight) * place
          var value = HaloCorrelation(halo, separation: separation)
            .contraction(coupling.haloCoupling, turned[i % 3], turned[j % 3])
          if chirality != 0 {
            value +=
              (chirality * 2 / 3)
              * chiralCorrelation(halo, separation: separation, delay: 0, turned[i % 3], turned[j % 3])
          }
          return 2e6 * value
        }
        let vector = (0..<6).map { values[$0 / 3][$0 % 3 * length + point] }
        right.add(vector, covariance: covariance)
        conjugated.add(vector, covariance: covariance.map(\.conjugate))
      }
      for (number, lag) in lags.enumerated() {
        let turns = (envelopes[0].carrier.hertz - line.restFrequency) * Double(lag) * step
        let carrier = ComplexNumber(magnitude: 1, phase: -2 * .pi * turns)
        for i in 0..<6 {
          for j in 0..<6 {
            let (x, y) = (values[i / 3], values[j / 3])
            let (left, right) = (i % 3 * length + lag, j % 3 * length)
            var sum = ComplexNumber.zero
            for point in 0..<length - lag { sum += x[left + point] * y[right + point].conjugate }
            let value = carrier * sum / Double(2 * (length - lag))
            let separation = Double(j / 3 - i / 3) * (mass / speedOfLight) * baseline
            let correlation = HaloCorrelation(halo, separation: separation, delay: mass * Double(lag) * step)
            var truth = 1e6 * correlation.contraction(coupling.haloCoupling, axes[i % 3], axes[j % 3])
            if chirality != 0 {
              let odd =
                1e6 * chirality * 2 / 3
                * chiralCorrelation(
                  halo, separation: separation, delay: mass * Double(lag) * step, axes[i % 3], axes[j % 3])
              chiral += ((value - truth) * odd.conjugate).real
              chiralNorm += odd.magnitudeSquared
              truth += odd
            }
            let index = 36 * number + 6 * i + j
            sums[index] += value - truth
            squares[index] += (value - truth).magnitudeSquared
            truths[index] += truth
            projection += (value * truth.conjugate).real
            norm += truth.magnitudeSquared
          }
        }
      }
    }
    var worst = 0.0
    for index in sums.indices {
      let error = (squares[index] / Double(hops)).squareRoot() / Double(hops).squareRoot()
      worst = max(worst, (sums[index] / Double(hops)).magnitude / error)
    }
    print(
      "\(coupling) \(chirality): worst \(worst) sigma, projection \(projection / norm), chirality \(chiral / chiralNorm)"
    )
    print("  \(6 * right.count) amplitudes: p \(right.covarianceProbability), circular \(right.circularityProbability)")
    #expect(right.covarianceProbability > 0.001 && right.covarianceProbability < 0.999)
    #expect(right.circularityProbability > 0.001 && abs(right.kurtosisScore) < 4)
    #expect(conjugated.covarianceProbability < 1e-6)
    // Of 108 numbers with errors from 240; the projection has an error of 0.007.
    #expect(worst < 5)
    #expect(abs(projection / norm - 1) < 0.03)
    if chirality != 0 { #expect(abs(chiral / chiralNorm - 1) < 0.1) }
  }

  /// What net helicity adds to a magnetic dipole, l_1 l_2 ∫ v² V exp(-i m v² τ/2) dv: Stokes V of section 5.5.
  private func chiralCorrelation(
    _ halo: HaloModel, separation: SIMD3<Double>, delay: Double, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> ComplexNumber {
    let step = halo.virialSpeed / 30
    return (1...160).reduce(ComplexNumber.zero) { sum, n in
      let v = Double(n) * step
      let turn = ComplexNumber(magnitude: step * v * v, phase: -delay * v * v / 2)
      return sum + turn * HaloSpectrum(halo, speed: v, separation: separation).stokesV(first, second)
    }
  }

  @Test("a point has the same bits in every range, and across the rates of nodes")
  func randomAccess() throws {
    let line = haloLine(.axionGradient)
    let whole = try envelope(line, pairObserver(0))
    let length = whole.blockLength
    let stream = whole.points(-200, length + 400)
    let other = try envelope(line, pairObserver(0))
    for first in [length - 37, length / 2 - 5, 3, -200] {
      let part = other.points(Int64(first), 11)
      for channel in 0..<3 {
        let start = channel * (length + 400) + first + 200
        #expect(Array(part[11 * channel..<11 * (channel + 1)]) == Array(stream[start..<start + 11]))
      }
    }
    let nodes = try [2_100_000, 4_200_000].map { rate in
      var observer = pairObserver(0)
      observer.sampleRate = SampleRate(Int64(rate))
      return try #require(try FieldModel.line(line).rendered(signalIndex: 0, observer: observer))
    }
    var (slow, fast) = ([Double](repeating: 0, count: 300), [Double](repeating: 0, count: 600))
    nodes[0].add(firstSample: 2_100_000 * 30, count: 100, displacements: nil, to: &slow, channelStride: 100)
    nodes[1].add(firstSample: 4_200_000 * 30, count: 200, displacements: nil, to: &fast, channelStride: 200)
    #expect(rms(slow) > 0.1)
    for channel in 0..<3 {
      for j in 0..<100 { #expect(abs(slow[100 * channel + j] - fast[200 * channel + 2 * j]) < 1e-9 * rms(slow)) }
    }
  }

  @Test("a response that changes across the line acts on every bin")
  func responses() throws {
    let line = haloLine(.electricDipole)
    func points(_ slope: Double) throws -> [ComplexNumber] {
      let observer = pairObserver(0) { channel, basis, frequency in
        ComplexNumber(0.5 + 0.2 * Double(channel), 0.3 * Double(basis) - 0.4) * (1 + slope * (frequency - 1_000_002))
      }
      return try envelope(line, observer).points(700, 20)
    }
    let (even, changing, steep) = (try points(0), try points(1e-7), try points(0.1))
    let scale = (even.reduce(0) { $0 + $1.magnitudeSquared } / 60).squareRoot()
    for index in even.indices {
      let difference = (changing[index] - even[index]).magnitude
      // Another order of the sums, and 1e-7 for each hertz.
      #expect(difference < 1e-5 * scale && difference > 0)
    }
    #expect(zip(even, steep).contains { ($0 - $1).magnitude > 0.02 * scale })
  }

  @Test("components in blocks and streams as waves add up")
  func mixture() throws {
    var mixed = haloLine(.electricDipole)
    mixed.components = [
      .init(fraction: 0.7), .init(fraction: 0.3, meanVelocity: SIMD3(120e3, -210e3, -90e3), virialSpeed: 0),
    ]
    var halo = haloLine(.electricDipole)
    halo.amplitude *= 0.7.squareRoot()
    let observer = pairObserver(0)
    func samples(_ line: DarkMatterLine) throws -> [Double] {
      let field = try #require(try FieldModel.line(line).rendered(signalIndex: 0, observer: observer))
      var values = [Double](repeating: 0, count: 3 * 400)
      field.add(firstSample: 42_000_000, count: 400, displacements: nil, to: &values, channelStride: 400)
      return values
    }
    let (all, part) = (try samples(mixed), try samples(halo))
    let wave = referenceWaves(mixed, component: 1, count: 1, signal: 0, seed: observer.seed)[0]
    for j in stride(from: 0, to: 400, by: 37) {
      let time = Double(42_000_000 + j) / 2_100_000
      let carrier = ComplexNumber(magnitude: 1, phase: -2 * .pi * (1e6 * time).remainder(dividingBy: 1))
      for (channel, z) in wave.envelope(site: pair[0], seconds: time).enumerated() {
        let stream = all[400 * channel + j] - part[400 * channel + j]
        #expect(abs(stream - (carrier * z).real) < 1e-3 * rms(all))
      }
    }
  }

  @Test("what cannot be made is named")
  func refused() throws {
    func error(_ change: (inout DarkMatterLine, inout FieldObserver) -> Void) -> SynthesisError? {
      var (line, observer) = (haloLine(.axionGradient), pairObserver(0))
      change(&line, &observer)
      do { _ = try FieldModel.line(line).rendered(signalIndex: 2, observer: observer) } catch { return error }
      return nil
    }
    #expect(error { _, _ in } == nil)
    if case .skyTooFine(2, _)? = error({ line, observer in
      line.restFrequency = 5e8
      observer.sampleRate = SampleRate(2_000_000_000)
      observer.sites = places
    }) {
    } else {
      Issue.record("half a gigahertz across continents")
    }
    if case .lineTooBroad(2, _, _)? = error({ line, _ in line.components[0].virialSpeed = 3e7 }) {
    } else {
      Issue.record("a tenth of the speed of light")
    }
    if case .badSite? = error({ _, observer in observer.sites[1] = Site(latitude: .nan, longitude: 0) }) {
    } else {
      Issue.record("a site that is no place")
    }
  }
}
