import Instruments
import Sky

extension SpinPrecession {
  /// The keys of spins between the field and the readout of a vector sensor.
  static let form = section.form.mapped({ $0.spins(at: $1, &$2) }, back: SpinDraft.init)

  private static let section = Section<SpinDraft>(
    blank: SpinDraft(),
    keys: [
      Key(
        "polarization", LocalDirectionDraft.form(azimuth: "0 deg", altitude: "0 deg"), \.polarization,
        "Direction of the bias field and of the spins; the reverse direction sees the other helicity."),
      Key(
        "larmor-frequency", .quantity(.frequency, .positive), optional: \.larmorFrequency, example: "20 Hz",
        "Frequency of the precession, below half the rate."),
      Key(
        "bias-field", .quantity(FieldUnit.tesla.amplitude, .positive), optional: \.biasField, example: "1 uT",
        "Strength of the bias field; the Larmor frequency follows from it."),
      Key(
        "relaxation-time", .quantity(.time, .positive(upTo: 1e6)), \.relaxationTime, example: "0.1 s",
        "T2: the resonance is 1/(pi T2) wide. synthesis.block is at least 100 T2."),
      Key(
        "gyromagnetic-ratio", .quantity(.gyromagneticRatio), \.gyromagneticRatio, example: "2.0378e8 rad/s/T",
        "gamma with its sign; a negative one exchanges the helicities."),
      Key("spin", .number(.positive), \.spin, default: 0.5, "S0, the longitudinal spin."),
      Key(
        "calibration", .fieldQuantity(.amplitude, .positive), optional: \.calibration, example: "1 nT",
        "Readout for one unit of spin. Without it the response |R| is 1 on resonance."),
      Key(
        "projection-noise", .fieldQuantity(.amplitudeDensity, .notNegative), \.projectionNoise, default: 0,
        "Amplitude spectral density of the spins' own noise on resonance, in the readout of one ensemble."),
      Key(
        "readout", .choice(\.rawValue), \.readout, default: .single,
        """
        What the channels are. single: the spin along each axis, its part across the polarization. pair-records: the \
        spins of two sensors, the second with spins and bias field reversed, each along its own axis. pair-components: \
        the combinations of the two that follow the field along each axis; both are read along the first.
        """),
    ],
    alternatives: [["larmor-frequency"], ["bias-field"]])
}

/// Spins as the file writes them.
private struct SpinDraft: Sendable {
  var polarization = LocalDirection(east: 0, north: 1, up: 0)
  var larmorFrequency: Double?
  var biasField: Double?
  var relaxationTime = 1.0
  var gyromagneticRatio = 1.0
  var spin = 0.5
  var calibration: Double?
  var projectionNoise = 0.0
  var readout = SpinPrecession.Readout.single

  init() {}

  init(_ spins: SpinPrecession) {
    polarization = spins.polarization
    larmorFrequency = spins.resonance.larmorFrequency
    relaxationTime = spins.resonance.relaxationTime
    gyromagneticRatio = spins.resonance.gyromagneticRatio
    spin = spins.resonance.spin
    calibration = spins.calibration
    projectionNoise = spins.projectionNoise
    readout = spins.readout
  }

  func spins(at source: SourceValue, _ reader: inout TopologyReader) -> SpinPrecession? {
    guard gyromagneticRatio != 0 else {
      reader.fault(
        source["gyromagnetic-ratio"] ?? source, "spins without a magnetic moment do not precess",
        remedy: "give a positive or negative ratio")
      return nil
    }
    guard let frequency = larmorFrequency ?? biasField.map({ $0 * abs(gyromagneticRatio) / (2 * .pi) }) else {
      return nil
    }
    let resonance = BlochResponse(
      larmorFrequency: frequency, relaxationTime: relaxationTime, spin: spin, gyromagneticRatio: gyromagneticRatio)
    return SpinPrecession(
      polarization: polarization, resonance: resonance, calibration: calibration, projectionNoise: projectionNoise,
      readout: readout)
  }
}
