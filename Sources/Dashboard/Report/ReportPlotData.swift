/// The numbers behind the plots of a report.
extension ReportContent {
  /// Amplitude spectral densities of all channels over one band.
  public struct NoiseSpectra: Sendable {
    /// Unit of the field, such as "pT"; the axis says pT/√Hz.
    public var unit: String
    public var channels: [ChannelSpectrum]

    public init(unit: String, channels: [ChannelSpectrum]) {
      self.unit = unit
      self.channels = channels
    }
  }

  /// The spectra of one channel on one frequency grid, in unit/√Hz; arrays that are not known are empty.
  public struct ChannelSpectrum: Sendable {
    public var label: String
    /// Hz, ascending.
    public var frequencies: [Double]
    public var measured: [Double]
    /// The fitted noise alone.
    public var fittedNoise: [Double]
    /// Fitted noise and signal together.
    public var fittedTotal: [Double]

    public init(
      label: String, frequencies: [Double], measured: [Double], fittedNoise: [Double] = [], fittedTotal: [Double] = []
    ) {
      self.label = label
      self.frequencies = frequencies
      self.measured = measured
      self.fittedNoise = fittedNoise
      self.fittedTotal = fittedTotal
    }
  }

  /// The correlation of every pair of channels with the model's prediction.
  public struct PairCorrelations: Sendable {
    /// What is plotted, with its unit: `"correlation [pT^2]"`.
    public var label: RichText
    public var pairs: [PairCorrelation]

    public init(label: RichText, pairs: [PairCorrelation]) {
      self.label = label
      self.pairs = pairs
    }
  }

  public struct PairCorrelation: Sendable {
    public var first: String
    public var second: String
    /// Kilometres between the two.
    public var baseline: Double
    public var value: Double
    /// One standard deviation.
    public var uncertainty: Double
    /// The fitted model for this pair, which knows the directions of both sensors.
    public var prediction: Double

    public init(
      first: String, second: String, baseline: Double, value: Double, uncertainty: Double, prediction: Double
    ) {
      self.first = first
      self.second = second
      self.baseline = baseline
      self.value = value
      self.uncertainty = uncertainty
      self.prediction = prediction
    }
  }

  /// The parity-odd part of the correlations against z = wavenumber x baseline.
  public struct ParityOddCorrelation: Sendable {
    /// Averages over pairs and frequencies at similar z.
    public var z: [Double]
    public var value: [Double]
    public var uncertainty: [Double]
    /// The fitted curve P_V j1(z)/2, and the injected one when known.
    public var fit: Curve
    public var truth: Curve?

    public init(z: [Double], value: [Double], uncertainty: [Double], fit: Curve, truth: Curve? = nil) {
      self.z = z
      self.value = value
      self.uncertainty = uncertainty
      self.fit = fit
      self.truth = truth
    }
  }

  /// A function by its values, with its one-sigma band when `lower` and `upper` are not empty.
  public struct Curve: Sendable {
    public var x: [Double]
    public var y: [Double]
    public var lower: [Double]
    public var upper: [Double]

    public init(x: [Double], y: [Double], lower: [Double] = [], upper: [Double] = []) {
      self.x = x
      self.y = y
      self.lower = lower
      self.upper = upper
    }
  }

  /// The posterior density of one parameter.
  public struct Posterior: Sendable {
    public var name: String
    public var symbol: RichText
    public var unit: String
    /// Values of the parameter, ascending, and the density there in any normalisation.
    public var values: [Double]
    public var density: [Double]
    /// The 68 % and 95 % intervals.
    public var interval68: ClosedRange<Double>?
    public var interval95: ClosedRange<Double>?
    public var truth: Double?

    public init(
      name: String, symbol: RichText, unit: String = "", values: [Double], density: [Double],
      interval68: ClosedRange<Double>?, interval95: ClosedRange<Double>?, truth: Double? = nil
    ) {
      self.name = name
      self.symbol = symbol
      self.unit = unit
      self.values = values
      self.density = density
      self.interval68 = interval68
      self.interval95 = interval95
      self.truth = truth
    }
  }
}
