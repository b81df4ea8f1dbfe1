/// The deviations of the Allan family (physics page clock, section 4.3).
public enum AllanStatistic: String, Hashable, Sendable, Codable, CaseIterable {
  case adev, oadev, mdev, tdev, hdev, ohdev, totdev

  /// As it is printed.
  public var name: String { rawValue.uppercased() }

  /// Readings from the first to the last that a term touches.
  ///
  /// - Parameter factor: m.
  func readings(factor m: Int) -> Int {
    switch self {
    case .adev, .oadev: 2 * m
    case .mdev, .tdev: 3 * m - 1
    case .hdev, .ohdev: 3 * m
    case .totdev: 1
    }
  }

  /// Readings from one term to the next.
  ///
  /// - Parameter factor: m.
  func stride(factor m: Int) -> Int {
    switch self {
    case .adev, .hdev: m
    default: 1
    }
  }

  /// The mean square of a term over the variance.
  var norm: Double {
    switch self {
    case .hdev, .ohdev: 6
    default: 2
    }
  }
}

/// One deviation with its confidence interval.
public struct AllanEstimate: Hashable, Sendable, Codable {
  public var statistic: AllanStatistic
  /// m, readings averaged.
  public var factor: Int
  /// m tau0 in s.
  public var averagingTime: Double
  /// In the unit of the values; in s for `tdev`.
  public var deviation: Double
  /// M, terms in the mean.
  public var terms: Int
  /// Equivalent number of independent terms, for the kind of noise that was assumed.
  public var degreesOfFreedom: Double
  /// Ends of the confidence interval of the deviation.
  public var lower: Double
  public var upper: Double
}

extension AllanEstimate {
  /// TDEV from MDEV: m tau0 MDEV/sqrt 3.
  var timeDeviation: AllanEstimate {
    var result = self
    let scale = averagingTime / 3.0.squareRoot()
    result.statistic = .tdev
    (result.deviation, result.lower, result.upper) = (scale * deviation, scale * lower, scale * upper)
    return result
  }
}
