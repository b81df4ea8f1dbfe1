/// The four numbers that describe an isotropic background.
public enum BackgroundParameter: String, Hashable, Sendable, Codable, CaseIterable {
  /// A at the reference frequency, unit²/Hz of the whole vector.
  case amplitude
  /// f_L, the longitudinal share of the power.
  case longitudinalFraction
  /// P_V, the net helicity.
  case chirality
  /// Power of frequency in A(f).
  case spectralIndex

  /// "the amplitude"
  public var title: String {
    switch self {
    case .amplitude: "the amplitude"
    case .longitudinalFraction: "the longitudinal fraction f_L"
    case .chirality: "the chirality P_V"
    case .spectralIndex: "the spectral index"
    }
  }

  /// What a network that cannot determine it lacks.
  public var remedy: String {
    switch self {
    case .amplitude: "no pair of sensors that are not orthogonal has data in common; add a sensor or turn one"
    case .longitudinalFraction:
      "its baselines are too short to tell longitudinal from transverse; fix f_L, or add a distant sensor"
    case .chirality:
      "it needs two sensors and a baseline that do not lie in one plane; fix P_V, or add a sensor or turn one"
    case .spectralIndex: "it needs several frequency bins; fix the index or widen the band"
    }
  }
}

/// Parameters of an isotropic background that can be fitted or held, and the way from them to template amplitudes.
///
/// The coordinates of the likelihood are (a_L, a_T, a_V, index) = (A f_L, A (1 - f_L), A P_V, index).
struct PhysicalChart: LikelihoodChart {
  var free: [BackgroundParameter]
  /// Amplitude, f_L, P_V, index: the values of the parameters that are held; the others' entries are not used.
  var held: [Double]
  /// Calibration factors, which follow the free parameters.
  var gains = 0

  /// A calibration factor is always held by its prior; what it stands for is only the amplitude's uncertainty.
  var meaning: [BackgroundParameter] { free + [BackgroundParameter](repeating: .amplitude, count: gains) }

  /// All four values from those of the free parameters.
  func values(_ parameters: [Double]) -> [Double] {
    var values = held
    for (parameter, value) in zip(free, parameters) { values[parameter.position] = value }
    return values
  }

  func coordinates(_ parameters: [Double]) -> [Double] {
    let value = values(parameters)
    return [value[0] * value[1], value[0] * (1 - value[1]), value[0] * value[2], value[3]] + parameters.suffix(gains)
  }

  func jacobian(_ parameters: [Double]) -> [Double] {
    let value = values(parameters)
    let columns: [[Double]] = free.map {
      switch $0 {
      case .amplitude: [value[1], 1 - value[1], value[2], 0]
      case .longitudinalFraction: [value[0], -value[0], 0, 0]
      case .chirality: [0, 0, value[0], 0]
      case .spectralIndex: [0, 0, 0, 1]
      }
    }
    return withGains(gains, columns: columns)
  }
}

/// A chart's derivatives [coordinate][parameter] from those of the four physical coordinates, and of factors that are both.
private func withGains(_ gains: Int, columns: [[Double]]) -> [Double] {
  let physical = (0..<4).flatMap { row in columns.map { $0[row] } + [Double](repeating: 0, count: gains) }
  let factors = (0..<gains).flatMap { gain in
    [Double](repeating: 0, count: columns.count) + (0..<gains).map { $0 == gain ? 1 : 0 }
  }
  return physical + factors
}

extension BackgroundParameter {
  var position: Int {
    switch self {
    case .amplitude: 0
    case .longitudinalFraction: 1
    case .chirality: 2
    case .spectralIndex: 3
    }
  }
}

/// Template amplitudes at a given spectral index as a linear function of (A, A f_L, A P_V), those of them that are free.
///
/// The likelihood is regular at zero signal in these, which is what a test for a signal needs.
struct LinearChart: LikelihoodChart {
  /// (a_L, a_T, a_V) of a unit of each parameter.
  let columns: [[Double]]
  /// The physical parameter that each column stands for; the amplitude for calibration factors, which follow.
  let meaning: [BackgroundParameter]
  let index: Double
  private let gains: Int

  /// - Parameters: f_L and P_V where they are held, nil where they are free; the index; the number of calibration factors.
  init(longitudinalFraction: Double?, chirality: Double?, index: Double, gains: Int = 0) {
    let fraction = longitudinalFraction ?? 0
    var columns = [[fraction, 1 - fraction, chirality ?? 0]]
    var meaning = [BackgroundParameter.amplitude]
    if longitudinalFraction == nil {
      columns.append([1, -1, 0])
      meaning.append(.longitudinalFraction)
    }
    if chirality == nil {
      columns.append([0, 0, 1])
      meaning.append(.chirality)
    }
    self.columns = columns
    self.meaning = meaning + [BackgroundParameter](repeating: .amplitude, count: gains)
    self.index = index
    self.gains = gains
  }

  func coordinates(_ parameters: [Double]) -> [Double] {
    var result = [0, 0, 0, index]
    for (column, value) in zip(columns, parameters) {
      for row in 0..<3 { result[row] += column[row] * value }
    }
    return result + parameters.suffix(gains)
  }

  func jacobian(_ parameters: [Double]) -> [Double] {
    withGains(gains, columns: columns.map { $0 + [0] })
  }
}
