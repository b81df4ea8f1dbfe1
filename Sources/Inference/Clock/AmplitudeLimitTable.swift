import Glibc
import Numerics

/// Upper limits for very many fits: tabulated for circular errors, corrected for their eccentricity.
///
/// Against the exact limits the error is below 1e-6 standard deviations.
struct AmplitudeLimitTable: Sendable {
  private static let highest = 40.0
  private static let cells = 512
  private let limit: AmplitudeLimit
  private let confidenceLevel: Double
  /// The measured amplitude at which a `neyman` limit begins.
  private let start: Double
  /// In steps of the root of the amplitude above the start: the limit, its change with the eccentricity, and the density
  /// of the amplitude there.
  private let values: [Double]
  private let slopes: [Double]
  private let eccentricityShifts: [Double]
  private let densities: [Double]

  init(_ limit: AmplitudeLimit, confidenceLevel: Double) {
    self.limit = limit
    self.confidenceLevel = confidenceLevel
    let start = limit == .neyman ? (-2 * log(confidenceLevel)).squareRoot() : 0
    self.start = start
    let step = (Self.highest - start).squareRoot() / Double(Self.cells)
    func exact(_ u: Double) -> Double {
      limit.value(amplitude: start + u * u, confidenceLevel: confidenceLevel)
    }
    var (values, shifts, densities): ([Double], [Double], [Double]) = ([], [], [])
    for cell in 0...Self.cells + 2 {
      let u = Double(cell) * step
      let amplitude = start + u * u
      // Just above the start a limit of `neyman` is the first multiple of u.
      values.append(cell == 0 && limit == .neyman ? 0 : exact(u))
      guard limit == .bayes else { continue }
      // A small eccentricity along and across the measured direction.
      let small = 1e-3
      func excess(_ sign: Double) -> Double {
        let covariance = QuadratureCovariance(cosine: 1 + sign * small, mixed: 0, sine: 1 - sign * small)
        let posterior = try? AmplitudePosterior(cosine: amplitude, sine: 0, covariance: covariance)
        return posterior?.upperLimit(confidenceLevel: confidenceLevel) ?? .nan
      }
      shifts.append((excess(1) - excess(-1)) / (2 * small))
      densities.append(RiceDistribution.density(values[cell], noncentrality: amplitude))
    }
    self.values = values
    // Slopes of the quartic through five neighbours; the function of u is even for `bayes` and `cls`, odd for `neyman`.
    func neighbour(_ index: Int) -> Double {
      index >= 0 ? values[index] : (limit == .neyman ? -values[-index] : values[-index])
    }
    slopes = (0...Self.cells).map { cell in
      (8 * (neighbour(cell + 1) - neighbour(cell - 1)) - (neighbour(cell + 2) - neighbour(cell - 2))) / 12
    }
    eccentricityShifts = shifts
    self.densities = densities
  }

  func value(cosine: Double, sine: Double, covariance: QuadratureCovariance) -> Double {
    let variance = 0.5 * (covariance.cosine + covariance.sine)
    let half = 0.5 * (covariance.cosine - covariance.sine)
    let sigma = variance.squareRoot()
    let amplitude = (cosine * cosine + sine * sine).squareRoot() / sigma
    guard limit == .bayes else { return sigma * circular(amplitude).value }
    let eccentricity = (half * half + covariance.mixed * covariance.mixed).squareRoot() / variance
    guard eccentricity < 0.02, amplitude < Self.highest - 1 else {
      return exact(cosine: cosine, sine: sine, covariance: covariance)
    }
    let (value, cell, share) = circular(amplitude)
    // Eccentricity times the cosine of twice the angle between major axis and measured direction.
    let square = cosine * cosine + sine * sine
    let alignment =
      square > 0
      ? (half * (cosine * cosine - sine * sine) + 2 * covariance.mixed * cosine * sine) / (square * variance) : 0
    let shift = eccentricityShifts[cell] + share * (eccentricityShifts[cell + 1] - eccentricityShifts[cell])
    let first = value + alignment * shift
    if eccentricity < 2e-4 { return sigma * first }
    // One of Newton's steps from there.
    guard let posterior = try? AmplitudePosterior(cosine: cosine, sine: sine, covariance: covariance) else {
      return .nan
    }
    let density = densities[cell] + share * (densities[cell + 1] - densities[cell])
    return sigma * (first - (posterior.probability(below: sigma * first) - confidenceLevel) / density)
  }

  private func exact(cosine: Double, sine: Double, covariance: QuadratureCovariance) -> Double {
    (try? AmplitudePosterior(cosine: cosine, sine: sine, covariance: covariance))?
      .upperLimit(confidenceLevel: confidenceLevel) ?? .nan
  }

  /// The limit for circular errors by Hermite's cubic, and where in the table it is.
  private func circular(_ amplitude: Double) -> (value: Double, cell: Int, share: Double) {
    guard amplitude >= start else { return (0, 0, 0) }
    let place = (((amplitude - start) / (Self.highest - start)).squareRoot()) * Double(Self.cells)
    guard place < Double(Self.cells) else {
      return (limit.value(amplitude: amplitude, confidenceLevel: confidenceLevel), 0, 0)
    }
    let cell = Int(place)
    let x = place - Double(cell)
    let (a, b) = (values[cell], values[cell + 1])
    let (da, db) = (slopes[cell], slopes[cell + 1])
    let y = 1 - x
    return ((a * (1 + 2 * x) + da * x) * y * y + (b * (1 + 2 * y) - db * y) * x * x, cell, x)
  }
}
