import Correlator
import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Synthesis

/// Eight magnetometers at the places of the quickstart, in an isotropic background.
struct CalibrationNetwork {
  struct Station {
    var site: Site
    var direction: LocalDirection
    /// White, one-sided, unit²/Hz.
    var noise: Double
  }

  var amplitude = 0.3
  var longitudinalFraction = 0.2
  var chirality = 0.6
  var spectralIndex = -0.5
  let reference = 20.0
  /// Seconds of one experiment.
  let seconds = 200

  static let stations: [Station] = [
    (116.2, 40.2, 251.0, 0.0, 1.0), (20.4, 44.9, 300, 0, 1), (-122.3, 37.9, 0, 90, 2), (149.1, -35.3, 0, 90, 1),
    (127.4, 36.4, 0, 90, 0.2), (19.9, 50.0, 0, 90, 0.8), (-76.9, 41.0, 0, 90, 0.3), (-118.4, 34.1, 270, 0, 1.5),
  ].map { longitude, latitude, azimuth, altitude, noise in
    let (a, h) = (azimuth * .pi / 180, altitude * .pi / 180)
    return Station(
      site: Site(latitude: latitude, longitude: longitude),
      direction: LocalDirection(east: cos(h) * sin(a), north: cos(h) * cos(a), up: sin(h)), noise: 1.5 * noise)
  }

  var geometry: NetworkGeometry {
    get throws {
      try NetworkGeometry(
        positions: Self.stations.map(\.site.earthFixedPosition),
        directions: Self.stations.map { $0.direction.earthFixed(at: $0.site) },
        labels: Self.stations.indices.map { "station \($0)" })
    }
  }

  /// 17 bins from 8 to 40 Hz.
  func plan(streams: Bool) throws -> BandPlan {
    try BandPlan(
      name: "calibration", lowestFrequency: 8, highestFrequency: 40, segment: 500_000_000,
      overlap: streams ? 0.5 : 0, window: streams ? .hann : .rectangular,
      integration: Int64(seconds) * 1_000_000_000)
  }

  /// The background, wider than the band so that windows see no edge.
  var background: IsotropicBackground {
    IsotropicBackground(
      spectrum: .powerLaw(level: amplitude, reference: reference, index: spectralIndex), lowestFrequency: 2,
      highestFrequency: 60, longitudinalFraction: longitudinalFraction, chirality: chirality)
  }

  /// Σ of each bin.
  func covariances(_ plan: BandPlan) throws -> [RealMatrix] {
    let geometry = try geometry
    return (0..<plan.binCount).map { bin in
      RealMatrix(
        geometry.positions.indices.map { i in
          geometry.positions.indices.map { j in
            background.density(
              at: plan.frequency(bin), baseline: geometry.positions[i] - geometry.positions[j], geometry.directions[i],
              geometry.directions[j]) + (i == j ? Self.stations[i].noise : 0)
          }
        })
    }
  }

  /// Matrices that equal their expectation: what the Fisher matrix belongs to.
  func expectation() throws -> CrossSpectra {
    let plan = try plan(streams: false)
    return Self.row(0, plan, try covariances(plan).map { $0.elements.map { ComplexNumber($0) } })
  }

  /// Experiments drawn from the model: means of outer products of complex Gaussian vectors.
  ///
  /// - Parameters:
  ///   - count: experiments.
  ///   - key: of the random numbers.
  ///   - body: receives each.
  func draw(_ count: Int, key: UInt64, body: (CrossSpectra) throws -> Void) throws {
    let plan = try plan(streams: false)
    let factors = try covariances(plan).map { try RealCholesky(of: $0).lower.elements }
    let channels = Self.stations.count
    let segments = plan.segmentsPerIntegration
    var real = [Double](repeating: 0, count: segments * channels)
    var imaginary = real
    var (x, y) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for experiment in 0..<count {
      let matrices = factors.indices.map { bin -> [ComplexNumber] in
        real.withUnsafeMutableBufferPointer { real in
          imaginary.withUnsafeMutableBufferPointer { imaginary in
            NormalDeviates.fillComplex(
              real: real, imaginary: imaginary, counter: SIMD4(0, UInt32(experiment), UInt32(bin), 0), varying: .first,
              key: key)
          }
        }
        var sum = [ComplexNumber](repeating: .zero, count: channels * channels)
        for segment in 0..<segments {
          let base = segment * channels
          for i in 0..<channels {
            (x[i], y[i]) = (0, 0)
            for j in 0...i {
              x[i] += factors[bin][i * channels + j] * real[base + j]
              y[i] += factors[bin][i * channels + j] * imaginary[base + j]
            }
            for j in 0...i {
              sum[i * channels + j] += ComplexNumber(x[i] * x[j] + y[i] * y[j], y[i] * x[j] - x[i] * y[j])
            }
          }
        }
        for i in 0..<channels {
          for j in 0...i {
            sum[i * channels + j] *= 1 / Double(segments)
            sum[j * channels + i] = sum[i * channels + j].conjugate
          }
        }
        return sum
      }
      try body(Self.row(Int64(experiment), plan, matrices))
    }
  }

  /// Experiments cut from one long run of full streams, made and correlated as nodes and hub do.
  ///
  /// - Parameters: as `draw`.
  func record(_ count: Int, key: UInt64, body: (CrossSpectra) throws -> Void) throws {
    let plan = try plan(streams: true)
    let rate = SampleRate(128)
    let observation = ObservationPlan(
      seed: key, epoch: GPSTime(nanoseconds: 1_400_000_000_000_000_000), synthesisBlock: 4_000_000_000,
      duration: Int64(count * seconds + 1) * 1_000_000_000, sites: Self.stations.map(\.site),
      signals: [.init(index: 0, field: .isotropic(background))])
    let sources = try Self.stations.enumerated().map { number, station in
      try VectorSensorSource(
        sensor: VectorSensor(
          axes: [.init(name: "axis", direction: station.direction)],
          noise: NoiseModel(white: station.noise.squareRoot())),
        nodeName: "station\(number)", site: station.site, sampleRate: rate, plan: observation)
    }
    let correlator = try BandCorrelator(plan: plan, sampleRates: sources.map { _ in rate }, workers: 2)
    guard let length = plan.samplesPerSegment(at: rate), let hop = plan.samplesPerHop(at: rate) else {
      throw BenchmarkError(description: "the band does not fit the rate")
    }
    let batch = plan.segmentsPerIntegration
    let samples = (batch - 1) * hop + length
    let buffers = sources.map { _ in AlignedBuffer(count: samples) }
    for experiment in 0..<count {
      for (source, buffer) in zip(sources, buffers) {
        source.render(firstSample: Int64(experiment * batch * hop), count: samples, into: buffer.pointer)
      }
      try correlator.add(
        firstSegment: Int64(experiment * batch), count: batch, samples: buffers.map { UnsafePointer($0.pointer) },
        emit: body)
    }
  }

  private static func row(_ number: Int64, _ plan: BandPlan, _ matrices: [[ComplexNumber]]) -> CrossSpectra {
    CrossSpectra(
      integration: number, segments: plan.segmentsPerIntegration, present: stations.map { _ in true },
      values: matrices.flatMap { $0.flatMap { [$0.real, $0.imaginary] } })
  }
}
