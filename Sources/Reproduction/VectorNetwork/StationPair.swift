import DarkMatter
import Numerics
import Sky

/// Two stations far apart and the frame of their baseline, for experiments with a broad isotropic background: at every
/// frequency the pair has another z = |p| d.
struct StationPair {
  let first: Site
  let second: Site
  /// d in metres.
  let distance: Double
  /// x̂, from the second station to the first; and two Earth-fixed unit vectors that make it a right-handed basis.
  let along: SIMD3<Double>
  let across: SIMD3<Double>
  let third: SIMD3<Double>

  /// Mainz and Hefei.
  static let intercontinental = StationPair(
    Site(latitude: 49.992, longitude: 8.236, altitude: 130), Site(latitude: 31.84, longitude: 117.26, altitude: 30))

  init(_ first: Site, _ second: Site) {
    self.first = first
    self.second = second
    let baseline = first.baseline(from: second)
    distance = length(baseline)
    along = baseline / distance
    let across = cross(along, SIMD3(0, 0, 1))
    self.across = across / length(across)
    third = cross(along, self.across)
  }

  /// d in whole kilometres, for texts.
  var kilometres: Int { Int((distance / 1000).rounded()) }

  /// The z of a massless field at a frequency in Hz.
  func phaseLength(frequency: Double) -> Double {
    wavenumber(frequency: frequency, restFrequency: 0) * distance
  }

  /// The frequency in Hz at which a massless field has a z.
  func frequency(phaseLength z: Double) -> Double {
    z * speedOfLight / (2 * Double.pi * distance)
  }
}
