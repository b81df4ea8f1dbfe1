import Glibc
import Instruments
import Numerics
import Sky
import Testing

@Suite("Spin-precession sensors against the Bloch equation")
struct SpinPrecessionTests {
  // A bias field that points nowhere in particular, x across it and y = n x x.
  static let polarization = LocalDirection(azimuth: 37, altitude: 20)
  static let axis = vector(polarization)
  static let x = vector(LocalDirection(azimuth: 127, altitude: 0))
  static let y = cross(axis, x)

  static func vector(_ direction: LocalDirection) -> SIMD3<Double> {
    SIMD3(direction.east, direction.north, direction.up)
  }

  static func axisOfChannel(_ name: String, angle: Double) -> VectorSensor.Axis {
    let direction = cos(angle * .pi / 180) * x + sin(angle * .pi / 180) * y
    return VectorSensor.Axis(
      name: name, direction: LocalDirection(east: direction.x, north: direction.y, up: direction.z))
  }

  static func readout(
    _ equation: BlochEquation, _ readout: SpinPrecession.Readout, angles: [Double], calibration: Double = 1
  ) throws -> SensorReadout {
    let spins = SpinPrecession(
      polarization: LocalDirection(east: equation.axis.x, north: equation.axis.y, up: equation.axis.z),
      resonance: BlochResponse(
        larmorFrequency: equation.larmorFrequency, relaxationTime: equation.relaxationTime, spin: equation.spin,
        gyromagneticRatio: equation.gyromagneticRatio), calibration: calibration, readout: readout)
    let axes = angles.enumerated().map { axisOfChannel("c\($0)", angle: $1) }
    return try SensorReadout(VectorSensor(axes: axes, noise: NoiseModel(white: 0), spins: spins))
  }

  /// Drives that every sensor must tell apart: both helicities, linear, along the bias field, and elliptical askew.
  static let drives: [(name: String, drive: ComplexVector)] = [
    ("helicity +1", ComplexVector(x / 2.0.squareRoot(), y / 2.0.squareRoot())),
    ("helicity -1", ComplexVector(x / 2.0.squareRoot(), -y / 2.0.squareRoot())),
    ("along x", ComplexVector(x)), ("along y", ComplexVector(y)), ("along the bias field", ComplexVector(axis)),
    ("elliptical", ComplexVector(SIMD3(0.3, -0.5, 0.7), SIMD3(0.4, 0.6, -0.2))),
  ]

  @Test("S_x and S_y of A, of B and for γ < 0 follow every drive, leak included, on and off resonance")
  func integrated() throws {
    let sensors = [
      BlochEquation(axis: Self.axis), BlochEquation(axis: -Self.axis),
      BlochEquation(axis: Self.axis, gyromagneticRatio: -3),
    ]
    for (number, equation) in sensors.enumerated() {
      let readout = try Self.readout(equation, .single, angles: [0, 90])
      let peak = abs(equation.gyromagneticRatio) * equation.spin * equation.relaxationTime
      for frequency in [20, 20.1, 18, 33.0] {
        for (name, drive) in Self.drives where number == 0 || name == "elliptical" || frequency == 20 {
          let spin = equation.response(to: drive, frequency: frequency)
          for (channel, direction) in [Self.x, Self.y].enumerated() {
            let expected = spin.dot(direction)
            let found = readout.responseVector(ofChannel: channel, at: frequency).dot(drive)
            #expect(
              (found - expected).magnitude < 1e-7 * peak,
              "sensor \(number), channel \(channel), \(name) at \(frequency) Hz: \(found) \(expected)")
          }
        }
      }
    }
  }

  @Test("the analytic signal is R(f) (b_x + i b_y)/2 + R(-f)* (b_x - i b_y)/2, and S_x + i S_y has no leak")
  func leak() throws {
    let equation = BlochEquation(axis: Self.axis)
    let readout = try Self.readout(equation, .single, angles: [0, 90])
    for (name, drive) in Self.drives {
      let frequency = 20.05
      let (bx, by) = (drive.dot(Self.x), drive.dot(Self.y))
      let (plus, minus) = (bx + .i * by, bx - .i * by)
      let resonant = equation.resonantResponse(frequency)
      let counter = equation.resonantResponse(-frequency).conjugate
      let sx = readout.responseVector(ofChannel: 0, at: frequency).dot(drive)
      let sy = readout.responseVector(ofChannel: 1, at: frequency).dot(drive)
      #expect((sx - 0.5 * (resonant * plus + counter * minus)).magnitude < 1e-13, "\(name)")
      // exp(-iwt) in S_x + i S_y: half the sum of the analytic signals.
      #expect((0.5 * (sx + .i * sy) - 0.5 * (resonant * plus)).magnitude < 1e-13, "\(name)")
    }
    // On resonance helicity -1 of a wave along z drives it, helicity +1 leaks 1/sqrt(1 + (2 w0 T2)²), here 0.5 %.
    func height(_ drive: Int, _ readout: SensorReadout) -> Double {
      readout.responseVector(ofChannel: 0, at: 20).dot(Self.drives[drive].drive).magnitude
    }
    #expect(abs(height(0, readout) / height(1, readout) - 1 / (1 + 200.0 * 200).squareRoot()) < 1e-12)
    // B sees the other one; so does A when γ < 0.
    let reversed = try Self.readout(BlochEquation(axis: -Self.axis), .single, angles: [0])
    let negative = try Self.readout(BlochEquation(axis: Self.axis, gyromagneticRatio: -2), .single, angles: [0])
    for other in [reversed, negative] {
      #expect(abs(height(1, other) / height(0, readout) - 1) < 1e-12)
      #expect(abs(height(0, other) / height(1, readout) - 1) < 1e-12)
    }
  }

  @Test("γ < 0 is γ > 0 with spins and bias field reversed, channel by channel")
  func negativeRatio() throws {
    let negative = try Self.readout(
      BlochEquation(axis: Self.axis, gyromagneticRatio: -2), .single, angles: [0, 33, 90])
    let reversed = try Self.readout(BlochEquation(axis: -Self.axis), .single, angles: [0, 33, 90])
    for channel in 0..<3 {
      for frequency in [3, 20, 21.0] {
        let a = negative.responseVector(ofChannel: channel, at: frequency)
        let b = reversed.responseVector(ofChannel: channel, at: frequency)
        #expect(length(a.real - b.real) < 1e-13 && length(a.imaginary - b.imaginary) < 1e-13)
      }
    }
  }

  @Test("a pair: exp(-iα) S_A + exp(iα) S_B of integrated spins is the channel along α, and that is linear")
  func pair() throws {
    let angles = [0, 90, 30, -60, 180.0]
    for ratio in [2.0, -2] {
      let a = BlochEquation(axis: Self.axis, gyromagneticRatio: ratio)
      let b = BlochEquation(axis: -Self.axis, gyromagneticRatio: ratio)
      let readout = try Self.readout(a, .pairComponents, angles: angles)
      let records = try Self.readout(a, .pairRecords, angles: [0, 0])
      let peak = abs(ratio) * a.spin * a.relaxationTime
      for frequency in [20, 20.4] {
        for (name, drive) in Self.drives where name != "along x" {
          let spins = [a, b].map { $0.response(to: drive, frequency: frequency).dot(Self.x) }
          for (channel, spin) in spins.enumerated() {
            let found = records.responseVector(ofChannel: channel, at: frequency).dot(drive)
            #expect((found - spin).magnitude < 1e-7 * peak, "record \(channel), \(name)")
          }
          // For γ < 0 the sensors exchange their helicities, and with them their places in the sum.
          let (first, second) = ratio > 0 ? (spins[0], spins[1]) : (spins[1], spins[0])
          for (channel, angle) in angles.enumerated() {
            let alpha = angle * .pi / 180
            let expected =
              ComplexNumber(magnitude: 1, phase: -alpha) * first + ComplexNumber(magnitude: 1, phase: alpha) * second
            let found = readout.responseVector(ofChannel: channel, at: frequency).dot(drive)
            #expect((found - expected).magnitude < 2e-7 * peak, "\(name), \(angle) deg at \(frequency) Hz")
            // R(f) (b_x cos α + b_y sin α) up to the leak R(-f)* (b_x cos α - b_y sin α) of (20)-(21).
            let (bx, by) = (drive.dot(Self.x), drive.dot(Self.y))
            let leak = a.resonantResponse(-frequency).conjugate
            let linear =
              a.resonantResponse(frequency) * (cos(alpha) * bx + sin(alpha) * by)
              + leak * (cos(alpha) * bx - sin(alpha) * by)
            #expect((found - linear).magnitude < 1e-13 * peak, "\(name), \(angle) deg")
          }
        }
      }
    }
  }

  @Test("components at right angles are linear to the last bit; without a calibration |R| = 1 on resonance")
  func linear() throws {
    let equation = BlochEquation(axis: Self.axis)
    let readout = try Self.readout(equation, .pairComponents, angles: [0, 90])
    for frequency in [1, 20, 63.0] {
      #expect(readout.response(channel: 0, basis: 1, at: frequency) == .zero)
      #expect(readout.response(channel: 1, basis: 0, at: frequency) == .zero)
    }
    for (channel, direction) in [Self.x, Self.y].enumerated() {
      let axis = readout.directions[channel]
      #expect(length(SIMD3(axis.east, axis.north, axis.up) - direction) < 1e-15)
    }
    let resonance = BlochResponse(larmorFrequency: 20, relaxationTime: 3, spin: 1.5, gyromagneticRatio: -7)
    let spins = SpinPrecession(polarization: Self.polarization, resonance: resonance)
    #expect(abs(spins.calibration * resonance.value(at: 20).magnitude - 1) < 1e-15)
    #expect(spins.shortestBlock == 300)
  }

  @Test("an axis counts with its part across the bias field; the readout's own response multiplies")
  func oblique() throws {
    let resonance = BlochResponse(larmorFrequency: 20, relaxationTime: 0.5, gyromagneticRatio: 1)
    let spins = SpinPrecession(polarization: LocalDirection(azimuth: 0, altitude: 90), resonance: resonance)
    func sensor(_ direction: LocalDirection, _ response: SensorResponse) throws -> SensorReadout {
      try SensorReadout(
        VectorSensor(
          axes: [.init(name: "a", direction: direction)], noise: NoiseModel(white: 0), response: response, spins: spins)
      )
    }
    let flat = try sensor(LocalDirection(azimuth: 90, altitude: 0), .flat(gain: 1))
    let tilted = try sensor(LocalDirection(azimuth: 90, altitude: 50), .lowPass(gain: 3, corner: 19))
    let a = flat.responseVector(ofChannel: 0, at: 19)
    let b = tilted.responseVector(ofChannel: 0, at: 19)
    // 3/(1 - i) = 1.5 (1 + i)
    for j in 0..<3 {
      let expected = ComplexNumber(1.5, 1.5) * ComplexNumber(a.real[j], a.imaginary[j])
      #expect((ComplexNumber(b.real[j], b.imaginary[j]) - expected).magnitude < 1e-14)
    }
    #expect(a.real[2] == 0 && a.imaginary[2] == 0)
  }

  @Test("bad parameters of spins are named")
  func errors() {
    let good = BlochResponse(larmorFrequency: 20, relaxationTime: 1, gyromagneticRatio: 2)
    func readout(
      _ change: (inout SpinPrecession) -> Void, axes: [LocalDirection] = [LocalDirection(azimuth: 90, altitude: 0)]
    ) throws -> SensorReadout {
      var spins = SpinPrecession(polarization: LocalDirection(azimuth: 0, altitude: 90), resonance: good)
      change(&spins)
      let axes = axes.enumerated().map { VectorSensor.Axis(name: "c\($0)", direction: $1) }
      return try SensorReadout(VectorSensor(axes: axes, noise: NoiseModel(white: 0), spins: spins))
    }
    let changes: [(name: String, change: (inout SpinPrecession) -> Void)] = [
      ("Larmor frequency", { $0.resonance.larmorFrequency = 0 }),
      ("Larmor frequency", { $0.resonance.larmorFrequency = .infinity }),
      ("relaxation time", { $0.resonance.relaxationTime = -1 }),
      ("relaxation time", { $0.resonance.relaxationTime = .nan }), ("spin S0", { $0.resonance.spin = 0 }),
      ("gyromagnetic ratio", { $0.resonance.gyromagneticRatio = 0 }), ("calibration", { $0.calibration = -1 }),
      ("calibration", { $0.calibration = .infinity }), ("projection noise", { $0.projectionNoise = -1 }),
    ]
    for (name, change) in changes {
      let error = #expect(throws: InstrumentError.self) { _ = try readout(change) }
      #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
    }
    #expect(throws: InstrumentError.axisAlongPolarization("c1")) {
      _ = try readout({ _ in }, axes: [.init(azimuth: 0, altitude: 0), .init(azimuth: 12, altitude: -90)])
    }
    #expect(throws: InstrumentError.pairWithoutTwoAxes(found: 1)) { _ = try readout { $0.readout = .pairRecords } }
    #expect(throws: InstrumentError.noAxes) { _ = try readout({ _ in }, axes: []) }
  }
}
