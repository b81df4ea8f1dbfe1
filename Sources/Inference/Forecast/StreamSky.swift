import DarkMatter
import Glibc
import Numerics

/// A cold stream whose direction on the sky is looked for (vector-network section 6).
///
/// S = [A_L p̂p̂ + A_T (1 - p̂p̂)/2] exp(i p p̂.x): a gradient has A_T = 0, a magnetic dipole A_L = 0, an electric dipole
/// A_T = 2 A_L.
public struct PlannedStream: Hashable, Sendable {
  /// Hz.
  public var frequency: Double
  /// p/ħ in rad/m.
  public var wavenumber: Double
  /// A_L and A_T in unit²/Hz.
  public var longitudinal: Double
  public var transverse: Double
  /// Independent complex samples in the whole run.
  public var samples: Double

  public init(frequency: Double, wavenumber: Double, longitudinal: Double, transverse: Double, samples: Double) {
    self.frequency = frequency
    self.wavenumber = wavenumber
    self.longitudinal = longitudinal
    self.transverse = transverse
    self.samples = samples
  }

  /// The stream of a line with a small dispersion, all of it in one flat piece of spectrum.
  ///
  /// A Gaussian line of standard deviation σ carries as much information as a flat one of width 2 sqrt(π) σ; it is no
  /// narrower than 1/T.
  ///
  /// - Parameters:
  ///   - coupling: which tensor.
  ///   - restFrequency: Hz.
  ///   - speed: in units of c.
  ///   - virialSpeed: in units of c; the dispersion along one axis times sqrt 2.
  ///   - amplitude: of the line, as `DarkMatterLine.amplitude`.
  ///   - duration: of the run in s.
  public init(
    coupling: HaloCoupling, restFrequency: Double, speed: Double, virialSpeed: Double, amplitude: Double,
    duration: Double
  ) {
    let power = amplitude * amplitude
    let width = max((2 * Double.pi).squareRoot() * restFrequency * speed * virialSpeed, 1 / duration)
    let parts: (longitudinal: Double, transverse: Double)
    switch coupling {
    case .scalar: parts = (1, 2)
    case .electricDipole: parts = (1 / 3, 2 / 3)
    case .axionGradient: parts = (speed * speed, 0)
    case .magneticDipole: parts = (0, 2 / 3 * speed * speed)
    }
    self.init(
      frequency: restFrequency * (1 + speed * speed / 2),
      wavenumber: 2 * Double.pi * restFrequency * speed / speedOfLight,
      longitudinal: power * parts.longitudinal / width, transverse: power * parts.transverse / width,
      samples: duration * width)
  }

  /// The mean square of the whole vector.
  ///
  /// - Parameter duration: of the run in s.
  public func power(duration: Double) -> Double { (longitudinal + transverse) * samples / duration }

  /// The same with another power.
  public func scaled(by power: Double) -> PlannedStream {
    var stream = self
    stream.longitudinal *= power
    stream.transverse *= power
    return stream
  }
}

/// What a network learns of a stream from one direction.
public struct StreamOutlook: Hashable, Sendable, Codable {
  /// Unit vector of propagation, equatorial axes; the source is opposite.
  public var direction: SIMD3<Double>
  /// Exact Asimov statistic.
  public var statistic: Double
  /// ΔΩ = 2π sqrt(det Cov) in sr (69), amplitude known and amplitude fitted; nil where the direction is not determined.
  public var solidAngle: Double?
  public var solidAngleFittingAmplitude: Double?
}

extension PlannedStream {
  /// The exact Fisher forecast of the direction, summed over the turning Earth.
  ///
  /// The signal has rank three at most, Σ = 1 + U U†, so that all traces follow from the products of nine vectors
  /// (Woodbury), at a cost that grows as the number of channels.
  ///
  /// - Parameters:
  ///   - direction: unit vector of propagation, equatorial axes.
  ///   - network: the channels.
  ///   - times: what stands for the run.
  ///   - rotation: segments, or coherent.
  public func outlook(
    direction: SIMD3<Double>, network: ForecastNetwork, times: ObservationTimes,
    rotation: TemplateFamily.Rotation = .segments
  ) throws -> StreamOutlook {
    try outlook(direction: direction, views: network.views(at: frequency, rotation: rotation, times: times))
  }

  /// The forecasts of many directions.
  public func outlooks(
    directions: [SIMD3<Double>], network: ForecastNetwork, times: ObservationTimes,
    rotation: TemplateFamily.Rotation = .segments
  ) throws -> [StreamOutlook] {
    let views = try network.views(at: frequency, rotation: rotation, times: times)
    return try directions.map { try outlook(direction: $0, views: views) }
  }

  private func outlook(direction: SIMD3<Double>, views: [NetworkView]) throws -> StreamOutlook {
    let (first, second) = tangentBasis(direction)
    let amplitudes = [longitudinal.squareRoot(), (transverse / 2).squareRoot(), (transverse / 2).squareRoot()]
    var fisher = RealMatrix(rows: 3, columns: 3)
    var statistic = 0.0
    for view in views {
      // Columns 0-2 are U, 3-5 and 6-8 its derivatives along the two tangents.
      var columns = [[ComplexNumber]](repeating: [], count: 9)
      for (channel, response) in view.directions.enumerated() {
        let place = view.places[view.placeOfChannel[channel]]
        let phase = ComplexNumber(magnitude: 1, phase: wavenumber * dot(direction, place))
        let along = phase * response.dot(direction)
        let across = [phase * response.dot(first), phase * response.dot(second)]
        let modes = [along] + across
        for mode in 0..<3 { columns[mode].append(amplitudes[mode] * modes[mode]) }
        for (number, tangent) in [first, second].enumerated() {
          let turn = ComplexNumber(0, wavenumber * dot(tangent, place))
          let column = 3 + 3 * number
          // The transverse basis is carried along without turning about p̂: de = -(e.u) p̂.
          columns[column].append(amplitudes[0] * (across[number] + turn * along))
          for mode in 0..<2 {
            let lost: ComplexNumber = mode == number ? along : .zero
            columns[column + 1 + mode].append(amplitudes[1] * (turn * across[mode] - lost))
          }
        }
      }
      let products = Self.products(columns)
      let (contribution, part) = try Self.information(products)
      fisher = fisher + (samples * view.share) * contribution
      statistic += samples * view.share * part
    }
    let forecast = FisherForecast(labels: ["ln A", "theta", "phi"], matrix: fisher)
    return StreamOutlook(
      direction: direction, statistic: statistic,
      solidAngle: forecast.holdingAllBut(["theta", "phi"]).solidAngle,
      solidAngleFittingAmplitude: forecast.solidAngle)
  }

  /// X†Y of all columns.
  private static func products(_ columns: [[ComplexNumber]]) -> ComplexMatrix {
    var result = ComplexMatrix(rows: columns.count, columns: columns.count)
    for i in columns.indices {
      for j in 0...i {
        var sum = ComplexNumber.zero
        for (left, right) in zip(columns[i], columns[j]) { sum += left.conjugate * right }
        result[i, j] = sum
        result[j, i] = sum.conjugate
      }
    }
    return result
  }

  /// The Fisher matrix of (ln A, two tangents) and the Asimov statistic of one sample.
  private static func information(_ gram: ComplexMatrix) throws -> (RealMatrix, Double) {
    var core = ComplexMatrix.identity(3)
    for i in 0..<3 { for j in 0..<3 { core[i, j] += gram[i, j] } }
    let factor = try ComplexCholesky(of: core)
    let inverse = factor.inverse()
    // P = B†Σ⁻¹B = G - G_BU (1 + U†U)⁻¹ G_UB.
    var left = ComplexMatrix(rows: 9, columns: 3)
    for i in 0..<9 { for j in 0..<3 { left[i, j] = gram[i, j] } }
    let projected = gram - left * inverse * left.adjoint
    func block(_ row: Int, _ column: Int) -> ComplexMatrix {
      var part = ComplexMatrix(rows: 3, columns: 3)
      for i in 0..<3 { for j in 0..<3 { part[i, j] = projected[3 * row + i, 3 * column + j] } }
      return part
    }
    // ∂Σ = V U† + U V†, with V = U/2 for ln A.
    func scale(_ a: Int, _ b: Int) -> Double { (a == 0 ? 0.5 : 1) * (b == 0 ? 0.5 : 1) }
    var fisher = RealMatrix(rows: 3, columns: 3)
    for a in 0..<3 {
      for b in 0...a {
        let value =
          2 * scale(a, b)
          * (FisherForecast.traceOfProduct(block(0, b), block(0, a))
            + FisherForecast.traceOfProduct(block(0, 0), block(b, a)))
        fisher[a, b] = value
        fisher[b, a] = value
      }
    }
    // Σ λ - ln(1 + λ) over the three eigenvalues of U†U.
    let trace = (0..<3).reduce(0) { $0 + gram[$1, $1].real }
    let weak = trace < 1e-4
    var squares = 0.0
    if weak { for i in 0..<3 { for j in 0..<3 { squares += gram[i, j].magnitudeSquared } } }
    return (fisher, weak ? squares : 2 * (trace - factor.logDeterminant))
  }

  /// The stream as a family of (ln A, two tangents), for what takes any family.
  public func family(
    name: String, direction: SIMD3<Double>, rotation: TemplateFamily.Rotation = .segments
  ) -> TemplateFamily {
    let (first, second) = tangentBasis(direction)
    let stream = self
    return TemplateFamily(
      name: name, labels: ["ln A", "theta", "phi"],
      cells: [
        TemplateFamily.Cell(frequency: frequency, samples: samples) { _ in
          { separation in stream.tensors(direction, [first, second], separation) }
        }
      ], rotation: rotation)
  }

  private func tensors(
    _ direction: SIMD3<Double>, _ tangents: [SIMD3<Double>], _ separation: SIMD3<Double>
  ) -> [CrossSpectralTensor] {
    let phase = ComplexNumber(magnitude: 1, phase: wavenumber * dot(direction, separation))
    func signal(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> Double {
      let along = dot(first, direction) * dot(second, direction)
      return longitudinal * along + transverse * (dot(first, second) - along) / 2
    }
    return [CrossSpectralTensor { phase * signal($0, $1) }]
      + tangents.map { tangent in
        let turn = wavenumber * dot(tangent, separation)
        return CrossSpectralTensor { first, second in
          let change = dot(first, tangent) * dot(second, direction) + dot(first, direction) * dot(second, tangent)
          return phase * ComplexNumber((longitudinal - transverse / 2) * change, turn * signal(first, second))
        }
      }
  }
}

extension FisherForecast {
  /// 2π sqrt(det Cov) of the last two parameters, in sr, all others fitted; nil where they are not determined.
  var solidAngle: Double? {
    let count = labels.count
    guard count >= 2, (0..<count).allSatisfy({ matrix[$0, $0] > 0 }) else { return nil }
    let scale = (0..<count).map { 1 / matrix[$0, $0].squareRoot() }
    var scaled = matrix
    for a in 0..<count { for b in 0..<count { scaled[a, b] *= scale[a] * scale[b] } }
    guard let values = try? SymmetricEigensystem(of: scaled).values, let least = values.first, least > 1e-10,
      let inverse = try? RealCholesky(of: scaled).inverse()
    else { return nil }
    let (a, b) = (count - 2, count - 1)
    let determinant = inverse[a, a] * inverse[b, b] - inverse[a, b] * inverse[b, a]
    guard determinant > 0 else { return nil }
    return 2 * Double.pi * determinant.squareRoot() * scale[a] * scale[b]
  }
}

/// Two unit vectors that make a right-handed basis with a direction (section 0).
func tangentBasis(_ p: SIMD3<Double>) -> (SIMD3<Double>, SIMD3<Double>) {
  let s = p.z >= 0 ? 1.0 : -1.0
  let a = -1 / (s + p.z)
  let b = p.x * p.y * a
  return (SIMD3(1 + s * p.x * p.x * a, s * b, -s * p.x), SIMD3(b, s + p.y * p.y * a, -p.y))
}
