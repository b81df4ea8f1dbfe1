import DarkMatter
import Numerics
import Sky

/// Cross-spectral tensors that a forecast treats together: a signal and its derivatives, or several signals.
///
/// This is all that a forecast knows of a field: whoever can state its tensor S_ij(f; x) at a time can forecast it.
public struct TemplateFamily: Sendable {
  /// The tensors for a separation x_1 - x_2 in m; one for each label, in unit²/Hz or its derivative.
  public typealias Tensors = @Sendable (_ separation: SIMD3<Double>) -> [CrossSpectralTensor]

  /// A piece of the spectrum within which nothing changes.
  public struct Cell: Sendable {
    /// Hz, at which noise and response are taken.
    public var frequency: Double
    /// Independent complex samples of each channel in the whole run: time times bandwidth.
    public var samples: Double
    /// The tensors at a time, in equatorial axes; in Earth-fixed axes when the field does not turn.
    public var tensors: @Sendable (_ time: GPSTime) -> Tensors

    public init(
      frequency: Double, samples: Double, tensors: @escaping @Sendable (_ time: GPSTime) -> Tensors
    ) {
      self.frequency = frequency
      self.samples = samples
      self.tensors = tensors
    }
  }

  /// How the rotation of the Earth enters.
  public enum Rotation: Hashable, Sendable {
    /// Not at all: the field is isotropic.
    case none
    /// Coherent for much less than a day: segments of the run are independent, each with its own geometry.
    case segments
    /// Coherent for much longer than the Earth takes to turn: every sensor is carried through all its directions while
    /// the field stays the same, and its side bands add coherently. Baselines are neglected.
    case coherent
  }

  public var name: String
  /// Names of the tensors; in a fit the first is ln A, and its tensor the signal itself.
  public var labels: [String]
  public var cells: [Cell]
  public var rotation: Rotation

  public init(name: String, labels: [String], cells: [Cell], rotation: Rotation) {
    self.name = name
    self.labels = labels
    self.cells = cells
    self.rotation = rotation
  }

  /// The family with the cells joined to at most `count`, each with the frequency and tensors of its middle one.
  ///
  /// For scans; not for cells of very different content.
  public func coarse(_ count: Int) -> TemplateFamily {
    guard cells.count > count else { return self }
    var family = self
    family.cells = (0..<count).map { index in
      let part = cells[(index * cells.count / count)..<((index + 1) * cells.count / count)]
      var cell = part[part.startIndex + part.count / 2]
      cell.samples = part.reduce(0) { $0 + $1.samples }
      return cell
    }
    return family
  }
}

/// A network at one instant, each channel in units of its noise.
struct NetworkView {
  var time: GPSTime
  /// Share of the run for which it stands.
  var share: Double
  /// Σ R_b e_b/sqrt(N) of each channel.
  var directions: [ComplexVector]
  /// Metres.
  var places: [SIMD3<Double>]
  /// Number of the place of each channel.
  var placeOfChannel: [Int]
}

extension ForecastNetwork {
  /// What stands for the run at a frequency, in the axes of the family's tensors.
  func views(at frequency: Double, rotation: TemplateFamily.Rotation, times: ObservationTimes) throws -> [NetworkView] {
    let directions = try channels.map { try $0.whitened(at: frequency) }
    let (positions, numbers) = places
    switch rotation {
    case .none:
      return [
        NetworkView(
          time: times.middle.slices[0].time, share: 1, directions: directions, places: positions,
          placeOfChannel: numbers)
      ]
    case .segments:
      return times.slices.map { slice in
        let turn = { (vector: SIMD3<Double>) in EarthRotation.inertial(vector, at: slice.time) }
        return NetworkView(
          time: slice.time, share: slice.share,
          directions: directions.map { ComplexVector(turn($0.real), turn($0.imaginary)) },
          places: positions.map(turn), placeOfChannel: numbers)
      }
    case .coherent:
      return [try Self.carriedAround(directions, times: times)]
    }
  }

  /// The three channels at one place that carry all that turning sensors learn of a field constant in time.
  ///
  /// With rows d_I(t) the data are D O + n, so D†D, averaged over the run, holds everything: the channels are
  /// sqrt(h) v†, h and v its eigenvalues and eigenvectors.
  private static func carriedAround(_ directions: [ComplexVector], times: ObservationTimes) throws -> NetworkView {
    let system = try HermitianEigensystem(of: meanProduct(directions, times: times))
    let virtual = system.values.indices.map { column -> ComplexVector in
      let scale = max(0, system.values[column]).squareRoot()
      var vector = ComplexVector(SIMD3())
      for i in 0..<3 {
        vector.real[i] = scale * system.vectors[i, column].real
        vector.imaginary[i] = -scale * system.vectors[i, column].imaginary
      }
      return vector
    }
    return NetworkView(
      time: times.middle.slices[0].time, share: 1, directions: virtual, places: [SIMD3()],
      placeOfChannel: [0, 0, 0])
  }

  /// D†D of Earth-fixed directions, averaged over the run in equatorial axes.
  static func meanProduct(_ directions: [ComplexVector], times: ObservationTimes) -> ComplexMatrix {
    var gram = ComplexMatrix(rows: 3, columns: 3)
    for slice in times.slices {
      for direction in directions {
        let real = EarthRotation.inertial(direction.real, at: slice.time)
        let imaginary = EarthRotation.inertial(direction.imaginary, at: slice.time)
        for i in 0..<3 {
          for j in 0..<3 {
            gram[i, j] +=
              ComplexNumber(real[i], -imaginary[i]) * ComplexNumber(real[j], imaginary[j]) * slice.share
          }
        }
      }
    }
    return gram
  }
}

extension NetworkView {
  /// The whitened matrices of all tensors of a family at this instant.
  func matrices(_ cell: TemplateFamily.Cell, count: Int) -> [ComplexMatrix] {
    let order = directions.count
    let tensors = cell.tensors(time)
    var result = [ComplexMatrix](repeating: ComplexMatrix(rows: order, columns: order), count: count)
    // The tensors of a pair of places serve all pairs of channels there.
    for first in places.indices {
      for second in places.indices where second <= first {
        let pair = tensors(places[first] - places[second])
        for i in 0..<order where placeOfChannel[i] == first {
          for j in 0..<order where placeOfChannel[j] == second && (first != second || j <= i) {
            for number in 0..<count {
              let value = pair[number].contraction(directions[i], directions[j])
              result[number][i, j] = value
              result[number][j, i] = value.conjugate
            }
          }
        }
      }
    }
    return result
  }
}
