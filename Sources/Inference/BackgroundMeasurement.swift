import Correlator
import Foundation

/// The fit of the physical parameters, and what follows from it.
struct BackgroundMeasurement {
  let chart: PhysicalChart
  let optimum: Optimum
  /// Variance of each scaled noise density at known coordinates, [bin][channel], and its response to the coordinates.
  private let noiseVariance: [Double]
  private let noiseResponse: [Double]

  /// Fits all free parameters after a significant detection, else the amplitude alone.
  init(_ workspace: LikelihoodWorkspace, search: SignalSearch, options: BackgroundFitOptions) throws {
    workspace.collectsNoiseVariance = true
    defer { workspace.collectsNoiseVariance = false }
    let quiet = workspace.likelihood.noiseWithoutSignal
    let values = [0, options.longitudinalFraction ?? 0, options.chirality ?? 0, options.detectionIndex]
    let gains = [Double](repeating: 0, count: workspace.gainCount)
    let amplitudeAlone = PhysicalChart(free: [.amplitude], held: values, gains: gains.count)
    if search.detection.isSignificant {
      do {
        (chart, optimum) = try Self.fitAll(workspace, search: search, options: options, values: values)
      } catch is InferenceError {
        chart = amplitudeAlone
        var fallback = try FisherScoring().maximize(workspace, chart: chart, start: [0] + gains, noise: quiet)
        fallback.convergence.converged = false
        optimum = fallback
      }
    } else {
      chart = amplitudeAlone
      optimum = try FisherScoring().maximize(workspace, chart: chart, start: [0] + gains, noise: quiet)
    }
    // The last evaluation may have been a step that was refused.
    guard workspace.evaluate(coordinates: chart.coordinates(optimum.parameters), noise: optimum.noise) else {
      throw InferenceError.covarianceNotPositiveDefinite
    }
    noiseVariance = workspace.noiseVariance
    noiseResponse = workspace.noiseResponse()
  }

  /// Fits every parameter that is not held, from the template amplitudes at the likeliest index.
  private static func fitAll(
    _ workspace: LikelihoodWorkspace, search: SignalSearch, options: BackgroundFitOptions, values: [Double]
  ) throws -> (PhysicalChart, Optimum) {
    let scoring = FisherScoring()
    var values = values
    var free: [BackgroundParameter] = options.spectralIndex == nil ? [.spectralIndex] : []
    values[3] = options.spectralIndex ?? search.likelyIndex
    var linear = search.optimum
    if values[3] != options.detectionIndex {
      let chart = LinearChart(
        longitudinalFraction: options.longitudinalFraction, chirality: options.chirality, index: values[3])
      linear = try scoring.maximize(
        LikelihoodWorkspace(workspace.likelihood), chart: chart, start: linear.parameters.map { _ in 0 },
        noise: workspace.likelihood.noiseWithoutSignal)
    }
    for (parameter, value) in zip(search.chart.meaning, linear.parameters) {
      values[parameter.position] = parameter == .amplitude ? value : value / linear.parameters[0]
      free.append(parameter)
    }
    free.sort { $0.position < $1.position }
    let chart = PhysicalChart(free: free, held: values, gains: workspace.gainCount)
    let start = free.map { values[$0.position] } + [Double](repeating: 0, count: workspace.gainCount)
    return (chart, try scoring.maximize(workspace, chart: chart, start: start, noise: linear.noise))
  }

  /// Estimate of a fitted parameter, amplitude in scaled units; nil when it was held.
  func estimate(_ parameter: BackgroundParameter) -> Estimate? {
    chart.free.firstIndex(of: parameter).map(estimate)
  }

  /// Estimate of the amplitude, always fitted and first, in scaled units.
  var amplitude: Estimate { estimate(0) }

  private func estimate(_ position: Int) -> Estimate {
    Estimate(
      value: optimum.parameters[position],
      uncertainty: optimum.covariance[position * chart.parameterCount + position].squareRoot())
  }

  func model(referenceFrequency: Double, amplitudeUnit: Double) -> BackgroundModel {
    let values = chart.values(optimum.parameters)
    return BackgroundModel(
      amplitude: values[0] * amplitudeUnit, longitudinalFraction: values[1], chirality: values[2],
      spectralIndex: values[3], referenceFrequency: referenceFrequency)
  }

  func covarianceRows(amplitudeUnit: Double) -> [[Double]] {
    let count = chart.parameterCount
    let scale = chart.free.map { $0 == .amplitude ? amplitudeUnit : 1 }
    return scale.indices.map { row in
      scale.indices.map { optimum.covariance[row * count + $0] * scale[row] * scale[$0] }
    }
  }

  /// The frequency at which amplitude and index are uncorrelated, and the amplitude there.
  func pivot(referenceFrequency: Double) -> (frequency: Double, amplitude: Estimate)? {
    guard let index = estimate(.spectralIndex), let column = chart.free.firstIndex(of: .spectralIndex),
      amplitude.value != 0
    else { return nil }
    let mixed = optimum.covariance[column]
    let shift = -mixed / (amplitude.value * index.uncertainty * index.uncertainty)
    let factor = exp(index.value * shift)
    let variance =
      amplitude.uncertainty * amplitude.uncertainty - mixed * mixed / (index.uncertainty * index.uncertainty)
    let estimate = Estimate(value: amplitude.value, uncertainty: max(0, variance).squareRoot()).scaled(by: factor)
    return (referenceFrequency * exp(shift), estimate)
  }

  /// Fitted noise densities with their errors.
  ///
  /// A single bin knows more than `effectiveFraction` says, which also counts the correlation with its neighbours;
  /// the error of one bin's noise uses the correlation of overlapping segments in that bin alone.
  func noiseSpectra(_ likelihood: WhittleLikelihood, plan: BandPlan, labels: [String]) -> [NoiseSpectrum] {
    let order = likelihood.componentCount + 1 + chart.gains
    let jacobian = chart.jacobian(optimum.parameters)
    let count = chart.parameterCount
    let covariance = optimum.covariance
    let ownVariance = plan.effectiveFraction / plan.effectiveFractionOfOneBin
    return labels.indices.map { channel in
      var density: [Double?] = []
      var uncertainty: [Double?] = []
      for bin in 0..<likelihood.binCount {
        guard likelihood.hasData[channel] else {
          density.append(nil)
          uncertainty.append(nil)
          continue
        }
        var variance = ownVariance * noiseVariance[bin * likelihood.channelCount + channel]
        let response = (0..<count).map { parameter in
          (0..<order).reduce(0) {
            $0 + noiseResponse[(bin * likelihood.channelCount + channel) * order + $1]
              * jacobian[$1 * count + parameter]
          }
        }
        for first in 0..<count {
          for second in 0..<count {
            variance += response[first] * covariance[first * count + second] * response[second]
          }
        }
        let power = likelihood.power[bin * likelihood.channelCount + channel]
        density.append(optimum.noise[bin * likelihood.channelCount + channel] * power)
        uncertainty.append(max(0, variance).squareRoot() * power)
      }
      return NoiseSpectrum(label: labels[channel], density: density, uncertainty: uncertainty)
    }
  }
}
