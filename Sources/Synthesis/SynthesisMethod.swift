import DarkMatter
import Glibc
import Numerics
import Sky

/// How the nodes of a network make one and the same field without talking to each other (vector-network section 9).
public enum SynthesisMethod: String, Hashable, Sendable, Codable {
  /// Method A: a list of plane waves.
  case planeWaves = "plane-waves"
  /// Method B: independent amplitudes for frequency bins and directions on the sky, in blocks.
  case frequencySky = "frequency-sky"
  /// Method C: independent amplitudes for frequency bins and a covariance factor of the sites, in blocks.
  case covarianceFactor = "covariance-factor"
  /// No randomness: a formula at the true instants.
  case closedForm = "closed-form"
}

/// A method, and how far the statistics of what it makes are from those of the field.
public struct SynthesisChoice: Hashable, Sendable, Codable {
  public var method: SynthesisMethod
  /// Relative error of the covariance, or of the spectrum, that the method implies.
  public var relativeError: Double
  /// One sentence that says where the error comes from.
  public var reason: String

  public init(method: SynthesisMethod, relativeError: Double, reason: String) {
    self.method = method
    self.relativeError = relativeError
    self.reason = reason
  }
}

extension FieldModel {
  /// The method by which all nodes of a run make this field: it follows from the field and what the nodes share, never
  /// from a node.
  ///
  /// - Parameters:
  ///   - duration: of the run in nanoseconds.
  ///   - blockNanoseconds: length of the synthesis blocks.
  ///   - sites: the distinct sites of the run.
  public func synthesisMethod(duration: Int64, blockNanoseconds: Int64, sites: [Site]) -> SynthesisChoice {
    let block = Double(blockNanoseconds) * 1e-9
    switch self {
    case .isotropic(let background):
      let turn = EarthRotation.angularSpeed * background.widestPhase(between: sites)
      return SynthesisChoice(
        method: .covarianceFactor, relativeError: background.blockError(block: block),
        reason:
          "blocks of \(block) s smooth the spectrum by S''/(8 L²); covariances at one time are exact, the Earth's "
          + "rotation bends phases between sites by up to \(turn) rad in a second of lag")
    case .anisotropic(let field):
      return SynthesisChoice(
        method: .frequencySky, relativeError: max(2.4e-4, field.background.blockError(block: block)),
        reason: "blocks of \(block) s smooth the spectrum by S''/(8 L²); between the instants for which places and "
          + "directions are computed, interpolation is good to 2.4e-4")
    case .line(let line): return line.synthesisMethod(duration: Double(duration) * 1e-9)
    case .scalar(let field):
      let isResolved = field.isStochastic && field.virialSpeed > 0
      return SynthesisChoice(
        method: .closedForm, relativeError: isResolved ? 2.4e-9 : 1e-9,
        reason: isResolved
          ? "an interpolated sum of plane waves, common to all nodes; the Earth's orbit and the nodes' places are left out"
          : "exact: one amplitude and phase for the whole run")
    case .transient:
      return SynthesisChoice(
        method: .closedForm, relativeError: 2.4e-9,
        reason: "exact through flat responses; through others an interpolated convolution of this error")
    }
  }
}

extension DarkMatterLine {
  /// Whether a run is so long that a component is made in blocks, not as a list of plane waves: 100 coherence times.
  ///
  /// - Parameter duration: of the run in s.
  func isMadeInBlocks(_ component: Component, duration: Double) -> Bool {
    duration > 100 * coherenceTime(of: component)
  }

  func synthesisMethod(duration: Double) -> SynthesisChoice {
    let share = components.filter { isMadeInBlocks($0, duration: duration) }.reduce(0) { $0 + $1.fraction }
    guard share > 0 else {
      let counts = components.map { waveCount(of: $0, duration: duration) }
      let error = zip(components, counts).reduce(0) { sum, part in
        let error = part.0.fraction * DarkMatterLine.listError(waves: part.1)
        return sum + error * error
      }.squareRoot()
      // Phases within the intervals of a list.
      return SynthesisChoice(
        method: .planeWaves, relativeError: max(error, 6e-5),
        reason: error > 6e-5
          ? "a list of \(counts.reduce(0, +)) plane waves from a Sobol sequence has this covariance instead of the line's"
          : "each stream is one plane wave; the Earth's rotation bends its phase by this within an interval")
    }
    // Section 9.4: 0.0095 with the halo's wind, 0.022 without one.
    return SynthesisChoice(
      method: .frequencySky, relativeError: 0.022 * share,
      reason: "blocks of 100 coherence times smooth the shape of the line, most where it begins")
  }

  /// The measured error of a Sobol list (table of section 9.2), interpolated, and continued as 1/N.
  static func listError(waves: Int) -> Double {
    let table = [(64.0, 0.112), (256, 0.0365), (1024, 0.0116), (4096, 0.0031), (16384, 0.00083)]
    let count = Double(waves)
    guard waves > 1 else { return 0 }
    // Below the table as random momenta, 1.8/sqrt(N), continuous with its first row.
    if count <= table[0].0 { return min(1, table[0].1 * (table[0].0 / count).squareRoot()) }
    for (left, right) in zip(table, table.dropFirst()) where count <= right.0 {
      return left.1 + (right.1 - left.1) * (count - left.0) / (right.0 - left.0)
    }
    return table[4].1 * table[4].0 / count
  }
}

extension IsotropicBackground {
  /// The largest p |x_I - x_J| of the band.
  func widestPhase(between sites: [Site]) -> Double {
    let positions = sites.map(\.earthFixedPosition)
    let widest = positions.indices.reduce(0) { widest, i in
      positions[i...].reduce(widest) { max($0, length($1 - positions[i])) }
    }
    return wavenumber(frequency: highestFrequency, restFrequency: restFrequency) * widest
  }

  /// The largest S''/(8 L² S) in the band, S'' from the logarithmic slopes of the spectrum (section 9.4).
  ///
  /// - Parameter block: L in s.
  func blockError(block: Double) -> Double {
    func error(_ index: Double, _ frequency: Double) -> Double {
      abs(index * (index - 1)) / (8 * frequency * frequency * block * block)
    }
    switch spectrum {
    case .powerLaw(_, _, let index): return error(index, lowestFrequency)
    case .table(let frequencies, let densities):
      return zip(frequencies.indices, frequencies.indices.dropFirst()).reduce(0) { worst, row in
        let (left, right) = row
        guard frequencies[right] > lowestFrequency, frequencies[left] < highestFrequency else { return worst }
        let index = log(densities[right] / densities[left]) / log(frequencies[right] / frequencies[left])
        return max(worst, error(index, max(lowestFrequency, frequencies[left])))
      }
    }
  }
}
