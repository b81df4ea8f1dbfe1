import Foundation
import Numerics

/// The independent modes in which a network sees a line: S = Σ_i λ_i v_i v_i† for whitened amplitudes.
///
/// With q_i = v'_i† N⁻¹ z, v' the mode times sqrt(λ), the likelihood ratio of an amplitude² s over noise is
/// Σ_i [s |q_i|²/(1 + s λ_i) - ln(1 + s λ_i)], the exact form of vector-network section 4; under noise alone the q_i are
/// independent with variance λ_i. A run much longer than the coherence time is cut into pieces between which the
/// correlation is left out.
struct LineModes: Sendable {
  /// A stretch of the run.
  struct Piece: Sendable {
    let segments: Range<Int>
    let rows: LineRows
    /// λ_i, falling.
    let eigenvalues: [Double]
    /// v'_i for amplitudes over the root of their channel's noise, mode by mode, count x rows.
    let real: [Double]
    let imaginary: [Double]
    /// L⁻¹ v'_i, those for whitened amplitudes: the same where noise is white.
    let whiteReal: [Double]
    let whiteImaginary: [Double]
  }

  /// Coherence times in a piece.
  static let pieceCoherenceTimes = 30.0

  let pieces: [Piece]
  /// All λ_i.
  let eigenvalues: [Double]

  /// - Parameters:
  ///   - observation: geometry, noise and presence; its amplitudes are not used.
  ///   - restFrequency: f_m in Hz.
  ///   - tolerance: relative trace that may be left out.
  /// - Throws: `LinearAlgebraError`.
  init(
    template: LineHypothesis, observation: LineObservation, restFrequency: Double, tolerance: Double = 1e-6
  ) throws {
    let length = Self.pieceLength(template, observation: observation, restFrequency: restFrequency)
    let turns = (restFrequency - observation.frequency) * observation.segmentSpacing
    let turn = ComplexNumber(magnitude: 1, phase: 2 * .pi * (turns - turns.rounded()))
    var pieces: [Piece] = []
    for start in stride(from: 0, to: observation.times.count, by: length) {
      let segments = start..<min(start + length, observation.times.count)
      let rows = LineRows(observation, segments: segments)
      guard rows.count > 0 else { continue }
      let factor = rows.factor(
        of: template, restFrequency: restFrequency, observation: observation, tolerance: tolerance)
      pieces.append(try Piece(segments: segments, rows: rows, factor: factor, turn: turn))
    }
    self.pieces = pieces
    eigenvalues = pieces.flatMap(\.eigenvalues)
  }

  /// Segments in a piece: about thirty coherence times of the narrowest component, as far as the matrices stay small; pieces
  /// are equal, so that the modes of all of them change alike with the frequency.
  private static func pieceLength(
    _ template: LineHypothesis, observation: LineObservation, restFrequency: Double
  ) -> Int {
    let slowest = template.velocities(at: observation.reference).map(\.halo.virialSpeed).min() ?? 1e-3
    let coherence = 1 / (Double.pi * restFrequency * slowest * slowest)
    let wanted = pieceCoherenceTimes * coherence / observation.segmentSpacing
    let most = max(1, 12_000 / max(1, observation.channels.count))
    let segments = max(1, observation.times.count)
    let longest = max(1, min(wanted < 1e9 ? Int(wanted) : most, most, segments))
    let pieces = (segments + longest - 1) / longest
    return (segments + pieces - 1) / pieces
  }

  /// |q_i|² of all modes, in the order of `eigenvalues`, for a line at an offset from the observation's frequency.
  func powers(_ observation: LineObservation, offset: Double = 0) -> [Double] {
    projections(observation, offset: offset).map(\.magnitudeSquared)
  }

  /// q_i of all modes, as `powers`.
  func projections(_ observation: LineObservation, offset: Double) -> [ComplexNumber] {
    pieces.flatMap { piece in piece.projections(piece.rows.weighted(observation), turned: offset) }
  }

  /// The share of a channel in what is known of the amplitude²: Σ_i |v'_i|² λ_i/(1 + s λ_i)², normalised.
  ///
  /// So a gain that is wrong by a small factor 1 + ε in a channel shifts the fitted amplitude by this share of ε.
  ///
  /// - Parameters:
  ///   - power: s.
  ///   - channels: number of all channels.
  func shares(power: Double, channels: Int) -> [Double] {
    var shares = [Double](repeating: 0, count: channels)
    for piece in pieces {
      for (mode, value) in piece.eigenvalues.enumerated() {
        let weight = value / ((1 + power * value) * (1 + power * value))
        for row in 0..<piece.rows.count {
          let (re, im) = (
            piece.whiteReal[mode * piece.rows.count + row], piece.whiteImaginary[mode * piece.rows.count + row]
          )
          shares[piece.rows.channel[row]] += (re * re + im * im) * weight
        }
      }
    }
    let sum = shares.reduce(0, +)
    return sum > 0 ? shares.map { $0 / sum } : shares
  }
}

extension LineRows {
  /// N⁻¹ z for the amplitudes over the root of their channel's noise.
  func weighted(_ observation: LineObservation) -> LineVector {
    let channels = observation.channels.count
    let scale = observation.noise.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
    var vector = LineVector(count: count)
    for row in 0..<count {
      let amplitude = observation.amplitudes[segment[row] * channels + channel[row]] * scale[channel[row]]
      (vector.real[row], vector.imaginary[row]) = (amplitude.real, amplitude.imaginary)
    }
    noise.weight(&vector.real, &vector.imaginary)
    return vector
  }
}

/// One complex number for each row, real and imaginary parts apart.
struct LineVector: Sendable {
  var real: [Double]
  var imaginary: [Double]

  init(count: Int) {
    real = [Double](repeating: 0, count: count)
    imaginary = real
  }
}

extension LineModes.Piece {
  /// - Parameters:
  ///   - factor: of the covariance of the rows.
  ///   - turn: by which the phases of the line run away from the observation's frequency in a segment.
  /// - Throws: `LinearAlgebraError`.
  init(segments: Range<Int>, rows: LineRows, factor: LowRankFactor, turn: ComplexNumber) throws {
    let (order, rank) = (factor.order, factor.rank)
    var (white, whiteIm) = (factor.real, factor.imaginary)
    if !rows.noise.isWhite {
      white.withUnsafeMutableBufferPointer { re in
        whiteIm.withUnsafeMutableBufferPointer { im in
          guard let re = re.baseAddress, let im = im.baseAddress else { return }
          for column in 0..<rank { rows.noise.whiten(re + column * order, im + column * order, turn: turn) }
        }
      }
    }
    let system = try HermitianEigensystem(of: Self.gram(white, whiteIm, order: order, rank: rank))
    let largest = system.values.last ?? 0
    // Ascending order is turned; modes that hold nothing are left out.
    let kept = (0..<rank).reversed().filter { system.values[$0] > 1e-9 * largest }
    self.segments = segments
    self.rows = rows
    eigenvalues = kept.map { system.values[$0] }
    (whiteReal, whiteImaginary) = Self.rotated(white, whiteIm, order: order, by: system.vectors, kept: kept)
    if rows.noise.isWhite {
      (real, imaginary) = (whiteReal, whiteImaginary)
    } else {
      (real, imaginary) = Self.rotated(factor.real, factor.imaginary, order: order, by: system.vectors, kept: kept)
    }
  }

  /// F†F of columns.
  private static func gram(_ real: [Double], _ imaginary: [Double], order: Int, rank: Int) -> ComplexMatrix {
    var gram = ComplexMatrix(rows: rank, columns: rank)
    real.withUnsafeBufferPointer { re in
      imaginary.withUnsafeBufferPointer { im in
        for a in 0..<rank {
          for b in 0...a {
            var (sum, sumImaginary) = (0.0, 0.0)
            for i in 0..<order {
              let (x, y) = (re[a * order + i], im[a * order + i])
              let (u, v) = (re[b * order + i], im[b * order + i])
              sum += x * u + y * v
              sumImaginary += x * v - y * u
            }
            gram[a, b] = ComplexNumber(sum, sumImaginary)
            gram[b, a] = ComplexNumber(sum, -sumImaginary)
          }
        }
      }
    }
    return gram
  }

  /// The columns combined by eigenvectors.
  private static func rotated(
    _ real: [Double], _ imaginary: [Double], order: Int, by vectors: ComplexMatrix, kept: [Int]
  ) -> ([Double], [Double]) {
    var result = [Double](repeating: 0, count: kept.count * order)
    var resultImaginary = result
    real.withUnsafeBufferPointer { re in
      imaginary.withUnsafeBufferPointer { im in
        result.withUnsafeMutableBufferPointer { sum in
          resultImaginary.withUnsafeMutableBufferPointer { sumImaginary in
            for (number, mode) in kept.enumerated() {
              for column in 0..<vectors.rows {
                let weight = vectors[column, mode]
                let (base, target) = (column * order, number * order)
                for i in 0..<order {
                  sum[target + i] += re[base + i] * weight.real - im[base + i] * weight.imaginary
                  sumImaginary[target + i] += re[base + i] * weight.imaginary + im[base + i] * weight.real
                }
              }
            }
          }
        }
      }
    }
    return (result, resultImaginary)
  }

  /// q_i = v'_i† D x, with D the turn that takes a line at an offset from the observation's frequency to rest.
  ///
  /// - Parameters:
  ///   - weighted: N⁻¹ z.
  ///   - offset: Hz.
  func projections(_ weighted: LineVector, turned offset: Double) -> [ComplexNumber] {
    Self.products(real, imaginary, turned(weighted, by: offset), order: rows.count)
  }

  /// D x.
  func turned(_ weighted: LineVector, by offset: Double) -> LineVector {
    guard offset != 0 else { return weighted }
    var turned = weighted
    for row in 0..<rows.count {
      let turns = offset * rows.time[row]
      let value =
        ComplexNumber(weighted.real[row], weighted.imaginary[row])
        * ComplexNumber(magnitude: 1, phase: 2 * .pi * (turns - turns.rounded()))
      (turned.real[row], turned.imaginary[row]) = (value.real, value.imaginary)
    }
    return turned
  }

  /// q_i for whitened amplitudes of a line at the frequency of the modes.
  func projections(white: LineVector) -> [ComplexNumber] {
    Self.products(whiteReal, whiteImaginary, white, order: rows.count)
  }

  private static func products(
    _ real: [Double], _ imaginary: [Double], _ vector: LineVector, order: Int
  ) -> [ComplexNumber] {
    real.withUnsafeBufferPointer { re in
      imaginary.withUnsafeBufferPointer { im in
        vector.real.withUnsafeBufferPointer { x in
          vector.imaginary.withUnsafeBufferPointer { y in
            (0..<(order > 0 ? re.count / order : 0)).map { mode in
              var (sum, sumImaginary) = (0.0, 0.0)
              for i in 0..<order {
                sum += re[mode * order + i] * x[i] + im[mode * order + i] * y[i]
                sumImaginary += re[mode * order + i] * y[i] - im[mode * order + i] * x[i]
              }
              return ComplexNumber(sum, sumImaginary)
            }
          }
        }
      }
    }
  }
}
