import Glibc
import Numerics

/// A stationary process as blocks that overlap by half, on an even grid of samples (vector-network section 9.4).
///
/// Any range can be rendered at any time; the same sample has the same bits in every range. The two blocks last used
/// are kept, so that rendering in order computes every block once. Not for use by several threads at a time.
public final class OverlappedBlocks<Amplitudes: BlockAmplitudes> {
  public var channelCount: Int { transform.amplitudes.channelCount }

  private let transform: BlockTransform<Amplitudes>
  private let length: Int
  private let hop: Int
  /// Doubles of one sample: 1, or 2 for complex baseband.
  private let sampleSize: Int
  /// Half of the power-complementary window sin(π s/L) at the true instants, once for every double.
  private let window: AlignedBuffer
  private let slots: [AlignedBuffer]
  private var slotBlock: [Int64?] = [nil, nil]

  /// - Parameters:
  ///   - amplitudes: of the blocks.
  ///   - blockLength: samples in a block; even. Block b covers samples b x blockLength/2 ... + blockLength - 1.
  ///   - fraction: by how much of a sample interval the true instants lie after the grid, 0 ..< 1; the amplitudes carry
  ///     the phase for it already.
  ///   - carrierBin: for complex baseband the cycles k_c of the centre frequency in a block, nil for real samples.
  public init(_ amplitudes: Amplitudes, blockLength: Int, fraction: Double = 0, carrierBin: Int? = nil) {
    precondition(fraction >= 0 && fraction < 1, "whole samples belong to the sample number")
    transform = BlockTransform(amplitudes, length: blockLength, carrierBin: carrierBin)
    let sampleSize = transform.pointSize
    self.sampleSize = sampleSize
    length = blockLength
    hop = blockLength / 2
    window = AlignedBuffer(count: sampleSize * blockLength)
    for m in 0..<sampleSize * blockLength {
      window.pointer[m] = 0.5 * sin(.pi * (Double(m / sampleSize) + fraction) / Double(blockLength))
    }
    slots = (0..<2).map { _ in AlignedBuffer(count: amplitudes.channelCount * sampleSize * blockLength) }
  }

  /// Adds samples `firstSample` ..< `firstSample + count` to the output.
  ///
  /// - Parameters:
  ///   - output: sample j of channel c at `output[c x channelStride + j]`, a complex one at
  ///     `output[c x channelStride + 2 j]` and the next.
  public func add(
    firstSample: Int64, count: Int, to output: UnsafeMutablePointer<Double>, channelStride: Int
  ) {
    var done = 0
    while done < count {
      let (newer, position) = flooredDivision(firstSample + Int64(done), hop)
      let run = min(count - done, hop - position)
      let old = samples(ofBlock: newer - 1) + sampleSize * (hop + position)
      let new = samples(ofBlock: newer) + sampleSize * position
      for channel in 0..<channelCount {
        let target = output + channel * channelStride + sampleSize * done
        let start = channel * sampleSize * length
        let (older, newer) = (old + start, new + start)
        for j in 0..<sampleSize * run { target[j] += older[j] + newer[j] }
      }
      done += run
    }
  }

  /// The windowed samples of a block; neighbouring blocks never share a slot.
  private func samples(ofBlock block: Int64) -> UnsafeMutablePointer<Double> {
    let slot = Int(block & 1)
    let values = slots[slot].pointer
    if slotBlock[slot] == block { return values }
    transform.twice(block: block, into: values)
    for channel in 0..<channelCount {
      let target = values + channel * sampleSize * length
      let shape = window.pointer
      for m in 0..<sampleSize * length { target[m] *= shape[m] }
    }
    slotBlock[slot] = block
    return values
  }
}

/// Quotient rounded down and the remainder.
func flooredDivision(_ dividend: Int64, _ divisor: Int) -> (quotient: Int64, remainder: Int) {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: Int64(divisor))
  return remainder < 0 ? (quotient - 1, Int(remainder) + divisor) : (quotient, Int(remainder))
}
