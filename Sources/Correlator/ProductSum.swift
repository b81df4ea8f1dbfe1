import CKernels
import Numerics

/// Sum over segments of X X^H for one set of channels: the lower triangle, per group of bins.
final class ProductSum {
  /// Which channels take part.
  let present: [Bool]
  /// Segments summed.
  var segments = 0
  private let members: [Int32]
  private let pairs: Int
  private let products: AlignedBuffer

  init(present: UnsafeBufferPointer<Bool>, groups: Int) {
    self.present = Array(present)
    members = present.indices.filter { present[$0] }.map(Int32.init)
    pairs = members.count * (members.count + 1) / 2
    products = AlignedBuffer(count: groups * pairs * SpectrumBatch.groupDoubles)
  }

  /// Adds `count` segments of a batch, one group of bins.
  func add(_ batch: SpectrumBatch, group: Int, slot: Int, count: Int, instructionSet: Int32) {
    gnomon_outer_product(
      instructionSet, batch.pointer(group: group, channel: 0, slot: slot), batch.channelStride, members, members.count,
      count,
      products.pointer + group * pairs * SpectrumBatch.groupDoubles)
  }

  /// Writes the mean of the bins of a group as full matrices in the order of `CrossSpectra.values`, and sets the sums
  /// to zero.
  func takeMean(group: Int, binCount: Int, into values: UnsafeMutablePointer<Double>) {
    let channels = present.count
    let matrixDoubles = 2 * channels * channels
    let bins = SpectrumBatch.groupBins
    let sums = products.pointer + group * pairs * SpectrumBatch.groupDoubles
    let scale = 1 / Double(segments)
    for lane in 0..<min(bins, binCount - group * bins) {
      let matrix = values + (group * bins + lane) * matrixDoubles
      if members.count < channels { matrix.initialize(repeating: .nan, count: matrixDoubles) }
      var sum = sums + lane
      for row in 0..<members.count {
        let i = Int(members[row])
        for column in 0...row {
          let j = Int(members[column])
          let real = sum[0] * scale
          let imaginary = sum[bins] * scale
          let upper = matrix + 2 * (j * channels + i)
          upper[0] = real
          upper[1] = -imaginary
          let lower = matrix + 2 * (i * channels + j)
          lower[0] = real
          lower[1] = imaginary
          sum += SpectrumBatch.groupDoubles
        }
      }
    }
    sums.update(repeating: 0, count: pairs * SpectrumBatch.groupDoubles)
  }
}
