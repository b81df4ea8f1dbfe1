import Correlator
import Foundation
import Inference
import Numerics

/// How often the null tests of a band raise a false alarm: in noise alone, and in a true background.
///
/// The tests state probabilities of their own largest of several deviations; an alarm at 0.0027 in 0.27 % of runs is what they
/// promise. Deviations of one run are correlated, so that a promise kept is no matter of course.
struct NullTestCalibration: Codable {
  /// A test's alarms over all experiments of a kind.
  struct Alarms: Codable {
    var name: String
    var shares: [CalibratedShare]
  }

  var experiments: Int
  var seed: UInt64
  var alarms: [Alarms] = []

  /// - Parameters:
  ///   - experiments: of noise, and as many with a background.
  ///   - seed: of all random numbers.
  /// - Throws: `InferenceError`.
  init(experiments: Int, seed: UInt64) throws {
    self.experiments = experiments
    self.seed = seed
    let network = CalibrationNetwork()
    let (geometry, plan) = (try network.geometry, try network.plan(streams: false))
    var options = BackgroundFitOptions(referenceFrequency: network.reference)
    options.profilePoints = 0
    for (part, amplitude) in [0, network.amplitude].enumerated() {
      var drawn = network
      drawn.amplitude = amplitude
      var probabilities: [String: [Double]] = [:]
      try drawn.draw(experiments, key: Philox.derive(seed, tag: 0x4E55_4C4C, a: Int64(part), b: 0)) { row in
        let fit = try fitDeterminedBackground([row], plan: plan, geometry: geometry, options: options)
        let tests = try testBackground(
          [row], plan: plan, geometry: geometry, stations: geometry.labels, fit: fit, fitOptions: options,
          options: BackgroundNullTestOptions(scrambles: 0))
        if amplitude == 0 { probabilities["detection", default: []].append(fit.detection.localProbability) }
        if let pair = tests.pairProbability { probabilities["worst pair", default: []].append(pair) }
        if let station = tests.stationProbability { probabilities["station left out", default: []].append(station) }
      }
      let kind = amplitude == 0 ? "noise" : "background"
      for (name, values) in probabilities.sorted(by: { $0.key < $1.key }) {
        alarms.append(
          Alarms(
            name: "\(kind), \(name)",
            shares: [0.0027, 0.01, 0.05, 0.2].map { level in
              CalibratedShare(stated: level, hits: values.count { $0 < level }, of: values.count)
            }))
      }
    }
  }

  /// The table for people.
  var text: String { "\(experiments) experiments of each kind, seed \(seed)\n" + Self.table(alarms) }

  static func table(_ alarms: [Alarms]) -> String {
    alarms.map { alarm in
      alarm.name.padding(toLength: 48, withPad: " ", startingAt: 0)
        + alarm.shares.map { String(format: "p < %g: ", $0.stated) + $0.text }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
