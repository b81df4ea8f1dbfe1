import CKernels
import DarkMatter
import Glibc
import Numerics
import Sky

/// The envelope of a narrow line as a sum of plane waves: method A of vector-network section 9.2.
///
/// Waves are summed as three inertial components in intervals that are short enough for the phase of every wave to be
/// linear in time, and contracted with the turning axes at each point. All follows from the number of the interval:
/// nothing is carried over from earlier times.
public final class PlaneWaveEnvelope: Envelope {
  public var channelCount: Int { readout.channels.count }
  public let carrier: CarrierFrequency
  public let step: Int64

  private let waves: WaveList
  private let readout: LineReadout
  private let earth: EarthPassage
  private let epoch: GPSTime
  private let restFrequency: Double
  /// Hz that the node records: an ideal anti-alias filter takes the waves from the ends on.
  private let recorded: (lowest: Double, highest: Double)
  /// Earth-fixed position in light seconds.
  private let position: SIMD3<Double>
  /// Points of an interval: a power of two.
  private let intervalPoints: Int
  /// Turns of each wave in half a step but for the Earth's motion: 64-bit words, in units of 2^-64 turns.
  private let rates: AlignedBuffer
  /// Six planes of amplitudes for all channels, or for each.
  private let amplitudes: [AlignedBuffer]
  private var amplitudesAge: Int64?
  /// That of the processor, whatever is selected: the last bits of samples depend on it.
  private let instructionSet = gnomon_isa_detected()
  private let sums = AlignedBuffer(count: Int(GNOMON_WAVE_SUMS) * Int(GNOMON_WAVE_PAIRS))
  /// Real and imaginary parts of one interval, channel-major.
  private let interval: (real: AlignedBuffer, imaginary: AlignedBuffer)

  /// Directions and weights of the modes follow the Earth's way around the Sun in steps of two hours, in which its
  /// velocity changes by 0.04 km/s.
  private static let amplitudesLife: Int64 = 7_200_000_000_000

  /// - Parameters:
  ///   - line: the field.
  ///   - signalIndex: number of the signal among all of the run; it selects the random numbers.
  ///   - observer: the node.
  /// - Throws: `SynthesisError.badLine`, `lineTooBroad`, `badSite`.
  public init(line: DarkMatterLine, signalIndex: Int, observer: FieldObserver) throws(SynthesisError) {
    do { try line.validate() } catch { throw .badLine(index: signalIndex, reason: error) }
    let site = observer.sites[observer.siteIndex]
    let fixed = site.earthFixedPosition
    guard fixed.x.isFinite, fixed.y.isFinite, fixed.z.isFinite else { throw .badSite(site) }

    // The sensors' turning adds a sidereal frequency to both sides, their places' a few times that.
    let speed = line.highestSpeed
    let bandwidth = line.restFrequency * speed * speed / 2
    let turning = 4 * EarthRotation.angularSpeed / (2 * Double.pi)
    guard line.restFrequency + bandwidth < 0x1p31, 16 * (bandwidth + turning) <= 1e6 else {
      throw .lineTooBroad(index: signalIndex, frequency: line.restFrequency, bandwidth: bandwidth)
    }
    let step = 4 * envelopeStep(bandwidth: bandwidth + turning)
    self.step = step
    let rest = CarrierFrequency(nearest: line.restFrequency)
    let shift = CarrierFrequency(nearest: bandwidth / 2)
    carrier = CarrierFrequency(units: rest.units + shift.units)
    restFrequency = rest.hertz
    recorded = observer.sampleRate.recordedFrequencies(baseband: observer.baseband)
    epoch = observer.epoch
    position = fixed / speedOfLight
    earth = EarthPassage(epoch: observer.epoch, sun: line.sun)
    waves = WaveList(
      line, signalIndex: signalIndex, seed: observer.seed, duration: Double(observer.duration) * 1e-9,
      earth: earth.reference)
    readout = LineReadout(observer.readout, band: line.restFrequency...line.restFrequency + bandwidth)

    // Quadratic terms of the phase stay below p R_E (Ω t/2)²/2 = 6e-5 at the ends of an interval of length t.
    let lengthInWaves = 2 * Double.pi * line.restFrequency * speed * earthRadius / speedOfLight
    let longest = 300e9 / max(1, lengthInWaves).squareRoot()
    var points = 2 * Int(GNOMON_WAVE_PAIRS)
    while points > 1, Double(points) * Double(step) > longest { points /= 2 }
    intervalPoints = points

    let count = waves.count
    rates = AlignedBuffer(count: count)
    let w = waves.velocity.pointer
    rates.pointer.withMemoryRebound(to: UInt64.self, capacity: count) { rates in
      for n in 0..<count {
        let square = w[n] * w[n] + w[count + n] * w[count + n] + w[2 * count + n] * w[2 * count + n]
        let turns = (rest.hertz * square / 2 - shift.hertz) * Double(step / 2) * 1e-9
        let scaled = (turns - turns.rounded()) * 0x1p64
        rates[n] = UInt64(bitPattern: scaled < 0x1p63 ? Int64(scaled) : .min)
      }
    }
    let channels = observer.readout.channelCount
    amplitudes = (0..<(readout.differsByWave ? channels : 1)).map { _ in AlignedBuffer(count: 6 * count) }
    interval = (AlignedBuffer(count: channels * points), AlignedBuffer(count: channels * points))
  }

  public func fill(
    firstPoint: Int64, count: Int, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
  ) {
    var done = 0
    while done < count {
      let (number, start) = flooredDivision(firstPoint + Int64(done), intervalPoints)
      let run = min(count - done, intervalPoints - start)
      computeInterval(number)
      for channel in 0..<channelCount {
        let (from, to) = (channel * intervalPoints + start, channel * count + done)
        (real + to).update(from: interval.real.pointer + from, count: run)
        (imaginary + to).update(from: interval.imaginary.pointer + from, count: run)
      }
      done += run
    }
  }

  private func computeInterval(_ number: Int64) {
    let points = intervalPoints
    // Times in half steps, of which an interval's centre is a whole number.
    let centre = 2 * number * Int64(points) + Int64(points - 1)
    let half = step / 2
    updateAmplitudes(at: centre * half)
    let sidereal = EarthRotation.greenwichMeanSiderealTime(at: epoch.advanced(byNanoseconds: centre * half))
    let phase = frame(at: centre * half)
    var slope = SIMD4<Double>()
    if points > 1 {
      let change = frame(at: (centre + Int64(points)) * half) - frame(at: (centre - Int64(points)) * half)
      slope = change / Double(2 * points)
    }
    if readout.differsByWave {
      for channel in 0..<channelCount {
        sum(amplitudes[channel], centre, phase, slope)
        contract(channel, sidereal: sidereal)
      }
    } else {
      sum(amplitudes[0], centre, phase, slope)
      for channel in 0..<channelCount { contract(channel, sidereal: sidereal) }
    }
  }

  /// What gives the turns of a wave at an instant besides its rate, by the product with (w, 1): section 9.2, "Long runs".
  private func frame(at nanoseconds: Int64) -> SIMD4<Double> {
    let earth = earth.state(at: nanoseconds)
    let place = EarthRotation.inertial(position, at: epoch.advanced(byNanoseconds: nanoseconds))
    let vector = -restFrequency * (earth.displacement + place)
    return SIMD4(vector, restFrequency * (earth.square / 2 + dot(earth.velocity, place)))
  }

  private func updateAmplitudes(at nanoseconds: Int64) {
    let (age, _) = flooredDivision(nanoseconds, Int(PlaneWaveEnvelope.amplitudesLife))
    if amplitudesAge == age { return }
    let change = earth.velocity(
      at: age * PlaneWaveEnvelope.amplitudesLife + PlaneWaveEnvelope.amplitudesLife / 2)
    let count = waves.count
    for n in 0..<count {
      let (wave, squaredSpeed) = waves.amplitude(of: n, change: change)
      let frequency = restFrequency * (1 + squaredSpeed / 2)
      for (channel, planes) in amplitudes.enumerated() {
        let seen =
          frequency >= recorded.highest || frequency <= recorded.lowest
          ? ComplexVector(SIMD3())
          : readout.differsByWave ? readout.amplitude(wave, channel: channel, frequency: frequency) : wave
        for i in 0..<3 {
          planes.pointer[2 * i * count + n] = seen.real[i]
          planes.pointer[(2 * i + 1) * count + n] = seen.imaginary[i]
        }
      }
    }
    amplitudesAge = age
  }

  private func sum(_ amplitude: AlignedBuffer, _ centre: Int64, _ phase: SIMD4<Double>, _ slope: SIMD4<Double>) {
    let (phase, slope) = ([phase.x, phase.y, phase.z, phase.w], [slope.x, slope.y, slope.z, slope.w])
    rates.pointer.withMemoryRebound(to: UInt64.self, capacity: waves.count) { rates in
      var list = gnomon_wave_list(
        count: waves.count, rate: rates, velocity: waves.velocity.pointer, amplitude: amplitude.pointer)
      gnomon_plane_waves(instructionSet, &list, centre, phase, slope, intervalPoints / 2, sums.pointer)
    }
  }

  /// Writes a channel's interval from the sums.
  private func contract(_ channel: Int, sidereal: Double) {
    let points = intervalPoints
    let rate = EarthRotation.angularSpeed * Double(step) * 1e-9
    for point in 0..<points {
      let later = 2 * point >= points
      let pair = points == 1 ? 0 : later ? point - points / 2 : points / 2 - 1 - point
      let sign = later ? 1.0 : -1.0
      // Cosine sum -+ i sine sum.
      let c = sums.pointer + pair * Int(GNOMON_WAVE_SUMS)
      let s = c + Int(GNOMON_WAVE_SUMS) / 2
      let real = SIMD3(c[0] + sign * s[1], c[2] + sign * s[3], c[4] + sign * s[5])
      let imaginary = SIMD3(c[1] - sign * s[0], c[3] - sign * s[2], c[5] - sign * s[4])
      let angle = sidereal + rate * (Double(point) - Double(points - 1) / 2)
      let value = readout.value(ComplexVector(real, imaginary), channel: channel, cosine: cos(angle), sine: sin(angle))
      interval.real.pointer[channel * points + point] = value.real
      interval.imaginary.pointer[channel * points + point] = value.imaginary
    }
  }
}

/// The largest distance of a site from the axis, m.
private let earthRadius = 6_378_137.0
