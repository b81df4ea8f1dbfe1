import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis

/// The frequency ratio of two clocks, measured without dead time: y = R/R_0 - 1, averaged from sample to sample (physics
/// page clock, sections 2 and 4).
public struct ClockRatio: Hashable, Sendable, Codable {
  /// How the ratio follows the constants of nature.
  public var sensitivity: ClockSensitivity
  /// sigma_1, the Allan deviation of its white frequency noise at 1 s: sigma_y = sigma_1/sqrt(tau), h_0 = 2 sigma_1².
  public var whiteFrequencyNoise: Double

  public init(sensitivity: ClockSensitivity, whiteFrequencyNoise: Double) {
    self.sensitivity = sensitivity
    self.whiteFrequencyNoise = whiteFrequencyNoise
  }

  /// The name of the one channel.
  public static let channelName = "y"

  /// Standard deviation of the noise of one sample.
  public func sampleDeviation(sampleRate: SampleRate) -> Double {
    whiteFrequencyNoise * sampleRate.hertz.squareRoot()
  }
}

/// The samples of one clock ratio: scalar fields averaged over the samples, plus white frequency noise, with its gaps.
///
/// Sample n is the mean over [n tau0, (n + 1) tau0) after the epoch. The field is taken at the middle, each line times its
/// own sin(π f tau0)/(π f tau0); lines above 1/(2 tau0) are aliased as in a counter (section 2.4). Not for use by several
/// threads at a time.
public final class ClockRatioSource: SampleSource {
  public let channelCount = 1
  public let sampleKind = SampleKind.real
  public let recordedSignals: [Int]

  private struct Line {
    var frequency: Double
    var amplitude: ComplexNumber
    var activation: Activation
  }

  private let lines: [Line]
  private let interval: Double
  private let whiteDeviation: Double
  private let noiseKey: UInt64
  private let clock: ClockModel
  private let jitterKey: UInt64
  private let schedule: GapSchedule
  private let displacements = AlignedBuffer(count: 1024)

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
    let noise = ratio.whiteFrequencyNoise
    try require(noise >= 0, "the white frequency noise", noise, "finite and not negative")
    try clock.validate()
    let node = nodeIdentifier(nodeName)
    schedule = try GapSchedule(gaps, sampleRate: sampleRate, seed: plan.seed, nodeIdentifier: node)
    noiseKey = Philox.derive(plan.seed, tag: RandomTag.noise, a: Int64(bitPattern: node), b: 0)
    jitterKey = ClockModel.jitterKey(seed: plan.seed, nodeIdentifier: node)
    whiteDeviation = ratio.sampleDeviation(sampleRate: sampleRate)
    self.clock = clock
    interval = sampleRate.interval
    var lines: [Line] = []
    var recorded: [Int] = []
    for signal in plan.signals.sorted(by: { $0.index < $1.index }) {
      guard case .scalar(let field) = signal.field else { continue }
      try require(
        field.restFrequency > 0, "the rest frequency of signal \(signal.index) in Hz", field.restFrequency,
        "finite and positive")
      let amplitude = field.amplitude(in: ratio.sensitivity)
      try require(true, "the amplitude of signal \(signal.index)", amplitude, "finite")
      guard amplitude != 0 else { continue }
      let phasor = field.phasor(signalIndex: signal.index, seed: signal.seed ?? plan.seed)
      lines.append(
        Line(
          frequency: field.restFrequency,
          amplitude: amplitude * averaging(frequency: field.restFrequency, interval: sampleRate.interval) * phasor,
          activation: signal.activation))
      recorded.append(signal.index)
    }
    self.lines = lines
    recordedSignals = recorded
  }

  public func render(firstSample: Int64, count: Int, into output: UnsafeMutablePointer<Double>) {
    output.update(repeating: 0, count: count)
    if !lines.isEmpty { addLines(firstSample: firstSample, count: count, to: output) }
    if whiteDeviation > 0 {
      NormalDeviates.addWhite(
        UnsafeMutableBufferPointer(start: output, count: count), firstSample: firstSample, key: noiseKey,
        scale: whiteDeviation)
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

  private func addLines(firstSample: Int64, count: Int, to output: UnsafeMutablePointer<Double>) {
    for start in stride(from: 0, to: count, by: displacements.count) {
      let run = min(displacements.count, count - start)
      let first = firstSample + Int64(start)
      clock.fillDisplacements(
        UnsafeMutableBufferPointer(start: displacements.pointer, count: run), firstSample: first, interval: interval,
        jitterKey: jitterKey)
      for line in lines {
        for j in 0..<run {
          let middle = (Double(first + Int64(j)) + 0.5) * interval + displacements.pointer[j]
          let cycles = line.frequency * middle
          let turn = ComplexNumber(magnitude: 1, phase: -2 * .pi * (cycles - cycles.rounded()))
          output[start + j] += line.activation.weight(atSeconds: middle) * (line.amplitude * turn).real
        }
      }
    }
  }
}

/// What averaging over an interval leaves of the amplitude of a line: sin(π f tau0)/(π f tau0).
private func averaging(frequency: Double, interval: Double) -> Double {
  let x = Double.pi * frequency * interval
  return sin(x) / x
}

extension Activation {
  /// The envelope at an instant in s from the epoch.
  fileprivate func weight(atSeconds time: Double) -> Double {
    weight(
      sinceStart: start.map { time - Double($0) * 1e-9 } ?? .infinity,
      untilStop: stop.map { Double($0) * 1e-9 - time } ?? .infinity)
  }
}
