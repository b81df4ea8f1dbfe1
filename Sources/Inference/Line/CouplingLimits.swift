import DarkMatter
import Sky

/// What turns the limit on a field into one on a coupling constant.
public struct CouplingLimitOptions: Hashable, Sendable, Codable {
  /// ρ of the dark matter in GeV/cm³, all of it the boson that is looked for.
  public var density: Double
  /// γ of the spins in rad/s/T; only a field in tesla needs it.
  public var gyromagneticRatio: Double?

  public init(density: Double = LocalDarkMatter.density, gyromagneticRatio: Double? = nil) {
    self.density = density
    self.gyromagneticRatio = gyromagneticRatio
  }
}

/// Upper limits on field and coupling constants against mass, of each hypothesis of a search for lines.
///
/// Every limit is local: for a line at that mass, not for the largest anywhere. It belongs to the likeliest frequency in its
/// half bin and holds a little more than its confidence for the others there.
public struct CouplingLimits: Sendable, Codable {
  /// The limits on one coupling constant.
  public struct Constant: Sendable, Codable {
    public var constant: CouplingConstant
    /// In the constant's unit, one for each mass.
    public var values: [Double]
  }

  /// The limits on one hypothesis.
  public struct Hypothesis: Sendable, Codable {
    public var template: LineHypothesis
    /// m in eV, ascending.
    public var masses: [Double]
    /// Root mean square of the whole field vector, in `unit`.
    public var fields: [Double]
    public var constants: [Constant]
    /// Why there is no constant; nil where there are some.
    public var refusal: String?
  }

  public var confidence: Double
  /// SI unit of the field.
  public var unit: String
  public var options: CouplingLimitOptions
  public var hypotheses: [Hypothesis]

  /// Turns the amplitudes that a search excludes into fields and coupling constants.
  ///
  /// - Parameters:
  ///   - search: with an upper limit at every point of its scans.
  ///   - unit: SI unit of the field.
  ///   - epoch: of the run; it decides the Earth's velocity, on which the rms of a line depends.
  ///   - options: density and spins.
  /// - Throws: `InferenceError.invalidOption` for a density or ratio that is none.
  public init(_ search: LineAnalysis, unit: String, epoch: GPSTime, options: CouplingLimitOptions) throws {
    guard options.density > 0, options.density.isFinite else {
      throw InferenceError.invalidOption(name: "density", reason: "a positive number of GeV/cm^3")
    }
    if let ratio = options.gyromagneticRatio, !ratio.isFinite || ratio == 0 {
      throw InferenceError.invalidOption(name: "gyromagneticRatio", reason: "a number of rad/s/T that is not zero")
    }
    confidence = search.confidence
    self.unit = unit
    self.options = options
    hypotheses = search.scans.map { scan in
      let points = scan.points.filter { $0.upperLimit > 0 && $0.upperLimit.isFinite }
      let masses = points.map { $0.restFrequency / NaturalUnits.frequencyPerMass }
      let rootMeanSquare = scan.template.rootMeanSquare(at: epoch)
      var hypothesis = Hypothesis(
        template: scan.template, masses: masses, fields: points.map { $0.upperLimit * rootMeanSquare }, constants: [])
      do throws(CouplingConstantError) {
        for constant in try CouplingConstant.measured(
          scan.template.coupling, unit: unit, gyromagneticRatio: options.gyromagneticRatio)
        {
          var values: [Double] = []
          for (point, mass) in zip(points, masses) {
            values.append(
              point.upperLimit
                / (try constant.amplitude(
                  unit: unit, mass: mass, density: options.density, gyromagneticRatio: options.gyromagneticRatio)))
          }
          hypothesis.constants.append(Constant(constant: constant, values: values))
        }
      } catch {
        hypothesis.refusal = error.description
      }
      return hypothesis
    }
  }
}
