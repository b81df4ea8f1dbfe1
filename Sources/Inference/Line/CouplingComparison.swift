import Foundation
import Numerics

/// Which of several templates a line looks like, and whether the network can tell them apart.
public struct CouplingComparison: Sendable, Codable {
  /// One template's best fit.
  public struct Fit: Sendable, Codable {
    public var template: LineHypothesis
    /// Hz.
    public var restFrequency: Double
    public var profile: LineProfile
    /// Frequency and strength with their uncertainties.
    public var estimate: LineEstimate
  }

  /// Two templates, the first the likelier one.
  public struct Pair: Sendable, Codable {
    public var first: String
    public var second: String
    /// q = Θ_first - Θ_second >= 0, less 2 for every parameter that was fitted beside frequency and amplitude.
    public var statistic: Double
    /// ρ of vector-network section 8 for this network, run and noise.
    public var overlap: Double
    /// Mean of q over simulations in which the first, or the second, is true with its fitted amplitude.
    public var expectedIfFirst: Double
    public var expectedIfSecond: Double
    /// Share of simulations of the second in which q comes out as large as found: how easily the second would pass for
    /// the first. Half a simulation when there was none.
    public var probabilityIfSecond: Double
    /// Share of simulations, of either in equal parts, in which the true one has the larger statistic.
    public var separation: Double
  }

  /// By falling statistic, less 2 for every fitted parameter.
  public var fits: [Fit]
  /// Of the likeliest with each other template.
  public var pairs: [Pair]
  /// Simulated experiments behind each expectation.
  public var simulations: Int

  /// Whether each other template is excluded at a probability.
  public func excludesAllOthers(below probability: Double = 0.0027) -> Bool {
    pairs.allSatisfy { $0.probabilityIfSecond < probability }
  }
}

extension CouplingComparison {
  /// Compares templates at a candidate line.
  ///
  /// - Parameters:
  ///   - searches: two or more templates prepared for the observation.
  ///   - observation: the amplitudes around the line.
  ///   - restFrequency: of the candidate, Hz; every template may move within `frequencyRange` of it.
  ///   - frequencyRange: Hz to either side.
  ///   - simulations: experiments drawn for each template.
  ///   - key: of the simulations' random numbers.
  public init(
    _ searches: [LineSearch], observation: LineObservation, restFrequency: Double, frequencyRange: Double,
    simulations: Int = 400, key: UInt64
  ) {
    let found = searches.map { search -> Fit in
      let best = search.maximum(observation, near: restFrequency, frequencyRange: frequencyRange)
      return Fit(
        template: search.template, restFrequency: best.frequency, profile: best.profile,
        estimate: LinePosterior(search, observation, near: best, frequencyRange: frequencyRange).estimate)
    }
    // What a fitted direction gains by chance does not count.
    let penalties = searches.map { 2 * Double($0.template.fittedParameters) }
    let order = found.indices.sorted {
      found[$0].profile.statistic - penalties[$0] > found[$1].profile.statistic - penalties[$1]
    }
    let simulated = order.map { truth in
      searches[truth].simulatedStatistics(
        power: found[truth].profile.power, others: order.map { searches[$0] }, count: simulations,
        key: Philox.derive(key, tag: 0x434F_5550, a: Int64(truth), b: 0))
    }
    let ranked = order.map { found[$0] }
    fits = ranked
    self.simulations = simulations
    pairs = order.indices.dropFirst().map { other in
      let q =
        ranked[0].profile.statistic - penalties[order[0]] - ranked[other].profile.statistic + penalties[order[other]]
      let ifFirst = simulated[0].map { $0[0] - $0[other] }
      let ifSecond = simulated[other].map { $0[0] - $0[other] }
      let asLarge = ifSecond.count { $0 >= q }
      let right = ifFirst.count { $0 > 0 } + ifSecond.count { $0 < 0 }
      return Pair(
        first: ranked[0].template.name, second: ranked[other].template.name, statistic: q,
        overlap: searches[order[0]].overlap(searches[order[other]]),
        expectedIfFirst: ifFirst.reduce(0, +) / Double(simulations),
        expectedIfSecond: ifSecond.reduce(0, +) / Double(simulations),
        probabilityIfSecond: max(0.5, Double(asLarge)) / Double(simulations),
        separation: Double(right) / Double(2 * simulations))
    }
  }
}

extension LineSearch {
  /// ρ_AB = <A, B>/sqrt(<A, A> <B, B>), <A, B> = Tr[N^-1 S_A N^-1 S_B] (vector-network section 8).
  ///
  /// - Parameter other: another template, prepared for the same observation.
  public func overlap(_ other: LineSearch) -> Double {
    var product = 0.0
    for piece in modes.pieces {
      for second in other.modes.pieces where second.segments.overlaps(piece.segments) {
        product += piece.sharedPower(second)
      }
    }
    let own = eigenvalues.reduce(0) { $0 + $1 * $1 }
    let others = other.eigenvalues.reduce(0) { $0 + $1 * $1 }
    return own > 0 && others > 0 ? product / (own * others).squareRoot() : 0
  }

  /// The statistics of templates in simulated experiments in which this one is true.
  ///
  /// - Parameters:
  ///   - power: amplitude², unit² of the field.
  ///   - others: templates prepared for the same observation.
  ///   - count: experiments.
  ///   - key: of the random numbers.
  /// - Returns: [experiment][template].
  public func simulatedStatistics(power: Double, others: [LineSearch], count: Int, key: UInt64) -> [[Double]] {
    (0..<count).map { experiment in
      zip(others, simulatedPowers(power: power, others: others, experiment: experiment, key: key)).map {
        LineProfile(powers: $1, eigenvalues: $0.eigenvalues).statistic
      }
    }
  }

  /// p_i of templates in a simulated experiment in which this one is true: [template][mode].
  func simulatedPowers(power: Double, others: [LineSearch], experiment: Int, key: UInt64) -> [[Double]] {
    let drawn = modes.pieces.map { $0.drawn(power: power, experiment: experiment, key: key) }
    return others.map { other in
      // The same rows, whether or not the pieces, which follow one another, are cut alike.
      var first = modes.pieces.startIndex
      return other.modes.pieces.indices.flatMap { number -> [Double] in
        let segments = other.modes.pieces[number].segments
        while first < modes.pieces.endIndex, modes.pieces[first].segments.upperBound <= segments.lowerBound {
          first += 1
        }
        if first < modes.pieces.endIndex, modes.pieces[first].segments == segments {
          return other.modes.pieces[number].projections(white: drawn[first]).map(\.magnitudeSquared)
        }
        var rows = LineVector(count: 0)
        var source = first
        while source < modes.pieces.endIndex, modes.pieces[source].segments.lowerBound < segments.upperBound {
          for (row, segment) in modes.pieces[source].rows.segment.enumerated() where segments.contains(segment) {
            rows.real.append(drawn[source].real[row])
            rows.imaginary.append(drawn[source].imaginary[row])
          }
          source += 1
        }
        return other.modes.pieces[number].projections(white: rows).map(\.magnitudeSquared)
      }
    }
  }
}

extension LineModes.Piece {
  /// Whitened amplitudes of a line with a power, plus noise.
  func drawn(power: Double, experiment: Int, key: UInt64) -> LineVector {
    let count = rows.count
    var real = [Double](repeating: 0, count: count + eigenvalues.count)
    var imaginary = real
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        NormalDeviates.fillComplex(
          real: real, imaginary: imaginary,
          counter: SIMD4(0, UInt32(truncatingIfNeeded: experiment), UInt32(truncatingIfNeeded: segments.lowerBound), 0),
          varying: .first, key: key)
      }
    }
    let scale = power.squareRoot()
    for mode in eigenvalues.indices {
      let weight = ComplexNumber(real[count + mode], imaginary[count + mode]) * scale
      let base = mode * count
      for row in 0..<count {
        real[row] += whiteReal[base + row] * weight.real - whiteImaginary[base + row] * weight.imaginary
        imaginary[row] += whiteReal[base + row] * weight.imaginary + whiteImaginary[base + row] * weight.real
      }
    }
    var amplitudes = LineVector(count: count)
    (amplitudes.real, amplitudes.imaginary) = (Array(real[..<count]), Array(imaginary[..<count]))
    return amplitudes
  }

  /// Σ |v'_a† v'_b|² over the rows both have.
  func sharedPower(_ other: LineModes.Piece) -> Double {
    let common = segments.clamped(to: other.segments)
    let own = rows.segment.indices.filter { common.contains(rows.segment[$0]) }
    let others = other.rows.segment.indices.filter { common.contains(other.rows.segment[$0]) }
    var sum = 0.0
    for a in eigenvalues.indices {
      for b in other.eigenvalues.indices {
        var product = ComplexNumber.zero
        for (i, j) in zip(own, others) {
          product +=
            ComplexNumber(whiteReal[a * rows.count + i], -whiteImaginary[a * rows.count + i])
            * ComplexNumber(other.whiteReal[b * other.rows.count + j], other.whiteImaginary[b * other.rows.count + j])
        }
        sum += product.magnitudeSquared
      }
    }
    return sum
  }
}
