import Foundation
import Inference

extension ArchiveAnalysis {
  /// The limits of the searches in clocks, a file for each search and coupling.
  ///
  /// - Parameter provenance: lines for the header.
  func clockLimitFiles(provenance: [String]) -> [LimitFile] {
    clocks?.analysis.searches.flatMap { search in
      search.limits.compactMap { limit -> LimitFile? in
        // An empty interval is no limit to write down.
        let known = limit.values.indices.filter { limit.values[$0] > 0 }
        guard !known.isEmpty else { return nil }
        let coupling = limit.coupling
        let name = coupling.symbol + (coupling.unit.isEmpty ? " [dimensionless]" : " [\(coupling.unit)]")
        return LimitFile(
          name: "clock-\(search.clocks.joined(separator: "-"))-\(coupling.fileWord).txt",
          curve: LimitCurve(
            comments: provenance + ["run: \(run)"] + search.description(limit) + sources(of: search)
              + ["mass [eV]  \(name)"],
            masses: known.map { limit.masses[$0] }, couplings: known.map { limit.values[$0] }))
      }
    } ?? []
  }

  /// Where the sensitivities of the clocks of a search come from.
  private func sources(of search: ClockSearchResult) -> [String] {
    clocks?.sensitivities.filter { search.clocks.contains($0.clock) }
      .map { "sensitivity of \($0.clock): \($0.source)" } ?? []
  }
}

extension ClockSearchResult {
  /// What a reader must know of the numbers of a limit.
  fileprivate func description(_ limit: ClockLimit) -> [String] {
    let share = (confidenceLevel * 1e6).rounded() / 1e4
    return [
      "clocks: \(clocks.joined(separator: ", "))", "convention: \(limit.coupling.convention)",
      "coefficient of \(clocks.first ?? ""): \(limit.coefficient) per unit of phi/(sqrt2 M_Pl)",
      "CL: \(share) % at each frequency (local), \(limitKind.rawValue); the largest limit of each of "
        + "\(limit.values.count) stretches of frequency, at its mass",
    ] + searches(limit) + [
      "rho_DM: \(couplingOptions.density) GeV/cm^3", "f_DM: 1",
      "reduced Planck mass: \(couplingOptions.planckMass) GeV; m_u/m_d: \(couplingOptions.quarkMassRatio); "
        + "alpha: \(couplingOptions.radius.strongScale), beta: \(couplingOptions.radius.pionMass) (30 % theory error)",
      limit.stochasticFactor.map { "stochastic factor F on the coupling: \($0)" }
        ?? "stochastic: the random amplitude of the field is part of the limit",
      "below \(ClockLimit.leastDarkMatterMass) eV the field cannot be all of the dark matter",
    ]
  }
  /// Which search made which rows.
  private func searches(_ limit: ClockLimit) -> [String] {
    guard let first = segmentedBands.first else { return ["search: coherent"] }
    let order = limit.coupling.order
    func digits(_ value: Double) -> String { String(format: "%.5g", value) }
    return [
      "search: coherent below \(digits(order.mass(frequency: first.lowestFrequency))) eV; above, where the run outlasts the "
        + "coherence time 1/(f (v/c)^2), v/c = \(coherenceSpeed), semi-coherent: sums of the powers of segments, with the "
        + "random amplitude in the limit, F = 1"
    ]
      + segmentedBands.map { band in
        let ends = [band.lowestFrequency, band.highestFrequency].map { digits(order.mass(frequency: $0)) }
        let shares = (order == .linear ? band.recovered : band.recoveredOfSquare).map { digits($0) }
        return "search from \(ends[0]) to \(ends[1]) eV: \(band.segments) of \(band.allSegments) segments of "
          + "\(digits(band.length)) s, which get \(shares[0]) to \(shares[1]) of the power of a line of the standard halo "
          + "(counted in the limit)"
      }
  }
}
