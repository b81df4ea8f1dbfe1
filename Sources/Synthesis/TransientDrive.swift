import DarkMatter
import Glibc
import Numerics
import Sky

/// The field of a transient at one site along the vectors of a readout's basis, in closed form at any instant.
///
/// Propagation and polarisation are fixed among the stars; site and basis turn with the Earth.
struct TransientDrive {
  /// Seconds from the event's time between which the field is not zero.
  let passage: ClosedRange<Double>

  private let event: TransientEvent
  private let centre: GPSTime
  private let position: SIMD3<Double>
  private let basis: [SIMD3<Double>]

  init(event: TransientEvent, epoch: GPSTime, site: Site, basis: [SIMD3<Double>]) throws(SynthesisError) {
    self.event = event
    self.basis = basis
    centre = epoch.advanced(byNanoseconds: event.time)
    position = site.earthFixedPosition
    guard position.x.isFinite, position.y.isFinite, position.z.isFinite else { throw .badSite(site) }
    passage = event.passage(at: position, epoch: epoch)
  }

  /// Computes the components along the basis.
  ///
  /// - Parameters:
  ///   - seconds: from the event's time.
  ///   - output: component b at `output[b x stride]`.
  func fill(at seconds: Double, _ output: UnsafeMutablePointer<Double>, stride: Int = 1) {
    for b in basis.indices { output[b * stride] = 0 }
    guard passage.contains(seconds) else { return }
    // Whole nanoseconds are enough for the angle of the Earth, which turns by 7e-14 in one.
    let angle = EarthRotation.greenwichMeanSiderealTime(
      at: centre.advanced(byNanoseconds: Int64((seconds * 1e9).rounded())))
    let (cosine, sine) = (cos(angle), sin(angle))
    func earthFixed(_ v: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3(cosine * v.x + sine * v.y, cosine * v.y - sine * v.x, v.z)
    }
    let delay = dot(earthFixed(event.propagation), position) / event.speed
    let value = event.amplitude * event.shape.value(at: seconds - delay)
    guard value != 0 else { return }
    let polarization = earthFixed(event.polarization)
    for b in basis.indices { output[b * stride] = value * dot(polarization, basis[b]) }
  }
}
