import DarkMatter
import Foundation
import Inference
import Topology

extension ArchiveReader {
  /// The limits that a search for lines sets on fields and coupling constants.
  ///
  /// - Parameters:
  ///   - band: name of the band that was searched.
  ///   - options: density and spins; without a gyromagnetic ratio that of the topology's spins, if all agree.
  /// - Throws: `ArchiveError`, `InferenceError`.
  func couplingLimits(
    _ search: LineAnalysis, band: String, options: CouplingLimitOptions
  ) throws -> CouplingLimits {
    let topology = try topology()
    var options = options
    if options.gyromagneticRatio == nil {
      let ratios = topology.nodes.compactMap { try? $0.instrument.model.readout() }.map(\.gyromagneticRatio)
      if let ratio = ratios.first, ratios.allSatisfy({ $0 == ratio }) { options.gyromagneticRatio = ratio }
    }
    return try CouplingLimits(search, unit: topology.unit(ofBand: band), epoch: epoch, options: options)
  }
}

/// A file of limits: a curve and the name it has.
public struct LimitFile: Sendable {
  /// File name, such as `line-axion-gradient-g.txt`.
  public var name: String
  public var curve: LimitCurve
}

extension ArchiveAnalysis {
  /// The limits of all searches for lines, in bands and in clocks, as files in the manner of AxionLimits.
  ///
  /// A file for each hypothesis, or set of clocks, and coupling constant, and one for the field where no constant is
  /// defined.
  ///
  /// - Parameter provenance: lines for the header: program, command line, archive.
  public func limitFiles(provenance: [String]) -> [LimitFile] {
    lineLimitFiles(provenance: provenance) + clockLimitFiles(provenance: provenance)
  }

  private func lineLimitFiles(provenance: [String]) -> [LimitFile] {
    lines.flatMap { band in
      band.limits.map { limits in
        limits.hypotheses.flatMap { hypothesis in
          let stem = "\(band.name)-\(hypothesis.template.name)".replacing(" ", with: "-")
          let common = provenance + ["run: \(run), band \(band.name)"] + limits.description(hypothesis)
          let unit = limits.unit.isEmpty ? "1" : limits.unit
          let fields = LimitFile(
            name: "\(stem)-rms.txt",
            curve: LimitCurve(
              comments: common + [
                hypothesis.refusal.map { "no coupling constant: \($0)" }
                  ?? "root mean square of the whole field vector",
                "mass [eV]  rms field [\(unit)]",
              ], masses: hypothesis.masses, couplings: hypothesis.fields))
          guard !hypothesis.constants.isEmpty else { return [fields] }
          return hypothesis.constants.map { constant in
            let kind = constant.constant
            let name = kind.symbol + (kind.unit.isEmpty ? " [dimensionless]" : " [\(kind.unit)]")
            return LimitFile(
              name: "\(stem)-\(kind.fileWord).txt",
              curve: LimitCurve(
                comments: common + ["convention: \(kind.convention)", "mass [eV]  \(name)"],
                masses: hypothesis.masses, couplings: constant.values))
          }
        }
      } ?? []
    }
  }
}

extension CouplingConstant {
  /// The constant's name in file names: constants of one matrix must differ.
  fileprivate var fileWord: String {
    switch self {
    case .axionGradient: "g"
    case .axialVector: "g-axial-vector"
    case .anapole: "g-anapole"
    case .electricDipole: "d"
    case .magneticDipole: "mu"
    case .kineticMixing: "epsilon"
    }
  }
}

extension CouplingLimits {
  /// What a reader must know of the numbers of a hypothesis.
  fileprivate func description(_ hypothesis: Hypothesis) -> [String] {
    let share = (confidence * 1e6).rounded() / 1e4
    let halo = hypothesis.template.components.map { component in
      let fraction = hypothesis.template.components.count > 1 ? "\(component.fraction) of " : ""
      return "\(fraction)v_vir \(component.virialSpeed / 1000) km/s"
    }
    return [
      "hypothesis: \(hypothesis.template.name), \(halo.joined(separator: " and ")), Earth's and Sun's motion included",
      "CL: \(share) % at each mass (local); the search maximises over each half bin of its segments",
      "method: CLs, so that a downward fluctuation excludes nothing that the run cannot see",
      "rho_DM: \(options.density) GeV/cm^3",
      "f_DM: 1",
      "stochastic: the random amplitude of the field is part of the likelihood",
    ] + (options.gyromagneticRatio.map { unit == "T" ? ["gyromagnetic ratio: \($0) rad/s/T"] : [] } ?? [])
  }
}
