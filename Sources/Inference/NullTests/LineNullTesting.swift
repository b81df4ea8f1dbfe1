import Foundation
import Numerics

/// Makes the null tests of a line.
///
/// - Parameters:
///   - template: the hypothesis that fits the line best.
///   - restFrequency: of a line that is found, Hz; noise that is loud by chance was chosen for what the tests look at.
///   - observation: the amplitudes around it.
///   - stationNames: by the numbers of the channels' stations.
///   - options: how many draws and trials.
/// - Returns: without stations where one has data.
/// - Throws: `InferenceError.sizeMismatch`; `LinearAlgebraError`.
public func testLine(
  _ template: LineHypothesis, restFrequency: Double, in observation: LineObservation, stationNames: [String],
  options: LineNullTestOptions = LineNullTestOptions()
) throws -> LineNullTests {
  guard observation.channels.allSatisfy({ stationNames.indices.contains($0.station) }) else {
    throw InferenceError.sizeMismatch(
      input: "names of the stations", expected: (observation.channels.map(\.station).max() ?? -1) + 1,
      found: stationNames.count)
  }
  let stations = try LineStations(template, observation: observation, restFrequency: restFrequency)
  let found = stations.all.profile(observation)
  var tests = LineNullTests(
    template: template.name, restFrequency: restFrequency, statistic: found.statistic,
    power: Estimate(value: found.power, uncertainty: found.uncertainty), stations: [], stationProbability: nil,
    timeShifts: nil, isShiftedInTime: false, scrambles: nil, simulations: options.simulations,
    agreementSimulations: options.agreementSimulations)
  guard stations.numbers.count > 1, found.power > 0, options.simulations > 0 else { return tests }
  let draws = LineDraws(stations, statistic: found.statistic, options: options)
  draws.testStations(&tests, names: stationNames)
  guard options.trials > 0, options.agreementSimulations > 0,
    let suspect = tests.mostSuspicious.flatMap({ worst in
      stations.numbers.firstIndex { stationNames[$0] == worst.station }
    })
  else { return tests }
  let shifts = TimeShifts(
    stations, count: options.trials, key: Philox.derive(options.seed, tag: 0x5348_4946, a: 0, b: 0))
  tests.isShiftedInTime = shifts.isShiftedInTime
  tests.timeShifts = draws.agreement(shifts, power: found.power, suspect: suspect)
  let scrambles = try SkyScrambles(stations, count: options.trials, key: options.seed)
  tests.scrambles = draws.agreement(scrambles, power: found.power, suspect: suspect)
  return tests
}

/// Drawn experiments that are as loud as a line.
private struct LineDraws {
  let stations: LineStations
  let statistic: Double
  let options: LineNullTestOptions

  init(_ stations: LineStations, statistic: Double, options: LineNullTestOptions) {
    self.stations = stations
    self.statistic = statistic
    self.options = options
  }

  /// A value of each drawn line.
  ///
  /// - Parameter suspect: place of the station that alone has the line; nil for one of the network.
  private func values<Value: Sendable>(
    _ count: Int, suspect: Int?, _ value: @Sendable (LineObservation) -> Value
  ) -> [Value] {
    let source = suspect.map { stations.alone[$0] } ?? stations.all
    let key = Philox.derive(options.seed, tag: 0x4452_4157, a: Int64(suspect ?? -1), b: 0)
    var values = [Value?](repeating: nil, count: count)
    values.withUnsafeMutableBufferPointer { values in
      // Every piece writes its own slot.
      nonisolated(unsafe) let values = values
      forEachPiece(count, workers: options.workers) { _, experiment in
        values[experiment] = stations.drawn(source, statistic: statistic, experiment: experiment, key: key).map(value)
      }
    }
    return values.compactMap(\.self)
  }

  /// Each station alone, and left out.
  func testStations(_ tests: inout LineNullTests, names: [String]) {
    let (searches, others) = (stations.alone, stations.without)
    let drawn = values(options.simulations, suspect: nil) { data in
      (alone: searches.map { $0.profile(data).statistic }, without: others.map { $0.profile(data).statistic })
    }
    guard !drawn.isEmpty else { return }
    let count = Double(drawn.count)
    let own = searches.map { $0.profile(stations.observation) }
    let tails = searches.indices.map { place in SampleTail(drawn.map { $0.alone[place] }) }
    let threshold = LineNullTests.doubt / Double(searches.count)
    for (place, number) in stations.numbers.enumerated() {
      let rest = others[place].profile(stations.observation)
      let alone = searches[place]
      let ifAlone = values(options.simulations, suspect: place) { alone.profile($0).statistic }
      tests.stations.append(
        .init(
          station: names[number], statisticWithout: rest.statistic,
          expectedWithout: drawn.reduce(0) { $0 + $1.without[place] } / count,
          logNoiseProbabilityWithout: LineSignificance.logSurvival(
            rest.statistic, eigenvalues: others[place].eigenvalues,
            key: Philox.derive(options.seed, tag: 0x5749_5448, a: Int64(number), b: 0)),
          powerWithout: Estimate(value: rest.power, uncertainty: rest.uncertainty),
          statisticAlone: own[place].statistic, expectedAlone: drawn.reduce(0) { $0 + $1.alone[place] } / count,
          probability: tails[place].probability(atLeast: own[place].statistic),
          noticed: Double(ifAlone.count { tails[place].probability(atLeast: $0) < threshold })
            / Double(max(1, ifAlone.count))))
    }
    // How small the smallest of the stations' probabilities is in drawn lines.
    let smallest = SampleTail(
      drawn.map { draw in
        -log(searches.indices.map { tails[$0].probability(ofDraw: draw.alone[$0]) }.min() ?? 1)
      })
    tests.stationProbability = smallest.probability(
      atLeast: -log(tests.stations.map(\.probability).min() ?? 1))
  }

  /// What stations agree in, and what trials say of it.
  ///
  /// - Parameters:
  ///   - power: amplitude² of the statistic.
  ///   - suspect: place of the station whose own line the test is to notice.
  func agreement(_ trials: some AgreementTrials, power: Double, suspect: Int) -> LineNullTests.Agreement {
    let all = stations.all
    @Sendable func measured(_ data: LineObservation) -> (own: Double, trials: [Double]) {
      (all.agreement(data, power: power), (0..<trials.count).map { trials.statistic($0, data, power: power) })
    }
    @Sendable func probability(_ data: LineObservation) -> Double {
      let (own, others) = measured(data)
      return Double(1 + others.count { $0 >= own }) / Double(1 + others.count)
    }
    let (own, others) = measured(stations.observation)
    let ifLine = values(options.agreementSimulations, suspect: nil, probability)
    let ifAlone = values(options.agreementSimulations, suspect: suspect, probability)
    func share(_ values: [Double]) -> Double {
      Double(values.count { $0 <= LineNullTests.pass }) / Double(max(1, values.count))
    }
    var result = LineNullTests.Agreement(
      statistic: own, trials: others, probabilityIfLine: 1, passesIfLine: share(ifLine), passesIfAlone: share(ifAlone))
    result.probabilityIfLine = Double(1 + ifLine.count { $0 >= result.probability }) / Double(1 + ifLine.count)
    return result
  }
}

/// How often one more draw reaches a value, beyond the largest of the draws too.
///
/// The rank of one more among N draws is even over N + 1 places. The excess of the T largest over the least of them follows
/// the law of an exponential variable, longer than that of a bounded one, whose mean is known from their sum S: one more of them
/// exceeds e with the probability (1 + e/S)^-(T - 1).
private struct SampleTail {
  private static let share = 0.1

  /// Rising.
  private let sample: [Double]
  private let tailCount: Int
  private let start: Double
  /// S.
  private let excess: Double

  init(_ values: [Double]) {
    sample = values.sorted()
    tailCount = max(1, Int(Self.share * Double(sample.count)))
    let tail = sample.suffix(tailCount)
    let start = tail.first ?? 0
    self.start = start
    excess = tail.reduce(0) { $0 + $1 - start }
  }

  /// Of one more draw.
  func probability(atLeast value: Double) -> Double { probability(value, ownCount: 0) }

  /// Of one of the draws against the others.
  func probability(ofDraw value: Double) -> Double { probability(value, ownCount: 1) }

  private func probability(_ value: Double, ownCount: Int) -> Double {
    let all = Double(1 + sample.count)
    guard value > start else { return Double(1 - ownCount + sample.count { $0 >= value }) / all }
    let others = Double(max(0, tailCount - 1 - ownCount))
    // What is always the same, such as the one station that hears anything, is known to rounding.
    let sum = max(excess - Double(ownCount) * (value - start), 1e-2 * others)
    return Double(tailCount) / all * pow(1 + (value - start) / max(sum, 1e-300), -others)
  }
}
