import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis

/// 2026-07-11, when the Earth moves neither fastest nor slowest.
let lineEpoch = GPSTime(nanoseconds: 1_467_763_218_000_000_000)

func lineObserver(
  seed: UInt64 = 7, site: Site = places[0], rate: SampleRate = SampleRate(1_048_576), seconds: Double = 100,
  offset: Double = 0, wanders: Bool = false, basis: [SIMD3<Double>] = earthAxes,
  response: @escaping @Sendable (Int, Int, Double) -> ComplexNumber = { channel, basis, _ in
    channel == basis ? .one : .zero
  }
) -> FieldObserver {
  FieldObserver(
    seed: seed, epoch: lineEpoch, blockNanoseconds: 4_000_000_000, duration: Int64(seconds * 1e9), sites: [site],
    siteIndex: 0, sampleRate: rate, offset: offset, wanders: wanders,
    readout: .init(basis: basis, channelCount: basis.count, response: response))
}

/// A stream without dispersion.
func coldStream(
  _ coupling: VectorCoupling, frequency: Double, velocity: SIMD3<Double> = SIMD3(120e3, -210e3, -90e3),
  amplitude: Double = 3, chirality: Double = 0
) -> DarkMatterLine {
  DarkMatterLine(
    coupling: coupling, restFrequency: frequency, amplitude: amplitude,
    components: [.init(meanVelocity: velocity, virialSpeed: 0)], chirality: chirality)
}

extension Envelope {
  /// Points channel-major.
  func points(_ first: Int64, _ count: Int) -> [ComplexNumber] {
    var real = [Double](repeating: 0, count: channelCount * count)
    var imaginary = real
    fill(firstPoint: first, count: count, real: &real, imaginary: &imaginary)
    return zip(real, imaginary).map { ComplexNumber($0, $1) }
  }
}

/// Section 9.2 written out for one wave, without anything of the synthesis: phases by numerical integration, polarisation
/// vectors from their definition.
struct ReferenceWave {
  /// u, in the galaxy's rest frame, m/s.
  var velocity: SIMD3<Double>
  /// Amplitudes of the modes L, R, Lh for a weight N/m of one.
  var modes: [ComplexNumber]
  var weighsSpeed: Bool
  var restFrequency: Double

  /// Z at the Earth-fixed axes of a site, `seconds` after the epoch, with respect to the carrier f_m.
  func envelope(site: Site, seconds: Double) -> [ComplexNumber] {
    let turns = turns(site: site, seconds: seconds)
    let phasor = ComplexNumber(magnitude: 1, phase: -2 * .pi * (turns - turns.rounded()))
    let now = lineEpoch.advanced(byNanoseconds: Int64((seconds * 1e9).rounded()))
    let v = (velocity - EarthVelocity.throughHalo(at: now)) / speedOfLight
    let speed = dot(v, v).squareRoot()
    let p = v / speed
    // Section 0, with the branch of the epoch.
    let s: Double = (velocity - EarthVelocity.throughHalo(at: lineEpoch)).z >= 0 ? 1 : -1
    let a = -1 / (s + p.z)
    let b = p.x * p.y * a
    let e1 = SIMD3(1 + s * p.x * p.x * a, s * b, -s * p.x)
    let e2 = SIMD3(b, s + p.y * p.y * a, -p.y)
    let root = 0.5.squareRoot()
    let vectors = [
      ComplexVector(p), ComplexVector(root * e1, root * e2), ComplexVector(root * e1, -root * e2),
    ]
    return earthAxes.map { axis in
      let direction = EarthRotation.inertial(axis, at: now)
      var sum = ComplexNumber.zero
      for (mode, vector) in zip(modes, vectors) { sum += mode * vector.dot(direction) }
      return sum * phasor * (weighsSpeed ? speed : 1)
    }
  }

  /// f_m [∫ v²/2 dt - v.x], velocities and places in units of c.
  func turns(site: Site, seconds: Double) -> Double {
    let steps = 2 * max(1, Int(abs(seconds) / 43_200))
    let length = seconds / Double(steps)
    var integral = 0.0
    for step in 0...steps {
      let time = lineEpoch.advanced(byNanoseconds: Int64((Double(step) * length * 1e9).rounded()))
      let v = (velocity - EarthVelocity.throughHalo(at: time)) / speedOfLight
      let weight: Double = step == 0 || step == steps ? 1 : step % 2 == 1 ? 4 : 2
      integral += weight * length / 3 * dot(v, v) / 2
    }
    let now = lineEpoch.advanced(byNanoseconds: Int64((seconds * 1e9).rounded()))
    let v = (velocity - EarthVelocity.throughHalo(at: now)) / speedOfLight
    return restFrequency * (integral - dot(v, site.inertialPosition(at: now)) / speedOfLight)
  }
}

/// The waves of a component of a line as section 9.2 lists them.
func referenceWaves(_ line: DarkMatterLine, component index: Int = 0, count: Int, signal: Int, seed: UInt64)
  -> [ReferenceWave]
{
  let component = line.components[index]
  let key = Philox.derive(seed, tag: 0x4C49_5354, a: Int64(index), b: UInt32(signal))
  let shift = SobolSequence.shift(key: key)
  let isAxion = line.coupling == .axionGradient
  let shares =
    isAxion
    ? [1, 0, 0]
    : [
      line.coupling == .magneticDipole ? 0 : 1.0 / 3, (1 + line.chirality) / 3, (1 - line.chirality) / 3,
    ]
  return (0..<count).map { n in
    let g = SobolSequence.normalDeviates(UInt32(n), shift: shift)
    let modes = (0..<3).map { mode in
      let deviates = NormalDeviates.four(SIMD4(UInt32(n), 0, UInt32(1 + mode), 0x5741_5645), key: key)
      let scale = line.amplitude * (component.fraction / Double(count) * shares[mode]).squareRoot()
      // sqrt 2 from the sum, 1/sqrt 2 of the complex deviate.
      return scale * ComplexNumber(deviates[0], deviates[1])
    }
    let spread = component.virialSpeed / 2.0.squareRoot()
    return ReferenceWave(
      velocity: component.meanVelocity + (spread > 0 ? spread * g : SIMD3()), modes: modes,
      weighsSpeed: isAxion || line.coupling == .magneticDipole, restFrequency: line.restFrequency)
  }
}

extension PlaneWaveEnvelope {
  /// The turns from the carrier f_m to that of the envelope at a point: Z = z exp(-2πi turns).
  func carrierTurns(_ point: Int64, restFrequency: Double) -> Double {
    let shift = carrier.hertz - restFrequency
    let turns = shift * Double(point) * Double(step) * 1e-9
    return turns - turns.rounded()
  }
}
