import Foundation

/// Upper limits on the amplitude of a line.
enum LineLimit {
  /// The amplitude below which the true one lies with a probability, for a flat prior on the amplitude.
  ///
  /// The stochastic amplitude of a line is part of the likelihood: a run shorter than the coherence time gives the weaker
  /// limit that it must. The calibration is averaged over.
  ///
  /// - Parameters:
  ///   - powers: p_i at the frequency.
  ///   - eigenvalues: λ_i.
  ///   - confidence: such as 0.95.
  ///   - calibrationUncertainty: relative standard deviation of the amplitude by the calibration.
  /// - Returns: unit of the field.
  static func amplitude(
    powers: [Double], eigenvalues: [Double], confidence: Double, calibrationUncertainty: Double = 0
  ) -> Double {
    let profile = LineProfile(powers: powers, eigenvalues: eigenvalues)
    guard profile.uncertainty.isFinite else { return .infinity }
    let peak = profile.statistic / 2
    // The posterior on a grid in amplitude, wide enough that what lies beyond does not matter.
    var widest = (profile.power + 8 * profile.uncertainty).squareRoot()
    while LineProfile.gain(widest * widest, powers, eigenvalues) > peak - 18 { widest *= 1.5 }
    let steps = 200
    var cumulative = [0.0]
    var previous = exp(-peak)
    for step in 1...steps {
      let amplitude = widest * Double(step) / Double(steps)
      let density = exp(LineProfile.gain(amplitude * amplitude, powers, eigenvalues) - peak)
      cumulative.append(cumulative[step - 1] + (previous + density) / 2)
      previous = density
    }
    let total = cumulative[steps]
    func probability(_ place: Double) -> Double {
      guard place < Double(steps) else { return 1 }
      let step = Int(place)
      return (cumulative[step] + (place - Double(step)) * (cumulative[step + 1] - cumulative[step])) / total
    }
    var (low, high) = (0.0, Double(steps) * exp(5 * calibrationUncertainty))
    for _ in 0..<40 {
      let middle = (low + high) / 2
      let below = GainFactors.mean(uncertainty: calibrationUncertainty) { probability(middle * $0) }
      if below < confidence { low = middle } else { high = middle }
    }
    return widest * high / Double(steps)
  }
}

extension LineSearch {
  /// The amplitude below which the true one lies with a probability, for a flat prior on the amplitude.
  ///
  /// - Parameters:
  ///   - observation: the amplitudes.
  ///   - restFrequency: Hz.
  ///   - confidence: such as 0.95.
  /// - Returns: unit of the field.
  public func upperLimit(_ observation: LineObservation, restFrequency: Double, confidence: Double) -> Double {
    let (powers, eigenvalues) = likelihood(observation, restFrequency: restFrequency)
    return LineLimit.amplitude(
      powers: powers, eigenvalues: eigenvalues, confidence: confidence,
      calibrationUncertainty: calibrationUncertainty(observation, power: 0))
  }
}
