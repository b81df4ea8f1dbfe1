import Foundation
import Numerics
import Sky

/// One template fitted to the matrices of a band, with what a simulation of it needs.
struct TemplateFit {
  var template: BackgroundTemplate
  /// Θ = 2 [ln L(template) - ln L(noise only)], noise fitted in both; 0 where a positive amplitude only hurts.
  var statistic: Double
  /// Amplitudes (a_L, a_T, a_V) of an isotropic field, or α of a stream, unit²/Hz at the reference frequency.
  var amplitudes: [Double]
  /// Ω of a stream.
  var propagation: SIMD3<Double>?
  /// One-sided density, [bin][channel], unit²/Hz.
  var noise: [Double]

  /// A, the whole power.
  var amplitude: Double { template.streamMode == nil ? amplitudes[0] + amplitudes[1] : amplitudes[0] }
}

/// Fits templates to matrices of one network, band and run.
struct TemplateFits: Sendable {
  let templates: [BackgroundTemplate]
  private let tensors: [Double]
  private let grids: [BackgroundTemplate: StreamGrid]

  /// - Parameter data: measured; its power sets the weights of the grids.
  init(_ data: BandMatrices, restFrequency: Double) {
    tensors = IsotropicTemplates.make(
      geometry: data.geometry, frequencies: data.frequencies, restFrequency: restFrequency)
    var grids: [BackgroundTemplate: StreamGrid] = [:]
    for template in BackgroundTemplate.allCases {
      if let mode = template.streamMode, let grid = StreamGrid(data, mode: mode) { grids[template] = grid }
    }
    self.grids = grids
    templates = BackgroundTemplate.allCases.filter { $0.streamMode == nil || grids[$0] != nil }
  }

  /// Fits some templates; one that the data do not determine gives nil.
  ///
  /// - Parameter tolerance: of the last step, in standard deviations.
  func fits(_ wanted: [BackgroundTemplate], to data: BandMatrices, tolerance: Double) -> [TemplateFit?] {
    guard
      let likelihood = try? WhittleLikelihood(
        channelCount: data.geometry.channelCount, groups: data.groups, templates: tensors,
        logFrequencies: data.logFrequencies)
    else { return wanted.map { _ in nil } }
    let workspace = LikelihoodWorkspace(likelihood, calibration: data.calibration)
    let gains = [Double](repeating: 0, count: workspace.gainCount)
    let silence = likelihood.noiseWithoutSignal
    guard workspace.evaluate(coordinates: [0, 0, 0, data.index] + gains, noise: silence) else {
      return wanted.map { _ in nil }
    }
    let silent = workspace.logLikelihood
    return wanted.map { template in
      if template.streamMode != nil { return stream(template, data: data, tolerance: tolerance) }
      let chart = template.chart(index: data.index, gains: workspace.gainCount)
      var scoring = FisherScoring()
      scoring.tolerance = tolerance
      guard
        let optimum = try? scoring.maximize(
          workspace, chart: chart, start: [Double](repeating: 0, count: chart.parameterCount), noise: silence)
      else { return nil }
      let coordinates = chart.coordinates(optimum.parameters)
      let isPositive = coordinates[0] + coordinates[1] > 0
      let unit = likelihood.amplitudeUnit
      return TemplateFit(
        template: template, statistic: isPositive ? max(0, 2 * (optimum.logLikelihood - silent)) : 0,
        amplitudes: (0..<3).map { isPositive ? coordinates[$0] * unit : 0 }, propagation: nil,
        noise: zip(isPositive ? optimum.noise : silence, likelihood.power).map { $0 * $1 })
    }
  }

  private func stream(_ template: BackgroundTemplate, data: BandMatrices, tolerance: Double) -> TemplateFit? {
    guard let grid = grids[template], let mode = template.streamMode else { return nil }
    let power = data.power
    let scoring = StreamScoring(data, mode: mode)
    let climbed = grid.best(2, of: data).compactMap {
      scoring.climb(from: $0.propagation, amplitude: $0.amplitude, tolerance: tolerance)
    }
    guard let best = climbed.max(by: { $0.gain < $1.gain }), best.gain > 0 else {
      return TemplateFit(
        template: template, statistic: 0, amplitudes: [0], propagation: SIMD3(0, 0, 1), noise: power)
    }
    return TemplateFit(
      template: template, statistic: 2 * best.gain, amplitudes: [best.amplitude], propagation: best.propagation,
      noise: zip(best.noise, power).map { $0 * $1 })
  }

  /// S of a fitted template for one row and bin, per channel present.
  func signal(_ fit: TemplateFit, data: BandMatrices, row: Int, bin: Int) -> ComplexMatrix {
    let channels = data.rows[row].channels
    let n = data.geometry.channelCount
    var matrix = ComplexMatrix(rows: channels.count, columns: channels.count)
    let shape = data.shape[bin]
    if let mode = fit.template.streamMode, let propagation = fit.propagation {
      let vectors = StreamVectors(
        mode: mode, propagation: propagation, tangents: tangentBasis(propagation), channels: channels,
        geometry: data.geometry, time: data.rows[row].time)
      var values = [ComplexNumber](repeating: .zero, count: 2 * channels.count)
      vectors.values(
        wavenumber: data.wavenumbers[bin],
        factors: [Double](repeating: (fit.amplitudes[0] * shape).squareRoot(), count: channels.count), into: &values)
      for i in channels.indices {
        for j in channels.indices {
          for column in 0..<vectors.columns {
            matrix[i, j] += values[column * channels.count + i] * values[column * channels.count + j].conjugate
          }
        }
      }
      return matrix
    }
    let bins = data.frequencies.count
    for (i, first) in channels.enumerated() {
      for (j, second) in channels.enumerated() {
        var sum = 0.0
        for component in 0..<3 {
          sum += fit.amplitudes[component] * tensors[((component * bins + bin) * n + first) * n + second]
        }
        matrix[i, j] = ComplexNumber(shape * sum)
      }
    }
    return matrix
  }
}
