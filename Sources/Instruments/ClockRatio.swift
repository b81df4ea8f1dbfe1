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
  /// The transitions of the ratio, first over second, from which K follows; empty where it is given.
  public var transitions: [FieldShiftTransition]
  public var noise: ClockNoise

  public init(
    pair: ClockPair? = nil, sensitivity: ClockSensitivity = ClockSensitivity(),
    transitions: [FieldShiftTransition] = [], noise: ClockNoise
  ) {
    self.pair = pair
    ownSensitivity = sensitivity
    self.transitions = transitions
    self.noise = noise
  }

  /// Archives written when clocks had white noise and their own sensitivity only are read as such.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    pair = try values.decodeIfPresent(ClockPair.self, forKey: .pair)
    transitions = try values.decodeIfPresent([FieldShiftTransition].self, forKey: .transitions) ?? []
    let old = try decoder.container(keyedBy: OldKeys.self)
    ownSensitivity =
      try values.decodeIfPresent(ClockSensitivity.self, forKey: .ownSensitivity)
      ?? old.decode(ClockSensitivity.self, forKey: .sensitivity)
    noise =
      try values.decodeIfPresent(ClockNoise.self, forKey: .noise)
      ?? ClockNoise(whiteFrequency: old.decode(Double.self, forKey: .whiteFrequencyNoise))
  }

  private enum OldKeys: String, CodingKey {
    case sensitivity, whiteFrequencyNoise
  }

  /// How the ratio follows the constants of nature.
  public var sensitivity: ClockSensitivity {
    let known = (pair?.sensitivity ?? ClockSensitivity()) + ownSensitivity
    guard transitions.count == 2 else { return known }
    return known + ClockSensitivity(chargeRadius: FieldShiftTransition.coefficient(transitions[0], transitions[1]))
  }

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

extension ClockRatio: MeasuringInstrument {
  public static let archiveName = "clock"
  public static let measurand = Measurand.constants

  public var channels: [InstrumentChannel] { [InstrumentChannel(name: "y")] }

  public var record: InstrumentRecord { InstrumentRecord(response: sensitivity, noise: noise) }

  /// The servo forgets within a sample or is part of the response.
  public var settlingTime: Double { 0 }

  public var noiseless: ClockRatio {
    var ratio = self
    // The servo filters signals, too.
    ratio.noise = ClockNoise(servoTime: noise.servoTime)
    return ratio
  }

  public func selecting(_ names: [String]) -> ClockRatio? { names.count == 1 ? self : nil }

  public func readout() -> SensorReadout? { nil }

  public func samples(at station: SamplingStation, plan: ObservationPlan) throws(InstrumentError) -> any SampleSource {
    try ClockRatioSource(
      ratio: self, nodeName: station.nodeName, sampleRate: station.sampleRate, clock: station.clock,
      gaps: station.gaps, plan: plan)
  }
}
