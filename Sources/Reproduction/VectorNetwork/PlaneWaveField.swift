import DarkMatter
import Glibc
import Inference
import Numerics
import Sky
import Synthesis

/// Broad-band waves from one direction along one axis: method B of vector-network section 9.3, in the blocks of 9.4, on a
/// sky of a single direction, (41).
///
/// Every sensor draws the same amplitudes of the waves from the seed. The density of the whole vector is one in the band.
struct PlaneWaveField: BlockAmplitudes {
  let channelCount = 1
  let firstBin: Int
  let binCount: Int

  private let mode: StreamForecast.Mode
  private let propagation: SIMD3<Double>
  private let axis: SIMD3<Double>
  private let position: SIMD3<Double>
  private let epoch: GPSTime
  private let blockNanoseconds: Int64
  private let seed: UInt64

  /// - Parameters:
  ///   - propagation: Ω, inertial unit vector.
  ///   - axis: Earth-fixed unit vector of the sensor.
  ///   - position: Earth-fixed, m, from a place that all sensors share; a phase common to all says nothing.
  ///   - epoch: time of sample 0.
  ///   - blockNanoseconds: of a synthesis block; the Earth stands still in each.
  ///   - band: Hz.
  init(
    mode: StreamForecast.Mode, propagation: SIMD3<Double>, axis: SIMD3<Double>, position: SIMD3<Double>,
    epoch: GPSTime, blockNanoseconds: Int64, band: ClosedRange<Double>, seed: UInt64
  ) {
    self.mode = mode
    self.propagation = propagation
    self.axis = axis
    self.position = position
    self.epoch = epoch
    self.blockNanoseconds = blockNanoseconds
    self.seed = seed
    let duration = Double(blockNanoseconds) * 1e-9
    firstBin = max(1, Int((band.lowerBound * duration).rounded(.up)))
    binCount = Int((band.upperBound * duration).rounded(.down)) - firstBin + 1
  }

  func fill(block: Int64, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>) {
    real.update(repeating: 0, count: binCount)
    imaginary.update(repeating: 0, count: binCount)
    // Block b begins b half blocks after the epoch; geometry is that of its middle.
    let middle = epoch.advanced(byNanoseconds: (block + 1) * (blockNanoseconds / 2))
    let direction = EarthRotation.earthFixed(propagation, at: middle)
    let key = Philox.derive(seed, tag: RandomTag.block, a: block, b: 0)
    for (number, factor) in factors(direction) {
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * binCount) { deviates in
        deviates.initialize(repeating: 0)
        NormalDeviates.fillComplex(
          real: UnsafeMutableBufferPointer(rebasing: deviates[..<binCount]),
          imaginary: UnsafeMutableBufferPointer(rebasing: deviates[binCount...]),
          counter: SIMD4(0, 0, number, RandomTag.cell), varying: .first, key: key)
        for k in 0..<binCount {
          let wave = factor * ComplexNumber(deviates[k], deviates[binCount + k])
          real[k] += wave.real
          imaginary[k] += wave.imaginary
        }
      }
    }
    let path = dot(direction, position)
    let duration = Double(blockNanoseconds) * 1e-9
    let scale = (2 / duration).squareRoot()
    guard path != 0 else {
      for k in 0..<binCount { (real[k], imaginary[k]) = (scale * real[k], scale * imaginary[k]) }
      return
    }
    for k in 0..<binCount {
      let wavenumber = wavenumber(frequency: Double(firstBin + k) / duration, restFrequency: 0)
      let value = ComplexNumber(real[k], imaginary[k]) * ComplexNumber(magnitude: scale, phase: wavenumber * path)
      (real[k], imaginary[k]) = (value.real, value.imaginary)
    }
  }

  /// Numbers of the modes and sqrt(P_ε) l.ε: longitudinal, or both helicities with one half each.
  private func factors(_ direction: SIMD3<Double>) -> [(mode: UInt32, factor: ComplexNumber)] {
    switch mode {
    case .longitudinal: return [(0, ComplexNumber(dot(axis, direction)))]
    case .transverse:
      // ε = (e1 ± i e2)/√2 with e1 across the Earth's axis, the same for all sensors.
      let across = cross(SIMD3(0, 0, 1), direction)
      let first = across / length(across)
      let amplitude = ComplexNumber(dot(axis, first), dot(axis, cross(direction, first))) / 2
      return [(1, amplitude), (2, amplitude.conjugate)]
    }
  }

  /// The channel of a sensor with white noise.
  ///
  /// - Parameters:
  ///   - noiseDensity: one-sided, unit²/Hz.
  ///   - sensor: its number, which keeps its noise apart.
  func recorder(sampleRate: SampleRate, noiseDensity: Double, sensor: Int) -> SimulatedNetwork.Recorder {
    guard let length = sampleRate.samples(inNanoseconds: blockNanoseconds) else {
      preconditionFailure("a block of whole samples")
    }
    let blocks = OverlappedBlocks(self, blockLength: Int(length))
    let key = Philox.derive(seed, tag: RandomTag.noise, a: Int64(sensor), b: 0)
    let deviation = (noiseDensity * sampleRate.hertz / 2).squareRoot()
    return SimulatedNetwork.Recorder(channelCount: 1) { firstSample, count, output in
      NormalDeviates.fillWhite(
        UnsafeMutableBufferPointer(start: output, count: count), firstSample: firstSample, key: key, scale: deviation)
      blocks.add(firstSample: firstSample, count: count, to: output, channelStride: count)
    }
  }
}
