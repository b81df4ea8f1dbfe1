import DarkMatter
import Numerics
import Sky

/// What is assumed of a cold stream while its direction and strength are looked for (vector-network section 6).
///
/// The signal's covariance is S_IJ(f) = α shape(f) R_I R_J* Γ_IJ: the map profiles over α.
public struct SkyModel: Sendable {
  public var mode: StreamForecast.Mode
  public var dispersion: StreamDispersion
  /// Spectrum per unit of α, of every bin of the analysis; nil for 1 everywhere, which gives α the unit of a one-sided
  /// spectrum.
  public var shape: [Double]?
  /// α, when it is known; nil to profile over α >= 0 in each direction.
  public var amplitude: Double?
  /// The largest α that is allowed; nil for any.
  public var largestAmplitude: Double?
  /// Whether the signal counts as weak against the noise in all channels together: ln L is then a parabola in α, and its
  /// maximum the least-squares fit. Without autocorrelations that α has no bias for strong signals either, but ln L is too
  /// large for them.
  public var isWeak = false
  /// R_I(f) of each channel and bin, [channel][bin]; nil for spectra in units of the field.
  public var responses: [[ComplexNumber]]?

  public init(
    mode: StreamForecast.Mode, dispersion: StreamDispersion, shape: [Double]? = nil, amplitude: Double? = nil,
    responses: [[ComplexNumber]]? = nil
  ) {
    self.mode = mode
    self.dispersion = dispersion
    self.shape = shape
    self.amplitude = amplitude
    self.responses = responses
  }

  /// Vectors that the amplitude of the stream multiplies: one along the propagation, or two across it with half each.
  var polarizations: Int { mode == .longitudinal ? 1 : 2 }

  func validate(channels: Int, bins: Int) throws {
    if let shape {
      guard shape.count == bins else {
        throw InferenceError.sizeMismatch(input: "bins of the signal's shape", expected: bins, found: shape.count)
      }
      guard shape.allSatisfy({ $0.isFinite && $0 >= 0 }), shape.contains(where: { $0 > 0 }) else {
        throw InferenceError.invalidOption(name: "shape", reason: "densities must be 0 or more, and one of them more")
      }
    }
    if let amplitude, !(amplitude.isFinite && amplitude >= 0) {
      throw InferenceError.invalidOption(name: "amplitude", reason: "\(amplitude) is not a number of 0 or more")
    }
    if let responses {
      guard responses.count == channels else {
        throw InferenceError.sizeMismatch(input: "responses", expected: channels, found: responses.count)
      }
      for response in responses where response.count != bins {
        throw InferenceError.sizeMismatch(input: "bins of a response", expected: bins, found: response.count)
      }
    }
    switch dispersion {
    case .restFrequency(let rest) where !(rest.isFinite && rest >= 0):
      throw InferenceError.invalidOption(name: "rest frequency", reason: "\(rest) Hz is not 0 or more")
    case .speed(let speed) where !(speed > 0 && speed <= speedOfLight):
      throw InferenceError.invalidOption(name: "speed", reason: "\(speed) m/s is not between 0 and that of light")
    default: break
    }
  }
}

/// A direction on the sky and what the data say of a stream from there.
public struct SkyPoint: Hashable, Sendable, Codable {
  /// The unit vector towards the source, equatorial axes: opposite to the propagation.
  public var direction: SIMD3<Double>
  /// ln L(stream) - ln L(no stream), at `amplitude`.
  public var logLikelihood: Double
  /// α of the model, at its most likely value of 0 or more unless the model holds it.
  public var amplitude: Double

  public init(direction: SIMD3<Double>, logLikelihood: Double, amplitude: Double) {
    self.direction = direction
    self.logLikelihood = logLikelihood
    self.amplitude = amplitude
  }

  /// Θ = 2 [ln L(stream) - ln L(no stream)].
  public var testStatistic: Double { 2 * logLikelihood }
  /// Right ascension in degrees, 0 ..< 360.
  public var rightAscension: Double { EquatorialDirection(direction).rightAscension }
  /// Declination in degrees.
  public var declination: Double { EquatorialDirection(direction).declination }
}
