import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis

/// Three axes along the Earth-fixed ones.
let earthAxes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]

/// Places some thousand kilometres apart: p|x| is 1 to 3 at 15 to 35 Hz.
let places = [
  Site(latitude: 50, longitude: 8, altitude: 100), Site(latitude: 31, longitude: -12),
  Site(latitude: 62, longitude: 61, altitude: 300), Site(latitude: 37.9, longitude: -122.3),
]

/// A chiral mixture with every part of the two-point function: 75 % and 25 % helicities in the transverse share.
let mixture = IsotropicBackground(
  spectrum: .powerLaw(level: 2, reference: 20, index: 0.5), lowestFrequency: 10, highestFrequency: 40,
  restFrequency: 7, longitudinalFraction: 0.2, chirality: 0.4)

/// The field at one of the sites, as its node makes it.
func makeField(
  _ background: IsotropicBackground = mixture, signalIndex: Int = 0, seed: UInt64 = 20_260_711,
  block: Int64 = 2_000_000_000, sites: [Site] = places, site: Int, directions: [SIMD3<Double>] = earthAxes,
  limit: Double = 64
) throws -> IsotropicField {
  try IsotropicField(
    background: background, signalIndex: signalIndex, seed: seed, blockNanoseconds: block, sites: sites,
    siteIndex: site, directions: directions, recordedBins: 1..<Int(limit * Double(block) / 1e9))
}

/// Samples of all channels, channel-major.
func render<A: BlockAmplitudes>(_ blocks: OverlappedBlocks<A>, _ first: Int64, _ count: Int) -> [Double] {
  var output = [Double](repeating: 0, count: blocks.channelCount * count)
  blocks.add(firstSample: first, count: count, to: &output, channelStride: count)
  return output
}

/// The process at time t in seconds by the sums of section 9.4, without a transform: one value a channel.
func directSum<A: BlockAmplitudes>(_ amplitudes: A, blockSeconds: Double, at t: Double) -> [Double] {
  let hop = blockSeconds / 2
  let newest = Int64((t / hop).rounded(.down))
  var result = [Double](repeating: 0, count: amplitudes.channelCount)
  var real = [Double](repeating: 0, count: amplitudes.channelCount * amplitudes.binCount)
  var imaginary = real
  for block in [newest - 1, newest] {
    amplitudes.fill(block: block, real: &real, imaginary: &imaginary)
    let s = t - Double(block) * hop
    let window = sin(.pi * s / blockSeconds)
    for channel in 0..<amplitudes.channelCount {
      for k in 0..<amplitudes.binCount {
        let phase = 2 * Double.pi * Double(amplitudes.firstBin + k) * s / blockSeconds
        let index = channel * amplitudes.binCount + k
        // Re[Z exp(-i phase)]
        result[channel] += window * (real[index] * cos(phase) + imaginary[index] * sin(phase))
      }
    }
  }
  return result
}

/// Root mean square.
func rms(_ values: [Double]) -> Double {
  (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
}
