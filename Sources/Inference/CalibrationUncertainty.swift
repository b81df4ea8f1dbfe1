import Foundation

/// How well the responses are known by which the matrices were divided: groups of channels share an unknown factor.
///
/// The field that a channel of group k shows is 1 + g_k times the true one, g_k normal about 0, and so
/// S_IJ -> (1 + g_I)(1 + g_J) S_IJ; its noise is fitted anyway. The factors are fitted with the signal, held by their prior,
/// and eliminated: a factor that all channels share adds 2 σ_g to the relative error of a power, in quadrature.
public struct CalibrationUncertainty: Hashable, Sendable, Codable {
  /// Number of the group of each channel; nil for a channel whose response is known.
  public var groups: [Int?]
  /// σ_g of each group, positive.
  public var standardDeviations: [Double]

  /// - Parameters: as the properties.
  public init(groups: [Int?], standardDeviations: [Double]) {
    self.groups = groups
    self.standardDeviations = standardDeviations
  }

  /// Channels of stations, each with one factor.
  ///
  /// - Parameters:
  ///   - stations: number of the station of each channel.
  ///   - uncertainties: of each station, 0 for one that is exact.
  /// - Returns: nil when all are exact.
  public init?(stations: [Int], uncertainties: [Double]) {
    let uncertain = uncertainties.indices.filter { uncertainties[$0] > 0 }
    guard !uncertain.isEmpty else { return nil }
    self.init(
      groups: stations.map { uncertain.firstIndex(of: $0) },
      standardDeviations: uncertain.map { uncertainties[$0] })
  }

  /// Relative standard deviation of the correlation of two channels.
  func deviation(_ first: Int, _ second: Int) -> Double {
    let (one, other) = (groups[first], groups[second])
    let deviations = [one, other].map { $0.map { standardDeviations[$0] } ?? 0 }
    return one == other ? deviations[0] + deviations[1] : hypot(deviations[0], deviations[1])
  }

  func validate(channels: Int) throws {
    guard groups.count == channels else {
      throw InferenceError.sizeMismatch(input: "calibration groups", expected: channels, found: groups.count)
    }
    guard standardDeviations.allSatisfy({ $0 > 0 && $0.isFinite }),
      groups.allSatisfy({ $0.map(standardDeviations.indices.contains) ?? true })
    else {
      throw InferenceError.invalidOption(
        name: "calibration", reason: "every group needs a positive standard deviation")
    }
  }
}
