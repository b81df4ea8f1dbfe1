import Correlator
import DarkMatter
import Foundation
import Inference
import Numerics
import Sky

/// A stream from anywhere in a wide band of eight magnetometers, at four times of a day, and its map.
struct SkyCampaign {
  var mode: StreamForecast.Mode
  /// One-sided density of the whole vector, unit²/Hz.
  var amplitude: Double
  /// Whether noise, spectrum and polarisation are known; else the whole search is made that an analysis makes.
  var isKnown: Bool

  var name: String {
    "\(mode.rawValue) stream of \(amplitude), \(isKnown ? "noise known" : "searched")"
  }

  /// Far below, and about as strong as the noise.
  static let streams = StreamForecast.Mode.allCases.flatMap { mode in
    [
      SkyCampaign(mode: mode, amplitude: 0.06, isKnown: true), SkyCampaign(mode: mode, amplitude: 0.06, isKnown: false),
      SkyCampaign(mode: mode, amplitude: 2, isKnown: false),
    ]
  }

  private static let epoch = GPSTime(nanoseconds: 1_400_000_000_000_000_000)
  /// Integrations of ten minutes, of which 60 segments are used.
  private static let integrations: [Int64] = [0, 18, 36, 54]
  private static let segments = 60

  /// - Parameter key: of all random numbers.
  /// - Returns: the map and the true direction; nil where a search claims no source.
  func map(key: UInt64) throws -> (SkyMap, SIMD3<Double>)? {
    var deviates = SkyDeviates(key: key)
    let source = deviates.direction()
    let geometry = try CalibrationNetwork().geometry
    let plan = try BandPlan(
      name: "sky", lowestFrequency: 8, highestFrequency: 40, segment: 500_000_000, overlap: 0, window: .rectangular,
      integration: 600_000_000_000)
    let rows = Self.integrations.map { row($0, source: source, plan: plan, geometry: geometry, &deviates) }
    var scan = SkyScanOptions()
    scan.coarsestOrder = 4
    guard !isKnown else {
      let likelihood = try SkyLikelihood(
        rows, plan: plan, epoch: Self.epoch, geometry: geometry,
        noise: CalibrationNetwork.stations.map { station in (0..<plan.binCount).map { _ in station.noise } },
        model: SkyModel(mode: mode, dispersion: .restFrequency(0)))
      return (try likelihood.skyMap(options: scan), source)
    }
    let fit = try fitDeterminedBackground(
      rows, plan: plan, geometry: geometry, options: BackgroundFitOptions(profilePoints: 0))
    let search = try SkySearch(
      background: rows, plan: plan, epoch: Self.epoch, geometry: geometry, fit: fit, restFrequency: 0,
      options: SkySearchOptions(scan: scan, maximumSources: 1))
    return search.finding == .source ? search.maps.first.map { ($0, source) } : nil
  }

  /// The mean matrix of one integration.
  private func row(
    _ integration: Int64, source: SIMD3<Double>, plan: BandPlan, geometry: NetworkGeometry,
    _ deviates: inout SkyDeviates
  ) -> CrossSpectra {
    let time = plan.middle(ofIntegration: integration, epoch: Self.epoch)
    let channels = geometry.channelCount
    let axes = geometry.directions.map { EarthRotation.inertial($0, at: time) }
    let places = geometry.positions.map { EarthRotation.inertial($0, at: time) }
    let sky = EquatorialDirection(source)
    // Vectors of the field, and the power each has of the amplitude.
    let fields = mode == .longitudinal ? [-source] : [sky.east * 0.5.squareRoot(), sky.north * 0.5.squareRoot()]
    var values: [Double] = []
    for bin in 0..<plan.binCount {
      let wavenumber = 2 * Double.pi * plan.frequency(bin) / 299_792_458
      // Waves run away from the source: exp(i p.x), p = - |p| source.
      let waves = fields.map { field in
        (0..<channels).map {
          ComplexNumber(
            magnitude: (axes[$0] * field).sum() * amplitude.squareRoot(),
            phase: -wavenumber * (source * places[$0]).sum())
        }
      }
      var sum = [ComplexNumber](repeating: .zero, count: channels * channels)
      for _ in 0..<Self.segments {
        var x = CalibrationNetwork.stations.map { deviates.complex() * $0.noise.squareRoot() }
        for wave in waves {
          let strength = deviates.complex()
          for channel in 0..<channels { x[channel] += strength * wave[channel] }
        }
        for i in 0..<channels {
          for j in 0..<channels { sum[i * channels + j] += x[i] * x[j].conjugate / Double(Self.segments) }
        }
      }
      values += sum.flatMap { [$0.real, $0.imaginary] }
    }
    return CrossSpectra(
      integration: integration, segments: Self.segments, present: [Bool](repeating: true, count: channels),
      values: values)
  }
}

/// A plane wave from anywhere at two stations of three axes for six hours, and its map.
struct LineSkyCampaign {
  var polarization: LineSkyLikelihood.Polarization
  /// Hz; the network is short against the wavelength of low ones.
  var frequency: Double

  var name: String { "\(polarization.rawValue) wave at \(Int(frequency)) Hz" }

  static let lines = LineSkyLikelihood.Polarization.allCases.flatMap { polarization in
    [10.0, 8000].map { LineSkyCampaign(polarization: polarization, frequency: $0) }
  }

  /// Mean square of the vector, unit².
  private static let power = 0.002
  private static let segmentLength = 600.0

  /// - Parameter key: of all random numbers.
  func map(key: UInt64) throws -> (SkyMap, SIMD3<Double>)? {
    var deviates = SkyDeviates(key: key)
    let source = deviates.direction()
    var data = LineCalibration.observation(segments: 36, frequency: frequency, length: Self.segmentLength)
    data.window = .rectangular
    data.times = data.times.indices.map { (Double($0) + 0.5) * Self.segmentLength }
    let resolution = 1 / (Double(data.times.count) * Self.segmentLength)
    // Between 200 and 500 km/s, and anywhere within half a resolution.
    let speed = 350e3 + 150e3 * erf(deviates.normal() * 0.5.squareRoot())
    let offset = 0.5 * resolution * erf(deviates.normal() * 0.5.squareRoot())
    let sky = EquatorialDirection(source)
    // A dark photon's polarisation in the plane across the wave: any complex vector of it.
    let across = (deviates.complex(), deviates.complex())
    let size = (across.0.magnitudeSquared + across.1.magnitudeSquared).squareRoot()
    let phase = 2 * Double.pi * deviates.normal()
    for (segment, time) in data.times.enumerated() {
      let instant = data.reference.advanced(byNanoseconds: Int64(time * 1e9))
      for (channel, sensor) in data.channels.enumerated() {
        let axis = EarthRotation.inertial(sensor.direction, at: instant)
        let place = EarthRotation.inertial(sensor.position, at: instant)
        let (east, north) = ((axis * sky.east).sum(), (axis * sky.north).sum())
        let gain =
          polarization == .longitudinal
          ? ComplexNumber(-(axis * source).sum()) : (across.0 * east + across.1 * north) / size
        let wavenumber = 2 * Double.pi * frequency * speed / (299_792_458.0 * 299_792_458)
        let turned = phase - wavenumber * (source * place).sum() - 2 * .pi * offset * time
        data.amplitudes[segment * data.channels.count + channel] =
          gain * ComplexNumber(magnitude: (Self.power * Self.segmentLength).squareRoot(), phase: turned)
          + deviates.complex() * data.noise[channel].squareRoot()
      }
    }
    let likelihood = try LineSkyLikelihood(
      polarization, observation: data, restFrequency: frequency, frequencyRange: max(1e-6 * frequency, resolution))
    var scan = SkyScanOptions()
    scan.coarsestOrder = 4
    return (try likelihood.skyMap(options: scan), source)
  }
}
