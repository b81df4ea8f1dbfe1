import DarkMatter
import Numerics

/// How the channels of a node follow the waves of a line: once for all where the response is the same over the line, else
/// wave by wave.
///
/// A channel's response to basis vectors b is one complex Earth-fixed vector L = Σ_b response b, and its envelope
/// L_z S_z + cos θ (L_x S_x + L_y S_y) + sin θ (L_x S_y - L_y S_x), θ the sidereal angle, S the sum of the waves.
struct LineReadout {
  /// Whether each channel needs sums of its own.
  let differsByWave: Bool
  /// L of every channel; (1, 0, 1) where each wave has been multiplied with its own already.
  let channels: [ComplexVector]
  private let readout: FieldObserver.Readout

  /// - Parameter band: lowest and highest frequency of the line in Hz.
  init(_ readout: FieldObserver.Readout, band: ClosedRange<Double>) {
    self.readout = readout
    let middle = (band.lowerBound + band.upperBound) / 2
    var differs = false
    for channel in 0..<readout.channelCount {
      for basis in readout.basis.indices {
        let value = readout.response(channel, basis, middle)
        for edge in [band.lowerBound, band.upperBound] {
          let change = (readout.response(channel, basis, edge) - value).magnitude
          if change > 1e-9 * value.magnitude { differs = true }
        }
      }
    }
    differsByWave = differs
    channels =
      differs
      ? Array(repeating: ComplexVector(SIMD3(1, 0, 1)), count: readout.channelCount)
      : (0..<readout.channelCount).map { LineReadout.vector(readout, channel: $0, frequency: middle) }
  }

  /// The amplitude of a wave for a channel: its product with L, in the form that the channel (1, 0, 1) reads.
  func amplitude(_ wave: ComplexVector, channel: Int, frequency: Double) -> ComplexVector {
    let l = LineReadout.vector(readout, channel: channel, frequency: frequency)
    let (lx, ly, lz) = (l.component(0), l.component(1), l.component(2))
    let (x, y, z) = (wave.component(0), wave.component(1), wave.component(2))
    return ComplexVector(lx * x + ly * y, lx * y - ly * x, lz * z)
  }

  /// What a channel reads of a sum of waves in inertial axes.
  ///
  /// - Parameters:
  ///   - cosine: of the sidereal angle.
  ///   - sine: of the sidereal angle.
  @inline(__always)
  func value(_ sum: ComplexVector, channel: Int, cosine: Double, sine: Double) -> ComplexNumber {
    let (u, v, l) = (sum.real, sum.imaginary, channels[channel])
    // The sum in Earth-fixed axes.
    let fixed = SIMD3(cosine * u.x + sine * u.y, cosine * u.y - sine * u.x, u.z)
    let fixedImaginary = SIMD3(cosine * v.x + sine * v.y, cosine * v.y - sine * v.x, v.z)
    return ComplexNumber(
      dot(l.real, fixed) - dot(l.imaginary, fixedImaginary), dot(l.real, fixedImaginary) + dot(l.imaginary, fixed))
  }

  private static func vector(
    _ readout: FieldObserver.Readout, channel: Int, frequency: Double
  ) -> ComplexVector {
    readout.basis.enumerated().reduce(ComplexVector(SIMD3())) { sum, basis in
      let response = readout.response(channel, basis.offset, frequency)
      return ComplexVector(
        sum.real + response.real * basis.element, sum.imaginary + response.imaginary * basis.element)
    }
  }
}

extension ComplexVector {
  fileprivate init(_ x: ComplexNumber, _ y: ComplexNumber, _ z: ComplexNumber) {
    self.init(SIMD3(x.real, y.real, z.real), SIMD3(x.imaginary, y.imaginary, z.imaginary))
  }

  fileprivate func component(_ i: Int) -> ComplexNumber { ComplexNumber(real[i], imaginary[i]) }
}
