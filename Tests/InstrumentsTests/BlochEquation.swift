import Glibc
import Numerics

/// The Bloch equation dS/dt = γ S x (B n + b) - S_perp/T2 with S.n held at S0, integrated as it stands (physics page
/// vector-network, (18)), for spins S0 n in a bias field B n.
struct BlochEquation {
  var axis: SIMD3<Double>
  var larmorFrequency = 20.0
  var relaxationTime = 100 / (2 * Double.pi * 20)
  var spin = 0.5
  var gyromagneticRatio = 2.0

  /// The transverse spin's amplitude a, S_perp = Re[a exp(-2πi f t)], long after a drive Re[b exp(-2πi f t)] was switched on.
  ///
  /// Classical Runge-Kutta steps, at least 500 in a period of drive and precession; then the mean of 2 S exp(2πi f t) over
  /// eight periods of the drive.
  func response(to drive: ComplexVector, frequency: Double) -> ComplexVector {
    let bias = 2 * Double.pi * larmorFrequency / abs(gyromagneticRatio)
    // So weak that what drive and response make together is below 1e-9 of the response.
    let weak = 1e-11 * bias
    let steps = max(500, Int((500 * larmorFrequency / frequency).rounded(.up)))
    let step = 1 / (frequency * Double(steps))
    func field(_ t: Double) -> SIMD3<Double> {
      let phase = 2 * Double.pi * frequency * t
      return weak * (cos(phase) * drive.real + sin(phase) * drive.imaginary)
    }
    func slope(_ s: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
      // S = s + S0 n, and n x n = 0.
      let torque = gyromagneticRatio * (cross(s, bias * axis + b) + spin * cross(axis, b))
      return torque - dot(torque, axis) * axis - s / relaxationTime
    }
    let settling = Int((25 * relaxationTime * frequency).rounded(.up)) * steps
    var s = SIMD3<Double>()
    var sum = ComplexVector(SIMD3())
    for n in 0..<settling + 8 * steps {
      let t = Double(n % steps) * step
      if n >= settling {
        let phase = 2 * Double.pi * frequency * t
        sum.real += cos(phase) * s
        sum.imaginary += sin(phase) * s
      }
      let (b0, b1, b2) = (field(t), field(t + step / 2), field(t + step))
      let k1 = slope(s, b0)
      let k2 = slope(s + step / 2 * k1, b1)
      let k3 = slope(s + step / 2 * k2, b1)
      let k4 = slope(s + step * k3, b2)
      s += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    }
    let scale = 2 / (8 * Double(steps)) / weak
    return ComplexVector(scale * sum.real, scale * sum.imaginary)
  }

  /// R(f) with |γ|, written out again from section 3.
  func resonantResponse(_ frequency: Double) -> ComplexNumber {
    let detuning = 2 * Double.pi * (larmorFrequency - frequency) * relaxationTime
    let scale = abs(gyromagneticRatio) * spin * relaxationTime / (1 + detuning * detuning)
    return ComplexNumber(scale * detuning, scale)
  }
}
