/// How the wavenumber of a stream of plane waves follows from the frequency.
public enum StreamDispersion: Hashable, Sendable, Codable {
  /// Waves of one particle at any speed: p c = 2π sqrt(f² - f0²), f0 = m c²/h in Hz; 0 for massless ones.
  case restFrequency(Double)
  /// Particles of one speed in m/s: p = w v/c², which is m v for slow ones.
  case speed(Double)

  /// |p| in rad/m; 0 where no wave propagates.
  ///
  /// - Parameter frequency: f in Hz.
  public func wavenumber(frequency: Double) -> Double {
    switch self {
    case .restFrequency(let rest): DarkMatter.wavenumber(frequency: frequency, restFrequency: rest)
    case .speed(let speed): 2 * Double.pi * frequency * (speed / speedOfLight) / speedOfLight
    }
  }
}
