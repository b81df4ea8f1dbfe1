import DarkMatter
import Numerics

/// Upper limits on amplitudes at all frequencies of a search of clocks.
struct ClockAmplitudeLimits {
  /// Which limits a coupling takes.
  enum Kind: Hashable {
    /// On the amplitude that there is; in segments on that at |zeta| = 1 of a linear field.
    case plain
    /// The coherent ones with the Rayleigh distribution of the amplitude in them.
    case random
    /// The coherent ones as `plain` or `random`, those in segments for a signal that goes with the square of the field.
    case square(isRandom: Bool)

    /// - Parameters:
    ///   - coupling: which.
    ///   - factor: F of the coherent search, nil when the limits count the random amplitude.
    init(_ coupling: ClockCoupling, factor: StochasticFactor?) {
      switch (coupling.mode, factor) {
      case (nil, nil): self = .random
      case (nil, _): self = .plain
      case (_, let factor): self = .square(isRandom: factor == nil)
      }
    }

    fileprivate var isRandom: Bool { self == .random || self == .square(isRandom: true) }
    fileprivate var order: ClockSignalOrder {
      if case .square = self { return .quadratic }
      return .linear
    }
  }

  private let spectrum: ClockSpectrum
  private let confidenceLevel: Double
  private let coherent: [Double]
  /// With the Rayleigh distribution in them.
  private let random: [Double]
  /// Of each band.
  private let linear: [SegmentedBandLimits]
  /// Empty when no coupling takes them.
  private let quadratic: [SegmentedBandLimits]

  /// - Parameters:
  ///   - spectrum: the search.
  ///   - couplings: that will be limited.
  ///   - options: how limits are stated.
  init(_ spectrum: ClockSpectrum, couplings: [ClockCoupling], options: ClockAnalysisOptions) {
    self.spectrum = spectrum
    confidenceLevel = options.confidenceLevel
    coherent = spectrum.coherent.upperLimits(
      options.limit, confidenceLevel: options.confidenceLevel, workers: options.workers)
    random =
      options.couplings.stochastic == .exact
      ? spectrum.coherent.stochasticLimits(confidenceLevel: options.confidenceLevel) : []
    func limits(_ order: ClockSignalOrder) -> [SegmentedBandLimits] {
      spectrum.bands.map {
        SegmentedBandLimits($0, order: order, confidenceLevel: options.confidenceLevel, speed: spectrum.speed)
      }
    }
    linear = limits(.linear)
    quadratic = couplings.contains { $0.mode != nil } ? limits(.quadratic) : []
  }

  /// Half of the frequencies have a lower limit.
  var median: Double {
    var all = coherent
    for band in linear { all += (0..<band.count).map(band.tabulated) }
    let sorted = all.filter(\.isFinite).sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
  }

  /// The largest limit of a stretch that is within one band, and the frequency's number.
  func largest(_ range: Range<Int>, kind: Kind) -> (index: Int, value: Double)? {
    extremes(range, kind: kind).map { ($0.largest, $0.largestValue) }
  }

  /// The limits of stretches that are within one band each.
  func stretches(_ ranges: [Range<Int>], kind: Kind) -> LimitStretches {
    var (frequencies, largest, medians, segments): ([Double], [Double], [Double], [Int]) = ([], [], [], [])
    for range in ranges {
      guard let found = extremes(range, kind: kind) else { continue }
      frequencies.append(spectrum.frequency(found.largest))
      largest.append(found.largestValue)
      medians.append(found.median)
      segments.append(spectrum.place(range.lowerBound).band.map { spectrum.bands[$0].allSegments } ?? 1)
    }
    return LimitStretches(frequencies: frequencies, largest: largest, medians: medians, segments: segments)
  }

  /// The place and value of the largest limit and the median one of a stretch; what is quoted of segments is exact, the order
  /// is that of a table.
  private func extremes(
    _ range: Range<Int>, kind: Kind
  ) -> (largest: Int, largestValue: Double, median: Double)? {
    let place = spectrum.place(range.lowerBound)
    let offset = range.lowerBound - place.index
    guard let band = place.band else {
      let limits = kind.isRandom ? random : coherent
      let known = range.filter { limits[$0].isFinite }
      guard let worst = known.max(by: { limits[$0] < limits[$1] }) else { return nil }
      return (worst, limits[worst], known.map { limits[$0] }.sorted()[known.count / 2])
    }
    let limits = kind.order == .linear ? linear[band] : quadratic[band]
    let known = (place.index..<place.index + range.count).map { (index: $0, value: limits.tabulated($0)) }
      .filter(\.value.isFinite).sorted { $0.value < $1.value }
    guard let worst = known.last else { return nil }
    return (worst.index + offset, limits.exact(worst.index), limits.exact(known[known.count / 2].index))
  }
}

/// Upper limits on amplitudes in a band that is searched in segments, for lines of the standard halo (`SegmentedLimit`,
/// `SegmentRecovery`).
struct SegmentedBandLimits {
  private let spectrum: SemicoherentSpectrum
  private let order: ClockSignalOrder
  private let confidenceLevel: Double
  private let law: SegmentedLimit
  private let recovery: SegmentRecovery

  init(_ spectrum: SemicoherentSpectrum, order: ClockSignalOrder, confidenceLevel: Double, speed: Double) {
    self.spectrum = spectrum
    self.order = order
    self.confidenceLevel = confidenceLevel
    law = SegmentedLimit(information: spectrum.meanInformation, order: order, confidenceLevel: confidenceLevel)
    recovery = SegmentRecovery(order: order, speed: speed)
  }

  var count: Int { spectrum.count }

  /// The limit at a frequency as if the segments were in the proportions that they have on average.
  func tabulated(_ index: Int) -> Double {
    guard spectrum.power(index).isFinite else { return .nan }
    return law.tabulated(sum: spectrum.sum(index), information: spectrum.totalInformation(index)) * scale(index)
  }

  /// The limit at a frequency with the errors that the segments have there.
  func exact(_ index: Int) -> Double {
    let point = spectrum[index]
    guard point.power.isFinite else { return .nan }
    guard order == .linear else { return tabulated(index) }
    return SegmentedLimit.amplitude(
      sum: point.sum, information: point.information, confidenceLevel: confidenceLevel) * scale(index)
  }

  private func scale(_ index: Int) -> Double {
    1 / recovery.share(frequency: spectrum.frequency(index), length: spectrum.length).squareRoot()
  }
}
