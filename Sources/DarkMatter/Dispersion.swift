/// Speed of light in m/s.
public let speedOfLight = 299_792_458.0

/// The wavenumber |p| of a free boson wave: p c = 2π sqrt(f² - f0²).
///
/// - Parameters:
///   - frequency: f in Hz.
///   - restFrequency: f0 = m c²/h in Hz; 0 for a massless field.
/// - Returns: rad/m; 0 at and below the rest frequency, where no wave propagates.
public func wavenumber(frequency: Double, restFrequency: Double) -> Double {
  guard frequency > restFrequency else { return 0 }
  // The product keeps the digits of frequencies close to the rest frequency.
  return 2 * Double.pi * ((frequency - restFrequency) * (frequency + restFrequency)).squareRoot() / speedOfLight
}
