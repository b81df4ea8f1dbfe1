import ArgumentParser
import DarkMatter
import Inference

/// How limits of clocks are stated.
struct ClockLimitArguments: ParsableArguments {
  @Option(help: "Upper limits on amplitudes: bayes (flat prior of cosine and sine), cls or neyman.")
  var amplitudeLimit = AmplitudeLimit.bayes

  @Option(help: "Confidence of the limits on amplitudes.")
  var confidence = 0.95

  @Option(
    help: ArgumentHelp(
      "The random amplitude of the field in limits on couplings: paper (F = 3), derived (2.7266, on 1/f_a 3.2960), none "
        + "(F = 1) or exact (in the limit on the amplitude itself; on 1/f_a as derived)."))
  var stochasticFactor = StochasticTreatment.paper

  @Option(help: "Reduced Planck mass: paper (2.4e18 GeV) or codata (2.4353e18 GeV).")
  var planckMass = PlanckMass.paper

  @Option(help: "m_u/m_d, for limits on the axion's decay constant.")
  var quarkMassRatio = AxionClockSignal.defaultQuarkMassRatio

  @Option(
    help: ArgumentHelp(
      "Where the searches of clocks end; default: half of their rate, at most what 4 million frequencies reach.",
      valueName: "Hz"))
  var highestFrequency: Double?

  @Option(
    help: ArgumentHelp(
      "The noise of clocks: stated (by the topology, or by the uncertainties of imported readings) or measured (by the search "
        + "itself: the median of its powers, and a fit of white, flicker and random-walk noise at low frequencies)."))
  var clockNoise = ClockNoiseSource.stated

  @Option(
    help: ArgumentHelp(
      "v/c of dark matter in the coherence time 1/(f (v/c)²): where the run outlasts it, clocks are searched in segments.",
      valueName: "v/c"))
  var coherenceSpeed = CoherenceBands.speed

  enum PlanckMass: String, ExpressibleByArgument, CaseIterable {
    case paper, codata
  }

  func validate() throws {
    guard confidence > 0, confidence < 1 else { throw ValidationError("--confidence must be between 0 and 1") }
    guard highestFrequency.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--highest-frequency must be above zero")
    }
    guard coherenceSpeed > 0, coherenceSpeed <= 0.1 else {
      throw ValidationError("--coherence-speed must be above 0 and at most 0.1")
    }
    guard quarkMassRatio > 0, quarkMassRatio.isFinite else {
      throw ValidationError("--quark-mass-ratio must be above zero")
    }
  }

  /// - Parameters:
  ///   - density: of the dark matter in GeV/cm³.
  ///   - workers: threads.
  func options(density: Double, workers: Int) -> ClockAnalysisOptions {
    ClockAnalysisOptions(
      confidenceLevel: confidence, limit: amplitudeLimit, highestFrequency: highestFrequency,
      noise: clockNoise,
      couplings: ClockLimitOptions(
        density: density, planckMass: planckMass == .paper ? ReducedPlanckMass.paper : ReducedPlanckMass.codata,
        quarkMassRatio: quarkMassRatio, stochastic: stochasticFactor), coherenceSpeed: coherenceSpeed,
      workers: workers)
  }
}

extension AmplitudeLimit: ExpressibleByArgument {}
extension ClockNoiseSource: ExpressibleByArgument {}
extension StochasticTreatment: ExpressibleByArgument {}
