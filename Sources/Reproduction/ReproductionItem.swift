import Numerics

/// A published figure or formula that is computed and simulated anew; one file each.
public protocol ReproductionItem: Sendable {
  /// What a user types: "figure-2".
  var id: String { get }
  var title: String { get }
  /// Paper, figure and equations.
  var source: String { get }

  /// The simulated experiment in a few sentences.
  var experiment: String { get }

  /// Numbers of the closed form that are printed in the paper or normative in the physics page.
  func landmarks() throws -> [Landmark]

  /// Evaluates the closed forms, runs the simulated experiment and measures the same quantities in its data.
  ///
  /// - Parameter run: random numbers and progress.
  /// - Returns: curves and points, a function of the seed alone.
  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel]
}

extension ReproductionItem {
  /// All of an item.
  ///
  /// - Parameter run: random numbers and progress.
  public func reproduce(_ run: ReproductionRun) throws -> Reproduction {
    Reproduction(
      id: id, title: title, source: source, experiment: experiment, landmarks: try landmarks(), panels: try panels(run))
  }
}

/// What an item needs to know of the run it is part of.
public struct ReproductionRun: Sendable {
  public var seed: UInt64
  /// Called with the share of the item's work that is done, 0 ... 1.
  public var progress: @Sendable (Double) -> Void

  public init(seed: UInt64, progress: @escaping @Sendable (Double) -> Void = { _ in }) {
    self.seed = seed
    self.progress = progress
  }

  /// The seed of one simulated experiment of an item; experiments are independent.
  func seed(ofExperiment number: Int) -> UInt64 {
    // A tag of its own, "REPR": no key of a network's random numbers is derived with it.
    Philox.derive(seed, tag: 0x5245_5052, a: Int64(number), b: 0)
  }

  /// The run with a progress that covers part `index` of `count` equal ones.
  func part(_ index: Int, of count: Int) -> ReproductionRun {
    ReproductionRun(seed: seed) { [progress] in progress((Double(index) + $0) / Double(count)) }
  }
}

/// Everything that can be reproduced, in the order of a list.
public enum ReproductionCatalogue {
  public static let items: [any ReproductionItem] = [
    UniversalDipole(), IsotropicCorrelations(), HaloCorrelations(), ElectricDipoleCorrelation(),
    ShortBaselineLocalization(), LongBaselineLocalization(), ChiralityUncertainty(), ScalarCorrelation(),
    ClockCoefficients(), ClockAmplitudes(), ClockScalarLimits(), ClockAxionLimits(),
  ]
}
