import Glibc
import Numerics
import Sky

/// A narrow-band field from its envelope: interpolated to the instants of the samples, times the carrier.
///
/// The envelope is computed in chunks of which the last few are kept: memory does not depend on the length of the run,
/// nor the bits of a sample on the range that is asked for.
///
/// A channel of complex baseband has the envelope itself, turned by the carrier less the oscillator that it is mixed with.
/// That keeps the node's time, so a late sample has the whole phase of the carrier.
public final class CarriedEnvelope<Source: Envelope>: RenderedField {
  public var channelCount: Int { source.channelCount }

  private let source: Source
  private let sampleRate: SampleRate
  private let wanders: Bool
  /// The oscillator of complex baseband: its cycles in so many samples; nil for real channels.
  private let oscillator: (cycles: Int, samples: Int)?
  /// The carrier's turns in the constant offset, and that offset in whole points and a fraction.
  private let offsetTurns: Double
  private let offsetPoints: (whole: Int64, fraction: Double)
  private let pointsPerSample: Double
  private let pointsPerSecond: Double

  /// exp(-2πi (carrier - oscillator) j/rate), j = 0 ..< block.
  private let table: (real: AlignedBuffer, imaginary: AlignedBuffer)
  /// Carrier and position of the samples of the current block.
  private let phasor: (real: AlignedBuffer, imaginary: AlignedBuffer)
  private let positions: AlignedBuffer
  private let chunks: EnvelopeChunks<Source>
  /// The eight points of an interpolation, and its polynomials between the middle two: of every channel.
  private let points: (real: AlignedBuffer, imaginary: AlignedBuffer)
  private let polynomial: (real: AlignedBuffer, imaginary: AlignedBuffer)
  private var polynomialPoint: Int64?

  /// Samples whose carrier is computed from one exact phase.
  private static var block: Int { 256 }

  /// - Parameters:
  ///   - source: the envelope; its step is at most `envelopeStep(bandwidth:)`.
  ///   - observer: its sample rate, centre frequency, offset and whether it wanders.
  /// - Throws: `SynthesisError.blockDoesNotFit` or `basebandDoesNotFit`.
  public init(_ source: Source, observer: FieldObserver) throws(SynthesisError) {
    precondition(source.step > 0, "points follow each other")
    self.source = source
    sampleRate = observer.sampleRate
    wanders = observer.wanders
    var oscillator: (cycles: Int, samples: Int)?
    if let cycles = try observer.carrierBin() { oscillator = (cycles, try observer.blockLength()) }
    self.oscillator = oscillator
    let offset = observer.wanders ? 0 : observer.offset
    pointsPerSecond = 1e9 / Double(source.step)
    pointsPerSample = observer.sampleRate.interval * pointsPerSecond
    offsetTurns = source.carrier.turns(seconds: offset)
    let shift = offset * pointsPerSecond
    offsetPoints = (Int64(shift.rounded(.down)), shift - shift.rounded(.down))

    let block = CarriedEnvelope.block
    table = (AlignedBuffer(count: block), AlignedBuffer(count: block))
    for j in 0..<block {
      let turns = CarriedEnvelope.turns(
        sample: Int64(j), carrier: source.carrier, sampleRate: sampleRate, oscillator: oscillator)
      let angle = -2 * Double.pi * turns
      table.real.pointer[j] = cos(angle)
      table.imaginary.pointer[j] = sin(angle)
    }
    phasor = (AlignedBuffer(count: block), AlignedBuffer(count: block))
    positions = AlignedBuffer(count: block)
    chunks = EnvelopeChunks(source)
    points = (AlignedBuffer(count: 8 * source.channelCount), AlignedBuffer(count: 8 * source.channelCount))
    polynomial = (AlignedBuffer(count: 8 * source.channelCount), AlignedBuffer(count: 8 * source.channelCount))
  }

  public func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    precondition(!wanders || displacements != nil, "sampling that wanders has displacements")
    var done = 0
    while done < count {
      let (block, start) = flooredDivision(firstSample + Int64(done), CarriedEnvelope.block)
      let end = min(CarriedEnvelope.block, start + count - done)
      let origin = prepare(block: block, range: start..<end, displacements: displacements.map { $0 + (done - start) })
      var first = start
      while first < end {
        let whole = positions.pointer[first].rounded(.down)
        var next = first + 1
        while next < end, positions.pointer[next] >= whole, positions.pointer[next] < whole + 1 { next += 1 }
        updatePolynomial(point: origin + Int64(whole))
        for channel in 0..<channelCount {
          let target = output + channel * channelStride
          if oscillator == nil {
            InterpolatingPolynomial.addProjection(
              real: polynomial.real.pointer + 8 * channel, imaginary: polynomial.imaginary.pointer + 8 * channel,
              positions: positions.pointer + first, origin: whole + 0.5, phasorReal: phasor.real.pointer + first,
              phasorImaginary: phasor.imaginary.pointer + first, count: next - first,
              to: target + (done + first - start))
          } else {
            InterpolatingPolynomial.addProduct(
              real: polynomial.real.pointer + 8 * channel, imaginary: polynomial.imaginary.pointer + 8 * channel,
              positions: positions.pointer + first, origin: whole + 0.5, phasorReal: phasor.real.pointer + first,
              phasorImaginary: phasor.imaginary.pointer + first, count: next - first,
              to: target + 2 * (done + first - start))
          }
        }
        first = next
      }
      done += end - start
    }
  }

  /// The turns of the carrier, less those of the oscillator, from the epoch to a sample.
  private static func turns(
    sample: Int64, carrier: CarrierFrequency, sampleRate: SampleRate, oscillator: (cycles: Int, samples: Int)?
  ) -> Double {
    let turns = carrier.turns(sample: sample, sampleRate: sampleRate)
    guard let oscillator else { return turns }
    let part = Int128(oscillator.cycles) * Int128(sample) % Int128(oscillator.samples)
    return turns - Double(part) / Double(oscillator.samples)
  }

  /// Sets phasors and positions of samples of a block.
  ///
  /// - Parameters:
  ///   - range: the samples, counted from the start of the block.
  ///   - displacements: element j belongs to sample j of the block.
  /// - Returns: the point that positions are counted from.
  private func prepare(block: Int64, range: Range<Int>, displacements: UnsafePointer<Double>?) -> Int64 {
    let firstSample = block * Int64(CarriedEnvelope.block)
    let (point, fraction) = gridPosition(sample: firstSample)
    let turns = CarriedEnvelope.turns(
      sample: firstSample, carrier: source.carrier, sampleRate: sampleRate, oscillator: oscillator)
    let angle = -2 * Double.pi * (turns + offsetTurns)
    let (seedReal, seedImaginary) = (cos(angle), sin(angle))
    let (real, imaginary, position) = (phasor.real.pointer, phasor.imaginary.pointer, positions.pointer)
    let (tableReal, tableImaginary) = (table.real.pointer, table.imaginary.pointer)
    for j in range {
      real[j] = tableReal[j] * seedReal - tableImaginary[j] * seedImaginary
      imaginary[j] = tableReal[j] * seedImaginary + tableImaginary[j] * seedReal
      position[j] = fraction + Double(j) * pointsPerSample
    }
    if wanders, let displacements {
      for j in range {
        let turn = -2 * Double.pi * source.carrier.turns(seconds: displacements[j])
        let (cosine, sine) = (cos(turn), sin(turn))
        (real[j], imaginary[j]) = (
          real[j] * cosine - imaginary[j] * sine, real[j] * sine + imaginary[j] * cosine
        )
        position[j] += displacements[j] * pointsPerSecond
      }
    }
    return point
  }

  /// The place of a sample on the grid: the point before it and the fraction of a step from there, which may exceed one.
  private func gridPosition(sample: Int64) -> (point: Int64, fraction: Double) {
    let (seconds, rest) = wholeSeconds(sample: sample, sampleRate: sampleRate)
    let (point, nanoseconds) = flooredDivision(seconds * 1_000_000_000, Int(source.step))
    let within = Double(nanoseconds) + 1e9 * (Double(rest) / Double(sampleRate.numerator))
    return (point + offsetPoints.whole, within / Double(source.step) + offsetPoints.fraction)
  }

  /// Makes the polynomials of all channels between a point and the next.
  private func updatePolynomial(point: Int64) {
    if polynomialPoint == point { return }
    chunks.copy(firstPoint: point - 3, count: 8, real: points.real.pointer, imaginary: points.imaginary.pointer)
    for channel in 0..<channelCount {
      let first = 8 * channel
      var (u, v) = (SIMD8<Double>(), SIMD8<Double>())
      for i in 0..<8 {
        u[i] = points.real.pointer[first + i]
        v[i] = points.imaginary.pointer[first + i]
      }
      for (k, row) in InterpolatingPolynomial.coefficients.enumerated() {
        polynomial.real.pointer[first + k] = (row * u).sum()
        polynomial.imaginary.pointer[first + k] = (row * v).sum()
      }
    }
    polynomialPoint = point
  }
}
