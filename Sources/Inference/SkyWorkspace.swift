import CKernels
import Numerics
import Sky

/// The room in which one thread evaluates directions one after the other.
final class SkyWorkspace: @unchecked Sendable {
  private let likelihood: SkyLikelihood
  private let isa = gnomon_isa()
  private let polarizations: Int
  private let delays: AlignedBuffer
  private let gains: AlignedBuffer
  private let phases: AlignedBuffer
  /// g and s of all rows.
  private let components: AlignedBuffer

  init(_ likelihood: SkyLikelihood) {
    self.likelihood = likelihood
    polarizations = likelihood.model.polarizations
    let stations = likelihood.geometry.channelCount
    delays = AlignedBuffer(count: stations)
    gains = AlignedBuffer(count: polarizations * stations)
    phases = AlignedBuffer(count: 2 * Int(GNOMON_GROUP_BINS) * (polarizations + 1) * stations)
    components = AlignedBuffer(
      count: likelihood.rows.reduce(0) { $0 + $1.groups } * polarizations * Int(GNOMON_GROUP_DOUBLES))
  }

  /// ln L and α of a stream from one direction.
  func point(towards source: SIMD3<Double>) -> SkyPoint {
    project(source)
    let (value, amplitude) = likelihood.model.amplitude.map { (sums($0).value, $0) } ?? maximise()
    return SkyPoint(direction: source, logLikelihood: value, amplitude: amplitude)
  }

  /// Fills `components`.
  private func project(_ source: SIMD3<Double>) {
    var output = components.pointer
    for row in likelihood.rows {
      setSignal(row, source)
      row.withKernelRow(likelihood.wavenumbers) {
        gnomon_sky_project(
          isa, $0, Int32(polarizations), delays.pointer, gains.pointer, phases.pointer, output)
      }
      output += row.groups * polarizations * Int(GNOMON_GROUP_DOUBLES)
    }
  }

  private func setSignal(_ row: SkyRow, _ source: SIMD3<Double>) {
    let signal = StreamSignal(row: row, source: source, likelihood: likelihood)
    for station in row.channels.indices {
      delays.pointer[station] = signal.delays[station]
      for (index, gain) in signal.gains.enumerated() {
        gains.pointer[index * row.channels.count + station] = gain[station]
      }
    }
  }

  /// ln L at an amplitude, its derivative and the expected information.
  private func sums(_ amplitude: Double) -> (value: Double, gradient: Double, information: Double) {
    var total = (value: 0.0, gradient: 0.0, information: 0.0)
    var place = components.pointer
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3) { sums in
      for row in likelihood.rows {
        let groups = row.groups * polarizations
        gnomon_sky_amplitude(isa, place, groups, amplitude, sums.baseAddress)
        total.value += row.weight * sums[0]
        total.gradient += row.weight * sums[1]
        total.information += row.weight * sums[2]
        place += groups * Int(GNOMON_GROUP_DOUBLES)
      }
    }
    return total
  }

  /// The maximum over amplitudes of 0 or more, by Fisher's scoring.
  private func maximise() -> (value: Double, amplitude: Double) {
    var current = sums(0)
    guard current.gradient > 0, current.information > 0 else { return (0, 0) }
    var amplitude = 0.0
    var step = current.gradient / current.information
    for _ in 0..<200 {
      let next = sums(amplitude + step)
      guard next.value >= current.value || step * current.gradient < 1e-9 else {
        step /= 2
        continue
      }
      amplitude += step
      current = next
      step = max(current.gradient / current.information, -amplitude)
      // What a further step would add to ln L.
      if step * current.gradient < 1e-10 { break }
    }
    return (current.value, amplitude)
  }
}

/// A stream as the stations of one row see it.
struct StreamSignal {
  /// Ω.x of each station along the propagation, in m.
  var delays: [Double]
  /// l.e of each station, for each vector of unit amplitude.
  var gains: [[Double]]

  init(row: SkyRow, source: SIMD3<Double>, likelihood: SkyLikelihood) {
    // Earth-fixed axes: the sky turns back by the sidereal time.
    let propagation = -SIMD3(
      row.cosine * source.x + row.sine * source.y, row.cosine * source.y - row.sine * source.x, source.z)
    let geometry = likelihood.geometry
    delays = row.channels.map { dot(geometry.positions[$0], propagation) }
    switch likelihood.model.mode {
    case .longitudinal:
      gains = [row.channels.map { dot(geometry.directions[$0], propagation) }]
    case .transverse:
      // Each polarisation carries half of α.
      let (first, second) = tangentBasis(propagation)
      gains = [first, second].map { axis in
        row.channels.map { dot(geometry.directions[$0], axis) * 0.5.squareRoot() }
      }
    }
  }
}
