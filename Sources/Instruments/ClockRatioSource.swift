import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis

/// The samples of one clock ratio: scalar fields averaged over the samples, noise, drift and gaps.
///
/// Sample n is the mean over [n tau0, (n + 1) tau0) after the epoch. The field is taken at the middle, each line times its
/// own sin(π f tau0)/(π f tau0); lines above 1/(2 tau0) are aliased as in a counter (section 2.4). Not for use by several
/// threads at a time.
public final class ClockRatioSource: SampleSource {
  public let channelCount = 1
  public let sampleKind = SampleKind.real
  public let recordedSignals: [Int]

  private let signals: [ClockFieldSignal]
  private let interval: Double
  private let whiteDeviation: Double
  private let growthPerSample: Double
  private let drift: Double
  private let noiseKey: UInt64
  /// Of white PM: that of channel 0x1000, which no node has.
  private let phaseKey: UInt64
  /// What has a spectrum: FM below the servo, flicker PM.
  private let coloured: OctaveNoise?
  private let phaseFlicker: OctaveNoise?
  private let phaseDeviation: Double
  private let clock: ClockModel
  private let jitterKey: UInt64
  private let schedule: GapSchedule
  private let scratch = AlignedBuffer(count: ClockRatioSource.run + 1)

  private static let run = 1024

  /// - Parameters:
  ///   - ratio: sensitivity and noise.
  ///   - nodeName: from which the keys of noise and gaps are derived.
  ///   - sampleRate: 1/tau0.
  ///   - clock: how the samples are stamped.
  ///   - gaps: when there are none.
  ///   - plan: what the nodes share.
  /// - Throws: `InstrumentError` naming the parameter at fault.
  public init(
    ratio: ClockRatio, nodeName: String, sampleRate: SampleRate, clock: ClockModel = ClockModel(),
    gaps: DataGaps = DataGaps(), plan: ObservationPlan
  ) throws(InstrumentError) {
    let noise = ratio.noise
    try noise.validate()
    try clock.validate()
    let node = nodeIdentifier(nodeName)
    schedule = try GapSchedule(
      gaps, sampleRate: sampleRate, seed: plan.seed, nodeIdentifier: node, samplesAreAverages: true)
    let key = Philox.derive(plan.seed, tag: RandomTag.noise, a: Int64(bitPattern: node), b: 0)
    noiseKey = key
    phaseKey = Philox.derive(plan.seed, tag: RandomTag.noise, a: Int64(bitPattern: node), b: 2 * 0x1000)
    jitterKey = ClockModel.jitterKey(seed: plan.seed, nodeIdentifier: node)
    self.clock = clock
    let interval = sampleRate.interval
    self.interval = interval
    drift = noise.drift
    growthPerSample = noise.growth * interval / 86_400
    // A servo filters white FM too, so that this has to have a spectrum then.
    whiteDeviation = noise.servoTime > 0 ? 0 : noise.whiteFrequency * sampleRate.hertz.squareRoot()
    phaseDeviation = noise.whitePhaseDeviation(interval: interval)
    let samples = Double(plan.duration) * 1e-9 * sampleRate.hertz
    let white = noise.servoTime > 0 ? noise.whiteDensity : 0
    coloured =
      noise.flickerFrequency > 0 || noise.randomWalkFrequency > 0 || white > 0
      ? OctaveNoise(
        key: key, firstComponent: 0, sampleCount: samples, interval: interval, response: ratio.response,
        density: { white + noise.colouredDensity(frequency: $0, interval: interval) }) : nil
    let flicker = noise.variances(interval: interval).flickerPhase
    phaseFlicker =
      flicker > 0
      ? OctaveNoise(
        key: key, firstComponent: 64, sampleCount: samples, interval: interval, response: { _ in .one },
        density: { 2 * flicker * interval / (2 * sin(.pi * $0 * interval)) }) : nil
    var signals: [ClockFieldSignal] = []
    for signal in plan.signals.sorted(by: { $0.index < $1.index }) {
      guard case .scalar(let field) = signal.field else { continue }
      if let seen = try ClockFieldSignal(field, signal: signal, ratio: ratio, interval: interval, plan: plan) {
        signals.append(seen)
      }
    }
    self.signals = signals
    recordedSignals = signals.map(\.index)
  }

  public func render(firstSample: Int64, count: Int, into output: UnsafeMutablePointer<Double>) {
    output.update(repeating: 0, count: count)
    for start in stride(from: 0, to: count, by: Self.run) {
      addRun(firstSample + Int64(start), count: min(Self.run, count - start), to: output + start)
    }
    for gap in schedule.gaps(firstSample: firstSample, count: count) {
      (output + Int(gap.samples.lowerBound - firstSample)).update(repeating: .nan, count: gap.samples.count)
    }
  }

  public func gapReason(firstSample: Int64, count: Int) -> DataGaps.Reason? {
    schedule.gaps(firstSample: firstSample, count: count).first?.reason
  }

  public func isEntirelyMissing(firstSample: Int64, count: Int) -> Bool {
    count > 0 && schedule.gaps(firstSample: firstSample, count: count).reduce(0) { $0 + $1.samples.count } == count
  }

  private func addRun(_ first: Int64, count: Int, to output: UnsafeMutablePointer<Double>) {
    if !signals.isEmpty {
      clock.fillDisplacements(
        UnsafeMutableBufferPointer(start: scratch.pointer, count: count), firstSample: first, interval: interval,
        jitterKey: jitterKey)
      for signal in signals {
        signal.add(firstSample: first, count: count, displacements: scratch.pointer, to: output)
      }
    }
    if whiteDeviation > 0 {
      if growthPerSample == 0 {
        NormalDeviates.addWhite(
          UnsafeMutableBufferPointer(start: output, count: count), firstSample: first, key: noiseKey,
          scale: whiteDeviation)
      } else {
        NormalDeviates.fillWhite(
          UnsafeMutableBufferPointer(start: scratch.pointer, count: count), firstSample: first, key: noiseKey,
          scale: whiteDeviation)
        for j in 0..<count {
          output[j] += (1 + growthPerSample * (Double(first + Int64(j)) + 0.5)) * scratch.pointer[j]
        }
      }
    }
    coloured?.add(firstSample: first, count: count, to: output)
    addPhaseNoise(first, count: count, to: output)
    if drift != 0 {
      for j in 0..<count { output[j] += drift * (Double(first + Int64(j)) + 0.5) * interval }
    }
  }

  /// Differences of white and flicker phase.
  private func addPhaseNoise(_ first: Int64, count: Int, to output: UnsafeMutablePointer<Double>) {
    let phases = UnsafeMutableBufferPointer(start: scratch.pointer, count: count + 1)
    if phaseDeviation > 0 {
      NormalDeviates.fillWhite(phases, firstSample: first - 1, key: phaseKey, scale: phaseDeviation)
      for j in 0..<count { output[j] += phases[j + 1] - phases[j] }
    }
    if let phaseFlicker {
      phases.update(repeating: 0)
      phaseFlicker.add(firstSample: first - 1, count: count + 1, to: scratch.pointer)
      for j in 0..<count { output[j] += phases[j + 1] - phases[j] }
    }
  }
}

/// One scalar field as a clock ratio reads it.
struct ClockFieldSignal {
  let index: Int
  private let frequency: Double
  /// Amplitudes of the line at f, the one at 2 f, and the slow part.
  private let linear: ComplexNumber
  private let quadratic: ComplexNumber
  private let slow: Double
  private let interval: Double
  private let zeta: ScalarFieldAmplitude
  private let activation: Activation

  /// - Returns: nil when the ratio does not answer to the field.
  init?(
    _ field: ScalarField, signal: ObservationPlan.Signal, ratio: ClockRatio, interval: Double, plan: ObservationPlan
  ) throws(InstrumentError) {
    try require(
      field.restFrequency > 0, "the rest frequency of signal \(signal.index) in Hz", field.restFrequency,
      "finite and positive")
    let amplitude = field.amplitude(in: ratio.sensitivity)
    let peak = field.quadraticPeak(in: ratio.sensitivity)
    try require(true, "the amplitude of signal \(signal.index)", amplitude, "finite")
    try require(true, "the amplitude of signal \(signal.index)", peak, "finite")
    guard amplitude != 0 || peak != 0 else { return nil }
    index = signal.index
    frequency = field.restFrequency
    self.interval = interval
    func line(_ frequency: Double) -> ComplexNumber {
      let x = Double.pi * frequency * interval
      return sin(x) / x * ratio.response(frequency: frequency)
    }
    linear = amplitude * line(frequency)
    quadratic = 0.5 * peak * line(2 * frequency)
    slow = 0.5 * peak
    activation = signal.activation
    zeta = ScalarFieldAmplitude(
      field, signalIndex: signal.index, seed: signal.seed ?? plan.seed, duration: Double(plan.duration) * 1e-9)
  }

  /// Adds it to samples.
  ///
  /// - Parameter displacements: of the samples in s from where they should be.
  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>, to output: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<count {
      let middle = (Double(firstSample + Int64(j)) + 0.5) * interval + displacements[j]
      let cycles = frequency * middle
      let amplitude = zeta.value(atSeconds: middle)
      let turning = amplitude * ComplexNumber(magnitude: 1, phase: -2 * .pi * (cycles - cycles.rounded()))
      var value = (linear * turning).real
      if slow != 0 { value += slow * amplitude.magnitudeSquared + (quadratic * (turning * turning)).real }
      output[j] += activation.weight(atSeconds: middle) * value
    }
  }
}

extension ClockNoise {
  /// - Throws: `InstrumentError` for a level that is negative or no number.
  func validate() throws(InstrumentError) {
    let levels: [(String, Double)] = [
      ("the white frequency noise", whiteFrequency), ("the flicker frequency noise", flickerFrequency),
      ("the random walk frequency noise", randomWalkFrequency), ("the white phase noise", whitePhase),
      ("the flicker phase noise", flickerPhase), ("the servo's time constant in s", servoTime),
      ("the growth of the white noise in a day", growth),
    ]
    for (name, level) in levels { try require(level >= 0, name, level, "finite and not negative") }
    try require(true, "the drift in 1/s", drift, "finite")
  }
}

extension Activation {
  /// The envelope at an instant in s from the epoch.
  fileprivate func weight(atSeconds time: Double) -> Double {
    weight(
      sinceStart: start.map { time - Double($0) * 1e-9 } ?? .infinity,
      untilStop: stop.map { Double($0) * 1e-9 - time } ?? .infinity)
  }
}
