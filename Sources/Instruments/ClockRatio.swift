import DarkMatter
import Numerics
import Sky

/// The frequency ratio of two clocks, measured without dead time: y = R/R_0 - 1, averaged from sample to sample (physics
/// page clock, sections 2 and 4).
public struct ClockRatio: Hashable, Sendable, Codable {
  /// A pair whose sensitivity is known; nil for another one.
  public var pair: ClockPair?
  /// How the ratio follows the constants of nature beside what the pair says.
  public var ownSensitivity: ClockSensitivity
  public var noise: ClockNoise

  public init(pair: ClockPair? = nil, sensitivity: ClockSensitivity = ClockSensitivity(), noise: ClockNoise) {
    self.pair = pair
    ownSensitivity = sensitivity
    self.noise = noise
  }

  /// The name of the one channel.
  public static let channelName = "y"

  /// How the ratio follows the constants of nature.
  public var sensitivity: ClockSensitivity { (pair?.sensitivity ?? ClockSensitivity()) + ownSensitivity }

  /// The standard deviation of the white part of one sample, FM and PM, or for want of these of all of its noise.
  ///
  /// - Parameters:
  ///   - sampleRate: 1/tau0.
  ///   - time: s from the epoch; matters when the noise grows.
  public func sampleDeviation(sampleRate: SampleRate, time: Double = 0) -> Double {
    let interval = sampleRate.interval
    let phase = noise.whitePhaseDeviation(interval: interval)
    var variance = noise.whiteFrequency * noise.whiteFrequency * sampleRate.hertz
    if variance == 0 { variance = 2 * phase * phase }
    if variance == 0 { variance = noise.density(frequency: 0.25 / interval, interval: interval) / (2 * interval) }
    return (1 + noise.growth * time / 86_400) * variance.squareRoot()
  }

  /// R(f), the servo's response to a line exp(-2πi f t) (section 4.1).
  ///
  /// - Parameter frequency: Hz.
  public func response(frequency: Double) -> ComplexNumber {
    guard noise.servoTime > 0 else { return .one }
    let x = 2 * Double.pi * frequency * noise.servoTime
    // 1/(1 - i x).
    return 1 / (1 + x * x) * ComplexNumber(1, x)
  }
}
