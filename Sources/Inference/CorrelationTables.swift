import DarkMatter
import Foundation

/// Band-averaged correlation of two channels.
public struct PairCorrelation: Hashable, Sendable, Codable {
  public var first: Int
  public var second: Int
  /// Kilometres between the two.
  public var baseline: Double
  /// Optimally weighted mean over the band of Re C_IJ(f) (f/f_ref)^-index, unit²/Hz: an estimate of A times the overlap
  /// l_I [f_L Γ^L + (1 - f_L) Γ^I + P_V Γ^V] l_J of the band. Divide by the fitted amplitude for the overlap itself.
  public var correlation: Double
  /// One standard deviation of `correlation`.
  public var uncertainty: Double
  /// The fitted model, averaged with the same weights.
  public var model: Double
}

/// The three functions of z that make the most general two-point tensor of an isotropic field,
/// Γ_ij = delta(z) δ_ij + axial(z) x̂_i x̂_j + antisymmetric(z) ε_ijk x̂_k; the last is odd under parity.
public enum TwoPointFunction: String, Hashable, Sendable, Codable, CaseIterable {
  case delta, axial, antisymmetric

  /// The tensor whose coefficient the function is.
  var tensor: TwoPointTensor.Coefficients {
    switch self {
    case .delta: .init(delta: 1)
    case .axial: .init(axial: 1)
    case .antisymmetric: .init(antisymmetric: 1)
    }
  }
}

/// An estimate of one of the two-point functions from all pairs and bins with |p| d in a range.
public struct TwoPointFunctionPoint: Hashable, Sendable, Codable {
  public var function: TwoPointFunction
  /// Weighted mean of z = |p| d, and the range it was taken over.
  public var separation: Double
  public var range: ClosedRange<Double>
  /// Estimate of A times the function with the two others at the fitted model, unit²/Hz at the reference frequency.
  /// Divide by the fitted amplitude for the function itself, which for `antisymmetric` is P_V j1(z)/2.
  public var value: Double
  public var uncertainty: Double
  /// The fitted model, averaged with the same weights.
  public var model: Double
  /// Pairs of channels that contribute.
  public var pairs: Int
}

extension BackgroundModel {
  /// A two-point function of the model in units of A, the smooth curve beside the points.
  ///
  /// - Parameters:
  ///   - function: which of the three.
  ///   - separation: z = |p| d.
  public func value(of function: TwoPointFunction, separation z: Double) -> Double {
    let longitudinal = TwoPointTensor.longitudinal.coefficients(z: z)
    let transverse = TwoPointTensor.transverse.coefficients(z: z)
    func even(_ coefficient: KeyPath<TwoPointTensor.Coefficients, Double>) -> Double {
      longitudinalFraction * longitudinal[keyPath: coefficient]
        + (1 - longitudinalFraction) * transverse[keyPath: coefficient]
    }
    switch function {
    case .delta: return even(\.delta)
    case .axial: return even(\.axial)
    case .antisymmetric: return chirality * TwoPointTensor.chirality.coefficients(z: z).antisymmetric
    }
  }
}

/// Measured correlations beside the fitted model, for plots of correlation against baseline and separation.
struct CorrelationTables {
  private(set) var pairs: [PairCorrelation] = []
  private(set) var points: [TwoPointFunctionPoint] = []

  init(
    _ likelihood: WhittleLikelihood, optimum: Optimum, chart: PhysicalChart, geometry: NetworkGeometry,
    frequencies: [Double], model: BackgroundModel, options: BackgroundFitOptions
  ) {
    let channels = likelihood.channelCount
    let coordinates = chart.coordinates(optimum.parameters)
    let wavenumbers = frequencies.map { wavenumber(frequency: $0, restFrequency: options.restFrequency) }
    let highest = wavenumbers.max() ?? 0
    var longest = 0.0
    for first in 0..<channels {
      for second in first..<channels { longest = max(longest, geometry.baseline(first, second).length) }
    }
    let width = highest * longest / Double(options.separationBins)
    var stacks = TwoPointFunction.allCases.map { _ in
      [Stack](repeating: Stack(), count: options.separationBins)
    }

    for first in 0..<channels {
      for second in (first + 1)..<max(channels, first + 1) {
        let baseline = geometry.baseline(first, second)
        let weights = TwoPointFunction.allCases.map {
          $0.tensor.contraction(
            baseline: baseline.direction, geometry.directions[first], geometry.directions[second])
        }
        var mean = Stack()
        for bin in 0..<likelihood.binCount {
          guard
            let sample = Sample(
              likelihood, first: first, second: second, bin: bin, coordinates: coordinates, noise: optimum.noise)
          else { continue }
          mean.add(weight: 1, value: sample.value, model: sample.model, variance: sample.variance, separation: 0)
          let z = wavenumbers[bin] * baseline.length
          let slot = width > 0 ? min(Int(z / width), options.separationBins - 1) : 0
          for (number, function) in TwoPointFunction.allCases.enumerated() {
            // At one place the baseline has no direction.
            if baseline.length == 0, function != .delta { continue }
            let expected = model.amplitude * model.value(of: function, separation: z)
            stacks[number][slot].add(
              weight: weights[number], value: sample.value - sample.model + weights[number] * expected, model: expected,
              variance: sample.variance, separation: z, pair: first * channels + second)
          }
        }
        guard mean.information > 0 else { continue }
        pairs.append(
          PairCorrelation(
            first: first, second: second, baseline: baseline.length / 1000, correlation: mean.estimate,
            uncertainty: mean.uncertainty, model: mean.meanModel))
      }
    }
    for (number, function) in TwoPointFunction.allCases.enumerated() {
      let most = stacks[number].map(\.information).max() ?? 0
      for (slot, stack) in stacks[number].enumerated() where stack.information > 1e-6 * most {
        points.append(
          TwoPointFunctionPoint(
            function: function, separation: stack.meanSeparation,
            range: Double(slot) * width...Double(slot + 1) * width, value: stack.estimate,
            uncertainty: stack.uncertainty, model: stack.meanModel, pairs: stack.pairs.count))
      }
    }
  }
}

/// Inverse-variance mean of values that are each a known weight times the quantity sought.
private struct Stack {
  var information = 0.0
  private var sum = 0.0
  private var modelSum = 0.0
  private var separationSum = 0.0
  private(set) var pairs: Set<Int> = []

  mutating func add(
    weight: Double, value: Double, model: Double, variance: Double, separation: Double, pair: Int? = nil
  ) {
    let gain = weight * weight / variance
    information += gain
    sum += weight * value / variance
    modelSum += gain * model
    separationSum += gain * separation
    if let pair, gain > 0 { pairs.insert(pair) }
  }

  var estimate: Double { sum / information }
  var uncertainty: Double { 1 / information.squareRoot() }
  var meanModel: Double { modelSum / information }
  var meanSeparation: Double { separationSum / information }
}

/// Real part of one pair's cross spectrum in one bin, freed of the spectral shape, in physical units.
private struct Sample {
  let value: Double
  let model: Double
  let variance: Double

  /// nil when the two channels have no data in common.
  init?(
    _ likelihood: WhittleLikelihood, first: Int, second: Int, bin: Int, coordinates: [Double], noise: [Double]
  ) {
    let channels = likelihood.channelCount
    var weight = 0.0
    var sum = 0.0
    for group in likelihood.groups {
      let size = group.channels.count
      guard let row = group.channels.firstIndex(of: first), let column = group.channels.firstIndex(of: second) else {
        continue
      }
      weight += group.weight
      sum += group.weight * group.matrices[(bin * size + row) * size + column]
    }
    guard weight > 0 else { return nil }
    let components = likelihood.componentCount
    let shape = exp(coordinates[components] * likelihood.logFrequencies[bin])
    func signal(_ one: Int, _ other: Int) -> Double {
      (0..<components).reduce(0) { sum, component in
        let matrix = (bin * components + component) * channels
        return sum + shape * coordinates[component] * likelihood.templates[(matrix + one) * channels + other]
      }
    }
    let cross = signal(first, second)
    let one = signal(first, first) + noise[bin * channels + first]
    let other = signal(second, second) + noise[bin * channels + second]
    let power = likelihood.power
    let scale = (power[bin * channels + first] * power[bin * channels + second]).squareRoot() / shape
    value = sum / weight * scale
    model = cross * scale
    variance = (one * other + cross * cross) / (2 * weight) * scale * scale
  }
}
