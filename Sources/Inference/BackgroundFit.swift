/// A measured number with its standard deviation.
public struct Estimate: Hashable, Sendable, Codable {
  public var value: Double
  /// One standard deviation, from the inverse Fisher matrix with everything else that was fitted eliminated.
  public var uncertainty: Double

  public init(value: Double, uncertainty: Double) {
    self.value = value
    self.uncertainty = uncertainty
  }

  /// The interval value ± `sigmas` standard deviations, cut to what is physically possible.
  ///
  /// - Returns: the ends, and whether either was cut; an interval wholly outside collapses onto the nearest bound.
  public func interval(
    sigmas: Double = 1, within physical: ClosedRange<Double>
  ) -> (range: ClosedRange<Double>, clipped: Bool) {
    let low = value - sigmas * uncertainty
    let high = value + sigmas * uncertainty
    let clippedLow = min(max(low, physical.lowerBound), physical.upperBound)
    let clippedHigh = max(min(high, physical.upperBound), physical.lowerBound)
    return (clippedLow...clippedHigh, clippedLow != low || clippedHigh != high)
  }
}

/// How a maximisation ended.
public struct Convergence: Hashable, Sendable, Codable {
  /// True only when the remaining step was below the tolerance.
  public var converged: Bool
  public var iterations: Int
  /// Length of the scoring step not taken, in standard deviations over all unknowns: sqrt(g^T F^-1 g), g the gradient.
  public var remainingStep: Double

  public init(converged: Bool, iterations: Int, remainingStep: Double) {
    self.converged = converged
    self.iterations = iterations
    self.remainingStep = remainingStep
  }
}

/// The test of "there is a background" against "there is only noise".
public struct Detection: Hashable, Sendable, Codable {
  /// 2 [ln L(max) - ln L(noise only)] with template amplitudes of either sign at a fixed spectral index.
  public var statistic: Double
  /// Of the chi-square law that the statistic follows when there is no signal.
  public var degreesOfFreedom: Int
  /// Probability of this or a larger statistic by noise alone; 0 when it is below the smallest Double.
  public var localProbability: Double
  /// Decimal logarithm of `localProbability`, which does not underflow.
  public var logTenProbability: Double
  /// Standard deviations of a Gaussian with the same one-sided probability; 0 for a probability of one half or more.
  public var equivalentSigma: Double
  /// The spectral index at which the test was made.
  public var spectralIndex: Double
  /// Power in longitudinal waves A f_L, in transverse waves A (1 - f_L) and the helicity difference A P_V at that index,
  /// unit²/Hz at the reference frequency.
  public var longitudinalPower: Estimate
  public var transversePower: Estimate
  public var helicityPower: Estimate
  /// Whether `equivalentSigma` reached the threshold of the options.
  public var isSignificant: Bool
  public var convergence: Convergence
}

/// Fitted noise density of a channel.
public struct NoiseSpectrum: Hashable, Sendable, Codable {
  public var label: String
  /// One-sided, unit²/Hz, for each frequency of the fit; nil where the channel has no data.
  public var density: [Double?]
  /// Standard deviations of `density`.
  public var uncertainty: [Double?]
}

/// What the likelihood says about the chirality P_V, the other parameters following.
public struct ChiralityProfile: Hashable, Sendable, Codable {
  /// An interval that holds the true value in a share of all runs, whatever it is.
  public struct ConfidenceInterval: Hashable, Sendable, Codable {
    /// Such as 0.9.
    public var confidence: Double
    /// Within -1 ... 1.
    public var range: ClosedRange<Double>
  }

  /// The test of "the background has no net helicity".
  public struct Test: Hashable, Sendable, Codable {
    /// 2 [ln L(best P_V within -1 ... 1) - ln L(P_V = 0)].
    public var statistic: Double
    /// Probability of this or a larger statistic without helicity; 0 when it is below the smallest Double.
    public var probability: Double
    /// Standard deviations of a Gaussian with the same two-sided probability.
    public var equivalentSigma: Double
  }

  /// Ascending, within -1 ... 1; outside the first and the last the probability is negligible.
  public var chirality: [Double]
  /// Profile ln L, largest value of the table 0.
  public var logLikelihood: [Double]
  /// Posterior density for a flat prior on -1 ... 1, integral 1.
  public var density: [Double]
  /// Shortest intervals that hold 68.27 % and 95.45 % of the posterior.
  public var interval68: ClosedRange<Double>
  public var interval95: ClosedRange<Double>
  /// Feldman and Cousins' intervals at 68, 90 and 95 % from this likelihood.
  public var confidenceIntervals: [ConfidenceInterval]
  public var test: Test
  /// Whether every point of the profile was maximised to its tolerance.
  public var converged: Bool
}

/// What a fit of an isotropic background found.
///
/// The model is S_IJ(f) = A (f/f_ref)^index [f_L Γ^L + (1 - f_L) Γ^I + P_V Γ^V]_IJ (physics page vector-network,
/// sections 5.1, 7, 8). No parameter is held in its physical range, so that estimates scatter evenly about the truth;
/// `Estimate.interval` cuts for display.
public struct BackgroundFit: Hashable, Sendable, Codable {
  /// Name of the band.
  public var band: String
  public var labels: [String]
  /// Hz, of the bins that were used.
  public var frequencies: [Double]
  /// Segments of the run with two or more channels, and how many independent samples per bin they count as.
  public var segments: Int
  public var effectiveSegments: Double
  public var detection: Detection
  /// Hz at which `amplitude` is stated.
  public var referenceFrequency: Double
  /// A at the reference frequency, unit²/Hz of the whole vector; at f_L = P_V = 0 (or their held values) and the index
  /// of the test when there is no significant detection.
  public var amplitude: Estimate
  /// nil when there is no significant detection, when the parameter was held, or when the fit of all parameters broke
  /// down (`convergence` then says that it did not converge, and `amplitude` is that of the simplest model).
  public var longitudinalFraction: Estimate?
  public var chirality: Estimate?
  public var spectralIndex: Estimate?
  /// The frequency in Hz at which amplitude and index are uncorrelated, and the amplitude there; nil without an index.
  public var pivotFrequency: Double?
  public var pivotAmplitude: Estimate?
  /// The values of all four parameters that the model was evaluated at, fitted or held.
  public var model: BackgroundModel
  /// Parameters that were fitted, in the order of `covariance`.
  public var fitted: [BackgroundParameter]
  /// Parameters that the network cannot tell and that were held instead of fitted; see `fitDeterminedBackground`.
  public var undetermined: [BackgroundParameter] = []
  /// Labels of channels that recorded nothing but zeros and were left out.
  public var silent: [String] = []
  /// Covariance matrix of the fitted parameters, row by row.
  public var covariance: [[Double]]
  public var convergence: Convergence
  /// nil when P_V was not measured, or when the likelihood has no maximum at some P_V.
  public var chiralityProfile: ChiralityProfile?
  public var noise: [NoiseSpectrum]
  /// Correlation of every pair of channels with data in common.
  public var pairs: [PairCorrelation]
  /// The three scalar functions of the two-point tensor against z = |p| d.
  public var twoPointFunctions: [TwoPointFunctionPoint]
}

extension BackgroundFit {
  /// Labels of the channels without any data in the band, whether they recorded nothing or nothing but zeros.
  public var channelsWithoutData: [String] {
    noise.filter { $0.density.allSatisfy { $0 == nil } }.map(\.label)
  }
}

/// The four numbers of an isotropic background and the frequency its amplitude belongs to.
public struct BackgroundModel: Hashable, Sendable, Codable {
  /// A at the reference frequency, unit²/Hz.
  public var amplitude: Double
  public var longitudinalFraction: Double
  public var chirality: Double
  public var spectralIndex: Double
  /// Hz.
  public var referenceFrequency: Double

  public init(
    amplitude: Double, longitudinalFraction: Double, chirality: Double, spectralIndex: Double,
    referenceFrequency: Double
  ) {
    self.amplitude = amplitude
    self.longitudinalFraction = longitudinalFraction
    self.chirality = chirality
    self.spectralIndex = spectralIndex
    self.referenceFrequency = referenceFrequency
  }
}
