import DarkMatter
import Glibc
import Numerics
import Sky

/// The plane waves of a scalar field, the same for every node of a run (physics page clock, section 2.4).
///
/// zeta(t) = N^(-1/2) Σ_n c_n exp(-iπ f_m (v_n/c)² t), t from the epoch, with E|zeta|² = 1. The Earth's way around the Sun and
/// the place on it are left out: below 0.03 rad and 1e-6 rad up to 5 mHz.
public struct ScalarWaves: Sendable {
  /// Half of f_m (v_n/c)², in Hz.
  private let rates: [Double]
  private let amplitudes: [ComplexNumber]

  /// - Parameters:
  ///   - restFrequency: f_m in Hz.
  ///   - virialSpeed: m/s; 0 for one wave, the exactly coherent field.
  ///   - meanVelocity: of the waves in the laboratory, m/s: the opposite of its velocity through the halo.
  ///   - count: N, a power of two.
  ///   - signalIndex: number of the signal among all of the run.
  ///   - seed: of its random numbers.
  public init(
    restFrequency: Double, virialSpeed: Double, meanVelocity: SIMD3<Double>, count: Int, signalIndex: Int, seed: UInt64
  ) {
    let key = Philox.derive(seed, tag: RandomTag.waveList, a: 0, b: UInt32(truncatingIfNeeded: signalIndex))
    let waves = virialSpeed > 0 ? count : 1
    let scale = (0.5 / Double(waves)).squareRoot()
    amplitudes = (0..<waves).map { n in
      let deviates = NormalDeviates.four(SIMD4(UInt32(n), 0, 1, RandomTag.wave), key: key)
      return scale * ComplexNumber(deviates[0], deviates[1])
    }
    rates = (0..<waves).map { n in
      guard virialSpeed > 0 else { return 0 }
      let deviates = NormalDeviates.four(SIMD4(UInt32(n), 0, 0, RandomTag.wave), key: key)
      let velocity = meanVelocity + virialSpeed / 2.0.squareRoot() * SIMD3(deviates[0], deviates[1], deviates[2])
      return 0.5 * restFrequency * dot(velocity, velocity) / (speedOfLight * speedOfLight)
    }
  }

  /// The fastest turning of any wave in Hz; 0 for a constant.
  var bandwidth: Double { rates.max() ?? 0 }

  /// zeta at a time in s from the epoch, summed in order.
  public func amplitude(atSeconds time: Double) -> ComplexNumber {
    var sum = ComplexNumber.zero
    for (rate, amplitude) in zip(rates, amplitudes) {
      let turns = rate * time
      sum = sum + amplitude * ComplexNumber(magnitude: 1, phase: -2 * .pi * (turns - turns.rounded()))
    }
    return sum
  }
}

/// The complex amplitude of a scalar field at any instant: a constant, or interpolated between sums of waves.
///
/// The value at an instant does not depend on the order of requests. Not for use by several threads at a time.
public final class ScalarFieldAmplitude {
  private let waves: ScalarWaves?
  private let constant: ComplexNumber
  /// s between the points that are computed: 40 in the period of the fastest wave.
  private let step: Double
  private var cell: Int64?
  private let points = (real: AlignedBuffer(count: 8), imaginary: AlignedBuffer(count: 8))
  private var coefficients = (real: SIMD8<Double>(), imaginary: SIMD8<Double>())

  /// - Parameters:
  ///   - field: the field.
  ///   - signalIndex: number of the signal among all of the run.
  ///   - seed: of its random numbers.
  ///   - duration: of the run in s; decides the number of waves.
  public init(_ field: ScalarField, signalIndex: Int, seed: UInt64, duration: Double) {
    guard field.isStochastic else {
      (waves, step) = (nil, 0)
      constant = ComplexNumber(magnitude: 1, phase: -field.phase * .pi / 180)
      return
    }
    let waves = ScalarWaves(
      restFrequency: field.restFrequency, virialSpeed: field.virialSpeed, meanVelocity: -SolarMotion().equatorial,
      count: field.waveCount(duration: duration), signalIndex: signalIndex, seed: seed)
    constant = waves.amplitude(atSeconds: 0)
    step = waves.bandwidth > 0 ? 1 / (40 * waves.bandwidth) : 0
    self.waves = step > 0 ? waves : nil
  }

  /// zeta at a time in s from the epoch: the field is proportional to Re[zeta exp(-2πi f_m t)].
  public func value(atSeconds time: Double) -> ComplexNumber {
    guard let waves else { return constant }
    let position = time / step
    let cell = position.rounded(.down)
    if self.cell != Int64(cell) { compute(waves, cell: Int64(cell)) }
    let x = position - cell - 0.5
    var (u, v) = (coefficients.real[7], coefficients.imaginary[7])
    for k in (0..<7).reversed() { (u, v) = (u * x + coefficients.real[k], v * x + coefficients.imaginary[k]) }
    return ComplexNumber(u, v)
  }

  private func compute(_ waves: ScalarWaves, cell: Int64) {
    // Of the eight points seven are those of the cell before.
    let shift = self.cell == cell - 1 ? 1 : 8
    for i in 0..<8 {
      if i + shift < 8 {
        points.real.pointer[i] = points.real.pointer[i + shift]
        points.imaginary.pointer[i] = points.imaginary.pointer[i + shift]
      } else {
        let value = waves.amplitude(atSeconds: Double(cell + Int64(i) - 3) * step)
        (points.real.pointer[i], points.imaginary.pointer[i]) = (value.real, value.imaginary)
      }
    }
    coefficients.real = InterpolatingPolynomial.through(points.real.pointer + 3)
    coefficients.imaginary = InterpolatingPolynomial.through(points.imaginary.pointer + 3)
    self.cell = cell
  }
}

extension ScalarField {
  /// N: a power of two, at least 1024 and 30 times the run over the coherence time, at most 2^17.
  func waveCount(duration: Double) -> Int {
    let wanted = 30 * duration * restFrequency * 1e-6
    var count = 1024
    while Double(count) < wanted, count < 1 << 17 { count *= 2 }
    return count
  }
}
