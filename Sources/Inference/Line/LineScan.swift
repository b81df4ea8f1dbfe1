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
  /// f_m in Hz for which the modes were made; valid within a per cent of it.
  public let restFrequency: Double
  let modes: LineModes
  /// ⟨v²⟩/2: the middle of the line lies above its rest frequency.
  private let meanShift: Double
  /// Distance in Hz of the line for which the modes were made from the frequency of the observation.
  private let offset: Double
  /// The noise for which the modes were made, and what each channel adds to what is known of a weak line.
  private let noise: [Double]
  private let shares: [Double]

  /// λ_i: the whitened power of each independent mode for an amplitude of one.
  public var eigenvalues: [Double] { modes.eigenvalues }

  /// Prepares a template.
  ///
  /// - Parameters:
  ///   - observation: geometry, noise and presence of data.
  ///   - restFrequency: f_m in Hz.
  ///   - tolerance: relative power that the modes may leave out.
  /// - Throws: `LinearAlgebraError` when the modes cannot be found.
  public init(
    _ template: LineHypothesis, observation: LineObservation, restFrequency: Double, tolerance: Double = 1e-6
  ) throws {
    self.template = template
    self.restFrequency = restFrequency
    modes = try LineModes(
      template: template, observation: observation, restFrequency: restFrequency, tolerance: tolerance)
    meanShift = template.meanShift(at: observation.reference)
    offset = restFrequency - observation.frequency
    noise = observation.noise
    shares = modes.shares(power: 0, channels: observation.channels.count)
  }

  /// By how much powers |q|² and eigenvalues change for a line at another offset, or in other noise, than that of the modes.
  func scales(_ observation: LineObservation, offset: Double) -> (powers: Double, eigenvalues: Double) {
    let shift = meanShift * restFrequency
    let (bins, reference) = (
      (offset + shift) * observation.segmentLength, (self.offset + shift) * observation.segmentLength
    )
    let window = observation.window
    var quiet = 0.0
    for channel in shares.indices where observation.noise[channel] > 0 {
      quiet += shares[channel] * noise[channel] / observation.noise[channel]
    }
    let powers = quiet * window.power(bins: bins) / window.power(bins: reference)
    return (powers, powers * window.inverseNoise(bins: bins) / window.inverseNoise(bins: reference))
  }

  /// p_i and λ_i for a line at a rest frequency near the observation's frequency.
  func likelihood(
    _ observation: LineObservation, restFrequency: Double
  ) -> (powers: [Double], eigenvalues: [Double]) {
    let offset = restFrequency - observation.frequency
    let scales = scales(observation, offset: offset)
    return (
      modes.powers(observation, offset: offset).map { $0 * scales.powers }, eigenvalues.map { $0 * scales.eigenvalues }
    )
  }

  /// The profile at one rest frequency near the observation's frequency.
  public func profile(_ observation: LineObservation, restFrequency: Double) -> LineProfile {
    let (powers, eigenvalues) = likelihood(observation, restFrequency: restFrequency)
    return LineProfile(powers: powers, eigenvalues: eigenvalues)
  }

  /// The rest frequency with the largest statistic near another.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes.
  ///   - restFrequency: Hz, in the middle.
  ///   - frequencyRange: Hz to either side.
  public func maximum(
    _ observation: LineObservation, near restFrequency: Double, frequencyRange: Double
  ) -> (frequency: Double, profile: LineProfile) {
    let longest = Double(modes.pieces.map(\.segments.count).max() ?? 1) * observation.segmentSpacing
    // Three points in the resolution of a piece; then ever finer about the best.
    var step = min(frequencyRange / 4, 1 / (3 * longest))
    let steps = max(4, Int((frequencyRange / step).rounded(.up)))
    step = frequencyRange / Double(steps)
    var best = (frequency: restFrequency, profile: profile(observation, restFrequency: restFrequency))
    func look(_ frequency: Double) {
      let found = profile(observation, restFrequency: frequency)
      if found.statistic > best.profile.statistic { best = (frequency, found) }
    }
    for number in 1...steps {
      look(restFrequency - Double(number) * step)
      look(restFrequency + Double(number) * step)
    }
    for _ in 0..<8 {
      step /= 2
      let middle = best.frequency
      look(middle - step)
      look(middle + step)
    }
    return best
  }

  /// Scans rest frequencies in steps of half the inverse length of a coherent piece, by a Fourier transform over the
  /// segments of every mode.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes around one frequency, on evenly spaced segments.
  ///   - halfWidth: Hz to either side of the observation's frequency; at most half the inverse of the segments' spacing.
  public func scan(_ observation: LineObservation, halfWidth: Double) -> LineScan {
    let grid = LineScanGrid(self, spacing: observation.segmentSpacing)
    guard let grid else { return LineScan(frequencies: [], profiles: []) }
    let reach = min(grid.length / 2 - 1, Int((halfWidth / grid.step).rounded(.down)))
    let found = grid.profiles(self, observation, offsets: -reach..<(reach + 1), tolerance: 1e-10)
    return LineScan(
      frequencies: (-reach...reach).map { observation.frequency + Double($0) * grid.step }, profiles: found.profiles)
  }
}
