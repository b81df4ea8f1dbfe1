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
  /// Of one channel: three points before the grid, the grid, four after it.
  private let slotStride: Int
  private let slots: [AlignedBuffer]
  private var slotBlock: [Int64?] = [nil, nil, nil, nil]
  private let scratch: AlignedBuffer

  /// - Parameters:
  ///   - amplitudes: of the blocks.
  ///   - blockLength: samples of the node's nominal grid in a block; even.
  ///   - interval: seconds between nominal samples.
  public init(_ amplitudes: Amplitudes, blockLength: Int, interval: Double) {
    hop = blockLength / 2
    self.interval = interval
    fineLength = smoothLength(atLeast: max(32, 32 * (amplitudes.firstBin + amplitudes.binCount - 1)))
    transform = BlockTransform(amplitudes, length: fineLength)
    hopSeconds = Double(hop) * interval
    finePerSecond = Double(fineLength) / (Double(blockLength) * interval)
    slotStride = fineLength + 8
    // Jittered samples at a boundary go back and forth between two pairs of blocks: more than two are kept.
    let slotStride = slotStride
    slots = (0..<4).map { _ in AlignedBuffer(count: amplitudes.channelCount * slotStride) }
    scratch = AlignedBuffer(count: amplitudes.channelCount * fineLength)
  }

  /// Adds the process at the instants n x interval + displacement, n = `firstSample` ..< `firstSample + count`.
  ///
  /// - Parameters:
  ///   - displacements: seconds by which the true instant of each sample is later than the nominal one.
  ///   - output: sample j of channel c at `output[c x channelStride + j]`.
  public func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    for j in 0..<count {
      let (nominal, position) = flooredDivision(firstSample + Int64(j), hop)
      let seconds = Double(position) * interval + displacements[j]
      let hops = (seconds / hopSeconds).rounded(.down)
      let newer = nominal + Int64(hops)
      let within = seconds - hops * hopSeconds
      let point = within * finePerSecond
      let whole = min(point.rounded(.down), Double(fineLength / 2))
      let weights = lagrangeWeights(point - whole)
      let angle = .pi * within / (2 * hopSeconds)
      let (newWindow, oldWindow) = (0.5 * sin(angle), 0.5 * cos(angle))
      let old = samples(ofBlock: newer - 1) + Int(whole) + fineLength / 2
      let new = samples(ofBlock: newer) + Int(whole)
      for channel in 0..<channelCount {
        let offset = channel * slotStride
        output[channel * channelStride + j] +=
          oldWindow * (weights * eight(old + offset)).sum() + newWindow * (weights * eight(new + offset)).sum()
      }
    }
  }

  private func samples(ofBlock block: Int64) -> UnsafeMutablePointer<Double> {
    let slot = Int(block & 3)
    let values = slots[slot].pointer
    if slotBlock[slot] == block { return values }
    transform.twice(block: block, into: scratch.pointer)
    for channel in 0..<channelCount {
      let source = scratch.pointer + channel * fineLength
      let target = values + channel * slotStride
      for point in 0..<slotStride { target[point] = source[(point + fineLength - 3) % fineLength] }
    }
    slotBlock[slot] = block
    return values
  }
}

/// The eight values from an address on.
@inline(__always)
func eight(_ p: UnsafeMutablePointer<Double>) -> SIMD8<Double> {
  SIMD8(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])
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
