import Correlator
import DarkMatter
import Instruments
import Numerics
import Sky

/// The streams of a network's channels, generated and correlated as nodes and hub would.
struct SimulatedNetwork {
  /// What renders the channels of one station: a pure function of the sample number.
  struct Recorder {
    var channelCount: Int
    /// Writes samples `firstSample` ..< `firstSample + count`, channel-major.
    var render: (_ firstSample: Int64, _ count: Int, _ output: UnsafeMutablePointer<Double>) -> Void
  }

  var recorders: [Recorder]
  var sampleRate: SampleRate

  /// Generates the streams from the epoch on and hands out the matrices of complete integrations in order.
  ///
  /// Channels are numbered by recorder.
  ///
  /// - Parameters:
  ///   - plan: the band.
  ///   - integrations: how many.
  ///   - progress: receives the share done.
  func correlate(
    _ plan: BandPlan, integrations: Int, progress: (Double) -> Void = { _ in }, emit: (CrossSpectra) throws -> Void
  ) throws {
    let channelCount = recorders.reduce(0) { $0 + $1.channelCount }
    let correlator = try BandCorrelator(
      plan: plan, sampleRates: Array(repeating: sampleRate, count: channelCount), workers: 1)
    guard let length = plan.samplesPerSegment(at: sampleRate), let hop = plan.samplesPerHop(at: sampleRate) else {
      preconditionFailure("the correlator has accepted the rate")
    }
    let total = integrations * plan.segmentsPerIntegration
    let batch = min(64, total)
    let buffers = recorders.map { AlignedBuffer(count: $0.channelCount * ((batch - 1) * hop + length)) }
    for first in stride(from: 0, to: total, by: batch) {
      let segments = min(batch, total - first)
      let count = (segments - 1) * hop + length
      var channels: [UnsafePointer<Double>?] = []
      for (recorder, buffer) in zip(recorders, buffers) {
        recorder.render(Int64(first * hop), count, buffer.pointer)
        for channel in 0..<recorder.channelCount { channels.append(UnsafePointer(buffer.pointer + channel * count)) }
      }
      try correlator.add(firstSegment: Int64(first), count: segments, samples: channels, emit: emit)
      progress(Double(first + segments) / Double(total))
    }
  }
}

/// One place with sensors.
struct SimulatedStation {
  var name: String
  var site: Site
  /// Earth-fixed unit vectors along which it measures; one channel each.
  var axes: [SIMD3<Double>]
}

extension SimulatedNetwork {
  /// Stations with broad-band vector sensors in one field.
  ///
  /// - Parameters:
  ///   - noiseDensity: one-sided, of the white noise of every channel, unit²/Hz.
  ///   - duration: nanoseconds of the run; it decides how finely a line is made.
  ///   - synthesisBlock: nanoseconds of a synthesis block.
  ///   - epoch: time of sample 0.
  /// - Throws: `InstrumentError`.
  init(
    _ stations: [SimulatedStation], field: FieldModel, noiseDensity: Double, seed: UInt64, duration: Int64,
    sampleRate: SampleRate = SampleRate(256), synthesisBlock: Int64 = 4_000_000_000,
    epoch: GPSTime = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  ) throws {
    var sites: [Site] = []
    for station in stations where !sites.contains(station.site) { sites.append(station.site) }
    let plan = ObservationPlan(
      seed: seed, epoch: epoch, synthesisBlock: synthesisBlock, duration: duration, sites: sites,
      signals: [.init(index: 0, field: field)])
    self.sampleRate = sampleRate
    recorders = try stations.map { station in
      let frame = station.site.localAxes
      let axes = station.axes.enumerated().map { number, axis in
        VectorSensor.Axis(
          name: "axis\(number)",
          direction: LocalDirection(
            east: dot(axis, frame.east), north: dot(axis, frame.north), up: dot(axis, frame.up)))
      }
      let source = try VectorSensorSource(
        sensor: VectorSensor(axes: axes, noise: NoiseModel(white: noiseDensity.squareRoot())),
        nodeName: station.name, site: station.site, sampleRate: sampleRate, plan: plan)
      return Recorder(channelCount: source.channelCount) { source.render(firstSample: $0, count: $1, into: $2) }
    }
  }
}
