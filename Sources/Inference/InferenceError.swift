/// Why an inference cannot be made, which input is at fault, and what to do about it.
public enum InferenceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is not one matrix to analyse.
  case noSpectra
  /// An input has another size than the others say.
  case sizeMismatch(input: String, expected: Int, found: Int)
  /// Fewer than two channels: a background cannot be told from noise.
  case tooFewChannels(Int)
  /// No two channels ever have data in the same segment.
  case noCommonSegments
  /// Fewer segments than a spectral matrix of this many channels needs.
  case tooFewSegments(found: Int, needed: Int)
  /// No bin of the band lies in the frequency range and above the rest frequency.
  case noBins
  /// A value that should be a number is not.
  case notFinite(input: String)
  /// A channel that is present has no power in a bin.
  case noPower(channel: String, frequency: Double)
  /// A channel is a copy of another or a combination of others: their noise cannot be independent.
  case dependentChannels(_ channel: String, _ closest: String, coherence: Double)
  /// A channel follows no single real direction of the field, as single spins do.
  case channelNotLinear(channel: String, frequency: Double, share: Double)
  /// An option is out of its range.
  case invalidOption(name: String, reason: String)
  /// The data do not depend on a parameter, or not separately from those before it.
  case undetermined(BackgroundParameter)
  /// A mean spectral matrix is none: some combination of channels would have negative power.
  case negativePower(channel: String, frequency: Double)
  /// The covariance matrix of the data at the start of a fit is not positive definite.
  case covarianceNotPositiveDefinite

  /// Whether the request is at fault, and not the data or the network.
  public var isWrongUse: Bool {
    switch self {
    case .invalidOption(let name, _): name != "line band"
    case .sizeMismatch: true
    default: false
    }
  }

  public var description: String {
    switch self {
    case .noSpectra:
      "no cross-spectral matrices to analyse: the run has no complete segment in this band"
    case .sizeMismatch(let input, let expected, let found):
      "\(input): expected \(expected), found \(found); give spectra, band plan and geometry of one run"
    case .tooFewChannels(let count):
      "\(count) channel with data: a background needs at least two, since one cannot tell it from its own noise"
    case .noCommonSegments:
      "no two channels have data in the same segment: look at the gaps, or take shorter segments"
    case .tooFewSegments(let found, let needed):
      "\(found) segments, at least \(needed) needed to tell noise from signal: run longer or take shorter segments"
    case .noBins:
      "no frequency bin left: widen the band or the frequency range, or lower the rest frequency"
    case .notFinite(let input):
      "\(input) is not a finite number"
    case .noPower(let channel, let frequency):
      "channel \(channel) has no power at \(frequency) Hz: leave the channel or the frequency out"
    case .dependentChannels(let channel, let closest, let coherence):
      "channel \(channel) records nothing of its own: it is a copy of \(closest) or a combination of the channels before it "
        + "(coherence with \(closest): \((coherence * 1e6).rounded() / 1e6)); a background cannot be told from noise that "
        + "they share, leave one of them out"
    case .channelNotLinear(let channel, let frequency, let share):
      "channel \(channel) follows a circular component of the field: \((share * 100).rounded()) % of its response at "
        + "\(frequency) Hz lies off its axis; let its node record pair-components, which are linear"
    case .invalidOption(let name, let reason):
      "option \(name): \(reason)"
    case .undetermined(let parameter):
      "this network cannot determine \(parameter.title): \(parameter.remedy)"
    case .negativePower(let channel, let frequency):
      "the spectral matrix at \(frequency) Hz is not a mean of outer products: a combination of channels with \(channel) "
        + "has negative power; correlate the data anew"
    case .covarianceNotPositiveDefinite:
      "the covariance matrix at the start of the fit is not positive definite: start from a smaller amplitude"
    }
  }
}
