import Correlator
import DarkMatter
import Instruments
import Numerics
import Sky

/// Stations with vector sensors in one field: their streams, correlated as a hub would.
struct SimulatedNetwork {
  struct Station {
    var name: String
    var site: Site
    /// Earth-fixed unit vectors along which the sensor measures; one channel each.
    var axes: [SIMD3<Double>]
  }

  var stations: [Station]
  var field: FieldModel
  /// One-sided density of the white noise of every channel, unit²/Hz.
  var noiseDensity: Double
  var sampleRate = SampleRate(256)
  /// Nanoseconds of a synthesis block.
  var synthesisBlock: Int64 = 4_000_000_000
  var epoch = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  var seed: UInt64

  /// Generates the streams from the epoch on and hands out the matrices of complete integrations in order.
  ///
  /// Channels are numbered by station, then by axis.
  ///
  /// - Parameters:
  ///   - plan: the band.
  ///   - integrations: how many.
  ///   - progress: receives the share done.
  func correlate(
    _ plan: BandPlan, integrations: Int, progress: (Double) -> Void = { _ in }, emit: (CrossSpectra) throws -> Void
  ) throws {
    let sources = try stations.map(source)
    let channelCount = sources.reduce(0) { $0 + $1.channelCount }
    let correlator = try BandCorrelator(
      plan: plan, sampleRates: Array(repeating: sampleRate, count: channelCount), workers: 1)
    guard let length = plan.samplesPerSegment(at: sampleRate), let hop = plan.samplesPerHop(at: sampleRate) else {
      preconditionFailure("the correlator has accepted the rate")
    }
    let total = integrations * plan.segmentsPerIntegration
    let batch = min(64, total)
    let buffers = sources.map { AlignedBuffer(count: $0.channelCount * ((batch - 1) * hop + length)) }
    for first in stride(from: 0, to: total, by: batch) {
      let segments = min(batch, total - first)
      let count = (segments - 1) * hop + length
      var channels: [UnsafePointer<Double>?] = []
      for (source, buffer) in zip(sources, buffers) {
        source.render(firstSample: Int64(first * hop), count: count, into: buffer.pointer)
        for channel in 0..<source.channelCount { channels.append(UnsafePointer(buffer.pointer + channel * count)) }
      }
      try correlator.add(firstSegment: Int64(first), count: segments, samples: channels, emit: emit)
      progress(Double(first + segments) / Double(total))
    }
  }

  private func source(of station: Station) throws -> VectorSensorSource {
    var sites: [Site] = []
    for station in stations where !sites.contains(station.site) { sites.append(station.site) }
    let frame = station.site.localAxes
    let axes = station.axes.enumerated().map { number, axis in
      VectorSensor.Axis(
        name: "axis\(number)",
        direction: LocalDirection(east: dot(axis, frame.east), north: dot(axis, frame.north), up: dot(axis, frame.up)))
    }
    return try VectorSensorSource(
      sensor: VectorSensor(axes: axes, noise: NoiseModel(white: noiseDensity.squareRoot())), nodeName: station.name,
      site: station.site, sampleRate: sampleRate,
      plan: ObservationPlan(
        seed: seed, epoch: epoch, synthesisBlock: synthesisBlock, sites: sites, signals: [.init(index: 0, field: field)]))
  }
}

extension CrossSpectra {
  /// Mean of X_i conj(X_j) in a bin.
  func element(_ bin: Int, _ i: Int, _ j: Int) -> ComplexNumber {
    let index = 2 * ((bin * present.count + i) * present.count + j)
    return ComplexNumber(values[index], values[index + 1])
  }

  /// The real part of the correlation of two channels over a range of bins, in units of the field's density.
  ///
  /// - Parameters:
  ///   - plan: of the spectra.
  ///   - bins: averaged over.
  ///   - density: A, that of the field, the same in all bins; unit²/Hz.
  ///   - noise: N, of each channel.
  ///   - power: Γ_ii of both channels: what each alone sees.
  ///   - expected: Γ_ij, the closed form as a function of the frequency in Hz.
  /// - Returns: value, error and expectation at x = 0. For circular Gaussian amplitudes the variance of Re X_i X_j* is
  ///   half of Σ_ii Σ_jj + Re Σ_ij².
  func realCorrelation(
    _ i: Int, _ j: Int, plan: BandPlan, bins: Range<Int>, density: Double, noise: Double, power: Double,
    expected: (Double) -> Double
  ) -> MeasuredPoint {
    var point = MeasuredPoint(x: 0, value: 0, error: 0, expected: 0)
    for bin in bins {
      let correlation = expected(plan.frequency(bin))
      let auto = power + noise / density
      point.value += element(bin, i, j).real / density
      point.expected += correlation
      point.error += (auto * auto + correlation * correlation) / 2
    }
    let count = Double(bins.count)
    point.value /= count
    point.expected /= count
    // The variance of a mean over all independent samples.
    point.error = (point.error / count / (count * Double(segments) * plan.effectiveFraction)).squareRoot()
    return point
  }
}
