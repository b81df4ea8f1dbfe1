import DarkMatter

/// Limits on one coupling against mass, from a search for a sinusoid in clocks.
///
/// The frequencies of the search are drawn together in stretches; each has its largest limit, at the frequency where that
/// is, and the median. Where the run outlasts the coherence time, limits are those of the search in segments.
public struct ClockLimit: Hashable, Sendable, Codable {
  public var coupling: ClockCoupling
  /// Relative change of the first clock's ratio for a coupling of one and phi/(sqrt 2 M_Pl) = 1; of the mean quark mass for
  /// the axion.
  public var coefficient: Double
  /// F where the search is coherent; nil where the limit on the amplitude counts the random amplitude itself. Limits in
  /// segments always do.
  public var stochasticFactor: Double?
  /// eV, ascending.
  public var masses: [Double]
  /// The largest limit of each stretch.
  public var values: [Double]
  /// The median of each stretch.
  public var medians: [Double]
  /// Into how many segments the run was split at each mass; 1 where the search is coherent.
  public var segments: [Int]

  /// Below it a boson cannot be all of the dark matter, in eV.
  public static let leastDarkMatterMass = 1e-22
}

/// Limits on amplitudes at many frequencies, drawn together in stretches.
struct LimitStretches {
  var frequencies: [Double]
  var largest: [Double]
  var medians: [Double]
  /// Into how many segments the run is split for each; 1 where the search is coherent.
  var segments: [Int]

  /// The limits on a coupling.
  ///
  /// - Parameters:
  ///   - coupling: which.
  ///   - coefficient: of the first clock.
  ///   - factor: F where the search is coherent; limits in segments count the random amplitude themselves.
  ///   - options: density and constants.
  func limit(
    on coupling: ClockCoupling, coefficient: Double, factor: StochasticFactor?, options: ClockLimitOptions
  ) -> ClockLimit {
    let coherent = segments.prefix { $0 == 1 }.count
    func points(_ amplitudes: [Double]) -> [ClockCouplingLimits.Point] {
      [(0..<coherent, factor?.value ?? 1), (coherent..<segments.count, 1)].flatMap { range, factor in
        let limits = ClockCouplingLimits(density: options.density, stochasticFactor: factor)
        let (f, a) = (Array(frequencies[range]), Array(amplitudes[range]))
        if let mode = coupling.mode {
          return limits.axion(
            mode, frequencies: f, amplitudes: a, quarkMassCoefficient: coefficient,
            quarkMassRatio: options.quarkMassRatio)
        }
        return limits.scalar(frequencies: f, amplitudes: a, coefficient: coefficient, planckMass: options.planckMass)
      }
    }
    let worst = points(largest)
    return ClockLimit(
      coupling: coupling, coefficient: coefficient, stochasticFactor: factor?.value, masses: worst.map(\.mass),
      values: worst.map(\.coupling), medians: points(medians).map(\.coupling), segments: segments)
  }
}
