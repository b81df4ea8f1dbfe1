import Archive
import Correlator
import Foundation
import Inference

/// Maps the background that was fitted in one band onto what the written report shows.
struct BackgroundReport {
  let band: ArchiveAnalysis.Band
  /// The SI prefix in which densities are shown.
  let scale: DisplayScale

  /// The answer in sentences.
  var verdict: [String] { answer + reservations }

  /// What the network could not see, and who took no part.
  private var reservations: [String] {
    let fit = band.fit
    var lines = fit.undetermined.map {
      "This network cannot determine \($0.title), whatever the data: \($0.remedy). It was held, not measured."
    }
    let empty = fit.channelsWithoutData.filter { !fit.silent.contains($0) }
    if !empty.isEmpty { lines.append("Without data in band \(band.name): \(empty.joined(separator: ", ")).") }
    if !fit.silent.isEmpty {
      lines.append("Nothing but zeros in band \(band.name): \(fit.silent.joined(separator: ", ")); left out.")
    }
    return lines
  }

  private var answer: [String] {
    let fit = band.fit
    let test =
      "Θ = \(formatNumber(fit.detection.statistic)) for \(fit.detection.degreesOfFreedom) degrees of freedom, local p = "
      + probability(fit.detection)
    // A point source is no isotropic background, and what the fit of one says has no meaning then.
    if band.sky?.search.finding == .source {
      return [
        "Band \(band.name): what is found comes from a point; the fit of an isotropic background (\(test)) and its numbers do not "
          + "hold."
      ]
    }
    guard fit.detection.isSignificant else {
      return [
        "Band \(band.name): no isotropic background is found (\(test)).",
        "Longitudinal fraction and chirality have no meaning without a detection and are not given.",
      ]
    }
    var lines = [
      "Band \(band.name): an isotropic background is found at \(formatNumber(fit.detection.equivalentSigma, digits: 3)) σ (\(test))."
    ]
    if let chirality = fit.chirality, chirality.uncertainty > 0 {
      let profile = band.fit.chiralityProfile
      let significance = profile?.test.equivalentSigma ?? abs(chirality.value) / chirality.uncertainty
      // Feldman and Cousins: never beyond what a helicity can be.
      let interval =
        profile?.confidenceIntervals.first { $0.confidence == 0.9 }?.range
        ?? BoundedInterval.interval(
          estimate: chirality.value, uncertainty: chirality.uncertainty, bounds: -1...1, confidence: 0.9)
      let range =
        " (\(formatNumber(interval.lowerBound, digits: 2)) to \(formatNumber(interval.upperBound, digits: 2)) at 90 %)"
      let hand = chirality.value > 0 ? "right-handed (helicity +1)" : "left-handed (helicity -1)"
      lines.append(
        significance >= 3
          ? "Its waves are mostly \(hand): P_V = \(formatEstimate(chirality.value, chirality.uncertainty)), "
            + "\(formatNumber(significance, digits: 2)) σ from zero\(range)."
          : "Its chirality is compatible with zero: P_V = \(formatEstimate(chirality.value, chirality.uncertainty))\(range)."
      )
    }
    if !fit.convergence.converged { lines.append("The fit did not converge; do not use its numbers.") }
    return lines
  }

  private func probability(_ detection: Detection) -> String {
    formatProbability(logarithm: detection.logTenProbability * log(10))
  }

  /// Measured and injected parameters.
  var table: ReportContent.ResultTable {
    let fit = band.fit
    let truth = band.injected
    let square = scale.factor * scale.factor
    let at = " at \(formatNumber(fit.referenceFrequency)) Hz"
    var rows: [ReportContent.ResultRow] = [
      .init(
        name: "detection statistic", symbol: "$Θ$", value: fit.detection.statistic,
        note: "local p = \(probability(fit.detection))"),
      .init(
        name: "power density of the field" + at, symbol: "$A$", value: fit.amplitude.value * square,
        uncertainty: fit.amplitude.uncertainty * square, unit: scale.densityUnit,
        truth: truth.map { $0.amplitude * square }, note: "one axis sees a third of it"),
    ]
    func add(_ name: String, _ symbol: RichText, _ estimate: Estimate?, _ truth: Double?, _ range: ClosedRange<Double>?)
    {
      guard let estimate else { return }
      let outside = range.map { !$0.contains(estimate.value) } ?? false
      rows.append(
        .init(
          name: name, symbol: symbol, value: estimate.value, uncertainty: estimate.uncertainty, truth: truth,
          note: outside ? "best fit outside the physical range" : ""))
    }
    add("spectral index", "$α$", fit.spectralIndex, truth?.spectralIndex, nil)
    add("longitudinal fraction", "$f$_L", fit.longitudinalFraction, truth?.longitudinalFraction, 0...1)
    add("chirality", "$P$_V", fit.chirality, truth?.chirality, -1...1)
    return .init(title: "Isotropic background, band \(band.name)", rows: rows)
  }

  /// The measured and fitted noise of each channel.
  func noiseSpectra(_ products: [CrossSpectra], plan: BandPlan) -> ReportContent.NoiseSpectra {
    let fit = band.fit
    let count = fit.labels.count
    // Bins of the fit may be fewer than those of the band.
    let bins = fit.frequencies.map { Int(($0 / plan.resolution).rounded()) - plan.firstBin }
    func measured(_ channel: Int) -> [Double] {
      let rows = products.filter { $0.present[channel] }
      let weight = rows.reduce(0) { $0 + Double($1.segments) }
      return bins.map { bin in
        let sum = rows.reduce(0) {
          $0 + Double($1.segments) * $1.values[2 * ((bin * count + channel) * count + channel)]
        }
        return weight > 0 ? (sum / weight).squareRoot() * scale.factor : .nan
      }
    }
    func root(_ density: Double?) -> Double { density.map { $0.squareRoot() * scale.factor } ?? .nan }
    let model = fit.detection.isSignificant ? fit.model : nil
    let channels = fit.labels.indices.filter { !plan.absentChannels.contains($0) }.map { channel in
      ReportContent.ChannelSpectrum(
        label: fit.labels[channel], frequencies: fit.frequencies, measured: measured(channel),
        fittedNoise: fit.noise[channel].density.map(root),
        fittedTotal: model.map { model in
          zip(fit.frequencies, fit.noise[channel].density).map { frequency, density in
            root(density.map { $0 + model.density(at: frequency) / 3 })
          }
        } ?? [])
    }
    return .init(unit: scale.unit, channels: channels)
  }

  /// Correlations are drawn as fractions of the fitted power where there is a detection, else in their own unit.
  private var normalisation: (factor: Double, label: RichText) {
    let fit = band.fit
    return fit.detection.isSignificant
      ? (1 / fit.amplitude.value, "correlation / $A$")
      : (scale.factor * scale.factor, RichText(plain: "correlation [\(scale.densityUnit)]"))
  }

  /// Every pair's correlation beside the fitted one.
  var pairCorrelations: ReportContent.PairCorrelations {
    let fit = band.fit
    let (factor, label) = normalisation
    return .init(
      label: label,
      pairs: fit.pairs.map {
        .init(
          first: fit.labels[$0.first], second: fit.labels[$0.second], baseline: $0.baseline,
          value: $0.correlation * factor, uncertainty: $0.uncertainty * factor, prediction: $0.model * factor)
      })
  }

  /// The correlation that only a chiral background has.
  var parityOdd: ReportContent.ParityOddCorrelation? {
    let fit = band.fit
    let points = fit.twoPointFunctions.filter { $0.function == .antisymmetric }
    guard let chirality = fit.chirality, let last = points.map(\.range.upperBound).max() else { return nil }
    let z = stride(from: 0, through: last, by: last / 200).map { $0 }
    func curve(_ model: BackgroundModel, _ chirality: Double) -> [Double] {
      var model = model
      model.chirality = chirality
      return z.map { model.value(of: .antisymmetric, separation: $0) }
    }
    return .init(
      z: points.map(\.separation), value: points.map { $0.value / fit.amplitude.value },
      uncertainty: points.map { $0.uncertainty / fit.amplitude.value },
      fit: .init(
        x: z, y: curve(fit.model, chirality.value), lower: curve(fit.model, chirality.value - chirality.uncertainty),
        upper: curve(fit.model, chirality.value + chirality.uncertainty)),
      truth: band.injected.map { .init(x: z, y: curve($0, $0.chirality)) })
  }

  /// The posterior of the chirality.
  var posterior: ReportContent.Posterior? {
    band.fit.chiralityProfile.map {
      .init(
        name: "chirality", symbol: "$P$_V", values: $0.chirality, density: $0.density, interval68: $0.interval68,
        interval95: $0.interval95, truth: band.injected?.chirality)
    }
  }
}

extension BackgroundModel {
  /// A(f) in unit²/Hz.
  func density(at frequency: Double) -> Double {
    amplitude * pow(frequency / referenceFrequency, spectralIndex)
  }
}
