import DarkMatter
import Numerics
import Sky

/// An isotropic background as the channels at one site see it: method C of vector-network section 9.6.
///
/// Every site computes its amplitudes alone from the seed: they are rows of a shared covariance factor times deviates
/// that all sites know. Geometry is constant in Earth-fixed axes.
public struct IsotropicField: BlockAmplitudes, Sendable {
  public let channelCount: Int
  public let firstBin: Int
  public let binCount: Int

  private let seed: UInt64
  private let signalIndex: UInt32
  /// Bins of the band below the first one: they have their place among the random numbers.
  private let skippedBins: Int
  private let columnCount: Int
  private let chunk: Int
  private let rows: [Double]
  private let scale: [Double]
  /// Hz of the bins.
  let frequencies: [Double]

  /// - Parameters:
  ///   - background: the field.
  ///   - signalIndex: number of the signal among all of the run; it selects the random numbers.
  ///   - seed: of the run.
  ///   - blockNanoseconds: length of the blocks, shared by all nodes.
  ///   - sites: the shared, ordered list of distinct sites.
  ///   - siteIndex: which of them this is.
  ///   - directions: Earth-fixed unit vectors of the channels at the site.
  ///   - recordedBins: multiples of 1/block that the node records (`FieldObserver.recordedBins`); others are left out.
  /// - Throws: `SynthesisError`.
  public init(
    background: IsotropicBackground, signalIndex: Int, seed: UInt64, blockNanoseconds: Int64, sites: [Site],
    siteIndex: Int, directions: [SIMD3<Double>], recordedBins: Range<Int>
  ) throws(SynthesisError) {
    precondition(sites.indices.contains(siteIndex), "a site of the list")
    do { try background.validate() } catch { throw .badSignal(index: signalIndex, reason: error) }
    let band = try IsotropicField.bins(background, blockNanoseconds: blockNanoseconds)
    let bins = band.clamped(to: recordedBins)
    let frequencies = bins.map { Double($0) * 1e9 / Double(blockNanoseconds) }
    let positions = sites[...siteIndex].map(\.earthFixedPosition)
    for (site, position) in zip(sites, positions) {
      guard position.x.isFinite, position.y.isFinite, position.z.isFinite else { throw .badSite(site) }
    }
    let factor = try CovarianceFactor(
      background: background, positions: positions, directions: directions, frequencies: frequencies)

    channelCount = directions.count
    firstBin = bins.lowerBound
    skippedBins = bins.lowerBound - band.lowerBound
    binCount = frequencies.count
    self.seed = seed
    self.signalIndex = UInt32(truncatingIfNeeded: signalIndex)
    columnCount = factor.columnCount
    rows = factor.rows
    // Chunks that stay in the first cache, of nearly equal size.
    let chunks = max(1, (binCount + 511) / 512)
    chunk = ((binCount + chunks - 1) / chunks + 15) / 16 * 16
    self.frequencies = frequencies
    scale = frequencies.map { (2e9 / Double(blockNanoseconds) * background.density(at: $0)).squareRoot() }
  }

  /// The multiples k of 1/block in the band of a background.
  ///
  /// - Throws: `SynthesisError.emptyBand`.
  public static func bins(
    _ background: IsotropicBackground, blockNanoseconds: Int64
  ) throws(SynthesisError) -> Range<Int> {
    // f L in this order is exact for the whole and decimal numbers people write.
    let low = (background.lowestFrequency * Double(blockNanoseconds) / 1e9).rounded(.up)
    let high = (background.highestFrequency * Double(blockNanoseconds) / 1e9).rounded(.down)
    guard high >= max(low, 1), high < 4e9 else {
      throw .emptyBand(
        lowest: background.lowestFrequency, highest: background.highestFrequency, nanoseconds: blockNanoseconds)
    }
    return Int(max(low, 1))..<Int(high) + 1
  }

  public func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>) {
    real.update(repeating: 0, count: channelCount * binCount)
    imaginary.update(repeating: 0, count: channelCount * binCount)
    let key = Philox.derive(seed, tag: RandomTag.covarianceFactorBlock, a: block, b: signalIndex)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * chunk) { deviates in
      deviates.initialize(repeating: 0)
      rows.withUnsafeBufferPointer { rows in
        guard let rows = rows.baseAddress, let deviateReal = deviates.baseAddress else { return }
        let deviateImaginary = deviateReal + chunk
        for start in stride(from: 0, to: binCount, by: chunk) {
          let count = min(chunk, binCount - start)
          // Columns ascend in every bin: the order of the sum does not depend on the chunks.
          for column in 0..<columnCount {
            NormalDeviates.fillComplex(
              real: UnsafeMutableBufferPointer(start: deviateReal, count: count),
              imaginary: UnsafeMutableBufferPointer(start: deviateImaginary, count: count),
              counter: SIMD4(UInt32(skippedBins + start), UInt32(column), 0, RandomTag.cell), varying: .first, key: key)
            for channel in 0..<channelCount {
              accumulate(
                rows + (column * channelCount + channel) * binCount + start, deviateReal, deviateImaginary,
                real + channel * binCount + start, imaginary + channel * binCount + start, count)
            }
          }
        }
      }
    }
    scale.withUnsafeBufferPointer { scale in
      for channel in 0..<channelCount {
        let (re, im) = (real + channel * binCount, imaginary + channel * binCount)
        for k in 0..<binCount { re[k] *= scale[k] }
        for k in 0..<binCount { im[k] *= scale[k] }
      }
    }
  }
}

/// sums += row * deviate, element by element.
@inline(__always)
private func accumulate(
  _ row: UnsafePointer<Double>, _ deviateReal: UnsafePointer<Double>, _ deviateImaginary: UnsafePointer<Double>,
  _ sumReal: UnsafeMutablePointer<Double>, _ sumImaginary: UnsafeMutablePointer<Double>, _ count: Int
) {
  for k in 0..<count { sumReal[k] += row[k] * deviateReal[k] }
  for k in 0..<count { sumImaginary[k] += row[k] * deviateImaginary[k] }
}
