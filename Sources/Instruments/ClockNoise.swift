import Glibc

/// The noise of a ratio of clocks as the levels of its Allan deviation, all of them independent (physics page clock,
/// section 4).
///
/// S_y(f) = h_2 f² + h_1 f + h_0 + h_-1/f + h_-2/f², made as a discrete process: fractional differences of white noise.
public struct ClockNoise: Hashable, Sendable, Codable {
  /// White FM: the Allan deviation at 1 s; it falls as τ^(-1/2).
  public var whiteFrequency: Double
  /// Flicker FM: the Allan deviation, at all averaging times.
  public var flickerFrequency: Double
  /// Random walk FM: the Allan deviation at 1 s; it rises as τ^(1/2).
  public var randomWalkFrequency: Double
  /// White PM: the Allan deviation at 1 s; it falls as 1/τ.
  public var whitePhase: Double
  /// Flicker PM: the modified Allan deviation at 1 s; it falls as 1/τ (the plain one has a logarithm of the sampling).
  public var flickerPhase: Double
  /// Linear drift of the ratio in 1/s, from the epoch on.
  public var drift: Double
  /// Time constant in s of the servo that locks the oscillator to the atoms; 0 for none. It filters signals, too.
  public var servoTime: Double
  /// By what share of itself the white FM grows in a second; the uncertainty of the readings grows with it.
  public var growth: Double

  public init(
    whiteFrequency: Double = 0, flickerFrequency: Double = 0, randomWalkFrequency: Double = 0, whitePhase: Double = 0,
    flickerPhase: Double = 0, drift: Double = 0, servoTime: Double = 0, growth: Double = 0
  ) {
    self.whiteFrequency = whiteFrequency
    self.flickerFrequency = flickerFrequency
    self.randomWalkFrequency = randomWalkFrequency
    self.whitePhase = whitePhase
    self.flickerPhase = flickerPhase
    self.drift = drift
    self.servoTime = servoTime
    self.growth = growth
  }

  /// Whether there is random noise at all.
  public var isSilent: Bool { self.random == ClockNoise() }

  /// Whether the spectrum is more than white FM.
  public var isColoured: Bool {
    flickerFrequency > 0 || randomWalkFrequency > 0 || whitePhase > 0 || flickerPhase > 0 || servoTime > 0
  }

  /// Without what is the same in every realisation.
  private var random: ClockNoise {
    var noise = self
    (noise.drift, noise.servoTime, noise.growth) = (0, 0, 0)
    return noise
  }

  /// h_0 in 1/Hz.
  public var whiteDensity: Double { 2 * whiteFrequency * whiteFrequency }

  /// Q of white FM and of the coloured parts: the variance of the white noise that each is a fractional difference of.
  func variances(interval: Double) -> (flicker: Double, randomWalk: Double, flickerPhase: Double) {
    let h1 = flickerPhase * flickerPhase * 8 * .pi * .pi / (3 * log(256.0 / 27))
    return (
      .pi * flickerFrequency * flickerFrequency / (2 * M_LN2),
      3 * randomWalkFrequency * randomWalkFrequency * interval, h1 / (4 * .pi * interval * interval)
    )
  }

  /// Standard deviation of the white deviates whose differences are the white PM.
  func whitePhaseDeviation(interval: Double) -> Double { whitePhase / (3.0.squareRoot() * interval) }

  /// The one-sided density of flicker and random walk FM at a frequency, before the servo.
  func colouredDensity(frequency: Double, interval: Double) -> Double {
    let step = 2 * sin(.pi * frequency * interval)
    let (flicker, walk, _) = variances(interval: interval)
    return 2 * interval * (flicker / step + walk / (step * step))
  }

  /// The one-sided density of the samples, at their start: all parts, the servo in it.
  ///
  /// - Parameters:
  ///   - frequency: above 0, up to half of the rate.
  ///   - interval: of the samples in s.
  /// - Returns: 1/Hz.
  public func density(frequency: Double, interval: Double) -> Double {
    let step = 2 * sin(.pi * frequency * interval)
    let phase = whitePhaseDeviation(interval: interval)
    let servo = servoTime > 0 ? 2 * .pi * frequency * servoTime : 0
    let locked = (whiteDensity + colouredDensity(frequency: frequency, interval: interval)) / (1 + servo * servo)
    return locked + 2 * interval * (variances(interval: interval).flickerPhase * step + phase * phase * step * step)
  }

  /// The Allan deviation at a long averaging time, without the servo and the growth.
  ///
  /// - Parameters:
  ///   - time: averaging time in s.
  ///   - interval: of the samples in s.
  public func allanDeviation(averagingTime time: Double, interval: Double) -> Double {
    let h1 = 4 * .pi * interval * interval * variances(interval: interval).flickerPhase
    // f_h = 1/(2 tau0).
    let flickerOfPhase = h1 * (1.038 + 3 * log(.pi * time / interval)) / (4 * .pi * .pi * time * time)
    let variance =
      whiteFrequency * whiteFrequency / time + flickerFrequency * flickerFrequency
      + randomWalkFrequency * randomWalkFrequency * time + whitePhase * whitePhase / (time * time)
      + flickerOfPhase + drift * drift * time * time / 2
    return variance.squareRoot()
  }
}
