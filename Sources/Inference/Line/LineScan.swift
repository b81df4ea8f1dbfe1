import Foundation
import Numerics

/// The statistic of a line as a function of its frequency, around the frequency of one observation.
public struct LineScan: Sendable {
  /// Hz, ascending.
  public var frequencies: [Double]
  /// The likelihood of an amplitude at each frequency.
  public var profiles: [LineProfile]

  /// The point with the largest statistic.
  public var best: (frequency: Double, profile: LineProfile)? {
    profiles.indices.max { profiles[$0].statistic < profiles[$1].statistic }.map { (frequencies[$0], profiles[$0]) }
  }
}

/// A line's template made ready for one network, run and range of masses: scans, profiles and simulations.
public struct LineSearch: Sendable {
  public let template: LineHypothesis
  /// f_m in Hz for which the modes were made; valid within some per cent of it.
  public let restFrequency: Double
  let modes: LineModes

  /// λ_i: the whitened power of each independent mode for an amplitude of one.
  public var eigenvalues: [Double] { modes.eigenvalues }

  /// Prepares a template.
  ///
  /// - Parameters:
  ///   - observation: geometry, noise and presence of data.
  ///   - restFrequency: f_m in Hz.
  /// - Throws: `LinearAlgebraError` when the modes cannot be found.
  public init(_ template: LineHypothesis, observation: LineObservation, restFrequency: Double) throws {
    self.template = template
    self.restFrequency = restFrequency
    modes = try LineModes(template: template, observation: observation, restFrequency: restFrequency)
  }

  /// The profile at one rest frequency near the observation's frequency.
  public func profile(_ observation: LineObservation, restFrequency: Double) -> LineProfile {
    let offset = restFrequency - observation.frequency
    let loss = LineSearch.binLoss(offset, observation)
    return LineProfile(
      powers: modes.powers(observation, offset: offset).map { $0 * loss },
      eigenvalues: eigenvalues.map { $0 * loss })
  }

  /// Scans rest frequencies in steps of half the inverse length of a coherent piece, by a Fourier transform over the
  /// segments of every mode.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes around one frequency, on evenly spaced segments.
  ///   - halfWidth: Hz to either side of the observation's frequency; at most half a bin.
  public func scan(_ observation: LineObservation, halfWidth: Double) -> LineScan {
    let longest = modes.pieces.map(\.segments.count).max() ?? 0
    guard longest > 0 else { return LineScan(frequencies: [], profiles: []) }
    var length = 2
    while length < 2 * longest { length *= 2 }
    let step = 1 / (Double(length) * observation.segmentLength)
    let reach = min(length / 2 - 1, Int((halfWidth / step).rounded(.down)))
    let offsets = Array(-reach...reach)
    var powers = [Double](repeating: 0, count: offsets.count * eigenvalues.count)
    let transform = ComplexFourierTransform.shared(length: length)
    let input = AlignedBuffer(count: 2 * length)
    let output = AlignedBuffer(count: 2 * length)
    var first = 0
    for piece in modes.pieces {
      let whitened = piece.rows.whitened(observation, offset: 0)
      for mode in piece.eigenvalues.indices {
        input.pointer.update(repeating: 0, count: 2 * length)
        let base = mode * piece.rows.count
        for row in 0..<piece.rows.count {
          let product = ComplexNumber(piece.real[base + row], -piece.imaginary[base + row]) * whitened[row]
          let position = 2 * (piece.rows.segment[row] - piece.segments.lowerBound)
          input.pointer[position] += product.real
          input.pointer[position + 1] += product.imaginary
        }
        // Σ_j y_j exp(+2πi ν t_j): the phase of the first segment does not matter for the power.
        transform.inverse(input.pointer, output.pointer)
        for (number, offset) in offsets.enumerated() {
          let bin = 2 * (offset < 0 ? offset + length : offset)
          powers[number * eigenvalues.count + first + mode] =
            output.pointer[bin] * output.pointer[bin] + output.pointer[bin + 1] * output.pointer[bin + 1]
        }
      }
      first += piece.eigenvalues.count
    }
    let count = eigenvalues.count
    let profiles = offsets.indices.map { number -> LineProfile in
      let loss = LineSearch.binLoss(Double(offsets[number]) * step, observation)
      return LineProfile(
        powers: powers[(number * count)..<((number + 1) * count)].map { $0 * loss },
        eigenvalues: eigenvalues.map { $0 * loss })
    }
    return LineScan(frequencies: offsets.map { observation.frequency + Double($0) * step }, profiles: profiles)
  }

  /// What of a line's power a segment keeps when the line is off the frequency at which its amplitude is taken.
  static func binLoss(_ offset: Double, _ observation: LineObservation) -> Double {
    let x = Double.pi * offset * observation.segmentLength
    let ratio = abs(x) < 1e-8 ? 1 : sin(x) / x
    return ratio * ratio
  }
}
