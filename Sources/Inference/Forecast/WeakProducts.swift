import DarkMatter
import Numerics
import Sky

/// The products <A,B> = Σ M Σ_IJ Re(S^A_IJ S^B_IJ*)/(N_I N_J) of a family's tensors (vector-network sections 4 and 8).
///
/// They are the Fisher matrix of weak signals, and their diagonal the expected statistic of weak signals, which exceeds
/// the exact one by a share of about the signal-to-noise ratio.
public enum WeakProducts {
  /// The products of all tensors of a family.
  public static func matrix(
    _ family: TemplateFamily, network: ForecastNetwork, times: ObservationTimes
  ) throws -> RealMatrix {
    let count = family.labels.count
    var sum = RealMatrix(rows: count, columns: count)
    for cell in family.cells {
      for view in try network.views(at: cell.frequency, rotation: family.rotation, times: times) {
        let matrices = view.matrices(cell, count: count)
        for a in 0..<count {
          for b in 0...a {
            sum[a, b] += cell.samples * view.share * FisherForecast.traceOfProduct(matrices[a], matrices[b])
          }
        }
      }
    }
    for a in 0..<count { for b in 0..<a { sum[b, a] = sum[a, b] } }
    return sum
  }

  /// ρ_AB = <A,B>/sqrt(<A,A><B,B>) for all pairs; NaN where a template vanishes.
  public static func overlaps(_ products: RealMatrix) -> RealMatrix {
    var result = products
    for a in 0..<products.rows {
      for b in 0..<products.columns {
        let norm = (products[a, a] * products[b, b]).squareRoot()
        result[a, b] = norm > 0 ? products[a, b] / norm : .nan
      }
    }
    return result
  }
}

/// The products of a coherent family with one more channel, as a function of the channel's direction.
///
/// All that the network learns lies in H, the mean of D†D over the run: <A,B> = Re Tr[H S^A H S^B].
struct CoherentNeighbourhood {
  private struct Piece {
    var samples: Double
    /// |R|²/N of the channel.
    var weight: Double
    /// H of the others.
    var others: ComplexMatrix
    var tensors: [ComplexMatrix]
  }

  private let count: Int
  private let times: ObservationTimes
  private var pieces: [Piece] = []

  /// - Parameters: as `ChannelNeighbourhood`; the place of the channel is of no matter.
  init(
    _ family: TemplateFamily, network: ForecastNetwork, channel: ForecastChannel, times: ObservationTimes
  ) throws {
    count = family.labels.count
    self.times = times
    let middle = times.middle.slices[0].time
    for cell in family.cells {
      let noise = channel.noise(cell.frequency)
      guard noise > 0 else { throw ForecastError.noNoise(channel: channel.label, frequency: cell.frequency) }
      let directions = try network.channels.map { try $0.whitened(at: cell.frequency) }
      let tensors = cell.tensors(middle)(SIMD3()).map { tensor in
        ComplexMatrix(
          zip(
            [tensor.real.x, tensor.real.y, tensor.real.z],
            [tensor.imaginary.x, tensor.imaginary.y, tensor.imaginary.z]
          ).map { real, imaginary in (0..<3).map { ComplexNumber(real[$0], imaginary[$0]) } })
      }
      pieces.append(
        Piece(
          samples: cell.samples, weight: channel.response(0, cell.frequency).magnitudeSquared / noise,
          others: ForecastNetwork.meanProduct(directions, times: times), tensors: tensors))
    }
  }

  /// The products of the whole network when the channel feels along an Earth-fixed direction.
  func products(_ direction: SIMD3<Double>) -> RealMatrix {
    let own = ForecastNetwork.meanProduct([ComplexVector(direction)], times: times)
    var sum = RealMatrix(rows: count, columns: count)
    for piece in pieces {
      let information = piece.others + piece.weight * own
      let images = piece.tensors.map { information * $0 }
      for a in 0..<count {
        for b in 0...a { sum[a, b] += piece.samples * FisherForecast.traceOfProduct(images[a], images[b]) }
      }
    }
    for a in 0..<count { for b in 0..<a { sum[b, a] = sum[a, b] } }
    return sum
  }
}

/// What one more channel at a place adds to the products of a family, as a function of its direction.
///
/// The pairs with other channels are a quadratic form of the direction, so that many directions cost as much as one.
struct ChannelNeighbourhood {
  private struct Instant {
    var time: GPSTime
    /// Samples times |R|²/N, and times (|R|²/N)².
    var pairWeight: Double
    var ownWeight: Double
    /// Σ_J Re(y_a y_b†), y_a = S_a l_J*, for a >= b.
    var forms: [CrossSpectralTensor.Rows]
    /// The tensors at no separation.
    var own: [CrossSpectralTensor.Rows]
  }

  private let count: Int
  private let turns: Bool
  private var instants: [Instant] = []

  /// - Parameters:
  ///   - family: not a coherent one.
  ///   - network: the other channels.
  ///   - channel: place, noise and response of the one in question.
  ///   - times: what stands for the run.
  init(
    _ family: TemplateFamily, network: ForecastNetwork, channel: ForecastChannel, times: ObservationTimes
  ) throws {
    count = family.labels.count
    turns = family.rotation != .none
    for cell in family.cells {
      let gain = channel.response(0, cell.frequency).magnitudeSquared
      let noise = channel.noise(cell.frequency)
      guard noise > 0 else { throw ForecastError.noNoise(channel: channel.label, frequency: cell.frequency) }
      for view in try network.views(at: cell.frequency, rotation: family.rotation, times: times) {
        let tensors = cell.tensors(view.time)
        let position = turns ? EarthRotation.inertial(channel.position, at: view.time) : channel.position
        let pairs = view.places.map { tensors(position - $0) }
        var forms = [CrossSpectralTensor.Rows](repeating: .init(), count: count * (count + 1) / 2)
        for (other, direction) in view.directions.enumerated() {
          let vectors = pairs[view.placeOfChannel[other]].map { $0.timesConjugate(of: direction) }
          var number = 0
          for a in 0..<count {
            for b in 0...a {
              let (first, second) = (vectors[a], vectors[b])
              forms[number].x += first.real.x * second.real + first.imaginary.x * second.imaginary
              forms[number].y += first.real.y * second.real + first.imaginary.y * second.imaginary
              forms[number].z += first.real.z * second.real + first.imaginary.z * second.imaginary
              number += 1
            }
          }
        }
        let weight = cell.samples * view.share
        instants.append(
          Instant(
            time: view.time, pairWeight: 2 * weight * gain / noise, ownWeight: weight * (gain / noise) * (gain / noise),
            forms: forms, own: tensors(SIMD3()).map(\.real)))
      }
    }
  }

  /// The products that the channel adds when it feels along an Earth-fixed direction.
  func products(_ direction: SIMD3<Double>) -> RealMatrix {
    var sum = RealMatrix(rows: count, columns: count)
    for instant in instants {
      let vector = turns ? EarthRotation.inertial(direction, at: instant.time) : direction
      func form(_ rows: CrossSpectralTensor.Rows) -> Double {
        vector.x * dot(rows.x, vector) + vector.y * dot(rows.y, vector) + vector.z * dot(rows.z, vector)
      }
      let own = instant.own.map(form)
      var number = 0
      for a in 0..<count {
        for b in 0...a {
          sum[a, b] += instant.pairWeight * form(instant.forms[number]) + instant.ownWeight * own[a] * own[b]
          number += 1
        }
      }
    }
    for a in 0..<count { for b in 0..<a { sum[b, a] = sum[a, b] } }
    return sum
  }
}
