import CKernels
import DarkMatter
import Glibc
import Numerics
import Sky

/// The envelope of one component of a narrow line, from bins and directions in blocks: method B of vector-network sections
/// 9.3 and 9.4, for runs that are long against the coherence time.
///
/// The blocks are those of the line alone: at least 100 coherence times long, on the grid of the envelope. In each the
/// three inertial components of the field are made at knots of the node's way around the Earth, interpolated between them,
/// and contracted with the turning axes at every point. The bins follow the Earth's velocity from block to block.
public final class FrequencySkyEnvelope: Envelope {
  public var channelCount: Int { readout.channels.count }
  public let carrier: CarrierFrequency
  public let step: Int64
  /// Points of a block.
  public let blockLength: Int

  private let line: DarkMatterLine
  private let component: DarkMatterLine.Component
  /// Number of the component in the line, by which its random numbers are told from those of others.
  private let componentIndex: UInt32
  private let seed: UInt64
  private let signalIndex: UInt32
  private let epoch: GPSTime
  private let readout: LineReadout
  private let bins: LineBins
  /// Hz of the bins.
  private let frequencies: [Double]
  /// Bins that the node's rate records: an ideal anti-alias filter takes the others.
  private let recordedBins: Range<Int>
  /// Of the carrier.
  private let carrierBin: Int
  private let quadrature: SkyQuadrature
  private let modes: [(number: UInt32, share: Double)]
  private let knots: GeometryKnots
  private let position: SIMD3<Double>
  private let transform: ComplexFourierTransform

  /// Bins in whole groups.
  private let stride: Int
  private let wavenumbers: AlignedBuffer
  private let powers: AlignedBuffer
  private let deviates: AlignedBuffer
  private let sums: AlignedBuffer
  private let coefficients: AlignedBuffer
  private var places: [SIMD3<Double>]
  private let spectrum: AlignedBuffer
  /// Three components of one knot, complex.
  private let samples: [AlignedBuffer]
  /// Cosine and sine of the sidereal angle at the points of a block.
  private let angles: AlignedBuffer
  /// Blocks with their windows: real and imaginary parts, channel-major.
  private let slots: [(real: AlignedBuffer, imaginary: AlignedBuffer)]
  private var slotBlock: [Int64?] = [nil, nil]

  /// - Parameters:
  ///   - line: the field.
  ///   - index: of the component, which has a dispersion.
  ///   - signalIndex: number of the signal among all of the run; it selects the random numbers.
  ///   - observer: the node.
  /// - Throws: `SynthesisError.badLine`, `lineTooBroad`, `skyTooFine`, `blockOutlastsGeometry`, `badSite`.
  public init(
    line: DarkMatterLine, component index: Int, signalIndex: Int, observer: FieldObserver
  ) throws(SynthesisError) {
    do { try line.validate() } catch { throw .badLine(index: signalIndex, reason: error) }
    let component = line.components[index]
    precondition(component.virialSpeed > 0, "a component with a dispersion")
    let positions = observer.sites.map(\.earthFixedPosition)
    for (site, position) in zip(observer.sites, positions) {
      guard position.x.isFinite, position.y.isFinite, position.z.isFinite else { throw .badSite(site) }
    }
    let speeds = line.speeds(of: component)
    let top = speeds.band.upperBound
    // The sensors' turning adds a sidereal frequency to both sides, their places' a few times that.
    let bandwidth = line.restFrequency * (top * top - speeds.band.lowerBound * speeds.band.lowerBound) / 2
    let turning = 4 * EarthRotation.angularSpeed / (2 * Double.pi)
    guard line.restFrequency * (1 + top * top / 2) < 0x1p31, 16 * (bandwidth + turning) <= 1e6 else {
      throw .lineTooBroad(index: signalIndex, frequency: line.restFrequency, bandwidth: bandwidth)
    }
    step = envelopeStep(bandwidth: bandwidth + turning)
    let points = 100e9 * line.coherenceTime(of: component) / Double(step)
    let largest = 2 * Double.pi * line.restFrequency / speedOfLight * speeds.most
    let degree = speeds.quadratureDegree(phase: largest * longestBaseline(positions))
    guard points < 0x1p26, degree <= 4096 else { throw .skyTooFine(index: signalIndex, degree: degree) }
    blockLength = smoothLength(atLeast: Int(points.rounded(.up)))
    let blockNanoseconds = Int64(blockLength) * step
    guard let knots = GeometryKnots(blockNanoseconds: blockNanoseconds, wavenumber: largest, axesTurn: false) else {
      throw .blockOutlastsGeometry(index: signalIndex, nanoseconds: blockNanoseconds)
    }
    self.knots = knots

    let seconds = Double(blockNanoseconds) * 1e-9
    bins = LineBins(line, seconds: seconds, speeds: speeds.band)
    let count = bins.count
    carrierBin = count / 2
    carrier = CarrierFrequency(nearest: Double(bins.firstBin + Int64(carrierBin)) / seconds)
    frequencies = (0..<count).map { [bins] in Double(bins.firstBin + Int64($0)) / seconds }
    let recorded = observer.sampleRate.recordedFrequencies(baseband: observer.baseband)
    let firstRecorded = frequencies.prefix { $0 <= recorded.lowest }.count
    recordedBins = firstRecorded..<max(firstRecorded, frequencies.prefix { $0 < recorded.highest }.count)
    quadrature = SkyQuadrature(degree: Int(degree))
    modes = line.modeShares.enumerated().filter { $0.element > 0 }.map { (UInt32($0.offset), $0.element) }
    readout = LineReadout(observer.readout, band: frequencies[0]...frequencies[count - 1])
    self.line = line
    self.component = component
    componentIndex = UInt32(index)
    seed = observer.seed
    self.signalIndex = UInt32(truncatingIfNeeded: signalIndex)
    epoch = observer.epoch
    position = positions[observer.siteIndex]
    transform = .shared(length: blockLength)

    let group = Int(GNOMON_SKY_GROUP)
    stride = (count + group - 1) / group * group
    wavenumbers = AlignedBuffer(count: stride)
    for (bin, wavenumber) in bins.wavenumbers.enumerated() { wavenumbers.pointer[bin] = wavenumber }
    powers = AlignedBuffer(count: stride)
    deviates = AlignedBuffer(count: 2 * modes.count * stride)
    sums = AlignedBuffer(count: 6 * knots.count * stride)
    coefficients = AlignedBuffer(count: 6 * modes.count)
    places = Array(repeating: SIMD3(), count: knots.count)
    let size = blockLength
    spectrum = AlignedBuffer(count: 2 * size)
    samples = (0..<3).map { _ in AlignedBuffer(count: 2 * size) }
    angles = AlignedBuffer(count: 2 * size)
    let channels = observer.readout.channelCount
    slots = (0..<2).map { _ in (AlignedBuffer(count: channels * size), AlignedBuffer(count: channels * size)) }
  }

  public func fill(
    firstPoint: Int64, count: Int, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
  ) {
    let hop = blockLength / 2
    var done = 0
    while done < count {
      let (newer, position) = flooredDivision(firstPoint + Int64(done), hop)
      let run = min(count - done, hop - position)
      let (old, new) = (slot(ofBlock: newer - 1), slot(ofBlock: newer))
      for channel in 0..<channelCount {
        let (from, to) = (channel * blockLength + position, channel * count + done)
        for j in 0..<run {
          real[to + j] = old.real.pointer[from + hop + j] + new.real.pointer[from + j]
          imaginary[to + j] = old.imaginary.pointer[from + hop + j] + new.imaginary.pointer[from + j]
        }
      }
      done += run
    }
  }

  /// A block with its window; neighbours never share a slot.
  private func slot(ofBlock block: Int64) -> (real: AlignedBuffer, imaginary: AlignedBuffer) {
    let number = Int(block & 1)
    if slotBlock[number] != block {
      addWaves(block: block)
      render(block: block, real: slots[number].real.pointer, imaginary: slots[number].imaginary.pointer)
      slotBlock[number] = block
    }
    return slots[number]
  }

  // MARK: amplitudes

  /// Sets the amplitudes of the three inertial components at all knots.
  private func addWaves(block: Int64) {
    for knot in 0..<knots.count {
      places[knot] = EarthRotation.inertial(position, at: knots.time(knot, block: block, epoch: epoch))
    }
    let halo = line.velocities(of: component, at: knots.centre(ofBlock: block, epoch: epoch))
    let key = Philox.derive(seed, tag: RandomTag.block, a: block, b: signalIndex)
    sums.pointer.update(repeating: 0, count: sums.count)
    for node in 0..<quadrature.count {
      let direction = quadrature.direction(node)
      guard bins.fill(powers.pointer, direction: direction, halo: halo) else { continue }
      let weight = 2 * line.amplitude * line.amplitude * component.fraction * quadrature.weight(node)
      for bin in 0..<bins.count { powers.pointer[bin] = (weight * powers.pointer[bin]).squareRoot() }
      addNode(UInt32(node), direction: direction, key: key)
    }
  }

  private func addNode(_ node: UInt32, direction: SIMD3<Double>, key: UInt64) {
    let count = bins.count
    let basis = PolarizationBasis(direction: direction)
    let half = 0.5.squareRoot()
    for (place, mode) in modes.enumerated() {
      let (real, imaginary) = (deviates.pointer + 2 * place * stride, deviates.pointer + (2 * place + 1) * stride)
      NormalDeviates.fillComplex(
        real: UnsafeMutableBufferPointer(start: real, count: count),
        imaginary: UnsafeMutableBufferPointer(start: imaginary, count: count),
        counter: SIMD4(0, node, mode.number + 4 * componentIndex, RandomTag.cell), varying: .first, key: key)
      for bin in 0..<count {
        real[bin] *= powers.pointer[bin]
        imaginary[bin] *= powers.pointer[bin]
      }
      let amplitude = mode.share.squareRoot()
      for axis in 0..<3 {
        let target = coefficients.pointer + 2 * (axis * modes.count + place)
        let vector =
          mode.number == 0
          ? ComplexNumber(direction[axis])
          : half * ComplexNumber(basis.e1[axis], mode.number == 1 ? basis.e2[axis] : -basis.e2[axis])
        target[0] = amplitude * vector.real
        target[1] = amplitude * vector.imaginary
      }
    }
    for knot in 0..<knots.count {
      gnomon_sky_node(
        sums.pointer + 6 * knot * stride, 3, deviates.pointer, modes.count, coefficients.pointer, wavenumbers.pointer,
        dot(direction, places[knot]), stride, stride)
    }
  }

  // MARK: samples

  private func render(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>) {
    let start = knots.start(ofBlock: block, epoch: epoch)
    let sidereal = EarthRotation.greenwichMeanSiderealTime(at: start)
    for point in 0..<blockLength {
      let angle = sidereal + EarthRotation.angularSpeed * (Double(point) * Double(step) * 1e-9)
      angles.pointer[2 * point] = cos(angle)
      angles.pointer[2 * point + 1] = sin(angle)
    }
    real.update(repeating: 0, count: channelCount * blockLength)
    imaginary.update(repeating: 0, count: channelCount * blockLength)
    for knot in 0..<knots.count {
      if !readout.differsByWave { transformKnot(knot, channel: nil) }
      for channel in 0..<channelCount {
        if readout.differsByWave { transformKnot(knot, channel: channel) }
        let target = channel * blockLength
        addKnot(knot, channel: channel, real: real + target, imaginary: imaginary + target)
      }
    }

    // The phase of the carrier at the start of the block, where the block's own phases are zero.
    let halves = SampleRate(2_000_000_000, per: Int64(blockLength) * step)
    let phasor = ComplexNumber(magnitude: 1, phase: 2 * .pi * carrier.turns(sample: block, sampleRate: halves))
    for point in 0..<blockLength {
      let turn = sin(.pi * Double(point) / Double(blockLength)) * phasor
      for index in Swift.stride(from: point, to: channelCount * blockLength, by: blockLength) {
        (real[index], imaginary[index]) = (
          turn.real * real[index] - turn.imaginary * imaginary[index],
          turn.real * imaginary[index] + turn.imaginary * real[index]
        )
      }
    }
  }

  /// Sets the samples of a knot's three components, or of what a channel whose response differs by wave reads of them.
  private func transformKnot(_ knot: Int, channel: Int?) {
    for axis in 0..<3 {
      spectrum.pointer.update(repeating: 0, count: spectrum.count)
      for bin in recordedBins {
        func component(_ axis: Int) -> ComplexNumber {
          let plane = sums.pointer + (6 * knot + 2 * axis) * stride
          return ComplexNumber(plane[bin], plane[stride + bin])
        }
        var value = component(axis)
        if let channel {
          let (x, y, z) = (component(0), component(1), component(2))
          let wave = ComplexVector(SIMD3(x.real, y.real, z.real), SIMD3(x.imaginary, y.imaginary, z.imaginary))
          let seen = readout.amplitude(wave, channel: channel, frequency: frequencies[bin])
          value = ComplexNumber(seen.real[axis], seen.imaginary[axis])
        }
        let distance = bin - carrierBin
        let target = spectrum.pointer + 2 * (distance < 0 ? distance + blockLength : distance)
        target[0] = value.real
        target[1] = value.imaginary
      }
      transform.forward(spectrum.pointer, samples[axis].pointer)
    }
  }

  /// Adds the share of a knot to a channel: what the turning axes read of it, times a hat that falls to zero at the knots
  /// beside it.
  private func addKnot(
    _ knot: Int, channel: Int, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
  ) {
    let (x, y, z) = (samples[0].pointer, samples[1].pointer, samples[2].pointer)
    for part in GeometryKnots.hat(knot, count: knots.count, length: blockLength) {
      for point in part.range {
        let (re, im) = (2 * point, 2 * point + 1)
        let value =
          part.weight(point)
          * readout.value(
            ComplexVector(SIMD3(x[re], y[re], z[re]), SIMD3(x[im], y[im], z[im])), channel: channel,
            cosine: angles.pointer[re], sine: angles.pointer[im])
        real[point] += value.real
        imaginary[point] += value.imaginary
      }
    }
  }
}
