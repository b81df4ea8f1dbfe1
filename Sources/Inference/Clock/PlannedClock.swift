import Glibc

/// A clock that is going to run, as forecasts see it.
public struct PlannedClock: Sendable {
  public var name: String
  /// tau0 in s.
  public var interval: Double
  /// Seconds from the first to the last reading, and seconds with readings.
  public var span: Double
  public var liveTime: Double
  /// Standard deviation of one reading, white noise alone.
  public var deviation: Double
  /// kappa(f), its noise over that white noise.
  public var noiseRatio: @Sendable (Double) -> Double
  /// By how much a signal of a frequency in Hz is weaker than it is: averaging and servo.
  public var gain: @Sendable (Double) -> Double
  /// How it answers to couplings; those that it does not answer to are not there.
  public var coefficients: [ClockCoupling: Double]

  public init(
    name: String, interval: Double, span: Double, liveTime: Double, deviation: Double,
    noiseRatio: @escaping @Sendable (Double) -> Double = { _ in 1 },
    gain: @escaping @Sendable (Double) -> Double = { _ in 1 }, coefficients: [ClockCoupling: Double] = [:]
  ) {
    self.name = name
    self.interval = interval
    self.span = span
    self.liveTime = liveTime
    self.deviation = deviation
    self.noiseRatio = noiseRatio
    self.gain = gain
    self.coefficients = coefficients
  }

  /// Of cosine and sine amplitudes at a frequency in Hz, the readings taken for spread evenly (section 5.2).
  func variances(frequency: Double) -> (cosine: Double, sine: Double) {
    let plain = UniformSampling.variances(cycles: frequency * span)
    let gain = gain(frequency)
    let scale = deviation * deviation * interval / liveTime * noiseRatio(frequency) / (gain * gain)
    return (plain.cosine * scale, plain.sine * scale)
  }
}

/// Where the upper limit on an amplitude will be when there is no signal: over many runs, at one frequency.
struct ExpectedAmplitudeLimit: Sendable {
  /// Probabilities of a run to have a lower limit.
  static let levels = [0.16, 0.5, 0.84]
  private let limit: AmplitudeLimit
  private let confidenceLevel: Double
  /// At these levels for equal errors, in standard deviations.
  private let circular: [Double]

  init(_ limit: AmplitudeLimit, confidenceLevel: Double) {
    self.limit = limit
    self.confidenceLevel = confidenceLevel
    // Limits rise with the measured amplitude, which noise alone gives Rayleigh's distribution.
    circular = Self.levels.map {
      limit.value(amplitude: (-2 * log1p(-$0)).squareRoot(), confidenceLevel: confidenceLevel)
    }
  }

  /// The quantiles of the limits at `levels`, for given variances of cosine and sine.
  func quantiles(cosine: Double, sine: Double) -> [Double] {
    let mean = (0.5 * (cosine + sine)).squareRoot()
    if abs(cosine - sine) < 0.02 * (cosine + sine) { return circular.map { mean * $0 } }
    // Equally likely points of a quarter of the plane.
    let (radii, angles) = (24, 8)
    var limits: [Double] = []
    for radius in 0..<radii {
      let r = (-2 * log1p(-(Double(radius) + 0.5) / Double(radii))).squareRoot()
      for angle in 0..<angles {
        let theta = (Double(angle) + 0.5) / Double(angles) * .pi / 2
        limits.append(value(r * cos(theta) * cosine.squareRoot(), r * sin(theta) * sine.squareRoot(), cosine, sine))
      }
    }
    limits.sort()
    return Self.levels.map { level in
      let place = level * Double(limits.count) - 0.5
      let index = Int(place)
      return limits[index] + (place - Double(index)) * (limits[index + 1] - limits[index])
    }
  }

  private func value(_ c: Double, _ s: Double, _ cosine: Double, _ sine: Double) -> Double {
    guard limit == .bayes else {
      let mean = (0.5 * (cosine + sine)).squareRoot()
      return mean * limit.value(amplitude: hypot(c, s) / mean, confidenceLevel: confidenceLevel)
    }
    let covariance = QuadratureCovariance(cosine: cosine, mixed: 0, sine: sine)
    return (try? AmplitudePosterior(cosine: c, sine: s, covariance: covariance))?
      .upperLimit(confidenceLevel: confidenceLevel) ?? .nan
  }
}
