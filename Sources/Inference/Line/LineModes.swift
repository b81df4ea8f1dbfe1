import Foundation
import Numerics

/// The independent modes in which a network sees a line: S = Σ_i λ_i v_i v_i† for whitened amplitudes.
///
/// With q_i = v'_i† z, v' = v sqrt(λ), the likelihood ratio of an amplitude² s over noise is
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
    /// v'_i, mode by mode, count x rows.
    let real: [Double]
    let imaginary: [Double]
  }

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
    var pieces: [Piece] = []
    for start in stride(from: 0, to: observation.times.count, by: length) {
      let segments = start..<min(start + length, observation.times.count)
      let rows = LineRows(observation, segments: segments)
      guard rows.count > 0 else { continue }
      let factor = rows.factor(
        of: template, restFrequency: restFrequency, observation: observation, tolerance: tolerance)
      pieces.append(try Piece(segments: segments, rows: rows, factor: factor))
    }
    self.pieces = pieces
    eigenvalues = pieces.flatMap(\.eigenvalues)
  }

  /// Segments in a piece: thirty coherence times of the narrowest component, as far as the matrices stay small.
  private static func pieceLength(
    _ template: LineHypothesis, observation: LineObservation, restFrequency: Double
  ) -> Int {
    let slowest = template.velocities(at: observation.reference).map(\.halo.virialSpeed).min() ?? 1e-3
    let coherence = 1 / (Double.pi * restFrequency * slowest * slowest)
    let wanted = 30 * coherence / observation.segmentLength
    let most = max(1, 12_000 / max(1, observation.channels.count))
    return max(1, min(wanted < 1e9 ? Int(wanted) : most, most, observation.times.count))
  }

  /// |q_i|² of all modes, in the order of `eigenvalues`, for a line at an offset from the observation's frequency.
  func powers(_ observation: LineObservation, offset: Double = 0) -> [Double] {
    pieces.flatMap { piece in
      piece.projections(piece.rows.whitened(observation, offset: offset)).map(\.magnitudeSquared)
    }
  }
}

extension LineRows {
  /// z/sqrt(N) of each row with the phase of a frequency `offset` Hz above the observation's taken out.
  func whitened(_ observation: LineObservation, offset: Double) -> [ComplexNumber] {
    let channels = observation.channels.count
    return (0..<count).map { row in
      let amplitude = observation.amplitudes[segment[row] * channels + channel[row]]
      let turns = offset * time[row]
      return amplitude * ComplexNumber(magnitude: 1, phase: 2 * .pi * (turns - turns.rounded()))
        / observation.noise[channel[row]].squareRoot()
    }
  }
}

extension LineModes.Piece {
  init(segments: Range<Int>, rows: LineRows, factor: LowRankFactor) throws {
    self.segments = segments
    self.rows = rows
    let (order, rank) = (factor.order, factor.rank)
    var gram = ComplexMatrix(rows: rank, columns: rank)
    factor.real.withUnsafeBufferPointer { re in
      factor.imaginary.withUnsafeBufferPointer { im in
        for a in 0..<rank {
          for b in 0...a {
            var (real, imaginary) = (0.0, 0.0)
            for i in 0..<order {
              let (x, y) = (re[a * order + i], im[a * order + i])
              let (u, v) = (re[b * order + i], im[b * order + i])
              real += x * u + y * v
              imaginary += x * v - y * u
            }
            gram[a, b] = ComplexNumber(real, imaginary)
            gram[b, a] = ComplexNumber(real, -imaginary)
          }
        }
      }
    }
    let system = try HermitianEigensystem(of: gram)
    let largest = system.values.last ?? 0
    // Ascending order is turned; modes that hold nothing are left out.
    let kept = (0..<rank).reversed().filter { system.values[$0] > 1e-9 * largest }
    var (modesReal, modesImaginary) = ([Double](), [Double]())
    modesReal.reserveCapacity(kept.count * order)
    modesImaginary.reserveCapacity(kept.count * order)
    var (sumReal, sumImaginary) = ([Double](repeating: 0, count: order), [Double](repeating: 0, count: order))
    for mode in kept {
      for i in 0..<order { (sumReal[i], sumImaginary[i]) = (0, 0) }
      for column in 0..<rank {
        let weight = system.vectors[column, mode]
        factor.real.withUnsafeBufferPointer { re in
          factor.imaginary.withUnsafeBufferPointer { im in
            let base = column * order
            for i in 0..<order { sumReal[i] += re[base + i] * weight.real - im[base + i] * weight.imaginary }
            for i in 0..<order { sumImaginary[i] += re[base + i] * weight.imaginary + im[base + i] * weight.real }
          }
        }
      }
      modesReal += sumReal
      modesImaginary += sumImaginary
    }
    eigenvalues = kept.map { system.values[$0] }
    real = modesReal
    imaginary = modesImaginary
  }

  /// q_i = v'_i† z.
  func projections(_ z: [ComplexNumber]) -> [ComplexNumber] {
    let order = rows.count
    return eigenvalues.indices.map { mode in
      var sum = ComplexNumber.zero
      for i in 0..<order {
        sum += ComplexNumber(real[mode * order + i], -imaginary[mode * order + i]) * z[i]
      }
      return sum
    }
  }
}
