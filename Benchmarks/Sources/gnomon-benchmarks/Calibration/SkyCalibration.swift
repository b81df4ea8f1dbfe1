import Dashboard
import Foundation
import Inference
import Numerics

/// Whether areas on the sky hold the source as often as they say: sources anywhere, their data drawn from the model.
struct SkyCalibration: Codable {
  /// The areas of one kind of source.
  struct Coverage: Codable {
    var name: String
    var experiments: Int
    /// Of the areas of 68, 90 and 95 %, among the experiments in which a source was claimed.
    var shares: [CalibratedShare]
    /// Square degrees of the area of 90 %, and Θ of the likeliest direction.
    var medianArea: Double
    var medianStatistic: Double
    /// The smallest level whose area holds the source, of each claim, ascending.
    var credibilities: [Double]
  }

  var experiments: Int
  var seed: UInt64
  var coverages: [Coverage] = []

  /// Names of all kinds of sources.
  static var names: [String] { SkyCampaign.streams.map(\.name) + LineSkyCampaign.lines.map(\.name) }

  /// - Parameters:
  ///   - experiments: of each kind.
  ///   - cases: names of kinds; none for all.
  ///   - seed: of all random numbers.
  ///   - progress: receives lines of text.
  /// - Throws: `InferenceError`.
  init(experiments: Int, cases: [String], seed: UInt64, progress: (String) -> Void) throws {
    self.experiments = experiments
    self.seed = seed
    let maps =
      SkyCampaign.streams.map { campaign in (campaign.name, { key in try campaign.map(key: key) }) }
      + LineSkyCampaign.lines.map { campaign in (campaign.name, { key in try campaign.map(key: key) }) }
    for (number, (name, map)) in maps.enumerated() where cases.isEmpty || cases.contains(name) {
      progress("\(experiments) sources: \(name)")
      let found = try concurrentRuns(experiments) { run -> (credibility: Double, area: Double, statistic: Double)? in
        let key = Philox.derive(seed, tag: 0x534B_5943, a: Int64(run), b: UInt32(number))
        return try map(key).map { map, source in
          (map.credibility(of: source), map.credibleRegion(0.9).squareDegrees, map.maximum.testStatistic)
        }
      }.compactMap(\.self)
      let levels = found.map(\.credibility).sorted()
      coverages.append(
        Coverage(
          name: name, experiments: experiments,
          shares: [0.68, 0.9, 0.95].map { level in
            CalibratedShare(stated: level, hits: levels.count { $0 <= level }, of: levels.count)
          }, medianArea: median(found.map(\.area)), medianStatistic: median(found.map(\.statistic)),
          credibilities: levels))
      progress(row(coverages[coverages.count - 1]))
    }
  }

  private func row(_ coverage: Coverage) -> String {
    coverage.name.padding(toLength: 44, withPad: " ", startingAt: 0)
      + String(
        format: "%6d  %7.1f  %9.3g   ", coverage.credibilities.count, coverage.medianStatistic, coverage.medianArea)
      + coverage.shares.map(\.text).joined(separator: "  ")
  }

  /// The table for people.
  var text: String {
    let head = "sources anywhere on the sky".padding(toLength: 44, withPad: " ", startingAt: 0)
    return
      ([
        "\(experiments) experiments of each kind, seed \(seed)",
        head + "claims        Θ  90 % deg²   areas of 68, 90, 95 % hold the source",
      ] + coverages.map(row)).joined(separator: "\n") + "\n"
  }

  /// Found against stated levels.
  var figure: SVGDrawing {
    let streams = SkyCampaign.streams.map(\.name)
    func panel(_ title: String, _ isWanted: (String) -> Bool) -> PlotAxes? {
      let chosen = coverages.filter { isWanted($0.name) && !$0.credibilities.isEmpty }
      guard !chosen.isEmpty else { return nil }
      return ProbabilityFigure.panel(RichText(markup: title), chosen.map { ($0.name, $0.credibilities) })
    }
    return ProbabilityFigure.drawing(
      [
        panel("areas of streams in a background", streams.contains),
        panel("areas of lines") { !streams.contains($0) },
      ].compactMap(\.self))
  }
}

/// A generator of normal deviates, and directions.
struct SkyDeviates {
  private let key: UInt64
  private var block: UInt32 = 0
  private var left: [Double] = []

  init(key: UInt64) { self.key = key }

  mutating func normal() -> Double {
    if left.isEmpty {
      let four = NormalDeviates.four(SIMD4(block, 0, 0, 0), key: key)
      left = [four[3], four[2], four[1], four[0]]
      block += 1
    }
    return left.removeLast()
  }

  /// E|ζ|² = 1.
  mutating func complex() -> ComplexNumber {
    let real = normal()
    return ComplexNumber(real, normal()) * 0.5.squareRoot()
  }

  /// Even on the sphere.
  mutating func direction() -> SIMD3<Double> {
    let vector = SIMD3(normal(), normal(), normal())
    return vector / (vector * vector).sum().squareRoot()
  }
}
