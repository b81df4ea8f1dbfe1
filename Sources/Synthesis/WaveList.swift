import DarkMatter
import Numerics

/// The plane waves of a line, as every node draws them from the seed (vector-network section 9.2).
///
/// A wave has the velocity of its particles at the epoch, from a shifted Sobol sequence, and a complex Gaussian amplitude
/// in each mode that the coupling has.
struct WaveList {
  /// Whole groups of eight; the last waves of a component's last group may have no amplitude.
  let count: Int
  /// w, relative to the Earth's centre at the epoch, in units of c: three planes.
  let velocity: AlignedBuffer
  /// Amplitudes of the modes L, R, Lh, real and imaginary part, for a weight N_ε/m of one: six planes.
  private let modes: AlignedBuffer
  /// The sign s of the polarisation basis, that of w_z: kept for the run, since a change would turn a wave's phase.
  private let branch: [Double]
  /// Whether N_ε/m is the speed, else one.
  private let weighsSpeed: Bool

  /// - Parameters:
  ///   - line: a valid one.
  ///   - duration: of the run in s.
  ///   - earth: velocity of the Earth's centre through the halo at the epoch, in units of c.
  init(_ line: DarkMatterLine, signalIndex: Int, seed: UInt64, duration: Double, earth: SIMD3<Double>) {
    let counts = line.components.map { line.waveCount(of: $0, duration: duration) }
    let group = { (waves: Int) in (waves + 7) / 8 * 8 }
    count = counts.reduce(0) { $0 + group($1) }
    velocity = AlignedBuffer(count: 3 * count)
    modes = AlignedBuffer(count: 6 * count)
    let shares = line.modeShares
    weighsSpeed = line.coupling.haloCoupling != .electricDipole
    var first = 0
    for (index, component) in line.components.enumerated() {
      let waves = counts[index]
      let key = Philox.derive(
        seed, tag: RandomTag.waveList, a: Int64(index), b: UInt32(truncatingIfNeeded: signalIndex))
      let mean = component.meanVelocity / speedOfLight - earth
      let deviation = component.virialSpeed / speedOfLight / 2.0.squareRoot()
      let shift = SobolSequence.shift(key: key)
      for n in 0..<waves {
        let deviates = deviation > 0 ? SobolSequence.normalDeviates(UInt32(n), shift: shift) : SIMD3()
        let w = mean + deviation * deviates
        for axis in 0..<3 { velocity.pointer[axis * count + first + n] = w[axis] }
      }
      for (mode, share) in shares.enumerated() where share > 0 {
        let real = modes.pointer + 2 * mode * count + first
        let imaginary = real + count
        NormalDeviates.fillComplex(
          real: UnsafeMutableBufferPointer(start: real, count: waves),
          imaginary: UnsafeMutableBufferPointer(start: imaginary, count: waves),
          counter: SIMD4(0, 0, UInt32(1 + mode), RandomTag.wave), varying: .first, key: key)
        let scale = line.amplitude * (2 * component.fraction / Double(waves) * share).squareRoot()
        for n in 0..<waves {
          real[n] *= scale
          imaginary[n] *= scale
        }
      }
      first += group(waves)
    }
    branch = (0..<count).map { [velocity, count] in velocity.pointer[2 * count + $0] >= 0 ? 1 : -1 }
  }

  /// The vector amplitude of a wave in the modes' true directions, in inertial axes.
  ///
  /// - Parameter change: of the Earth's velocity since the epoch, in units of c.
  /// - Returns: the amplitude and the square of the speed.
  @inline(__always)
  func amplitude(of n: Int, change: SIMD3<Double>) -> (vector: ComplexVector, squaredSpeed: Double) {
    let w = velocity.pointer + n
    let v = SIMD3(w[0], w[count], w[2 * count]) - change
    let square = dot(v, v)
    let speed = square.squareRoot()
    let p = speed > 0 ? v / speed : SIMD3(0, 0, 1)
    let s = branch[n]
    let distance = s + p.z
    // At the pole opposite to the branch any two directions serve.
    let a = distance != 0 ? -1 / distance : 0
    let b = p.x * p.y * a
    let e1 = SIMD3(1 + s * p.x * p.x * a, s * b, -s * p.x)
    let e2 = SIMD3(b, s + p.y * p.y * a, -p.y)
    let mode = modes.pointer + n
    // c_R (e1 + i e2)/sqrt 2 + c_Lh (e1 - i e2)/sqrt 2.
    let half = 0.5.squareRoot()
    let (right, left) = ((mode[2 * count], mode[3 * count]), (mode[4 * count], mode[5 * count]))
    let first = ((right.0 + left.0) * half, (right.1 + left.1) * half)
    let second = ((left.1 - right.1) * half, (right.0 - left.0) * half)
    let weight = weighsSpeed ? speed : 1
    return (
      ComplexVector(
        weight * (mode[0] * p + first.0 * e1 + second.0 * e2),
        weight * (mode[count] * p + first.1 * e1 + second.1 * e2)),
      square
    )
  }
}

extension DarkMatterLine {
  /// Number of plane waves for a component: a power of two of at least its share of 4096 and 30 T/τ_c; one for a stream
  /// without dispersion, none for a component that is made in blocks.
  ///
  /// - Parameter duration: T in s.
  func waveCount(of component: Component, duration: Double) -> Int {
    guard component.virialSpeed > 0 else { return 1 }
    guard !isMadeInBlocks(component, duration: duration) else { return 0 }
    let wanted = max(4096 * component.fraction, 30 * duration / coherenceTime(of: component))
    var count = 1
    while Double(count) < wanted { count *= 2 }
    return count
  }

  /// P_ε of the modes L, R, Lh, zero for those that the coupling does not have.
  var modeShares: [Double] {
    switch coupling.haloCoupling {
    case .axionGradient, .scalar: [1, 0, 0]
    case .magneticDipole: [0, (1 + chirality) / 3, (1 - chirality) / 3]
    case .electricDipole: [1.0 / 3, (1 + chirality) / 3, (1 - chirality) / 3]
    }
  }

  /// A speed that few particles exceed at any time of the year, in units of c: where the band of the line ends.
  ///
  /// For the standard halo 812 km/s: the mean, 2.5 v_vir (the escape speed is 2.47 v_vir), the Sun, and the Earth.
  var highestSpeed: Double {
    let own = components.map { length($0.meanVelocity) + 2.5 * $0.virialSpeed }.max() ?? 0
    return (own + length(sun.equatorial) + 30e3) / speedOfLight
  }
}
