import Correlator
import Foundation

/// The fit of the physical parameters, and what follows from it.
struct BackgroundMeasurement {
  let chart: PhysicalChart
  let optimum: Optimum
  private let noiseVariance: [Double]

  /// Fits all free parameters after a significant detection, else the amplitude alone.
  init(_ workspace: LikelihoodWorkspace, search: SignalSearch, options: BackgroundFitOptions) throws {
    let scoring = FisherScoring()
    var values = [0, options.longitudinalFraction ?? 0, options.chirality ?? 0, options.detectionIndex]
    var free = [BackgroundParameter.amplitude]
    var start = [0.0]
    var noise = search.optimum.noise
    if search.detection.isSignificant {
      var linear = search.optimum
      if options.spectralIndex == nil { free.append(.spectralIndex) }
      let index = options.spectralIndex ?? search.likelyIndex
      if index != options.detectionIndex {
        let chart = LinearChart(
          longitudinalFraction: options.longitudinalFraction, chirality: options.chirality, index: index)
        let quiet = workspace.likelihood.noiseWithoutSignal
        linear = try scoring.maximize(
          workspace, chart: chart, start: linear.parameters.map { _ in 0 }, noise: quiet)
      }
      values[3] = index
      noise = linear.noise
      for (parameter, value) in zip(search.chart.meaning, linear.parameters) {
        if parameter == .amplitude {
          values[0] = value
        } else {
          values[parameter.position] = value / linear.parameters[0]
          free.append(parameter)
        }
      }
      free.sort { $0.position < $1.position }
      start = free.map { values[$0.position] }
    } else {
      noise = workspace.likelihood.noiseWithoutSignal
    }
    chart = PhysicalChart(free: free, held: values)
    workspace.collectsNoiseVariance = true
    defer { workspace.collectsNoiseVariance = false }
    optimum = try scoring.maximize(workspace, chart: chart, start: start, noise: noise)
    // The evaluation at the optimum leaves the noise block's inverse and its response to the coordinates behind.
    let coordinates = chart.coordinates(optimum.parameters)
    guard workspace.evaluate(coordinates: coordinates, noise: optimum.noise) else {
      throw InferenceError.covarianceNotPositiveDefinite
    }
    noiseVariance = workspace.noiseVariance
  }

  /// Estimate of a fitted parameter, amplitude in scaled units; nil when it was held.
  func estimate(_ parameter: BackgroundParameter) -> Estimate? {
    guard let position = chart.free.firstIndex(of: parameter), let covariance = optimum.covariance else { return nil }
    return Estimate(
      value: optimum.parameters[position],
      uncertainty: covariance[position * chart.parameterCount + position].squareRoot())
  }

  func model(referenceFrequency: Double, amplitudeUnit: Double) -> BackgroundModel {
    let values = chart.values(optimum.parameters)
    return BackgroundModel(
      amplitude: values[0] * amplitudeUnit, longitudinalFraction: values[1], chirality: values[2],
      spectralIndex: values[3], referenceFrequency: referenceFrequency)
  }

  func covarianceRows(amplitudeUnit: Double) -> [[Double]] {
    guard let covariance = optimum.covariance else { return [] }
    let count = chart.parameterCount
    let scale = chart.free.map { $0 == .amplitude ? amplitudeUnit : 1 }
    return (0..<count).map { row in
      (0..<count).map { covariance[row * count + $0] * scale[row] * scale[$0] }
    }
  }

  /// The frequency at which amplitude and index are uncorrelated, and the amplitude there.
  func pivot(referenceFrequency: Double) -> (frequency: Double, amplitude: Estimate)? {
    guard let amplitude = estimate(.amplitude), let index = estimate(.spectralIndex),
      let first = chart.free.firstIndex(of: .amplitude), let second = chart.free.firstIndex(of: .spectralIndex),
      let covariance = optimum.covariance, amplitude.value != 0
    else { return nil }
    let mixed = covariance[first * chart.parameterCount + second]
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
  func noiseSpectra(_ workspace: LikelihoodWorkspace, plan: BandPlan, labels: [String]) -> [NoiseSpectrum] {
    let likelihood = workspace.likelihood
    let jacobian = chart.jacobian(optimum.parameters)
    let count = chart.parameterCount
    let covariance = optimum.covariance ?? [Double](repeating: 0, count: count * count)
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
          (0..<workspace.order).reduce(0) {
            $0 + workspace.noiseResponse(bin: bin, channel: channel, coordinate: $1)
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
