import Glibc
import Numerics

/// The process of `OverlappedBlocks` at instants that wander off the grid: clocks that drift or jitter (section 9.5).
///
/// Each block is made on a finer grid and interpolated with eight-point Lagrange polynomials before its window; it is
/// periodic, so indices wrap. With a grid of 32 points in the shortest period the relative error is 2.4e-9.
public final class InterpolatedBlocks<Amplitudes: BlockAmplitudes> {
  public var channelCount: Int { transform.amplitudes.channelCount }

  private let transform: BlockTransform<Amplitudes>
  private let hop: Int
  private let interval: Double
  /// Points of the finer grid in a block.
  private let fineLength: Int
  private let finePerSecond: Double
  private let hopSeconds: Double
  /// Hz, for complex baseband.
  private let centreFrequency: Double?
  /// Doubles of one channel: three points before the grid, the grid, five after it.
  private let slotStride: Int
  private let slots: [AlignedBuffer]
  private var slotBlock: [Int64?] = [nil, nil, nil, nil]

  /// - Parameters:
  ///   - amplitudes: of the blocks.
  ///   - blockLength: samples of the node's nominal grid in a block; even.
  ///   - interval: seconds between nominal samples.
  ///   - carrierBin: for complex baseband the cycles k_c of the centre frequency in a block, nil for real samples.
  public init(_ amplitudes: Amplitudes, blockLength: Int, interval: Double, carrierBin: Int? = nil) {
    hop = blockLength / 2
    self.interval = interval
    fineLength = smoothLength(atLeast: max(32, 32 * farthestBin(of: amplitudes, from: carrierBin)))
    transform = BlockTransform(amplitudes, length: fineLength, carrierBin: carrierBin, margin: (3, 5))
    let pointSize = transform.pointSize
    hopSeconds = Double(hop) * interval
    finePerSecond = Double(fineLength) / (Double(blockLength) * interval)
    centreFrequency = carrierBin.map { Double($0) / (Double(blockLength) * interval) }
    slotStride = pointSize * (fineLength + 8)
    // Jittered samples at a boundary go back and forth between two pairs of blocks: more than two are kept.
    let slotStride = slotStride
    slots = (0..<4).map { _ in AlignedBuffer(count: amplitudes.channelCount * slotStride) }
  }

  /// Adds the process at the instants n x interval + displacement, n = `firstSample` ..< `firstSample + count`.
  ///
  /// - Parameters:
  ///   - displacements: seconds by which the true instant of each sample is later than the nominal one.
  ///   - output: sample j of channel c at `output[c x channelStride + j]`, a complex one at
  ///     `output[c x channelStride + 2 j]` and the next.
  public func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    if let centreFrequency {
      addComplex(
        firstSample: firstSample, count: count, displacements: displacements, centreFrequency: centreFrequency,
        to: output, channelStride: channelStride)
      return
    }
    for j in 0..<count {
      let place = place(ofSample: firstSample + Int64(j), displacement: displacements[j])
      for channel in 0..<channelCount {
        let offset = channel * slotStride
        output[channel * channelStride + j] +=
          place.oldWindow * (place.weights * eight(place.old + offset)).sum()
          + place.newWindow * (place.weights * eight(place.new + offset)).sum()
      }
    }
  }

  private func addComplex(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>, centreFrequency: Double,
    to output: UnsafeMutablePointer<Double>, channelStride: Int
  ) {
    for j in 0..<count {
      let place = place(ofSample: firstSample + Int64(j), displacement: displacements[j])
      // The oscillator that the signal is mixed with keeps the nominal time, so a late sample lacks the phase of the
      // centre frequency: it is that of z at the true instant times exp(-2πi f_c x displacement).
      let cycles = (centreFrequency * displacements[j]).remainder(dividingBy: 1)
      let turn = ComplexNumber(magnitude: 1, phase: -2 * .pi * cycles)
      for channel in 0..<channelCount {
        let offset = channel * slotStride
        let (old, new) = (eightComplex(place.old + offset), eightComplex(place.new + offset))
        let value =
          turn
          * ComplexNumber(
            place.oldWindow * (place.weights * old.real).sum() + place.newWindow * (place.weights * new.real).sum(),
            place.oldWindow * (place.weights * old.imaginary).sum()
              + place.newWindow * (place.weights * new.imaginary).sum())
        output[channel * channelStride + 2 * j] += value.real
        output[channel * channelStride + 2 * j + 1] += value.imaginary
      }
    }
  }

  /// Where a sample's true instant lies: eight points of the two blocks around it, their weights, and the windows.
  private struct Place {
    var old: UnsafeMutablePointer<Double>
    var new: UnsafeMutablePointer<Double>
    var weights: SIMD8<Double>
    var oldWindow: Double
    var newWindow: Double
  }

  @inline(__always)
  private func place(ofSample sample: Int64, displacement: Double) -> Place {
    let (nominal, position) = flooredDivision(sample, hop)
    let seconds = Double(position) * interval + displacement
    let hops = (seconds / hopSeconds).rounded(.down)
    let newer = nominal + Int64(hops)
    let within = seconds - hops * hopSeconds
    let point = within * finePerSecond
    let whole = min(point.rounded(.down), Double(fineLength / 2))
    let angle = .pi * within / (2 * hopSeconds)
    let pointSize = transform.pointSize
    return Place(
      old: samples(ofBlock: newer - 1) + pointSize * (Int(whole) + fineLength / 2),
      new: samples(ofBlock: newer) + pointSize * Int(whole), weights: lagrangeWeights(point - whole),
      oldWindow: 0.5 * cos(angle), newWindow: 0.5 * sin(angle))
  }

  private func samples(ofBlock block: Int64) -> UnsafeMutablePointer<Double> {
    let slot = Int(block & 3)
    let values = slots[slot].pointer
    if slotBlock[slot] == block { return values }
    transform.twice(block: block, into: values)
    slotBlock[slot] = block
    return values
  }
}

/// The eight values from an address on.
@inline(__always)
func eight(_ p: UnsafeMutablePointer<Double>) -> SIMD8<Double> {
  SIMD8(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])
}

/// The eight complex values from an address on.
@inline(__always)
private func eightComplex(_ p: UnsafeMutablePointer<Double>) -> (real: SIMD8<Double>, imaginary: SIMD8<Double>) {
  (
    SIMD8(p[0], p[2], p[4], p[6], p[8], p[10], p[12], p[14]),
    SIMD8(p[1], p[3], p[5], p[7], p[9], p[11], p[13], p[15])
  )
}

/// Weights of the points -3, -2, ... 4 for the polynomial through them, at 0 <= x <= 1.
@inline(__always)
func lagrangeWeights(_ x: Double) -> SIMD8<Double> {
  let (a, b, c, d) = (x + 3, x + 2, x + 1, x)
  let (e, f, g, h) = (x - 1, x - 2, x - 3, x - 4)
  let (ab, cd, ef, gh) = (a * b, c * d, e * f, g * h)
  let (abcd, efgh) = (ab * cd, ef * gh)
  return SIMD8(
    b * cd * efgh / -5040, a * cd * efgh / 720, ab * d * efgh / -240, ab * c * efgh / 144,
    abcd * f * gh / -144, abcd * e * gh / 240, abcd * ef * h / -720, abcd * ef * g / 5040)
}

/// The smallest even number of the form 2^a 3^b 5^c that is at least `count`: fast to transform.
func smoothLength(atLeast count: Int) -> Int {
  var best = Int.max
  var five = 2
  while five < best {
    var three = five
    while three < best {
      var two = three
      while two < count { two *= 2 }
      best = min(best, two)
      three *= 3
    }
    five *= 5
  }
  return best
}
