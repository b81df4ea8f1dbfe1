import CKernels
import DarkMatter
import Numerics
import Sky

/// An anisotropic background as the channels at one site see it: method B of vector-network section 9 in blocks.
///
/// Every frequency bin, direction and mode has an amplitude of its own, drawn from the seed and known to all nodes; a node
/// adds them up with the phases of its place and the projections on its axes. Not for use by several threads at a time.
public final class AnisotropicField: BlockAmplitudes {
  public let channelCount: Int
  public let knotCount: Int
  public let firstBin: Int
  public let binCount: Int
  /// Hz of the bins.
  let frequencies: [Double]

  private let seed: UInt64
  private let signalIndex: UInt32
  private let epoch: GPSTime
  /// Bins of the band below the first one: they have their place among the random numbers.
  private let skippedBins: Int
  private let nodes: [SkyNode]
  /// Numbers of the modes that have power, and the square roots of their shares.
  private let modes: [(number: UInt32, amplitude: Double)]
  private let knots: GeometryKnots
  /// Earth-fixed place and axes.
  private let position: SIMD3<Double>
  private let directions: [SIMD3<Double>]
  /// sqrt(2 Δf A(f_k)).
  private let scale: [Double]

  /// The same in equatorial axes at the knots of the block at work: places, and axes of (knot, channel).
  private var places: [SIMD3<Double>]
  private var axes: [SIMD3<Double>]
  /// Turns per metre of the bins, and room for a whole group after the last.
  private let wavenumbers: AlignedBuffer
  private let deviates: AlignedBuffer
  private let sums: AlignedBuffer
  private let coefficients: AlignedBuffer

  /// Bins that are made together: their deviates and sums stay in the first cache.
  private static let chunk = 256

  /// - Parameters:
  ///   - field: the background.
  ///   - signalIndex: number of the signal among all of the run; it selects the random numbers.
  ///   - seed: of the run.
  ///   - epoch: reference time of the field; block b starts b/2 blocks later.
  ///   - blockNanoseconds: length of the blocks, shared by all nodes.
  ///   - sites: the distinct sites of all nodes; their largest distance decides how fine the sky is divided.
  ///   - siteIndex: which of them this is.
  ///   - directions: Earth-fixed unit vectors of the channels at the site.
  ///   - recordedBins: multiples of 1/block that the node records (`FieldObserver.recordedBins`); others are left out.
  /// - Throws: `SynthesisError`.
  public init(
    field: AnisotropicBackground, signalIndex: Int, seed: UInt64, epoch: GPSTime, blockNanoseconds: Int64,
    sites: [Site], siteIndex: Int, directions: [SIMD3<Double>], recordedBins: Range<Int>
  ) throws(SynthesisError) {
    precondition(sites.indices.contains(siteIndex), "a site of the list")
    do { try field.validate() } catch { throw .badSignal(index: signalIndex, reason: error) }
    let background = field.background
    let band = try IsotropicField.bins(background, blockNanoseconds: blockNanoseconds)
    let bins = band.clamped(to: recordedBins)
    let positions = sites.map(\.earthFixedPosition)
    for (site, position) in zip(sites, positions) {
      guard position.x.isFinite, position.y.isFinite, position.z.isFinite else { throw .badSite(site) }
    }
    // The band decides, not what this node records of it: the division of the sky is shared.
    let largest = wavenumber(frequency: background.highestFrequency, restFrequency: background.restFrequency)
    guard
      let knots = GeometryKnots(
        blockNanoseconds: blockNanoseconds, wavenumber: largest, axesTurn: true)
    else {
      throw .blockOutlastsGeometry(index: signalIndex, nanoseconds: blockNanoseconds)
    }
    let degree = field.directions.quadratureDegree(phase: largest * longestBaseline(positions))
    guard let nodes = SkyNode.all(degree: degree, density: field.directions.density) else {
      throw .skyTooFine(index: signalIndex, degree: degree)
    }

    channelCount = directions.count
    knotCount = knots.count
    firstBin = bins.lowerBound
    binCount = bins.count
    skippedBins = bins.lowerBound - band.lowerBound
    let frequencies = bins.map { Double($0) * 1e9 / Double(blockNanoseconds) }
    self.frequencies = frequencies
    self.seed = seed
    self.signalIndex = UInt32(truncatingIfNeeded: signalIndex)
    self.epoch = epoch
    self.knots = knots
    self.nodes = nodes
    let transverse = 1 - background.longitudinalFraction
    let shares = [
      background.longitudinalFraction, (transverse + background.chirality) / 2, (transverse - background.chirality) / 2,
    ]
    // Rounding of decimal shares may leave 1e-17 of one.
    modes = shares.enumerated().filter { $0.element > 1e-15 }.map { (UInt32($0.offset), $0.element.squareRoot()) }
    position = positions[siteIndex]
    self.directions = directions
    scale = frequencies.map { (2e9 / Double(blockNanoseconds) * background.density(at: $0)).squareRoot() }

    places = Array(repeating: SIMD3(), count: knots.count)
    axes = Array(repeating: SIMD3(), count: knots.count * directions.count)
    let chunk = AnisotropicField.chunk
    wavenumbers = AlignedBuffer(count: (binCount + chunk - 1) / chunk * chunk)
    for (bin, frequency) in frequencies.enumerated() {
      wavenumbers.pointer[bin] =
        wavenumber(frequency: frequency, restFrequency: background.restFrequency) / (2 * Double.pi)
    }
    deviates = AlignedBuffer(count: 2 * modes.count * chunk)
    sums = AlignedBuffer(count: 2 * knots.count * directions.count * chunk)
    coefficients = AlignedBuffer(count: 2 * modes.count * directions.count)
  }

  public func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>) {
    for knot in 0..<knotCount {
      let time = knots.time(knot, block: block, epoch: epoch)
      places[knot] = EarthRotation.inertial(position, at: time)
      for (channel, direction) in directions.enumerated() {
        axes[knot * channelCount + channel] = EarthRotation.inertial(direction, at: time)
      }
    }
    let key = Philox.derive(seed, tag: RandomTag.block, a: block, b: signalIndex)
    let chunk = AnisotropicField.chunk
    for start in stride(from: 0, to: binCount, by: chunk) {
      let count = min(chunk, binCount - start)
      sums.pointer.update(repeating: 0, count: sums.count)
      // Nodes ascend in every bin: the order of the sum does not depend on the chunks.
      for node in nodes { add(node, start: start, count: count, key: key) }
      for plane in 0..<knotCount * channelCount {
        let (from, to) = (sums.pointer + 2 * plane * chunk, plane * binCount + start)
        for k in 0..<count {
          real[to + k] = scale[start + k] * from[k]
          imaginary[to + k] = scale[start + k] * from[chunk + k]
        }
      }
    }
  }

  /// Adds the waves of one direction in a chunk of bins.
  private func add(_ node: SkyNode, start: Int, count: Int, key: UInt64) {
    let chunk = AnisotropicField.chunk
    for (place, mode) in modes.enumerated() {
      NormalDeviates.fillComplex(
        real: UnsafeMutableBufferPointer(start: deviates.pointer + 2 * place * chunk, count: count),
        imaginary: UnsafeMutableBufferPointer(start: deviates.pointer + (2 * place + 1) * chunk, count: count),
        counter: SIMD4(UInt32(skippedBins + start), node.number, mode.number, RandomTag.cell), varying: .first, key: key
      )
    }
    let group = Int(GNOMON_SKY_GROUP)
    let whole = (count + group - 1) / group * group
    for knot in 0..<knotCount {
      for channel in 0..<channelCount {
        let axis = axes[knot * channelCount + channel]
        for (place, mode) in modes.enumerated() {
          let projection = node.projection(axis, mode: mode.number)
          let target = coefficients.pointer + 2 * (channel * modes.count + place)
          target[0] = node.amplitude * mode.amplitude * projection.real
          target[1] = node.amplitude * mode.amplitude * projection.imaginary
        }
      }
      gnomon_sky_node(
        sums.pointer + 2 * knot * channelCount * chunk, channelCount, deviates.pointer, modes.count,
        coefficients.pointer, wavenumbers.pointer + start, dot(node.direction, places[knot]), whole, chunk)
    }
  }
}

/// The largest distance of two sites, m.
func longestBaseline(_ positions: [SIMD3<Double>]) -> Double {
  positions.reduce(0) { longest, first in positions.reduce(longest) { max($0, length(first - $1)) } }
}
