import CKernels
import Numerics
import Sky

/// The room in which one thread evaluates a few directions at a time.
///
/// Unchecked because it is handed to a worker that alone touches it until all workers are done.
final class SkyWorkspace: @unchecked Sendable {
  /// Directions that are evaluated together, so that the data are read once for all of them.
  let capacity: Int
  private let likelihood: SkyLikelihood
  private let isa = gnomon_isa()
  private let polarizations: Int
  private let delays: AlignedBuffer
  private let gains: AlignedBuffer
  private let phases: AlignedBuffer
  /// g and s of all rows, direction after direction.
  private let components: AlignedBuffer
  /// Doubles of one direction in there.
  private let componentStride: Int

  /// - Parameter capacity: the most directions that will be asked for at a time; nil for as many as pay.
  init(_ likelihood: SkyLikelihood, capacity wanted: Int? = nil) {
    self.likelihood = likelihood
    polarizations = likelihood.model.polarizations
    let stations = likelihood.geometry.channelCount
    componentStride = likelihood.rows.reduce(0) { $0 + $1.groups } * polarizations * Int(GNOMON_GROUP_DOUBLES)
    // Some mebibytes, but never so few directions that all the time goes into reading data.
    capacity = wanted ?? min(16, max(4, (1 << 20) / max(1, componentStride)))
    delays = AlignedBuffer(count: capacity * stations)
    gains = AlignedBuffer(count: capacity * polarizations * stations)
    phases = AlignedBuffer(count: 72 * stations)
    components = AlignedBuffer(count: capacity * componentStride)
  }

  /// ln L and α of a stream from one direction.
  func point(towards source: SIMD3<Double>) -> SkyPoint {
    var result = SkyPoint(direction: source, logLikelihood: 0, amplitude: 0)
    points(towards: CollectionOfOne(source)) { _, point in result = point }
    return result
  }

  /// ln L and α of streams from at most `capacity` directions.
  ///
  /// - Parameter body: receives the place of a direction within `sources`, counted from 0, and the result.
  func points(towards sources: some RandomAccessCollection<SIMD3<Double>>, _ body: (Int, SkyPoint) -> Void) {
    precondition(sources.count <= capacity, "no more directions than the workspace has room for")
    project(sources)
    for (index, source) in sources.enumerated() {
      let start = UnsafePointer(components.pointer + index * componentStride)
      let (value, amplitude) =
        likelihood.model.amplitude.map { (sums($0, start).value, $0) } ?? maximise(start)
      body(index, SkyPoint(direction: source, logLikelihood: value, amplitude: amplitude))
    }
  }

  /// Fills `components`.
  private func project(_ sources: some RandomAccessCollection<SIMD3<Double>>) {
    let doubles = polarizations * Int(GNOMON_GROUP_DOUBLES)
    var rowStart = 0
    for row in likelihood.rows {
      let stations = row.channels.count
      for (index, source) in sources.enumerated() {
        likelihood.setSignal(
          of: row, from: source, delays: delays.pointer + index * stations,
          gains: gains.pointer + index * polarizations * stations)
      }
      for first in stride(from: 0, to: row.groups, by: SkyWavenumbers.block) {
        let range = first..<min(first + SkyWavenumbers.block, row.groups)
        var kernelRow = row.kernelRow(range, likelihood.wavenumbers)
        for index in 0..<sources.count {
          gnomon_sky_project(
            isa, &kernelRow, Int32(polarizations), delays.pointer + index * stations,
            gains.pointer + index * polarizations * stations, phases.pointer,
            components.pointer + index * componentStride + rowStart + first * doubles)
        }
      }
      rowStart += row.groups * doubles
    }
  }

  /// ln L at an amplitude, its derivative and the expected information.
  private func sums(
    _ amplitude: Double, _ components: UnsafePointer<Double>
  ) -> (value: Double, gradient: Double, information: Double) {
    var total = (value: 0.0, gradient: 0.0, information: 0.0)
    var place = components
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
  private func maximise(_ components: UnsafePointer<Double>) -> (value: Double, amplitude: Double) {
    var current = sums(0, components)
    guard current.gradient > 0, current.information > 0 else { return (0, 0) }
    var amplitude = 0.0
    let largest = likelihood.model.largestAmplitude ?? .infinity
    var step = min(current.gradient / current.information, largest)
    if likelihood.model.isWeak {
      return (step * (current.gradient - step * current.information / 2), step)
    }
    for _ in 0..<200 {
      let next = sums(amplitude + step, components)
      guard next.value >= current.value || step * current.gradient < 1e-9 else {
        step /= 2
        continue
      }
      amplitude += step
      current = next
      step = min(max(current.gradient / current.information, -amplitude), largest - amplitude)
      // What a further step would add to ln L.
      if step * current.gradient < 1e-10 { break }
    }
    return (current.value, amplitude)
  }
}

extension SkyLikelihood {
  /// A stream as the stations of one row see it.
  ///
  /// - Parameters:
  ///   - source: the unit vector towards it.
  ///   - delays: receives Ω.x of each station along the propagation, in m.
  ///   - gains: receives l.e of all stations for each vector that carries α.
  func setSignal(
    of row: SkyRow, from source: SIMD3<Double>, delays: UnsafeMutablePointer<Double>,
    gains: UnsafeMutablePointer<Double>
  ) {
    // Earth-fixed axes: the sky turns back by the sidereal time.
    let propagation = -SIMD3(
      row.cosine * source.x + row.sine * source.y, row.cosine * source.y - row.sine * source.x, source.z)
    let stations = row.channels.count
    let axes = tangentBasis(propagation)
    for (station, channel) in row.channels.enumerated() {
      delays[station] = dot(geometry.positions[channel], propagation)
      let direction = geometry.directions[channel]
      switch model.mode {
      case .longitudinal: gains[station] = dot(direction, propagation)
      case .transverse:
        // Each polarisation carries half of α.
        gains[station] = 0.5.squareRoot() * dot(direction, axes.0)
        gains[stations + station] = 0.5.squareRoot() * dot(direction, axes.1)
      }
    }
  }
}
