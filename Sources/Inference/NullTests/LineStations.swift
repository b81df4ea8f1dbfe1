import Foundation
import Numerics

/// One template at the frequency of a line, made ready for the whole network, for each station alone and for all but each.
struct LineStations: Sendable {
  let observation: LineObservation
  /// Numbers of the stations with data, ascending.
  let numbers: [Int]
  let all: LineSearch
  let alone: [LineSearch]
  let without: [LineSearch]

  /// - Throws: `LinearAlgebraError`.
  init(_ template: LineHypothesis, observation: LineObservation, restFrequency: Double) throws {
    func search(_ stations: (Int) -> Bool) throws -> LineSearch {
      try LineSearch(
        template, observation: observation.with(stations: stations), restFrequency: restFrequency, tolerance: 1e-4)
    }
    self.observation = observation
    all = try search { _ in true }
    let rows = all.modes.pieces.flatMap(\.rows.channel)
    numbers = Set(rows.map { observation.channels[$0].station }).sorted()
    alone = try numbers.map { number in try search { $0 == number } }
    without = try numbers.map { number in try search { $0 != number } }
  }

  /// An experiment of noise and a line so strong that the whole network sees it with a statistic; every station shows it with
  /// a factor of its own, as uncertain as its calibration.
  ///
  /// - Parameters:
  ///   - source: draws the line: `all`, or one of `alone`.
  ///   - statistic: Θ.
  ///   - experiment: its number.
  ///   - key: of the random numbers.
  /// - Returns: nil where the network does not see the line at all.
  func drawn(_ source: LineSearch, statistic: Double, experiment: Int, key: UInt64) -> LineObservation? {
    guard let scale = source.eigenvalues.max(), scale > 0 else { return nil }
    var silent = observation
    silent.amplitudes = [ComplexNumber](repeating: .zero, count: observation.amplitudes.count)
    let lineKey = Philox.derive(key, tag: 0x4C49_4E45, a: 0, b: 0)
    var line = source.simulated(silent, power: 1 / scale, experiment: experiment, key: lineKey)
    let rest = source.simulated(silent, power: 0, experiment: experiment, key: lineKey)
    let gains = gains(Philox.derive(key, tag: 0x4741_494E, a: Int64(experiment), b: 0))
    for row in line.amplitudes.indices {
      line.amplitudes[row] = (line.amplitudes[row] - rest.amplitudes[row]) * gains[row % gains.count]
    }
    var noise = all.simulated(
      silent, power: 0, experiment: experiment, key: Philox.derive(key, tag: 0x4E4F_4953, a: 0, b: 0))
    let (signal, background) = (all.projections(line), all.projections(noise))
    guard signal.contains(where: { $0.magnitudeSquared > 0 }) else { return nil }
    func value(_ strength: Double) -> Double {
      let powers = zip(signal, background).map { ($0 * strength + $1).magnitudeSquared }
      return LineProfile(powers: powers, eigenvalues: all.eigenvalues, tolerance: 1e-6).statistic
    }
    var high = 1.0
    while value(high) < statistic, high < 1e9 { high *= 2 }
    var low = 0.0
    for _ in 0..<30 {
      let middle = (low + high) / 2
      if value(middle) < statistic { low = middle } else { high = middle }
    }
    for row in noise.amplitudes.indices { noise.amplitudes[row] += line.amplitudes[row] * high }
    return noise
  }

  /// A positive factor of each channel, the same for those of a station.
  private func gains(_ key: UInt64) -> [Double] {
    var deviates = DeviateStream(key: key)
    let own = Dictionary(uniqueKeysWithValues: numbers.map { ($0, deviates.normal()) })
    return observation.channels.map { exp($0.gainUncertainty * (own[$0.station] ?? 0)) }
  }
}

extension LineObservation {
  /// The same with data of some stations only.
  fileprivate func with(stations: (Int) -> Bool) -> LineObservation {
    var result = self
    for row in present.indices where !stations(channels[row % channels.count].station) { result.present[row] = false }
    return result
  }
}

extension LineSearch {
  /// q_i of a line at the search's own rest frequency.
  func projections(_ observation: LineObservation) -> [ComplexNumber] {
    modes.projections(observation, offset: restFrequency - observation.frequency)
  }

  /// The likelihood at the search's own rest frequency.
  func profile(_ observation: LineObservation) -> LineProfile {
    LineProfile(powers: projections(observation).map(\.magnitudeSquared), eigenvalues: eigenvalues, tolerance: 1e-6)
  }

  /// The part of ln L for an amplitude² that comes from products of different stations:
  /// Σ_i s/(1 + s λ_i) (|Σ_k q_i,k|² - Σ_k |q_i,k|²), q_i,k what station k adds to q_i.
  ///
  /// What a station sees for itself is not in it, however loud.
  func agreement(_ observation: LineObservation, power: Double) -> Double {
    let stations = observation.channels.map(\.station)
    let offset = restFrequency - observation.frequency
    var sum = 0.0
    for piece in modes.pieces {
      let parts = piece.projections(piece.rows.weighted(observation), turned: offset, stations: stations)
      for (own, value) in zip(parts, piece.eigenvalues) {
        let total = own.reduce(ComplexNumber.zero, +).magnitudeSquared
        sum += power / (1 + power * value) * (total - own.reduce(0) { $0 + $1.magnitudeSquared })
      }
    }
    return sum
  }
}

extension LineModes.Piece {
  /// What each station adds to q_i: [mode][station].
  ///
  /// - Parameters:
  ///   - weighted: N⁻¹ z.
  ///   - offset: Hz.
  ///   - stations: number of the station of each channel.
  fileprivate func projections(_ weighted: LineVector, turned offset: Double, stations: [Int]) -> [[ComplexNumber]] {
    let turned = self.turned(weighted, by: offset)
    let count = (stations.max() ?? 0) + 1
    let station = rows.channel.map { stations[$0] }
    return eigenvalues.indices.map { mode in
      let base = mode * rows.count
      var sums = [ComplexNumber](repeating: .zero, count: count)
      for row in 0..<rows.count {
        sums[station[row]] +=
          ComplexNumber(real[base + row], -imaginary[base + row])
          * ComplexNumber(turned.real[row], turned.imaginary[row])
      }
      return sums
    }
  }
}
