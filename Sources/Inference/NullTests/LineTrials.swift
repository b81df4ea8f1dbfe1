import Foundation
import Numerics
import Sky

/// What the agreement of stations is compared with: trials in which it can only be chance.
protocol AgreementTrials: Sendable {
  var count: Int { get }

  /// The statistic of one trial.
  ///
  /// - Parameters:
  ///   - trial: its number.
  ///   - power: amplitude² for which the statistic is taken.
  func statistic(_ trial: Int, _ observation: LineObservation, power: Double) -> Double
}

/// Stations shifted against each other in time.
///
/// A shift is cyclic within the segments that a channel has, so that gaps stay where they are, and the amplitudes are taken at the
/// frequency of the line, so that a pure tone survives the seam. Each station is turned by a random phase as well: what
/// stations make for themselves has no phase in common, so this changes nothing of its law, also in a run too short for shifts.
struct TimeShifts: AgreementTrials {
  /// Coherence times between any two stations.
  static let coherenceTimes = 2.0

  private struct Shift {
    var segments: Int
    var turn: ComplexNumber
  }

  private let search: LineSearch
  /// [trial][number of the station].
  private let shifts: [[Int: Shift]]
  /// Segments that each channel has.
  private let present: [[Int]]
  /// Hz from the observation's frequency to the middle of the line.
  private let offset: Double
  let isShiftedInTime: Bool

  init(_ stations: LineStations, count: Int, key: UInt64) {
    search = stations.all
    let observation = stations.observation
    let (channels, segments) = (observation.channels.count, observation.times.count)
    present = (0..<channels).map { channel in
      (0..<segments).filter { observation.present[$0 * channels + channel] }
    }
    let template = search.template
    offset = search.restFrequency * (1 + template.meanShift(at: observation.reference)) - observation.frequency
    let slowest = template.velocities(at: observation.reference).map(\.halo.virialSpeed).min() ?? 1e-3
    let coherence = 1 / (Double.pi * search.restFrequency * slowest * slowest)
    // Segments that overlap share noise.
    let apart = max(2, (Self.coherenceTimes * coherence / observation.segmentSpacing).rounded(.up))
    let places = stations.numbers.count
    isShiftedInTime = Double(2 * places) * apart <= Double(segments)
    var deviates = DeviateStream(key: key)
    var shifts: [[Int: Shift]] = []
    for _ in 0..<count {
      var taken: [Int] = []
      while taken.count < places {
        let next = taken.isEmpty || !isShiftedInTime ? 0 : min(segments - 1, Int(deviates.uniform() * Double(segments)))
        let isApart = taken.allSatisfy {
          let distance = abs($0 - next)
          return Double(min(distance, segments - distance)) >= apart
        }
        // Part of the circle is free, whatever was taken.
        if isApart || !isShiftedInTime { taken.append(next) }
      }
      let trial = zip(stations.numbers, taken).enumerated().map { place, entry in
        let phase = place == 0 ? 0 : 2 * Double.pi * deviates.uniform()
        return (entry.0, Shift(segments: entry.1, turn: ComplexNumber(magnitude: 1, phase: phase)))
      }
      shifts.append(Dictionary(uniqueKeysWithValues: trial))
    }
    self.shifts = shifts
  }

  var count: Int { shifts.count }

  func statistic(_ trial: Int, _ observation: LineObservation, power: Double) -> Double {
    search.agreement(shifted(observation, shifts[trial]), power: power)
  }

  private func shifted(_ observation: LineObservation, _ shifts: [Int: Shift]) -> LineObservation {
    var result = observation
    let channels = observation.channels.count
    for (channel, segments) in present.enumerated() {
      guard let shift = shifts[observation.channels[channel].station] else { continue }
      for (place, segment) in segments.enumerated() {
        let source = segments[(place + shift.segments) % segments.count]
        let turns = offset * (observation.times[source] - observation.times[segment])
        let turn = ComplexNumber(magnitude: 1, phase: 2 * .pi * (turns - turns.rounded()))
        result.amplitudes[segment * channels + channel] =
          observation.amplitudes[source * channels + channel] * turn * shift.turn
      }
    }
    return result
  }
}

/// The axes of each station turned as one at random, on permuted places.
struct SkyScrambles: AgreementTrials {
  private let searches: [LineSearch]

  /// - Throws: `LinearAlgebraError`.
  init(_ stations: LineStations, count: Int, key: UInt64) throws {
    let observation = stations.observation
    searches = try (0..<count).map { trial in
      var deviates = DeviateStream(key: Philox.derive(key, tag: 0x534B_5953, a: Int64(trial), b: 0))
      var wrong = observation
      let order = deviates.permutation(stations.numbers.count)
      for (place, number) in stations.numbers.enumerated() {
        let rotation = deviates.rotation()
        let site = observation.channels.first { $0.station == stations.numbers[order[place]] }?.position
        for channel in wrong.channels.indices where wrong.channels[channel].station == number {
          let axis = wrong.channels[channel].direction
          wrong.channels[channel].direction = axis.x * rotation[0] + axis.y * rotation[1] + axis.z * rotation[2]
          wrong.channels[channel].position = site ?? wrong.channels[channel].position
        }
      }
      return try LineSearch(
        stations.all.template, observation: wrong, restFrequency: stations.all.restFrequency, tolerance: 1e-4)
    }
  }

  var count: Int { searches.count }

  func statistic(_ trial: Int, _ observation: LineObservation, power: Double) -> Double {
    searches[trial].agreement(observation, power: power)
  }
}

extension DeviateStream {
  /// Even in (0, 1).
  mutating func uniform() -> Double { 0.5 * erfc(normal() * 0.5.squareRoot()) }

  /// The numbers below a count in a random order.
  mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, min(last, Int(uniform() * Double(last + 1))))
    }
    return order
  }

  /// The images of three axes under a rotation drawn evenly from all.
  fileprivate mutating func rotation() -> [SIMD3<Double>] {
    while true {
      let (first, other) = (SIMD3(normal(), normal(), normal()), SIMD3(normal(), normal(), normal()))
      guard let x = unitVector(first), let y = unitVector(other - dot(other, x) * x) else { continue }
      return [x, y, cross(x, y)]
    }
  }
}
