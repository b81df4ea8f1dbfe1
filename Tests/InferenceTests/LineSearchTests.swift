import DarkMatter
import Foundation
import Inference
import Numerics
import Sky
import Testing

@Suite("The search for narrow lines: windows, scans, false alarms")
struct LineSearchTests {
  private let electric = LineHypothesis(name: "EDM", coupling: .electricDipole)

  @Test("a scan by Fourier transforms equals the likelihood with modes made for every frequency")
  func scanEqualsExact() throws {
    let network = LineNetwork()
    for coupling in [HaloCoupling.axionGradient, .electricDipole] {
      let template = LineHypothesis(name: "t", coupling: coupling)
      let geometry = network.observation(segments: 59, frequency: 50)
      for offset in [-0.45, 0.1, 0.4] {
        let frequency = 50 + offset / LineNetwork.segment
        let truth = try LineSearch(template, observation: geometry, restFrequency: frequency)
        // A line with an expected Θ of about 100.
        let power = 0.2 / (truth.eigenvalues.reduce(0, +) / Double(truth.eigenvalues.count))
        let data = truth.simulated(geometry, power: 20 * power, experiment: 5, key: 3)
        // Modes of a frequency 0.5 % away and of other noise, as in the middle of a part of a block.
        var middle = data
        middle.frequency *= 1.005
        middle.noise = data.noise.enumerated().map { $1 * ($0.isMultiple(of: 2) ? 1.05 : 0.97) }
        let search = try LineSearch(template, observation: middle, restFrequency: middle.frequency, tolerance: 1e-4)
        let scan = search.scan(data, halfWidth: 0.5 / LineNetwork.segment)
        let best = try #require(scan.best)
        var worst = (share: 0.0, exact: 0.0, found: 0.0)
        for number in stride(from: 0, to: scan.frequencies.count, by: 5) {
          let place = scan.frequencies[number]
          let exact = try LineSearch(template, observation: data, restFrequency: place)
            .profile(data, restFrequency: place).statistic
          let found = scan.profiles[number].statistic
          // Beside a strong line small errors of the modes meet its amplitude: they count with the root of its Θ.
          let share = abs(found - exact) / ((3 + exact) * (3 + best.profile.statistic)).squareRoot()
          if share > worst.share { worst = (share, exact, found) }
        }
        let exact = try LineSearch(template, observation: data, restFrequency: best.frequency)
          .profile(data, restFrequency: best.frequency).statistic
        print("\(coupling) \(offset): Θ \(best.profile.statistic) for \(exact); worst \(worst)")
        #expect(exact > 20)
        #expect(abs(best.profile.statistic - exact) < 0.03 * exact)
        #expect(worst.share < 0.1)
      }
    }
  }

  @Test("no bit depends on the number of threads")
  func threads() throws {
    let network = LineNetwork()
    let block = try network.block(1, segments: 31, tone: (0.2, 10.01))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let results = try [1, 3].map { workers in
      try encoder.encode(
        LineAnalysis(
          blockCount: 1, options: LineAnalysisOptions(templates: [electric], simulations: 0, workers: workers),
          block: { _ in block }))
    }
    let isSame = results[0] == results[1]
    #expect(isSame)
  }

  @Test("a strong line between two bins leaves the noise alone and makes no second line")
  func leakage() throws {
    let network = LineNetwork()
    // 10^4 times the noise of a bin, where a rectangular window would lift all noise here ten to hundredfold.
    let frequency = 10 + 0.5 / LineNetwork.segment
    let tone = (2 * 1e4 / LineNetwork.segment).squareRoot()
    let (quiet, loud) = (
      try network.block(2, segments: 31), try network.block(2, segments: 31, tone: (tone, frequency))
    )
    for index in quiet.frequencies.indices {
      let (a, b) = (quiet.observation(index).noise, loud.observation(index).noise)
      // Where a quarter of the neighbours hold the line, the median moves by a few ranks.
      #expect(zip(a, b).allSatisfy { abs($1 / $0 - 1) < 0.35 }, "\(quiet.frequencies[index]) Hz: \(a) \(b)")
    }
    let analysis = try LineAnalysis(
      blockCount: 1, options: LineAnalysisOptions(templates: [electric], simulations: 0), block: { _ in loud })
    let found = analysis.candidates.filter { $0.logGlobalProbability < log(0.0027) }
    #expect(found.count == 1)
    // The middle of the line of the best template lies above the rest frequency, by the particles' kinetic energy.
    #expect(abs((found.first?.restFrequency ?? 0) - frequency) < 1e-4)
    #expect(found.first?.estimate != nil)
  }

  /// Crossings of two templates that always cross together are those of one.
  @Test("a template that is given twice is one trial")
  func sharedTrials() throws {
    let block = try LineNetwork().block(1003, segments: 31)
    func expected(_ templates: [LineHypothesis]) throws -> Double {
      let analysis = try LineAnalysis(
        blockCount: 1, options: LineAnalysisOptions(templates: templates, simulations: 0), block: { _ in block })
      return -log1p(-exp(try #require(analysis.candidates.first).logGlobalProbability))
    }
    let copy = LineHypothesis(name: "EDM again", coupling: .electricDipole)
    let (once, twice) = (try expected([electric]), try expected([electric, copy]))
    print("expected as loud: \(once) with one, \(twice) with two")
    #expect(abs(twice / once - 1) < 0.25)
  }

  /// The whole band, and its bin at 10 Hz alone, which the loudest peak fills.
  @Test("noise alone gives global probabilities as often as they say", arguments: [1, 1e-3])
  func falseAlarms(halfWidth: Double) throws {
    let network = LineNetwork()
    let scans = 100
    let values = try (0..<scans).map { number -> Double in
      let block = try network.block(1000 + number, segments: 31, halfWidth: halfWidth)
      #expect((block.frequencies.count == 1) == (halfWidth < 0.01))
      let analysis = try LineAnalysis(
        blockCount: 1, options: LineAnalysisOptions(templates: [electric], simulations: 0, seed: UInt64(number)),
        block: { _ in block })
      return exp(analysis.candidates.first?.logGlobalProbability ?? 0)
    }
    for level in halfWidth < 0.01 ? [0.05, 0.2, 0.5] : [0.05, 0.2] {
      let count = values.count { $0 < level }
      let expected = level * Double(scans)
      print("p < \(level): \(count) of \(scans)")
      #expect(abs(Double(count) - expected) < 4 * (expected * (1 - level)).squareRoot())
    }
  }
}
