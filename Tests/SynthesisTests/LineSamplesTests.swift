import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

@Suite("Samples of a line")
struct LineSamplesTests {
  private func samples(
    _ line: DarkMatterLine, _ observer: FieldObserver, _ first: Int64, _ count: Int, displacements: [Double]? = nil
  ) throws -> [Double] {
    let field = try #require(try FieldModel.line(line).rendered(signalIndex: 0, observer: observer))
    var values = [Double](repeating: 0, count: 3 * count)
    field.add(firstSample: first, count: count, displacements: displacements, to: &values, channelStride: count)
    return values
  }

  @Test("wandering clocks against the wave itself")
  func wandering() throws {
    let line = coldStream(.electricDipole, frequency: 2000)
    let rate = SampleRate(8192)
    let observer = lineObserver(site: places[2], rate: rate, wanders: true)
    let count = 4000
    let first: Int64 = 8192 * 5000
    let displacements = (0..<count).map { 0.3 * sin(Double($0) * 1.9) + 2e-5 * Double($0) }
    let values = try samples(line, observer, first, count, displacements: displacements)
    let wave = referenceWaves(line, count: 1, signal: 0, seed: observer.seed)[0]
    for j in stride(from: 0, to: count, by: 97) {
      let time = Double(first + Int64(j)) / 8192 + displacements[j]
      let turns = 2000 * time
      let carrier = ComplexNumber(magnitude: 1, phase: -2 * .pi * (turns - turns.rounded()))
      for (channel, z) in wave.envelope(site: places[2], seconds: time).enumerated() {
        // 2e7 turns of the carrier are good to 1e-9, the geometry to 1e-4.
        #expect(abs(values[channel * count + j] - (carrier * z).real) < 5e-4)
      }
    }
  }

  @Test("nodes of different rates, and with an offset, see one field")
  func rates() throws {
    let line = DarkMatterLine(coupling: .magneticDipole, restFrequency: 700, amplitude: 1e3, chirality: 0.5)
    let fast = try samples(line, lineObserver(rate: SampleRate(6000)), 60_000_000, 6000)
    let slow = try samples(line, lineObserver(rate: SampleRate(2000)), 20_000_000, 2000)
    let late = try samples(line, lineObserver(rate: SampleRate(2000), offset: 0.25), 20_000_000 - 500, 2000)
    let scale = rms(fast)
    #expect(scale > 0.1)
    for channel in 0..<3 {
      for j in 0..<2000 {
        #expect(abs(fast[channel * 6000 + 3 * j] - slow[channel * 2000 + j]) < 1e-9 * scale)
        #expect(abs(late[channel * 2000 + j] - slow[channel * 2000 + j]) < 1e-9 * scale)
      }
    }
  }

  @Test("lines that are no lines, and fields no node can make or see, are named")
  func badInput() throws {
    let good = DarkMatterLine(coupling: .axionGradient, restFrequency: 1e3, amplitude: 1)
    func error(_ change: (inout DarkMatterLine) -> Void) -> LineError? {
      var line = good
      change(&line)
      do { try line.validate() } catch { return error }
      return nil
    }
    #expect(error { _ in } == nil)
    #expect(error { $0.restFrequency = 0 } == .badValue("the rest frequency in Hz", 0))
    #expect(error { $0.restFrequency = .infinity } == .badValue("the rest frequency in Hz", .infinity))
    #expect(error { $0.amplitude = -1 } == .badValue("the amplitude", -1))
    #expect(error { $0.components = [] } == .noComponents)
    #expect(error { $0.components[0].fraction = 0.9 } == .badSum(0.9))
    #expect(
      error { $0.components = [.init(fraction: 1.5), .init(fraction: -0.5)] } == .badFraction(component: 1, -0.5))
    #expect(
      error { $0.components[0].virialSpeed = -1 } == .badSpeed(component: 0, "the virial speed", -1))
    #expect(
      error { $0.components[0].meanVelocity = SIMD3(3e8, 0, 0) } == .badSpeed(component: 0, "the mean speed", 3e8))
    if case .badSpeed? = error({ $0.components[0].meanVelocity = SIMD3(.nan, 0, 0) }) {} else { Issue.record() }
    if case .badSun? = error({ $0.sun.peculiar.x = .nan }) {} else { Issue.record() }
    #expect(error { $0.chirality = 0.1 } == .notChiral(.axionGradient, 0.1))
    #expect(
      error {
        $0.coupling = .kineticMixing
        $0.chirality = -1.01
      } == .tooChiral(-1.01))
    #expect(error { ($0.coupling, $0.chirality) = (.kineticMixing, -1) } == nil)

    func rendered(_ line: DarkMatterLine, _ observer: FieldObserver) throws -> (any RenderedField)? {
      try FieldModel.line(line).rendered(signalIndex: 4, observer: observer)
    }
    var bad = good
    bad.amplitude = .nan
    #expect(throws: SynthesisError.self) { try rendered(bad, lineObserver()) }
    // Below twice the rest frequency nothing is seen.
    #expect(try rendered(good, lineObserver(rate: SampleRate(2000))) == nil)
    #expect(try rendered(good, lineObserver(rate: SampleRate(2002))) != nil)
    #expect(try rendered(coldStream(.axialVector, frequency: 1e3), lineObserver(seconds: 3e8)) != nil)
    var broad = good
    broad.restFrequency = 1e9
    broad.components[0].meanVelocity = SIMD3(0, 1e8, 0)
    #expect(throws: SynthesisError.lineTooBroad(index: 4, frequency: 0, bandwidth: 0)) {
      do {
        _ = try rendered(broad, lineObserver(rate: SampleRate(4_000_000_000), seconds: 1e-5))
      } catch SynthesisError.lineTooBroad(let index, _, _) {
        throw SynthesisError.lineTooBroad(index: index, frequency: 0, bandwidth: 0)
      }
    }
    var nowhere = lineObserver()
    nowhere.sites = [Site(latitude: .nan, longitude: 0)]
    #expect(throws: SynthesisError.self) { try rendered(good, nowhere) }
  }

  @Test("the choice of method follows from field and run alone")
  func methods() throws {
    let halo = FieldModel.line(DarkMatterLine(coupling: .axionGradient, restFrequency: 1e3, amplitude: 1))
    func choice(_ field: FieldModel, hours: Double) -> SynthesisChoice? {
      field.synthesisMethod(
        duration: Int64(hours * 3.6e12), blockNanoseconds: 60_000_000_000_000, sites: places)
    }
    let short = try #require(choice(halo, hours: 10))
    #expect(short.method == .planeWaves)
    // The table of section 9.2: 4096 waves.
    #expect(abs(short.relativeError - 0.0031) < 1e-4)
    #expect(choice(halo, hours: 20)?.method == .frequencySky)
    let stream = try #require(choice(.line(coldStream(.axionGradient, frequency: 1e3)), hours: 20_000))
    #expect(stream.method == .planeWaves && stream.relativeError < 1e-4)
    #expect(choice(.isotropic(mixture), hours: 1)?.method == .covarianceFactor)
  }
}
