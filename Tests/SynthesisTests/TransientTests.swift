import DarkMatter
import Foundation
import Numerics
import Sky
import Synthesis
import Testing

private let epoch = GPSTime(nanoseconds: 1_464_000_000_000_000_000)
private let propagation = SIMD3(2.0, -3, 6) / 7
private let polarization = SIMD3(1.0, 2, -2) / 3

/// A burst late in a run, on a slow wave that takes seconds from site to site.
private let burst = TransientEvent(
  shape: .burst(frequency: 3, width: 0.4), time: 86_400_123_456_789, propagation: propagation, speed: 2e6,
  polarization: polarization, amplitude: 2)
private let wall = TransientEvent(
  shape: .wall(width: 7), time: 500_000_000_000, propagation: propagation, speed: 3e5, polarization: polarization,
  amplitude: -3)

private func observer(
  site: Int = 0, rate: SampleRate = SampleRate(64), block: Int64 = 8_000_000_000, offset: Double = 0,
  wanders: Bool = false, response: (@Sendable (Int, Int, Double) -> ComplexNumber)? = nil
) -> FieldObserver {
  FieldObserver(
    seed: 1, epoch: epoch, blockNanoseconds: block, duration: 1_000_000_000_000_000, sites: places, siteIndex: site,
    sampleRate: rate, offset: offset,
    wanders: wanders,
    readout: .init(
      basis: earthAxes, channelCount: 3, response: response ?? { c, b, _ in c == b ? ComplexNumber(1) : .zero }))
}

private func rendered(_ event: TransientEvent, _ observer: FieldObserver) throws -> any RenderedField {
  try #require(try FieldModel.transient(event).rendered(signalIndex: 0, observer: observer))
}

/// Samples of all channels, channel-major.
private func samples(
  _ field: any RenderedField, _ first: Int64, _ count: Int, displacements: [Double]? = nil
) -> [Double] {
  var output = [Double](repeating: 0, count: field.channelCount * count)
  field.add(firstSample: first, count: count, displacements: displacements, to: &output, channelStride: count)
  return output
}

/// The field along one Earth-fixed axis at an instant, by the definition: sensor and site turned to the stars.
private func definition(_ event: TransientEvent, site: Site, axis: SIMD3<Double>, seconds: Double) -> Double {
  let time = epoch.advanced(byNanoseconds: event.time + Int64((seconds * 1e9).rounded()))
  let s = seconds - dot(event.propagation, site.inertialPosition(at: time)) / event.speed
  let shape: Double
  switch event.shape {
  case .burst(let frequency, let width): shape = exp(-s * s / 2 / width / width) * cos(2 * .pi * frequency * s)
  case .wall(let width): shape = 2 / (exp(s / width) + exp(-s / width))
  }
  return event.amplitude * dot(event.polarization, EarthRotation.inertial(axis, at: time)) * shape
}

@Suite("Transients")
struct TransientTests {
  @Test("samples are the closed form at the true instants", arguments: [0, 1, 2, 3])
  func closedForm(site: Int) throws {
    for event in [burst, wall] {
      let field = try rendered(event, observer(site: site, offset: 0.0123))
      let first = event.time / 1_000_000_000 * 64 - 800
      let values = samples(field, first, 1600)
      var peak = 0.0
      for j in stride(from: 0, to: 1600, by: 7) {
        // Exact: 15 625 000 ns a sample.
        let seconds = Double((first + Int64(j)) * 15_625_000 - event.time) * 1e-9 + 0.0123
        for axis in 0..<3 {
          let expected = definition(event, site: places[site], axis: earthAxes[axis], seconds: seconds)
          #expect(abs(values[axis * 1600 + j] - expected) < 1e-11)
          peak = max(peak, abs(expected))
        }
      }
      #expect(peak > 0.1)
    }
  }

  @Test("an event reaches two sites at the times n.(x1 - x2)/v apart")
  func delay() throws {
    let pulse = TransientEvent(
      shape: .burst(frequency: 0, width: 0.3), time: 600_000_000_000, propagation: propagation, speed: 3e5,
      polarization: SIMD3(0, 0, 1), amplitude: 1)
    // The third axis keeps its direction, so the centre of gravity of the square is the time of arrival.
    let arrivals = try [0, 3].map { site -> Double in
      let values = samples(try rendered(pulse, observer(site: site)), 500 * 64, 200 * 64)[(2 * 200 * 64)...]
      let squares = values.map { $0 * $0 }
      let moment = zip(squares, 0...).reduce(0) { $0 + $1.0 * Double($1.1) }
      return 500 + moment / squares.reduce(0, +) / 64
    }
    let positions = zip([0, 3], arrivals).map { site, arrival in
      places[site].inertialPosition(at: epoch.advanced(byNanoseconds: Int64(arrival * 1e9)))
    }
    let expected = dot(propagation, positions[0] - positions[1]) / 3e5
    #expect(abs(expected) > 5)
    #expect(abs(arrivals[0] - arrivals[1] - expected) < 1e-5)
  }

  @Test("a wandering clock sees the event at the instants it really samples")
  func wandering() throws {
    let first = burst.time / 1_000_000_000 * 64 - 400
    let displacements = (0..<800).map { 0.02 * sin(Double($0)) + 0.3 }
    for response in [nil, lowPass] {
      let field = try rendered(burst, observer(site: 1, wanders: true, response: response))
      let values = samples(field, first, 800, displacements: displacements)
      for j in stride(from: 300, to: 600, by: 11) {
        let seconds = Double((first + Int64(j)) * 15_625_000 - burst.time) * 1e-9 + displacements[j]
        for axis in 0..<3 {
          let expected =
            response == nil
            ? definition(burst, site: places[1], axis: earthAxes[axis], seconds: seconds)
            : filtered(burst, site: places[1], axis: earthAxes[axis], seconds: seconds)
          #expect(abs(values[axis * 800 + j] - expected) < (response == nil ? 1e-11 : 2e-8))
        }
      }
    }
  }

  /// R = 0.7/(1 - i f/0.8 Hz), whose impulse response is 0.7 k exp(-k t), k = 2π 0.8 Hz.
  static let lowPass: @Sendable (Int, Int, Double) -> ComplexNumber = {
    $0 == $1 ? ComplexNumber(0.7) / ComplexNumber(1, -$2 / 0.8) : .zero
  }
  var lowPass: @Sendable (Int, Int, Double) -> ComplexNumber { Self.lowPass }

  /// The convolution with that impulse response by Simpson's rule.
  private func filtered(_ event: TransientEvent, site: Site, axis: SIMD3<Double>, seconds: Double) -> Double {
    let k = 2 * Double.pi * 0.8
    let (steps, step) = (4000, 6.0 / 4000)
    var sum = 0.0
    for i in 0...steps {
      let weight: Double = i == 0 || i == steps ? 1 : (i % 2 == 1 ? 4 : 2)
      let u = Double(i) * step
      sum += weight * 0.7 * k * exp(-k * u) * definition(event, site: site, axis: axis, seconds: seconds - u)
    }
    return sum * step / 3
  }

  @Test("a low-pass answers as its impulse response convolved with the field")
  func convolution() throws {
    // The wall lasts for more than a hundred of the blocks.
    for event in [burst, wall] {
      let field = try rendered(event, observer(site: 2, offset: -0.004, response: lowPass))
      let first = event.time / 1_000_000_000 * 64 - 900
      let values = samples(field, first, 1800)
      var peak = 0.0
      for j in stride(from: 780, to: 1100, by: 19) {
        let seconds = Double((first + Int64(j)) * 15_625_000 - event.time) * 1e-9 - 0.004
        for axis in 0..<3 {
          let expected = filtered(event, site: places[2], axis: earthAxes[axis], seconds: seconds)
          #expect(abs(values[axis * 1800 + j] - expected) < 2e-8)
          peak = max(peak, abs(expected))
        }
      }
      #expect(peak > 0.05)
    }
  }

  @Test("a response exp(2πi f d) from one axis to another channel is a delay by d")
  func delayLine() throws {
    let field = try rendered(
      burst,
      observer(
        site: 3,
        response: { channel, basis, frequency in
          channel == 2 && basis == 0 ? ComplexNumber(magnitude: 1, phase: 2 * .pi * frequency * 0.37) : .zero
        }))
    let first = burst.time / 1_000_000_000 * 64 - 400
    let values = samples(field, first, 800)
    var peak = 0.0
    for j in 0..<800 {
      let seconds = Double((first + Int64(j)) * 15_625_000 - burst.time) * 1e-9
      let expected = definition(burst, site: places[3], axis: earthAxes[0], seconds: seconds - 0.37)
      #expect(abs(values[1600 + j] - expected) < 2e-8)
      #expect(values[j] == 0 && values[800 + j] == 0)
      peak = max(peak, abs(expected))
    }
    #expect(peak > 0.3)
  }

  @Test("any partition of the ranges, in any order, gives the same bits")
  func partitions() throws {
    for (event, response) in [(burst, nil), (wall, nil), (burst, lowPass), (wall, lowPass)] {
      let first = event.time / 1_000_000_000 * 64 - 1500
      let whole = samples(try rendered(event, observer(site: 1, response: response)), first, 3000)
      let other = try rendered(event, observer(site: 1, response: response))
      for start in [2750, 0, 1250, 500, 2000, 1499] {
        let part = samples(other, first + Int64(start), 250)
        for c in 0..<3 {
          #expect(part[c * 250..<(c + 1) * 250].elementsEqual(whole[c * 3000 + start..<c * 3000 + start + 250]))
        }
      }
    }
  }

  @Test("nothing is seen before the passage begins, and after it ends where the response is flat")
  func support() throws {
    for event in [burst, wall] {
      let passage = event.passage(at: places[2].earthFixedPosition, epoch: epoch)
      let begin = Double(event.time) * 1e-9 + passage.lowerBound
      let end = Double(event.time) * 1e-9 + passage.upperBound
      for response in [nil, lowPass] {
        let field = try rendered(event, observer(site: 2, response: response))
        let firstSample = Int64((begin * 64).rounded(.up))
        #expect(samples(field, firstSample - 500, 500).allSatisfy { $0 == 0 })
        #expect(samples(field, firstSample, 20).contains { $0 != 0 })
        let values = samples(field, Int64(end * 64) + 1, 500)
        #expect(values.allSatisfy { response == nil ? $0 == 0 : abs($0) < 1e-8 })
      }
    }
  }

  @Test("impossible events are refused, and say why")
  func errors() throws {
    func error(_ change: (inout TransientEvent) -> Void) -> String {
      var event = burst
      change(&event)
      do {
        _ = try rendered(event, observer())
        return ""
      } catch { return "\(error)" }
    }
    #expect(error { $0.speed = 3e8 }.contains("the speed in m/s is 300000000.0"))
    #expect(error { $0.speed = 0 }.contains("speed"))
    #expect(error { $0.shape = .burst(frequency: -1, width: 1) }.contains("frequency of a burst"))
    #expect(error { $0.shape = .burst(frequency: 1, width: 0) }.contains("width of a burst"))
    #expect(error { $0.shape = .wall(width: -.infinity) }.contains("width of a domain wall"))
    #expect(error { $0.propagation *= 2 }.contains("length of the propagation vector is"))
    #expect(error { $0.polarization = SIMD3() }.contains("length of the polarization vector"))
    #expect(error { $0.amplitude = .nan }.contains("amplitude"))
    var fast = burst
    fast.shape = .burst(frequency: 1e6, width: 1)
    #expect(throws: SynthesisError.self) { try rendered(fast, observer(response: lowPass)) }
    _ = try rendered(fast, observer())
  }
}

@Suite("Fields that begin and end")
struct ActivationTests {
  @Test("the envelope is smooth, one inside, zero outside")
  func envelope() {
    let window = Activation(start: 10_000_000_000, stop: 30_000_000_000, rise: 4_000_000_000)
    func weight(_ t: Double) -> Double { window.weight(sinceStart: t - 10, untilStop: 30 - t) }
    #expect(weight(9.99) == 0 && weight(10) == 0 && weight(30) == 0 && weight(31) == 0)
    #expect(weight(14) == 1 && weight(20) == 1 && weight(26) == 1)
    #expect(abs(weight(12) - 0.5) < 1e-15 && abs(weight(28) - 0.5) < 1e-15)
    // The steepest slope of sin²(π s/(2 rise)) is π/(2 rise).
    for i in 0..<4000 {
      let t = 8 + Double(i) * 0.006
      #expect(abs(weight(t + 0.006) - weight(t)) <= 0.006 * .pi / 8 + 1e-12)
    }
    #expect(Activation.always.isAlways && Activation.always.weight(sinceStart: .infinity, untilStop: .infinity) == 1)
  }

  @Test(
    "samples are those of the lasting field times the envelope at their true instants, with the same bits in any range")
  func samplesTimesEnvelope() throws {
    let model = FieldModel.isotropic(mixture)
    let window = Activation(start: 10_100_000_000, stop: 30_000_000_000, rise: 4_000_000_000)
    for (offset, displacements) in [(0.25, nil), (0, (0..<3000).map { 0.1 * sin(Double($0)) } as [Double]?)] {
      let observer = observer(offset: offset, wanders: displacements != nil)
      let lasting = try #require(try model.rendered(signalIndex: 0, observer: observer))
      let whole = samples(lasting, -500, 3000, displacements: displacements)
      let switched = try #require(try model.rendered(signalIndex: 0, activation: window, observer: observer))
      let values = samples(switched, -500, 3000, displacements: displacements)
      for j in 0..<3000 {
        let t = Double(j - 500) / 64 + (displacements?[j] ?? offset)
        let rise = min(max((t - 10.1) / 4, 0), 1)
        let fall = min(max((30 - t) / 4, 0), 1)
        let weight = pow(sin(.pi / 2 * rise) * sin(.pi / 2 * fall), 2)
        for c in 0..<3 {
          #expect(abs(values[c * 3000 + j] - weight * whole[c * 3000 + j]) < 1e-13 * 30)
        }
      }
      let other = try #require(try model.rendered(signalIndex: 0, activation: window, observer: observer))
      for start in [2500, 1100, 0, 1777, 2999] {
        let count = min(700, 3000 - start)
        let part = samples(
          other, Int64(start - 500), count, displacements: displacements.map { Array($0[start..<start + count]) })
        for c in 0..<3 {
          #expect(part[c * count..<(c + 1) * count].elementsEqual(slice(values, c, start, count)))
        }
      }
    }
  }

  private func slice(_ values: [Double], _ channel: Int, _ start: Int, _ count: Int) -> ArraySlice<Double> {
    values[channel * 3000 + start..<channel * 3000 + start + count]
  }

  @Test("a step begins with the sample at its instant, also at rates that are no binary fraction")
  func step() throws {
    for (rate, start, sample) in [
      (SampleRate(100), Int64(290_000_000), Int64(29)), (SampleRate(100), 70_000_000, 7),
      (SampleRate(100), 70_000_001, 8), (SampleRate(100, per: 3), 100_000_000_020_000_000, 3_333_333_334),
    ] {
      let model = FieldModel.transient(
        TransientEvent(
          shape: .wall(width: 5000), time: start, propagation: SIMD3(0, 0, 1), speed: speedOfLight,
          polarization: SIMD3(0, 0, 1), amplitude: 1))
      let field = try #require(
        try model.rendered(
          signalIndex: 0, activation: Activation(start: start), observer: observer(rate: rate, block: 60_000_000_000)))
      let values = samples(field, sample - 2, 4)
      #expect(values[8] == 0 && values[9] == 0 && values[10] > 0.9 && values[11] > 0.9, "\(start)")
    }
  }

  @Test("windows that cannot be are refused")
  func errors() {
    for window in [
      Activation(start: 5, stop: 5), Activation(start: 0, stop: 10, rise: 6), Activation(start: 0, rise: -1),
    ] {
      #expect(throws: BackgroundError.self) { try window.validate() }
      #expect(throws: SynthesisError.self) {
        try FieldModel.isotropic(mixture).rendered(signalIndex: 0, activation: window, observer: observer())
      }
    }
  }
}
