import CKernels
import Correlator
import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Synthesis

/// The innermost loops alone, in memory.
enum KernelBenchmarks {
  /// Useful 10^9 operations per second of the outer product: 8 N (N + 1)/2 for every bin and segment.
  static func outerProduct(channels: Int) -> Double {
    let segments = 64
    // Few enough bins that products and spectra stay in the second-level cache, as the correlator blocks them.
    let groups = 4
    let groupDoubles = Int(GNOMON_GROUP_DOUBLES)
    let stride = segments * groupDoubles
    let spectra = AlignedBuffer(count: groups * channels * stride)
    for index in 0..<spectra.count { spectra.pointer[index] = sin(Double(index)) }
    let list = (0..<channels).map(Int32.init)
    let pairs = channels * (channels + 1) / 2
    let products = AlignedBuffer(count: groups * pairs * groupDoubles)
    var rounds = 1
    var time = 0.0
    while true {
      time = seconds {
        for _ in 0..<rounds {
          for group in 0..<groups {
            gnomon_outer_product(
              gnomon_isa(), spectra.pointer + group * channels * stride, stride, list, channels, segments,
              products.pointer + group * pairs * groupDoubles)
          }
        }
      }
      if time > 0.3 { break }
      rounds *= 2
    }
    let operations = 8 * pairs * segments * Int(GNOMON_GROUP_BINS) * groups
    return Double(operations) * Double(rounds) / time * 1e-9
  }

  /// Samples of all channels per second through Fourier transforms and outer products, from memory.
  static func correlator(channels: Int, workers: Int) throws -> Double {
    let plan = try BandPlan(
      name: "all", lowestFrequency: 0.125, highestFrequency: 255.8, segment: 8_000_000_000,
      integration: 1_024_000_000_000)
    let correlator = try BandCorrelator(
      plan: plan, sampleRates: Array(repeating: SampleRate(512), count: channels), workers: workers)
    let hop = 2048
    let perCall = 32
    let data = AlignedBuffer(count: channels * (perCall + 1) * hop)
    NormalDeviates.fillWhite(data.buffer, firstSample: 0, key: 1, scale: 1)
    let samples: [UnsafePointer<Double>?] = (0..<channels).map {
      UnsafePointer(data.pointer + $0 * (perCall + 1) * hop)
    }
    let calls = max(8, 4096 / channels / 8 * 8)
    let time = seconds {
      for call in 0..<calls {
        correlator.add(firstSegment: Int64(call * perCall), count: perCall, samples: samples) { _ in }
      }
      correlator.finish { _ in }
    }
    return Double(calls * perCall * hop * channels) / time
  }

  /// Deviates of white noise per second on one core.
  static func whiteNoise() -> Double {
    let output = AlignedBuffer(count: 1 << 16)
    let rounds = 400
    let time = seconds {
      for round in 0..<rounds {
        NormalDeviates.fillWhite(output.buffer, firstSample: Int64(round << 16), key: 42, scale: 1)
      }
    }
    return Double(rounds << 16) / time
  }

  /// Samples per second of the field alone at one station of twelve, by the covariance factor: 512 Hz, 3840 bins a minute.
  static func field() throws -> Double {
    let sites = (0..<12).map { Site(latitude: Double($0 * 13 - 70), longitude: Double($0 * 29)) }
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: 1, reference: 20, index: 0), lowestFrequency: 8, highestFrequency: 72, chirality: 0.6)
    let plan = ObservationPlan(
      seed: 1, epoch: GPSTime(nanoseconds: 0), synthesisBlock: 60_000_000_000, duration: 3_600_000_000_000,
      sites: sites,
      signals: [ObservationPlan.Signal(index: 0, field: .isotropic(background))])
    let source = try VectorSensorSource(
      sensor: VectorSensor(
        axes: [.init(name: "x", direction: LocalDirection(east: 1, north: 0, up: 0))], noise: NoiseModel(white: 0)),
      nodeName: "last", site: sites[11], sampleRate: SampleRate(512), clock: ClockModel(), gaps: DataGaps(), plan: plan)
    let count = 8192
    let output = AlignedBuffer(count: count)
    // The first call makes the factors and the first blocks; a run pays for them once.
    source.render(firstSample: 0, count: count, into: output.pointer)
    let calls = 400
    let time = seconds {
      for call in 1...calls {
        source.render(firstSample: Int64(call * count), count: count, into: output.pointer)
      }
    }
    return Double(calls * count) / time
  }

  /// Samples per second of a field by bins and directions, at one station: 512 Hz, 8 to 40 Hz, 392 directions, two modes.
  ///
  /// - Parameter block: seconds of a block; of 120 s it has 3840 bins, and three knots because the Earth turns.
  static func skyField(block: Int64) throws -> Double {
    let observer = FieldObserver(
      seed: 1, epoch: GPSTime(nanoseconds: 0), blockNanoseconds: block * 1_000_000_000, duration: 3_600_000_000_000,
      sites: [Site(latitude: 0, longitude: 0), Site(latitude: 0, longitude: 180)], siteIndex: 0,
      sampleRate: SampleRate(512),
      readout: .init(basis: [SIMD3(0.6, 0, 0.8)], channelCount: 1) { _, _, _ in .one })
    let background = IsotropicBackground(
      spectrum: .powerLaw(level: 1, reference: 20, index: 0), lowestFrequency: 8.001, highestFrequency: 40,
      chirality: 0.6)
    let pattern = AnisotropicBackground(background: background, directions: AngularDistribution(spots: []))
    guard let field = try FieldModel.anisotropic(pattern).rendered(signalIndex: 0, observer: observer) else { return 0 }
    let count = Int(block) * 256
    let output = AlignedBuffer(count: count)
    // The first call makes the first two blocks.
    field.add(firstSample: 0, count: count, displacements: nil, to: output.pointer, channelStride: count)
    let calls = 3000 / Int(block)
    let time = seconds {
      for call in 1...calls {
        field.add(
          firstSample: Int64(call * count), count: count, displacements: nil, to: output.pointer, channelStride: count)
      }
    }
    return Double(calls * count) / time
  }

  /// Points per second of the envelope of a halo line at one station, on the grid of 1/(4 B), by 4096 plane waves: three
  /// modes, a turning Earth, 100 kHz.
  static func lineEnvelope() throws -> Double {
    let line = DarkMatterLine(coupling: .electricDipole, restFrequency: 1e5, amplitude: 1)
    let observer = FieldObserver(
      seed: 1, epoch: GPSTime(nanoseconds: 0), blockNanoseconds: 4_000_000_000, duration: 100_000_000_000,
      sites: [Site(latitude: 48, longitude: 9)], siteIndex: 0, sampleRate: SampleRate(1_048_576),
      readout: .init(basis: [SIMD3(0.6, 0, 0.8)], channelCount: 1) { _, _, _ in .one })
    let envelope = try PlaneWaveEnvelope(line: line, signalIndex: 0, observer: observer)
    let count = envelopeChunk
    let output = AlignedBuffer(count: 2 * count)
    let calls = 1500
    let time = seconds {
      for call in 0..<calls {
        envelope.fill(
          firstPoint: Int64(call * count), count: count, real: output.pointer, imaginary: output.pointer + count)
      }
    }
    return Double(calls * count) / time
  }

  /// Samples per second of a line from its envelope, all included: 1 MHz, one channel, 2^22 samples a second.
  static func lineSamples() throws -> Double {
    let line = DarkMatterLine(coupling: .electricDipole, restFrequency: 1e6, amplitude: 1)
    let observer = FieldObserver(
      seed: 1, epoch: GPSTime(nanoseconds: 0), blockNanoseconds: 4_000_000_000, duration: 50_000_000_000,
      sites: [Site(latitude: 48, longitude: 9)], siteIndex: 0, sampleRate: SampleRate(1 << 22),
      readout: .init(basis: [SIMD3(0.6, 0, 0.8)], channelCount: 1) { _, _, _ in .one })
    guard let field = try FieldModel.line(line).rendered(signalIndex: 0, observer: observer) else { return 0 }
    let count = 8192
    let output = AlignedBuffer(count: count)
    let calls = 8000
    let time = seconds {
      for call in 0..<calls {
        field.add(
          firstSample: Int64(call * count), count: count, displacements: nil, to: output.pointer, channelStride: count)
      }
    }
    return Double(calls * count) / time
  }

  /// Maps of the sky per second on one core: 12 stations, 10^4 bins, 49,152 pixels, a longitudinal stream.
  ///
  /// - Parameter profiled: whether the best amplitude is found in every pixel, or one is given.
  static func skyMap(profiled: Bool) throws -> Double {
    let grid = HEALPix(order: 6)
    return 1
      / (try skyTime(
        profiled: profiled, bins: 10_000, integrations: 1,
        directions: (0..<grid.pixelCount).map { grid.direction(nested: $0) }))
  }

  /// Nanoseconds on one core for one pixel, bin and integration of a map with the best amplitude in every pixel.
  static func skyCost(bins: Int, pixels: Int, integrations: Int) throws -> Double {
    let grid = HEALPix(order: 6)
    let directions = (0..<pixels).map { grid.direction(nested: $0 * grid.pixelCount / pixels) }
    let time = try skyTime(profiled: true, bins: bins, integrations: integrations, directions: directions)
    return 1e9 * time / Double(bins * pixels * integrations)
  }

  /// Seconds for some directions: 12 stations, a longitudinal stream.
  private static func skyTime(
    profiled: Bool, bins: Int, integrations: Int, directions: [SIMD3<Double>]
  ) throws -> Double {
    let stations = 12
    // Any directions will do: the cost does not depend on them.
    func direction(_ index: Int) -> SIMD3<Double> {
      let z = 1 - (2 * Double(index) + 1) / 24
      return SIMD3(
        (1 - z * z).squareRoot() * cos(2.4 * Double(index)), (1 - z * z).squareRoot() * sin(2.4 * Double(index)), z)
    }
    let geometry = try NetworkGeometry(
      positions: (0..<stations).map { 6.371e6 * direction($0) },
      directions: (0..<stations).map { direction(2 * $0 % 23) }, labels: (0..<stations).map { "station \($0)" })
    let frequencies = (0..<bins).map { 8 + 32 * Double($0) / Double(bins) }
    let deviates = AlignedBuffer(count: 2 * stations * bins)
    NormalDeviates.fillWhite(deviates.buffer, firstSample: 0, key: 3, scale: 1)
    let spectra = StreamObservation.Spectra.vector(
      (0..<stations * bins).map { ComplexNumber(deviates.pointer[2 * $0], deviates.pointer[2 * $0 + 1]) })
    let likelihood = try SkyLikelihood(
      (0..<integrations).map {
        StreamObservation(
          time: GPSTime(nanoseconds: Int64($0) * 600_000_000_000), channels: Array(0..<stations), weight: 1,
          spectra: spectra)
      }, frequencies: frequencies, geometry: geometry,
      noise: (0..<stations).map { station in frequencies.map { (1 + 0.04 * Double(station)) * (1 + 4 / $0) } },
      model: SkyModel(
        mode: .longitudinal, dispersion: .restFrequency(0), shape: frequencies.map { 2 / $0 },
        amplitude: profiled ? nil : 1))
    return seconds { _ = likelihood.evaluate(directions) }
  }
}
