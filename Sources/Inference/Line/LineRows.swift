import DarkMatter
import Foundation
import Numerics
import Sky

/// The amplitudes of an observation as one list of rows, segment by segment, with the geometry of each row.
struct LineRows: Sendable {
  /// Number of the segment and of the channel of each row.
  let segment: [Int]
  let channel: [Int]
  /// Place in m and direction of each row in inertial axes.
  let position: [SIMD3<Double>]
  let direction: [SIMD3<Double>]
  /// Seconds from the reference time of each row.
  let time: [Double]
  /// The noise of the rows, correlated where segments overlap.
  let noise: LineRowNoise

  var count: Int { segment.count }

  /// The rows of a range of segments that have data.
  init(_ observation: LineObservation, segments: Range<Int>) {
    var (segment, channel): ([Int], [Int]) = ([], [])
    var (position, direction): ([SIMD3<Double>], [SIMD3<Double>]) = ([], [])
    var time: [Double] = []
    for number in segments {
      let instant = observation.reference.advanced(byNanoseconds: Int64((observation.times[number] * 1e9).rounded()))
      for index in observation.channels.indices
      where observation.present[number * observation.channels.count + index] && observation.noise[index] > 0 {
        segment.append(number)
        channel.append(index)
        position.append(EarthRotation.inertial(observation.channels[index].position, at: instant))
        direction.append(EarthRotation.inertial(observation.channels[index].direction, at: instant))
        time.append(observation.times[number])
      }
    }
    self.segment = segment
    self.channel = channel
    self.position = position
    self.direction = direction
    self.time = time
    noise = LineRowNoise(
      segment: segment, channel: channel, channels: observation.channels.count,
      correlation: observation.window.neighbourCorrelation)
  }

  /// N⁻¹ x for a value of each row, phases as they were recorded.
  func weighted(_ values: [ComplexNumber]) -> [ComplexNumber] {
    var (real, imaginary) = (values.map(\.real), values.map(\.imaginary))
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        guard let re = real.baseAddress, let im = imaginary.baseAddress else { return }
        noise.weight(re, im)
      }
    }
    return zip(real, imaginary).map { ComplexNumber($0, $1) }
  }

  /// The covariance of the rows' amplitudes over the noise of their channels for an amplitude of one:
  /// T l.M.l'/sqrt(N N') (sections 4 and 5.4), times what the window keeps; phases turn with the rest frequency.
  ///
  /// - Parameters:
  ///   - restFrequency: f_m in Hz.
  ///   - tolerance: relative trace that the factor may leave.
  func factor(
    of template: LineHypothesis, restFrequency: Double, observation: LineObservation, tolerance: Double
  ) -> LowRankFactor {
    let mass = 2 * Double.pi * restFrequency
    let middle = time.isEmpty ? 0 : time[time.count / 2]
    let velocities = template.velocities(
      at: observation.reference.advanced(byNanoseconds: Int64((middle * 1e9).rounded())))
    let center = restFrequency * (1 + template.meanShift(at: observation.reference)) - observation.frequency
    let kept = observation.window.power(bins: center * observation.segmentLength)
    let scale = channel.map { (kept * observation.segmentLength / observation.noise[$0]).squareRoot() }
    func element(_ i: Int, _ j: Int) -> ComplexNumber {
      var sum = ComplexNumber.zero
      for (fraction, halo) in velocities {
        let correlation = HaloCorrelation(
          halo, separation: (mass / speedOfLight) * (position[i] - position[j]), delay: mass * (time[i] - time[j]))
        sum += correlation.contraction(template.coupling, direction[i], direction[j]) * fraction
      }
      return sum * (scale[i] * scale[j])
    }
    return LowRankFactor(diagonal: (0..<count).map { element($0, $0).real }, tolerance: tolerance) {
      j, real, imaginary in
      for i in 0..<count {
        let value = element(i, j)
        real[i] = value.real
        imaginary[i] = value.imaginary
      }
    }
  }
}
