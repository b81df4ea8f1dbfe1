import Correlator
import DarkMatter
import Foundation
import Inference
import Numerics

/// A small network, a band and the truth, from which tests make matrices of cross spectra.
struct TestNetwork {
  var geometry: NetworkGeometry
  var plan: BandPlan
  var reference: Double
  /// One-sided noise density, [channel][bin].
  var noise: [[Double]]
  var amplitude = 0.0
  var longitudinalFraction = 0.0
  var chirality = 0.0
  var spectralIndex = 0.0

  /// Independent segments: rectangular window, no overlap.
  static func plan(frequencies first: Double, _ last: Double, bins: Int) -> BandPlan {
    let resolution = (last - first) / Double(bins - 1)
    return BandPlan(
      name: "test", segment: Int64((1e9 / resolution).rounded()), hop: Int64((1e9 / resolution).rounded()),
      window: .rectangular, segmentsPerIntegration: 100, firstBin: Int((first / resolution).rounded()), binCount: bins)
  }

  /// Stations at longitude, latitude, azimuth, altitude (degrees) of the GNOME sites, on a sphere.
  static func stations(_ count: Int, bins: Int) throws -> TestNetwork {
    let table: [(Double, Double, Double, Double, Double)] = [
      (116.2, 40.2, 251, 0, 1), (20.4, 44.9, 300, 0, 1), (-122.3, 37.9, 0, 90, 2), (149.1, -35.3, 0, 90, 1),
      (127.4, 36.4, 0, 90, 0.2), (-122.1, 37.7, 0, 90, 0.3), (19.9, 50.0, 0, 90, 0.8), (-76.9, 41.0, 0, 90, 0.3),
      (-118.4, 34.1, 270, 0, 1.5), (8.2, 50.0, 0, -90, 0.3), (11.6, 50.6, 270, 0, 1), (-82.2, 41.3, 276, 0, 0.2),
    ]
    var positions: [SIMD3<Double>] = []
    var directions: [SIMD3<Double>] = []
    for row in table.prefix(count) {
      let angles = [row.0, row.1, row.2, row.3].map { $0 * .pi / 180 }
      let east = SIMD3(-sin(angles[0]), cos(angles[0]), 0)
      let north = SIMD3(-sin(angles[1]) * cos(angles[0]), -sin(angles[1]) * sin(angles[0]), cos(angles[1]))
      let up = SIMD3(cos(angles[1]) * cos(angles[0]), cos(angles[1]) * sin(angles[0]), sin(angles[1]))
      positions.append(6.371e6 * up)
      let level = cos(angles[3]) * (sin(angles[2]) * east + cos(angles[2]) * north)
      directions.append(level + sin(angles[3]) * up)
    }
    let plan = plan(frequencies: 8, 40, bins: bins)
    let noise = table.prefix(count).map { row in
      (0..<bins).map { row.4 * row.4 * (1 + 10 / plan.frequency($0)) }
    }
    return TestNetwork(
      geometry: try NetworkGeometry(
        positions: positions, directions: directions, labels: (0..<count).map { "station\($0)" }),
      plan: plan, reference: 20, noise: noise)
  }

  /// Sigma of one bin over all channels, [I][J].
  func covariance(bin: Int) -> [[Double]] {
    let frequency = plan.frequency(bin)
    let channels = geometry.channelCount
    let density = amplitude * pow(frequency / reference, spectralIndex)
    return (0..<channels).map { first in
      (0..<channels).map { second in
        let difference = geometry.positions[first] - geometry.positions[second]
        let length = (difference * difference).sum().squareRoot()
        let direction = length > 0 ? difference / length : SIMD3(0, 0, 1)
        let z = wavenumber(frequency: frequency, restFrequency: 0) * length
        func overlap(_ tensor: TwoPointTensor) -> Double {
          tensor.contraction(
            z: z, baseline: direction, geometry.directions[first], geometry.directions[second])
        }
        let signal =
          longitudinalFraction * overlap(.longitudinal) + (1 - longitudinalFraction) * overlap(.transverse)
          + chirality * overlap(.chirality)
        return density * signal + (first == second ? noise[first][bin] : 0)
      }
    }
  }

  /// A row whose matrices equal Sigma.
  func expectation(segments: Int, integration: Int64 = 0, absent: Set<Int> = []) -> CrossSpectra {
    row(segments: segments, integration: integration, absent: absent) { bin in
      covariance(bin: bin).map { $0.map { ($0, 0) } }
    }
  }

  func row(
    segments: Int, integration: Int64, absent: Set<Int>, matrix: (Int) -> [[(Double, Double)]]
  ) -> CrossSpectra {
    let channels = geometry.channelCount
    var values: [Double] = []
    for bin in 0..<plan.binCount {
      let matrix = matrix(bin)
      for first in 0..<channels {
        for second in 0..<channels {
          let missing = absent.contains(first) || absent.contains(second)
          values += missing ? [.nan, .nan] : [matrix[first][second].0, matrix[first][second].1]
        }
      }
    }
    return CrossSpectra(
      integration: integration, segments: segments, present: (0..<channels).map { !absent.contains($0) },
      values: values)
  }
}

/// A stream of independent standard normal numbers.
struct NormalStream {
  let key: UInt64
  private var block: UInt32 = 0
  private var kept: [Double] = []

  init(key: UInt64) { self.key = key }

  mutating func next() -> Double {
    if kept.isEmpty {
      let four = NormalDeviates.four(SIMD4(block, 0, 0, 0), key: key)
      block += 1
      kept = [four[0], four[1], four[2], four[3]]
    }
    return kept.removeLast()
  }

  /// Gamma deviate of an integer shape of at least 1, by Marsaglia and Tsang's rejection.
  mutating func gamma(_ shape: Int) -> Double {
    let d = Double(shape) - 1.0 / 3
    while true {
      let x = next()
      let root = 1 + x / (9 * d).squareRoot()
      guard root > 0 else { continue }
      let v = root * root * root
      let uniform = 0.5 * erfc(next() / 2.0.squareRoot())
      if log(uniform) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}

extension TestNetwork {
  /// Mean of X X^† over `segments` complex Gaussian vectors of covariance Sigma, by Bartlett's decomposition.
  func realization(
    segments: Int, integration: Int64, absent: Set<Int> = [], factors: [[[Double]]], stream: inout NormalStream
  ) -> CrossSpectra {
    let channels = geometry.channelCount
    var matrices: [[[(Double, Double)]]] = []
    for bin in 0..<plan.binCount {
      // B = L A, A lower triangular with Gamma-distributed squares on the diagonal.
      var product = [[(Double, Double)]](repeating: [], count: channels)
      var wishart = [[(Double, Double)]](
        repeating: [(Double, Double)](repeating: (0, 0), count: channels), count: channels)
      for row in 0..<channels {
        for column in 0..<row {
          wishart[row][column] = (stream.next() * 0.5.squareRoot(), stream.next() * 0.5.squareRoot())
        }
        wishart[row][row] = (stream.gamma(segments - row).squareRoot(), 0)
      }
      for row in 0..<channels {
        product[row] = (0..<channels).map { column in
          var sum = (0.0, 0.0)
          for inner in column..<max(column, row + 1) {
            sum.0 += factors[bin][row][inner] * wishart[inner][column].0
            sum.1 += factors[bin][row][inner] * wishart[inner][column].1
          }
          return sum
        }
      }
      matrices.append(
        (0..<channels).map { row in
          (0..<channels).map { column in
            var sum = (0.0, 0.0)
            for inner in 0...min(row, column) {
              let (a, b) = product[row][inner]
              let (c, d) = product[column][inner]
              sum.0 += a * c + b * d
              sum.1 += b * c - a * d
            }
            return (sum.0 / Double(segments), sum.1 / Double(segments))
          }
        })
    }
    return row(segments: segments, integration: integration, absent: absent) { matrices[$0] }
  }

  /// Lower triangular factors of Sigma of every bin.
  func factors() -> [[[Double]]] {
    (0..<plan.binCount).map { bin in
      let matrix = covariance(bin: bin)
      let size = matrix.count
      var factor = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
      for row in 0..<size {
        for column in 0...row {
          var sum = matrix[row][column]
          for inner in 0..<column { sum -= factor[row][inner] * factor[column][inner] }
          factor[row][column] = row == column ? sum.squareRoot() : sum / factor[column][column]
        }
      }
      return factor
    }
  }
}
