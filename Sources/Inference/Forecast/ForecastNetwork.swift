import Numerics

/// One channel of a network as a forecast needs it: where it is, which way it feels, how noisy it is.
public struct ForecastChannel: Sendable {
  public var label: String
  /// Place in metres, Earth-fixed axes.
  public var position: SIMD3<Double>
  /// Real unit vectors in Earth-fixed axes that the readout mixes: one for a linear sensor, two for a circular one.
  public var basis: [SIMD3<Double>]
  /// Response to the field along a vector of the basis, by its number and the frequency in Hz.
  public var response: @Sendable (_ basis: Int, _ frequency: Double) -> ComplexNumber
  /// One-sided density of the noise in readout unit²/Hz at a frequency in Hz.
  public var noise: @Sendable (_ frequency: Double) -> Double

  public init(
    label: String, position: SIMD3<Double>, basis: [SIMD3<Double>],
    response: @escaping @Sendable (_ basis: Int, _ frequency: Double) -> ComplexNumber = { _, _ in .one },
    noise: @escaping @Sendable (_ frequency: Double) -> Double
  ) {
    self.label = label
    self.position = position
    self.basis = basis
    self.response = response
    self.noise = noise
  }

  /// Noise over |R|², the density that the field would need to equal it, in field unit²/Hz.
  public func equivalentNoise(at frequency: Double) -> Double {
    let gain = basis.indices.reduce(0) { $0 + response($1, frequency).magnitudeSquared }
    return noise(frequency) / gain
  }

  /// Σ R_b e_b/sqrt(N): contracted with a tensor of the field it gives a cross spectrum in units of the noise.
  ///
  /// - Throws: `ForecastError.noNoise` when the noise is not positive.
  func whitened(at frequency: Double) throws(ForecastError) -> ComplexVector {
    let density = noise(frequency)
    guard density > 0, density.isFinite else { throw .noNoise(channel: label, frequency: frequency) }
    let scale = 1 / density.squareRoot()
    var sum = ComplexVector(SIMD3())
    for (index, vector) in basis.enumerated() {
      let response = response(index, frequency)
      sum.real += (scale * response.real) * vector
      sum.imaginary += (scale * response.imaginary) * vector
    }
    return sum
  }
}

/// The channels of a network that is planned.
public struct ForecastNetwork: Sendable {
  public var channels: [ForecastChannel]

  public init(channels: [ForecastChannel]) {
    self.channels = channels
  }

  /// The different places, and the number of that of each channel.
  var places: (positions: [SIMD3<Double>], ofChannel: [Int]) {
    var positions: [SIMD3<Double>] = []
    let numbers = channels.map { channel in
      if let known = positions.firstIndex(of: channel.position) { return known }
      positions.append(channel.position)
      return positions.count - 1
    }
    return (positions, numbers)
  }
}
