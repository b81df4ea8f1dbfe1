import Correlator
import Foundation
import Inference

/// How a background that was found is checked.
public struct BackgroundCheckOptions: Hashable, Sendable, Codable {
  /// Of the comparison of couplings.
  public var couplings: BackgroundCouplingOptions
  /// Of the tests on the stored matrices.
  public var nullTests: BackgroundNullTestOptions
  /// Time shifts for which the samples are correlated anew; the neighbouring bands are looked at when there are any.
  public var timeShifts: Int
  /// Threads of the correlator.
  public var workers: Int

  public init(
    couplings: BackgroundCouplingOptions = BackgroundCouplingOptions(),
    nullTests: BackgroundNullTestOptions = BackgroundNullTestOptions(), timeShifts: Int = 0, workers: Int = 1
  ) {
    self.couplings = couplings
    self.nullTests = nullTests
    self.timeShifts = timeShifts
    self.workers = workers
  }
}

extension ArchiveReader {
  /// Compares couplings and makes the null tests of a fitted band.
  ///
  /// - Parameters:
  ///   - band: number of the band.
  ///   - fit: of the band.
  ///   - options: of the fit.
  ///   - checks: which ones, and how many simulations.
  ///   - progress: called with a line of text.
  /// - Returns: couplings only after a detection.
  /// - Throws: `ArchiveError` or `InferenceError`.
  func checkBackground(
    band: Int, fit: BackgroundFit, options: BackgroundFitOptions, checks: BackgroundCheckOptions,
    progress: (String) -> Void
  ) throws -> (couplings: BackgroundCouplings?, nullTests: BackgroundNullTests) {
    let plan = bands[band]
    let geometry = try NetworkGeometry(streams)
    let spectra = try calibratedSpectra(band: band)
    var options = options
    options.calibration = options.calibration ?? calibrationUncertainty
    let stations = streams.flatMap { stream in stream.channels.map { _ in stream.name } }
    var tests = try testBackground(
      spectra, plan: plan, geometry: geometry, stations: stations, fit: fit, fitOptions: options,
      options: checks.nullTests)
    if checks.timeShifts > 0 {
      try addShifts(to: &tests, plan: plan, geometry: geometry, options: options, checks: checks, progress: progress)
    }
    guard fit.detection.isSignificant else { return (nil, tests) }
    if checks.couplings.simulations > 0 {
      progress("comparing couplings in band \(plan.name): \(checks.couplings.simulations) simulations of each")
    }
    do {
      let couplings = try compareBackgroundCouplings(
        spectra, plan: plan, epoch: epoch, geometry: geometry, fit: fit, restFrequency: options.restFrequency,
        calibration: options.calibration, options: checks.couplings)
      return (couplings, tests)
    } catch let error as InferenceError where !error.isWrongUse {
      // The detection stands without it.
      progress("band \(plan.name): couplings are not compared: \(error)")
      return (nil, tests)
    }
  }

  private func addShifts(
    to tests: inout BackgroundNullTests, plan: BandPlan, geometry: NetworkGeometry, options: BackgroundFitOptions,
    checks: BackgroundCheckOptions, progress: (String) -> Void
  ) throws {
    var quick = options
    quick.profilePoints = 0
    func trial(_ name: String, _ plan: BandPlan, shifts: [Int64]?) throws -> BackgroundNullTests.Trial {
      progress("null test of band \(plan.name): \(name)")
      let calibration = try FieldCalibration(plan: plan, topology: try topology())
      let rows = try correlate(plan, shifts: shifts, workers: checks.workers).map(calibration.applied)
      let detection = try? fitDeterminedBackground(rows, plan: plan, geometry: geometry, options: quick).detection
      return .init(name: name, statistic: detection?.statistic, sigma: detection?.equivalentSigma)
    }
    for step in try shiftSteps(plan, count: checks.timeShifts) {
      let seconds = Double(step * plan.hop) * 1e-9
      tests.timeShifts.append(
        try trial("stations \(brief(seconds)) s apart", plan, shifts: streams.indices.map { Int64($0) * step }))
    }
    for neighbour in neighbours(of: plan) {
      let last = neighbour.frequency(neighbour.binCount - 1)
      let name = "\(brief(neighbour.frequency(0))) to \(brief(last)) Hz"
      tests.neighbours.append(try trial(name, neighbour, shifts: nil))
    }
  }
}

/// A number without the digits of its binary rounding.
private func brief(_ value: Double) -> String { String(format: "%.6g", value) }
