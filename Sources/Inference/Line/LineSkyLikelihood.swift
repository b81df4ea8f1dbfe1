import DarkMatter
import Foundation
import Numerics
import Sky

/// The likelihood of a line that is one plane wave from any direction of the sky: a stream so cold that the run is shorter
/// than its coherence time (vector-network sections 4 and 5.2).
///
/// The wave is the same in all segments but for its phase; axes and places turn with the Earth. Frequency and amplitude are
/// at their likeliest in each direction. The speed decides the wavelength, and nothing else, of a line whose rest frequency
/// is free; where the network is long enough to feel it, it is at its likeliest, too.
public struct LineSkyLikelihood: DirectionLikelihood {
  /// How the wave's field lies to its direction.
  public enum Polarization: String, Hashable, Sendable, Codable, CaseIterable {
    /// Along it: the gradient of an axion.
    case longitudinal
    /// Across it: the magnetic field of a dark photon.
    case transverse
  }

  public let polarization: Polarization
  /// Hz at which the line is likeliest in the likeliest of some directions all over the sky.
  public private(set) var frequency: Double
  /// m/s that are tried.
  public let speeds: [Double]
  public var fitsAmplitude: Bool { true }
  public let fringeSpacing: Double

  private let rows: LineRows
  /// Rows of each segment that has any.
  private let segments: [Range<Int>]
  /// sqrt(T/N) of each row, with what the bin keeps of the line.
  private var scale: [Double]
  /// The rows' amplitudes over sqrt(N), weighted with the inverse correlation of their noise, their phases turned back by
  /// `frequency`.
  private var weighted: [ComplexNumber]
  /// What each row adds to what is known of a line: 1 for independent rows, less where neighbours share noise.
  private var weights: [Double]
  /// What all directions have in common; of networks that are short against the wavelength.
  private var field: LineFieldVector?
  /// Hz beside `frequency`.
  private let offsets: [Double]
  /// exp(2πi offset t), [offset][segment].
  private let turns: [ComplexNumber]
  /// 2πf/c² in s/m², which times a speed is |p|.
  private let wavenumberPerSpeed: Double

  /// - Parameters:
  ///   - polarization: of the wave.
  ///   - observation: the amplitudes around the line.
  ///   - restFrequency: of the candidate, Hz.
  ///   - frequencyRange: Hz to either side in which the stream's own may lie.
  /// - Throws: `InferenceError.noSpectra` when there are no data.
  public init(
    _ polarization: Polarization, observation: LineObservation, restFrequency: Double, frequencyRange: Double
  ) throws {
    self.polarization = polarization
    rows = LineRows(observation, segments: 0..<observation.times.count)
    guard let first = rows.time.first, let last = rows.time.last else { throw InferenceError.noSpectra }
    var segments: [Range<Int>] = []
    for row in rows.segment.indices {
      if let range = segments.last, rows.segment[range.lowerBound] == rows.segment[row] {
        segments[segments.count - 1] = range.lowerBound..<row + 1
      } else {
        segments.append(row..<row + 1)
      }
    }
    self.segments = segments
    wavenumberPerSpeed = 2 * .pi * restFrequency / (speedOfLight * speedOfLight)
    let places = observation.channels.map(\.position)
    let longest = places.indices.reduce(0) { longest, first in
      places[..<first].reduce(longest) { max($0, length($1 - places[first])) }
    }
    // A speed may be off by what turns phases by a quarter radian.
    let step = 0.5 / max(wavenumberPerSpeed * longest, 1e-30)
    let usual = length(EarthVelocity.throughHalo(at: observation.reference))
    speeds =
      step > Self.speedRange.upperBound
      ? [usual] : Array(stride(from: Self.speedRange.lowerBound, through: Self.speedRange.upperBound, by: step))
    fringeSpacing = 2 * .pi / (wavenumberPerSpeed * (speeds.last ?? usual) * longest)

    let duration = last - first + observation.segmentLength
    offsets = (-6...6).map { Double($0) / (4 * duration) }
    let segmentTimes = segments.map { [rows] in rows.time[$0.lowerBound] }
    turns = offsets.flatMap { offset in segmentTimes.map { Self.turn(offset * $0) } }
    frequency = restFrequency
    scale = []
    weighted = []
    weights = []
    tune(to: restFrequency, observation)
    // Where the line is, in steps that lose little, for directions in which a network sees something or other.
    let steps = Int((2 * frequencyRange * duration).rounded(.up))
    let grid = HEALPix(order: 1)
    var best = (value: -1.0, frequency: restFrequency)
    for pixel in 0..<grid.pixelCount {
      for number in -steps...steps {
        let offset = Double(number) / (2 * duration)
        let value = power(towards: grid.direction(nested: pixel), speed: usual, offset: offset)
        if value > best.value { best = (value, restFrequency + offset) }
      }
    }
    tune(to: best.frequency, observation)
  }

  /// Speeds in m/s of what is bound to the galaxy, as the Earth sees it.
  private static let speedRange = 50e3...800e3

  private static func turn(_ turns: Double) -> ComplexNumber {
    ComplexNumber(magnitude: 1, phase: 2 * .pi * (turns - turns.rounded()))
  }

  private mutating func tune(to frequency: Double, _ observation: LineObservation) {
    self.frequency = frequency
    let offset = frequency - observation.frequency
    let kept = observation.window.power(bins: offset * observation.segmentLength)
    let phases = rows.time.map { Self.turn(offset * $0) }
    let channels = observation.channels.count
    let amplitudes = (0..<rows.count).map { row in
      observation.amplitudes[rows.segment[row] * channels + rows.channel[row]]
        / observation.noise[rows.channel[row]].squareRoot()
    }
    weighted = zip(rows.weighted(amplitudes), phases).map { $0 * $1 }
    // The line's own amplitudes turn from segment to segment; all else of them changes slowly.
    weights = zip(rows.weighted(phases.map(\.conjugate)), phases).map { ($0 * $1).real }
    scale = rows.channel.map { (kept * observation.segmentLength / observation.noise[$0]).squareRoot() }
    // Phases of the wave that nobody could see change the likelihood by less than their square times what there is to see.
    let radius = rows.position.reduce(0) { max($0, length($1)) }
    let phase = wavenumberPerSpeed * (speeds.last ?? 0) * radius
    let visible = weighted.reduce(0) { $0 + $1.magnitudeSquared }
    guard speeds.count == 1, phase * phase * visible < 1e-2 else { return }
    field = LineFieldVector(
      rows, weighted: weighted, weights: weights, scale: scale, largestOffset: 1.5 * (offsets.last ?? 0))
  }

  public func evaluate(_ directions: [SIMD3<Double>], workers: Int) -> [SkyPoint] {
    var points = directions.map { SkyPoint(direction: $0, logLikelihood: 0, amplitude: 0) }
    let size = 16
    points.withUnsafeMutableBufferPointer { points in
      // Every piece writes its own points.
      nonisolated(unsafe) let points = points
      forEachPiece((directions.count + size - 1) / size, workers: workers) { _, piece in
        let point = evaluator()
        for index in piece * size..<min((piece + 1) * size, directions.count) {
          points[index] = point(directions[index])
        }
      }
    }
    return points
  }

  public func evaluator() -> (SIMD3<Double>) -> SkyPoint {
    let workspace = LineSkyWorkspace(segments: segments.count, columns: columns)
    return { source in
      var best = SkyPoint(direction: source, logLikelihood: 0, amplitude: 0)
      for speed in speeds {
        let (value, amplitude) = profile(towards: source, speed: speed, workspace)
        if value > best.logLikelihood { (best.logLikelihood, best.amplitude) = (value, amplitude) }
      }
      return best
    }
  }

  /// Fringes of lines that a network can follow through the day are wide enough as they are.
  public func smoothed(pixelSize: Double) -> LineSkyLikelihood? { nil }

  // MARK: - One direction

  /// Vectors that carry the field's power in equal parts.
  private var columns: Int { polarization == .longitudinal ? 1 : 2 }

  /// Σ |v_a† z|² at one frequency: enough to see where the line is.
  private func power(towards source: SIMD3<Double>, speed: Double, offset: Double) -> Double {
    let workspace = LineSkyWorkspace(segments: segments.count, columns: columns)
    project(towards: source, speed: speed, workspace)
    return (0..<columns).reduce(0) { sum, column in
      sum
        + segments.indices.reduce(ComplexNumber.zero) {
          $0 + workspace.products[column * segments.count + $1]
            * Self.turn(offset * rows.time[segments[$1].lowerBound])
        }.magnitudeSquared
    } / max(workspace.trace, 1e-300)
  }

  /// ln L and mean square of the field at their best over frequencies.
  private func profile(
    towards source: SIMD3<Double>, speed: Double, _ workspace: LineSkyWorkspace
  ) -> (value: Double, amplitude: Double) {
    let count = segments.count
    let axes = columnAxes(towards: source)
    if let field {
      workspace.set(
        field.gram(axes.0, axes.0), field.gram(axes.0, axes.1), field.gram(axes.1, axes.1))
    } else {
      project(towards: source, speed: speed, workspace)
    }
    func likelihood(_ offset: Double, _ turn: (Int) -> ComplexNumber) -> (value: Double, amplitude: Double) {
      if let field {
        let (real, imaginary) = field.vector(offset: offset)
        return workspace.likelihood(
          ComplexNumber(dot(real, axes.0), dot(imaginary, axes.0)),
          ComplexNumber(dot(real, axes.1), dot(imaginary, axes.1)))
      }
      var sums = (ComplexNumber.zero, ComplexNumber.zero)
      for segment in 0..<count { sums.0 += workspace.products[segment] * turn(segment) }
      if columns == 2 {
        for segment in 0..<count { sums.1 += workspace.products[count + segment] * turn(segment) }
      }
      return workspace.likelihood(sums.0, sums.1)
    }
    var values: [(value: Double, amplitude: Double)] = []
    values.reserveCapacity(offsets.count)
    for number in offsets.indices { values.append(likelihood(offsets[number]) { turns[number * count + $0] }) }
    guard var best = values.max(by: { $0.value < $1.value }), best.value > 0,
      let highest = values.firstIndex(where: { $0.value == best.value })
    else { return (0, 0) }
    if values.indices.dropFirst().dropLast().contains(highest) {
      // The vertex of the parabola through three points, and once more through closer ones.
      var step = offsets[1] - offsets[0]
      var middle = offsets[highest]
      var (low, high) = (values[highest - 1].value, values[highest + 1].value)
      for _ in 0..<2 {
        let curvature = low - 2 * best.value + high
        guard curvature < 0 else { break }
        middle += step * min(max((low - high) / (2 * curvature), -1), 1)
        step /= 8
        func near(_ offset: Double) -> (value: Double, amplitude: Double) {
          likelihood(offset) { Self.turn(offset * rows.time[segments[$0].lowerBound]) }
        }
        let found = near(middle)
        if found.value > best.value { best = found }
        (low, high) = (near(middle - step).value, near(middle + step).value)
      }
    }
    return best
  }

  /// The field of each column: along the way of the wave, or equal parts of the power in two directions across it.
  private func columnAxes(towards source: SIMD3<Double>) -> (SIMD3<Double>, SIMD3<Double>) {
    guard polarization == .transverse else { return (-source, SIMD3()) }
    let axes = tangentBasis(-source)
    return (0.5.squareRoot() * axes.0, 0.5.squareRoot() * axes.1)
  }

  /// Σ conj(v) z of every segment, and the matrix V†V.
  private func project(towards source: SIMD3<Double>, speed: Double, _ workspace: LineSkyWorkspace) {
    let propagation = -source
    let wavenumber = wavenumberPerSpeed * speed
    let (first, second) = columnAxes(towards: source)
    var (gram00, gram01, gram11) = (0.0, 0.0, 0.0)
    for (number, range) in segments.enumerated() {
      var (sum0, sum1) = (ComplexNumber.zero, ComplexNumber.zero)
      for row in range {
        // Plane waves exp(i p.x) (section 0).
        let phase = wavenumber * dot(propagation, rows.position[row])
        let value = weighted[row] * ComplexNumber(magnitude: scale[row], phase: -phase)
        let (gain0, gain1) = (dot(rows.direction[row], first), dot(rows.direction[row], second))
        sum0 += value * gain0
        sum1 += value * gain1
        let square = scale[row] * scale[row] * weights[row]
        gram00 += square * gain0 * gain0
        gram01 += square * gain0 * gain1
        gram11 += square * gain1 * gain1
      }
      workspace.products[number] = sum0
      if columns == 2 { workspace.products[segments.count + number] = sum1 }
    }
    workspace.set(gram00, gram01, gram11)
  }
}
