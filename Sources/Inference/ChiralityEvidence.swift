import Correlator
import DarkMatter
import Numerics
import Sky

/// How much each pair of channels says about the chirality of a background that was found (vector-network section 7).
///
/// Computed at the fitted background and noise, as a forecast is; in the limit of weak signals the information of the pairs
/// adds up.
public struct ChiralityEvidence: Sendable, Codable {
  /// One pair's part.
  public struct Pair: Hashable, Sendable, Codable {
    public var baseline: ChiralityBaseline
    /// Share of the information on P_V of all pairs, known amplitude.
    public var share: Double
  }

  /// σ(P_V) of all pairs, ln A fitted and noise known; nil when no pair feels P_V.
  public var uncertainty: Double?
  /// The best first.
  public var pairs: [Pair]

  /// - Parameters:
  ///   - fit: a significant detection with its noise spectra.
  ///   - geometry: of the channels, in the fit's order.
  ///   - restFrequency: Hz, that of the fit.
  /// - Throws: `ForecastError`, `LinearAlgebraError`.
  public init(_ fit: BackgroundFit, geometry: NetworkGeometry, restFrequency: Double) throws {
    // Neighbouring bins say the same; a hundred show the dependence on frequency.
    let stride = max(1, fit.frequencies.count / 100)
    let bins = fit.frequencies.indices.filter { $0.isMultiple(of: stride) }
    let frequencies = bins.map { fit.frequencies[$0] }
    let samples = fit.effectiveSegments * Double(fit.frequencies.count) / Double(bins.count)
    let model = fit.model
    let fraction = min(max(model.longitudinalFraction, 0), 1)
    let background = IsotropicBackground(
      spectrum: .powerLaw(
        level: model.amplitude, reference: model.referenceFrequency, index: model.spectralIndex),
      lowestFrequency: 0.99 * (frequencies.first ?? 1), highestFrequency: 1.01 * (frequencies.last ?? 1),
      restFrequency: restFrequency, longitudinalFraction: fraction,
      chirality: min(max(model.chirality, fraction - 1), 1 - fraction))
    let channels = geometry.labels.indices.compactMap { channel -> ForecastChannel? in
      let noise = bins.map { fit.noise[channel].density[$0] ?? .nan }
      guard noise.allSatisfy(\.isFinite) else { return nil }
      return ForecastChannel(
        label: geometry.labels[channel], position: geometry.positions[channel], basis: [geometry.directions[channel]]
      ) { frequency in
        let bin = frequencies.firstIndex { $0 >= frequency } ?? frequencies.count - 1
        // A fitted density may scatter below zero where the signal is strong.
        return max(noise[bin], 1e-3 * background.density(at: frequency))
      }
    }
    let outlook = try ChiralityOutlook(
      background, bins: frequencies.map { ($0, samples) }, network: ForecastNetwork(channels: channels),
      times: ObservationTimes(epoch: GPSTime(nanoseconds: 0), duration: 1))
    uncertainty = outlook.uncertainty
    // (79): σ = bound/geometry.
    let useful = outlook.baselines.filter { $0.uncertainty != nil }
    let information = useful.map { $0.geometry * $0.geometry / ($0.bound * $0.bound) }
    let sum = information.reduce(0, +)
    pairs = zip(useful, information).map { Pair(baseline: $0, share: $1 / sum) }.sorted { $0.share > $1.share }
  }
}
