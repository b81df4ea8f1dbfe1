import DarkMatter

/// Limits on one coupling against mass, from a search for a sinusoid in clocks.
///
/// The frequencies of the search are drawn together in stretches; each has its largest limit, at the frequency where that
/// is, and the median. Masses of which the run is longer than the coherence time are left out: their line is broader than
/// the search takes it for.
public struct ClockLimit: Hashable, Sendable, Codable {
  public var coupling: ClockCoupling
  /// Relative change of the first clock's ratio for a coupling of one and phi/(sqrt 2 M_Pl) = 1; of the mean quark mass for
  /// the axion.
  public var coefficient: Double
  /// F; nil where the limit on the amplitude counts the random amplitude itself.
  public var stochasticFactor: Double?
  /// eV, ascending.
  public var masses: [Double]
  /// The largest limit of each stretch.
  public var values: [Double]
  /// The median of each stretch.
  public var medians: [Double]
  /// The mass in eV from which the run is longer than the coherence time.
  public var coherentUpTo: Double

  /// Below it a boson cannot be all of the dark matter, in eV.
  public static let leastDarkMatterMass = 1e-22
}

/// Limits on amplitudes at many frequencies, drawn together in stretches.
struct LimitStretches {
  private(set) var frequencies: [Double] = []
  private(set) var largest: [Double] = []
  private(set) var medians: [Double] = []

  init(frequencies: [Double], largest: [Double], medians: [Double]) {
    self.frequencies = frequencies
    self.largest = largest
    self.medians = medians
  }

  /// - Parameters:
  ///   - stretches: ranges of frequency numbers.
  ///   - limits: one per frequency; NaN where there is none.
  ///   - frequency: Hz of a number.
  init(_ stretches: [Range<Int>], limits: [Double], frequency: (Int) -> Double) {
    for stretch in stretches {
      let known = stretch.filter { limits[$0].isFinite }
      guard let worst = known.max(by: { limits[$0] < limits[$1] }) else { continue }
      frequencies.append(frequency(worst))
      largest.append(limits[worst])
      let sorted = known.map { limits[$0] }.sorted()
      medians.append(sorted[sorted.count / 2])
    }
  }

  /// The limits on a coupling, those of broad lines left out.
  ///
  /// - Parameters:
  ///   - coupling: which.
  ///   - coefficient: of the first clock.
  ///   - factor: F.
  ///   - span: of the data in s.
  ///   - options: density and constants.
  func limit(
    on coupling: ClockCoupling, coefficient: Double, factor: StochasticFactor?, span: Double, options: ClockLimitOptions
  ) -> ClockLimit {
    // tau_c = 1/(f (v/c)²) goes as the inverse frequency, whatever the order.
    let highest = coupling.order.coherenceTime(mass: coupling.order.mass(frequency: 1)) / span
    let count = frequencies.prefix { $0 <= highest }.count
    let limits = ClockCouplingLimits(density: options.density, stochasticFactor: factor?.value ?? 1)
    func points(_ amplitudes: [Double]) -> [ClockCouplingLimits.Point] {
      let (f, a) = (Array(frequencies[..<count]), Array(amplitudes[..<count]))
      if let mode = coupling.mode {
        return limits.axion(
          mode, frequencies: f, amplitudes: a, quarkMassCoefficient: coefficient,
          quarkMassRatio: options.quarkMassRatio)
      }
      return limits.scalar(
        frequencies: f, amplitudes: a, coefficient: coefficient, planckMass: options.planckMass)
    }
    let worst = points(largest)
    return ClockLimit(
      coupling: coupling, coefficient: coefficient, stochasticFactor: factor?.value, masses: worst.map(\.mass),
      values: worst.map(\.coupling), medians: points(medians).map(\.coupling),
      coherentUpTo: coupling.order.mass(frequency: highest))
  }
}
