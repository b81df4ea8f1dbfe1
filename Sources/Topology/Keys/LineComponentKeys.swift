import DarkMatter
import Numerics
import Sky

/// A population of particles as the file writes it.
struct LineComponentDraft: Sendable {
  /// A mean velocity in one of three ways, m/s and degrees.
  struct Velocity: Sendable {
    var x: Double?
    var y: Double?
    var z: Double?
    var u: Double?
    var v: Double?
    var w: Double?
    var rightAscension: Double?
    var declination: Double?
    var speed: Double?
  }

  var fraction = 1.0
  var virialSpeed: Double?
  var dispersion: Double?
  var velocity: Velocity?

  init() {}

  init(_ component: DarkMatterLine.Component) {
    (fraction, virialSpeed) = (component.fraction, component.virialSpeed)
    let mean = component.meanVelocity
    velocity = Velocity(x: mean.x, y: mean.y, z: mean.z)
  }

  static let section = Section<LineComponentDraft>(
    blank: LineComponentDraft(),
    keys: [
      Key("fraction", .number(.positive(upTo: 1)), \.fraction, default: 1, "Share of the particles."),
      Key(
        "virial-speed", .quantity(.speed, .from(0, to: speedOfLight)), optional: \.virialSpeed, example: "220 km/s",
        "v_vir of the Gaussian distribution exp(-v^2/v_vir^2); 220 km/s without it or dispersion."),
      Key(
        "dispersion", .quantity(.speed, .from(0, to: speedOfLight)), optional: \.dispersion, example: "5 km/s",
        "The same as the standard deviation of one component, v_vir/sqrt(2); 0 m/s for one velocity only."),
      Key(
        "velocity", velocitySection.form, optional: \.velocity,
        example: "{right-ascension: 150 deg, declination: 20 deg, speed: 300 km/s}",
        """
        Mean velocity of a stream, in one of three ways: where it comes from and how fast, as the Earth's centre sees \
        it at the epoch; u, v, w or x, y, z in the galaxy's rest frame. Without it zero there, as for the standard halo.
        """),
    ],
    alternatives: [[], ["virial-speed"], ["dispersion"]])

  private static let velocitySection: Section<Velocity> = {
    let speed = ValueForm<Double>.quantity(.speed, .from(-speedOfLight, to: speedOfLight))
    return Section<Velocity>(
      blank: Velocity(),
      keys: [
        Key(
          "right-ascension", .quantity(.angle, .from(-360, to: 360)), optional: \.rightAscension, example: "150 deg",
          "Right ascension from which the stream comes."),
        Key(
          "declination", .quantity(.angle, .from(-90, to: 90)), optional: \.declination, example: "20 deg",
          "Declination from which it comes."),
        Key(
          "speed", .quantity(.speed, .positive(upTo: speedOfLight)), optional: \.speed, example: "300 km/s",
          "Speed as the Earth's centre sees it at the epoch."),
        Key("u", speed, optional: \.u, example: "0 km/s", "Towards the galactic centre."),
        Key("v", speed, optional: \.v, example: "0 km/s", "Along the galaxy's rotation."),
        Key("w", speed, optional: \.w, example: "0 km/s", "To the galactic north pole."),
        Key("x", speed, optional: \.x, example: "0 km/s", "Towards the vernal equinox."),
        Key("y", speed, optional: \.y, example: "0 km/s", "Towards right ascension 90 deg."),
        Key("z", speed, optional: \.z, example: "0 km/s", "Towards the celestial north pole."),
      ],
      alternatives: [["right-ascension", "declination", "speed"], ["u", "v", "w"], ["x", "y", "z"]])
  }()

  /// The population in the model's terms, or nil after a fault.
  func component(
    at source: SourceValue, sun: SolarMotion, _ reader: inout TopologyReader
  ) -> DarkMatterLine.Component? {
    let mean = meanVelocity(epoch: reader.epoch, sun: sun)
    let earth = EarthVelocity.throughHalo(at: reader.epoch, sun: sun)
    for (frame, vector) in [("in the galaxy's rest frame", mean), ("as the Earth sees it", mean - earth)]
    where length(vector) >= speedOfLight {
      reader.fault(
        source["velocity"] ?? source,
        "\(Dimension.speed.text(of: length(vector))) \(frame) is not slower than light", remedy: "lower it")
      return nil
    }
    let virial = virialSpeed ?? dispersion.map { $0 * 2.0.squareRoot() } ?? LocalDarkMatter.virialSpeed
    guard virial < speedOfLight else {
      reader.fault(
        source["virial-speed"] ?? source["dispersion"] ?? source,
        "a virial speed of \(Dimension.speed.text(of: virial)) is not slower than light", remedy: "lower it")
      return nil
    }
    return DarkMatterLine.Component(fraction: fraction, meanVelocity: mean, virialSpeed: virial)
  }

  private func meanVelocity(epoch: GPSTime, sun: SolarMotion) -> SIMD3<Double> {
    guard let velocity else { return SIMD3() }
    if let u = velocity.u, let v = velocity.v, let w = velocity.w {
      return GalacticFrame.equatorial(fromGalactic: SIMD3(u, v, w))
    }
    if let rightAscension = velocity.rightAscension, let declination = velocity.declination, let speed = velocity.speed
    {
      let source = skyVector(rightAscension: rightAscension, declination: declination)
      return EarthVelocity.throughHalo(at: epoch, sun: sun) - speed * source
    }
    return SIMD3(velocity.x ?? 0, velocity.y ?? 0, velocity.z ?? 0)
  }
}
