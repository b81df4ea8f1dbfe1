import Correlator
import Dashboard
import Foundation
import Inference
import Numerics

/// Whether the estimates, intervals, limits and tests of an isotropic background are what they say, from many experiments
/// with known truth.
struct BackgroundCalibration: Codable {
  /// Coverage of one kind of interval, or limit, at one truth.
  struct Coverage: Codable {
    var name: String
    var truth: Double
    var shares: [CalibratedShare]
  }

  var experiments: Int
  var seed: UInt64
  /// `matrices` drawn from the model, or `streams` made and correlated.
  var data: String
  /// Fits that did not converge.
  var failures: Int
  var parameters: [ParameterCalibration] = []
  /// Feldman and Cousins' intervals of P_V, and upper limits without a signal found.
  var coverages: [Coverage] = []
  /// Shares of experiments without a signal below a local probability.
  var falseAlarms: [CalibratedShare] = []
  /// The local probabilities without a signal, ascending.
  var probabilities: [Double] = []

  /// Runs the study.
  ///
  /// - Parameters:
  ///   - experiments: of each kind.
  ///   - streams: full streams instead of drawn matrices; slower.
  ///   - seed: of all random numbers.
  ///   - progress: receives lines of text.
  init(experiments: Int, streams: Bool, seed: UInt64, progress: (String) -> Void) throws {
    self.experiments = experiments
    self.seed = seed
    data = streams ? "streams" : "matrices"
    failures = 0
    var part: Int64 = 0
    func each(_ network: CalibrationNetwork, _ count: Int, _ body: (CrossSpectra) throws -> Void) throws {
      part += 1
      let key = Philox.derive(seed, tag: 0x4341_4C49, a: part, b: 0)
      if streams {
        try network.record(count, key: key, body: body)
      } else {
        try network.draw(count, key: key, body: body)
      }
    }
    let network = CalibrationNetwork()
    let geometry = try network.geometry
    let plan = try network.plan(streams: streams)
    var options = BackgroundFitOptions(referenceFrequency: network.reference)
    options.profilePoints = 0

    progress("\(experiments) experiments with all parameters fitted")
    var fits: [BackgroundFit] = []
    try each(network, experiments) {
      fits.append(try fitIsotropicBackground([$0], plan: plan, geometry: geometry, options: options))
    }
    failures = fits.count { !$0.convergence.converged || $0.fitted.count != 4 }
    fits.removeAll { !$0.convergence.converged || $0.fitted.count != 4 }
    // The inverse Fisher matrix at the truth; overlapping segments count as their effective number.
    let exact = try fitIsotropicBackground(
      [try network.expectation()], plan: try network.plan(streams: false), geometry: geometry, options: options)
    let samples = exact.effectiveSegments / fits[0].effectiveSegments
    func add(_ name: String, _ truth: Double, _ estimate: (BackgroundFit) -> Estimate?) {
      let bound = estimate(exact).map { $0.uncertainty * $0.uncertainty * samples } ?? .nan
      parameters.append(
        ParameterCalibration(
          name, truth: truth, estimates: fits.compactMap { estimate($0).map { ($0.value, $0.uncertainty) } },
          bound: bound))
    }
    add("A", network.amplitude) { $0.amplitude }
    add("f_L", network.longitudinalFraction) { $0.longitudinalFraction }
    add("P_V", network.chirality) { $0.chirality }
    add("index", network.spectralIndex) { $0.spectralIndex }

    var held = BackgroundFitOptions(
      referenceFrequency: network.reference, spectralIndex: network.spectralIndex, longitudinalFraction: 0,
      significanceThreshold: 0)
    held.profilePoints = 21
    /// Coverage of Feldman and Cousins' intervals.
    func cover(_ name: String, _ chiral: CalibrationNetwork, _ options: BackgroundFitOptions) throws {
      progress("\(experiments) experiments, \(name) = \(chiral.chirality)")
      var profiles: [ChiralityProfile] = []
      try each(chiral, experiments) {
        profiles += [
          try fitIsotropicBackground([$0], plan: plan, geometry: geometry, options: options).chiralityProfile
        ].compactMap { $0 }
      }
      failures += experiments - profiles.count
      coverages.append(
        Coverage(
          name: name, truth: chiral.chirality,
          shares: [0.68, 0.9, 0.95].enumerated().map { index, stated in
            CalibratedShare(
              stated: stated,
              hits: profiles.count { $0.confidenceIntervals[index].range.contains(chiral.chirality) },
              of: profiles.count)
          }))
    }
    for truth in [0, 0.6, 0.95, 1] {
      var chiral = network
      (chiral.longitudinalFraction, chiral.chirality) = (0, truth)
      try cover("P_V, Feldman-Cousins", chiral, held)
      // Three standard deviations of the amplitude: P_V is the ratio of two uncertain numbers, and hardly bounded by the data.
      chiral.amplitude = 0.1
      try cover("P_V, faint", chiral, held)
    }
    var free = options
    (free.profilePoints, free.significanceThreshold) = (21, 0)
    try cover("P_V, all fitted", network, free)

    for truth in [0, 0.02, 0.06] {
      progress("\(experiments) experiments with upper limits, A = \(truth)")
      var faint = network
      (faint.amplitude, faint.longitudinalFraction, faint.chirality, faint.spectralIndex) = (truth, 0, 0, 0)
      var limits: [BackgroundLimits] = []
      try each(faint, experiments) {
        limits.append(
          try BackgroundLimits(
            [$0], plan: plan, geometry: geometry, options: BackgroundFitOptions(referenceFrequency: network.reference)))
      }
      for composition in [BackgroundLimits.Composition.transverse, .any] {
        let values = limits.compactMap { $0.limits.first { $0.composition == composition }?.amplitude }
        coverages.append(
          Coverage(
            name: "A_95, \(composition.rawValue)", truth: truth,
            shares: [CalibratedShare(stated: 0.95, hits: values.count { $0 >= truth }, of: values.count)]))
      }
    }

    progress("\(4 * experiments) experiments without a signal")
    var quiet = network
    quiet.amplitude = 0
    try each(quiet, 4 * experiments) {
      probabilities.append(
        try fitIsotropicBackground([$0], plan: plan, geometry: geometry, options: options).detection.localProbability)
    }
    probabilities.sort()
    falseAlarms = [0.01, 0.05].map { stated in
      CalibratedShare(stated: stated, hits: probabilities.count { $0 < stated }, of: probabilities.count)
    }
  }

  /// The table for people.
  var text: String {
    var lines = [
      "\(experiments) experiments of each kind, \(data), seed \(seed); \(failures) fits failed", "",
      "parameter    pull mean        pull spread     variance/Fisher   coverage of 68, 90, 95 %",
    ]
    lines += parameters.map(\.row)
    lines += ["", "intervals                   truth   coverage"]
    lines += coverages.map { coverage in
      coverage.name.padding(toLength: 24, withPad: " ", startingAt: 0) + String(format: "%8.2f   ", coverage.truth)
        + coverage.shares.map { String(format: "%.0f %%: ", 100 * $0.stated) + $0.text }.joined(separator: "  ")
    }
    lines += ["", "false alarms without a signal, \(probabilities.count) experiments"]
    lines += falseAlarms.map { String(format: "p < %.2f: ", $0.stated) + $0.text }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Found against stated shares: a straight line, within the band that 95 % of the largest deviations stay in.
  var figure: SVGDrawing {
    ProbabilityFigure.drawing([
      ProbabilityFigure.panel("parameters", parameters.map { ($0.name, $0.levels) }),
      ProbabilityFigure.panel("local p without a signal", [("local p", probabilities)]),
    ])
  }
}
