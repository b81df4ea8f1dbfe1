import DarkMatter
import Instruments
import Numerics
import Sky

let home = Site(latitude: 37.8723, longitude: -122.257, altitude: 90)
let away = Site(latitude: 49.9915, longitude: 8.2354, altitude: 130)

let background = IsotropicBackground(
  spectrum: .powerLaw(level: 2, reference: 20, index: 0), lowestFrequency: 8, highestFrequency: 40, chirality: 0.6)

let twoAxes = [
  VectorSensor.Axis(name: "north", direction: LocalDirection(azimuth: 0, altitude: 0)),
  VectorSensor.Axis(name: "up", direction: LocalDirection(azimuth: 0, altitude: 90)),
]

func plan(
  seed: UInt64 = 1, block: Int64 = 4_000_000_000, duration: Int64 = 3_600_000_000_000,
  signals: [(index: Int, field: FieldModel)] = [(0, .isotropic(background))]
) -> ObservationPlan {
  ObservationPlan(
    seed: seed, epoch: GPSTime(nanoseconds: 1_400_000_000_000_000_000), synthesisBlock: block, duration: duration,
    sites: [home, away], signals: signals.map { ObservationPlan.Signal(index: $0.index, field: $0.field) })
}

func source(
  noise: NoiseModel = NoiseModel(white: 0), response: SensorResponse = .flat(gain: 1), name: String = "berkeley-1",
  site: Site = home, rate: SampleRate = SampleRate(128), clock: ClockModel = ClockModel(), gaps: DataGaps = DataGaps(),
  plan: ObservationPlan = plan(), axes: [VectorSensor.Axis] = twoAxes, spins: SpinPrecession? = nil
) throws -> VectorSensorSource {
  try VectorSensorSource(
    sensor: VectorSensor(axes: axes, noise: noise, response: response, spins: spins), nodeName: name, site: site,
    sampleRate: rate, clock: clock, gaps: gaps, plan: plan)
}

extension VectorSensorSource {
  /// Samples channel-major.
  func samples(_ first: Int64, _ count: Int) -> [Double] {
    var output = [Double](repeating: 7, count: channelCount * count)
    render(firstSample: first, count: count, into: &output)
    return output
  }
}

/// Mean of X_1 conj(X_2) over half-overlapping Hann segments, one-sided, X of vector-network section 0; by bin.
func crossSpectrum(_ first: [Double], _ second: [Double], segment: Int, rate: Double) -> [ComplexNumber] {
  let window = Window.hann.values(segment)
  let scale = 2 / rate / window.reduce(0) { $0 + $1 * $1 }
  let transform = RealFourierTransform.shared(length: segment)
  var sums = [ComplexNumber](repeating: .zero, count: segment / 2 + 1)
  var (a, b) = ([Double](repeating: 0, count: segment + 2), [Double](repeating: 0, count: segment + 2))
  let starts = Array(stride(from: 0, through: first.count - segment, by: segment / 2))
  for start in starts {
    transform.forward((0..<segment).map { first[start + $0] * window[$0] }, &a)
    transform.forward((0..<segment).map { second[start + $0] * window[$0] }, &b)
    for k in sums.indices {
      let x = ComplexNumber(a[2 * k], -a[2 * k + 1])
      let y = ComplexNumber(b[2 * k], -b[2 * k + 1])
      sums[k] += x * y.conjugate * (scale / Double(starts.count))
    }
  }
  return sums
}

func rms(_ values: [Double]) -> Double {
  (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
}
