import Sky

/// The line of slow particles at the frequency of their mass, as a vector field (physics page vector-network, sections 2
/// and 5.4).
///
/// The covariance of the field is amplitude² Re[exp(-i m τ) Σ fraction M], M the matrix of the coupling in section 5.4
/// (c = 1): the electric dipole's has trace one, those of axion gradient and magnetic dipole carry the square of the
/// speed. For the standard normalisation amplitude² is the prefactor of section 5.4.
public struct DarkMatterLine: Hashable, Sendable, Codable {
  /// Particles with one distribution of velocities: a Gaussian around a mean, which may be the halo or a stream.
  public struct Component: Hashable, Sendable, Codable {
    /// Share of the number of particles.
    public var fraction: Double
    /// Mean velocity in the galaxy's rest frame along equatorial axes, m/s; zero for the standard halo.
    public var meanVelocity: SIMD3<Double>
    /// v_vir in m/s, the variance along one axis is half its square; 0 for a stream without dispersion.
    public var virialSpeed: Double

    public init(fraction: Double = 1, meanVelocity: SIMD3<Double> = SIMD3(), virialSpeed: Double = 220e3) {
      self.fraction = fraction
      self.meanVelocity = meanVelocity
      self.virialSpeed = virialSpeed
    }
  }

  public var coupling: VectorCoupling
  /// f_m = m c²/h in Hz.
  public var restFrequency: Double
  /// Unit of the field, for velocities in units of c.
  public var amplitude: Double
  /// Their fractions sum to one.
  public var components: [Component]
  /// The motion of the Sun through the galaxy's rest frame.
  public var sun: SolarMotion
  /// P_R - P_Lh as a share of P_R + P_Lh, -1 ... 1; 0 for an unpolarised line. Couplings without transverse modes
  /// have none.
  public var chirality: Double

  public init(
    coupling: VectorCoupling, restFrequency: Double, amplitude: Double, components: [Component] = [Component()],
    sun: SolarMotion = SolarMotion(), chirality: Double = 0
  ) {
    self.coupling = coupling
    self.restFrequency = restFrequency
    self.amplitude = amplitude
    self.components = components
    self.sun = sun
    self.chirality = chirality
  }

  /// The velocities of a component as they are seen from the Earth's centre, in units of c: v̄ = meanVelocity - v_E.
  ///
  /// - Precondition: the component has a dispersion.
  public func velocities(of component: Component, at time: GPSTime) -> HaloModel {
    HaloModel(
      meanVelocity: (component.meanVelocity - EarthVelocity.throughHalo(at: time, sun: sun)) / speedOfLight,
      virialSpeed: component.virialSpeed / speedOfLight)
  }
}
