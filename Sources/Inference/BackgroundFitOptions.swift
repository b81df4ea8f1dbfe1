/// What to fit, and what to hold.
public struct BackgroundFitOptions: Hashable, Sendable, Codable {
  /// Hz at which the amplitude is stated; nil takes the geometric mean of the band's ends.
  public var referenceFrequency: Double?
  /// m c²/h of the boson in Hz; bins at or below it carry no signal and are left out.
  public var restFrequency: Double
  /// Bins in this range of Hz are used; nil uses all.
  public var frequencyRange: ClosedRange<Double>?
  /// The index at which a signal is looked for, fixed so that the statistic's law without a signal is exact.
  public var detectionIndex: Double
  /// A value holds the index, nil fits it.
  public var spectralIndex: Double?
  /// A value holds f_L, nil fits it.
  public var longitudinalFraction: Double?
  /// A value holds P_V, nil fits it.
  public var chirality: Double?
  /// Equivalent standard deviations of a detection from which on f_L, P_V and the index are reported.
  public var significanceThreshold: Double
  /// Points of the profile of P_V; fewer than 3 makes none.
  public var profilePoints: Int
  /// Bins of z = |p| d for the two-point functions.
  public var separationBins: Int
  /// How well the channels' responses are known; nil for exactly.
  public var calibration: CalibrationUncertainty?

  public init(
    referenceFrequency: Double? = nil, restFrequency: Double = 0, frequencyRange: ClosedRange<Double>? = nil,
    detectionIndex: Double = 0, spectralIndex: Double? = nil, longitudinalFraction: Double? = nil,
    chirality: Double? = nil, significanceThreshold: Double = 5, profilePoints: Int = 61, separationBins: Int = 20,
    calibration: CalibrationUncertainty? = nil
  ) {
    self.referenceFrequency = referenceFrequency
    self.restFrequency = restFrequency
    self.frequencyRange = frequencyRange
    self.detectionIndex = detectionIndex
    self.spectralIndex = spectralIndex
    self.longitudinalFraction = longitudinalFraction
    self.chirality = chirality
    self.significanceThreshold = significanceThreshold
    self.profilePoints = profilePoints
    self.separationBins = separationBins
    self.calibration = calibration
  }

  func validate() throws {
    func require(_ condition: Bool, _ name: String, _ reason: String) throws {
      guard condition else { throw InferenceError.invalidOption(name: name, reason: reason) }
    }
    if let referenceFrequency {
      try require(
        referenceFrequency > 0 && referenceFrequency.isFinite, "referenceFrequency", "a positive number of Hz")
    }
    try require(restFrequency >= 0 && restFrequency.isFinite, "restFrequency", "zero or a positive number of Hz")
    try require(detectionIndex.isFinite, "detectionIndex", "a finite number")
    try require(spectralIndex?.isFinite ?? true, "spectralIndex", "a finite number")
    try require(longitudinalFraction?.isFinite ?? true, "longitudinalFraction", "a finite number")
    try require(chirality?.isFinite ?? true, "chirality", "a finite number")
    try require(significanceThreshold >= 0, "significanceThreshold", "zero or more standard deviations")
    try require(separationBins >= 1, "separationBins", "at least 1")
  }
}
