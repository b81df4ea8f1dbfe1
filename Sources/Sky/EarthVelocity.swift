import Glibc

/// The axes of the galaxy: U towards its centre, V along its rotation, W to its north pole (J2000, vector-network section 2).
public enum GalacticFrame {
  private static let u = SIMD3(-0.0548755604162154, -0.8734370902348850, -0.4838350155487132)
  private static let v = SIMD3(0.4941094278755837, -0.4448296299600112, 0.7469822444972189)
  private static let w = SIMD3(-0.8676661490190047, -0.1980763734312015, 0.4559837761750669)

  /// Components along U, V, W of a vector in equatorial axes.
  public static func galactic(fromEquatorial vector: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3((u * vector).sum(), (v * vector).sum(), (w * vector).sum())
  }

  /// Equatorial components of a vector given along U, V, W.
  public static func equatorial(fromGalactic vector: SIMD3<Double>) -> SIMD3<Double> {
    vector.x * u + vector.y * v + vector.z * w
  }
}

/// The motion of the Sun through the dark-matter halo.
public struct SolarMotion: Hashable, Sendable, Codable {
  /// Velocity of the local standard of rest along U, V, W in m/s.
  public var localStandardOfRest: SIMD3<Double>
  /// Velocity of the Sun relative to it along U, V, W in m/s (Schönrich et al. 2010).
  public var peculiar: SIMD3<Double>

  public init(
    localStandardOfRest: SIMD3<Double> = SIMD3(0, 220e3, 0),
    peculiar: SIMD3<Double> = SIMD3(11.1e3, 12.24e3, 7.25e3)
  ) {
    self.localStandardOfRest = localStandardOfRest
    self.peculiar = peculiar
  }

  /// The sum of both in equatorial axes, m/s.
  public var equatorial: SIMD3<Double> { GalacticFrame.equatorial(fromGalactic: localStandardOfRest + peculiar) }
}

/// Velocities of the Earth and of laboratories on it, equatorial axes, m/s (vector-network section 2).
public enum EarthVelocity {
  /// Velocity of the Earth around the Sun, v_orb: a circle at 29.79 km/s, within 0.73 km/s of the true one up to 2030.
  public static func orbital(at time: GPSTime) -> SIMD3<Double> {
    orbital(at: UniversalTime(time))
  }

  /// Velocity of the Earth around the Sun, v_orb.
  public static func orbital(at time: UniversalTime) -> SIMD3<Double> {
    let n = time.days
    let degree = Double.pi / 180
    let anomaly = (357.528 + 0.9856003 * n) * degree
    let longitude = (280.460 + 0.9856474 * n + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) * degree
    let obliquity = 23.4392911 * degree
    let equinox = SIMD3<Double>(1, 0, 0)
    let summer = SIMD3(0, cos(obliquity), sin(obliquity))
    return 29.79e3 * (sin(longitude) * equinox - cos(longitude) * summer)
  }

  /// Velocity of a site due to the Earth's rotation, v_rot = Ω x r; at most 465 m/s.
  public static func rotational(of site: Site, at time: GPSTime) -> SIMD3<Double> {
    rotational(of: site, at: UniversalTime(time))
  }

  /// Velocity of a site due to the Earth's rotation, v_rot = Ω x r.
  public static func rotational(of site: Site, at time: UniversalTime) -> SIMD3<Double> {
    let position = EarthRotation.inertial(site.earthFixedPosition, at: time)
    return EarthRotation.angularSpeed * SIMD3(-position.y, position.x, 0)
  }

  /// Velocity of the Earth's centre through the halo, v_E: the wind that all nodes of a network share is its opposite.
  public static func throughHalo(at time: GPSTime, sun: SolarMotion = SolarMotion()) -> SIMD3<Double> {
    sun.equatorial + orbital(at: time)
  }

  /// Velocity of one laboratory through the halo, v_lab = v_E + v_rot; for a single site only.
  public static func laboratory(
    at site: Site, time: GPSTime, sun: SolarMotion = SolarMotion()
  ) -> SIMD3<Double> {
    laboratory(at: site, time: UniversalTime(time), sun: sun)
  }

  /// Velocity of one laboratory through the halo, v_lab = v_E + v_rot; for a single site only.
  public static func laboratory(
    at site: Site, time: UniversalTime, sun: SolarMotion = SolarMotion()
  ) -> SIMD3<Double> {
    sun.equatorial + orbital(at: time) + rotational(of: site, at: time)
  }
}
