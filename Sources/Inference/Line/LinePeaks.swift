import Foundation

/// The loudest points of a search, with the amplitudes around each.
struct LinePeaks {
  /// A point that may be a line.
  struct Peak {
    var template: Int
    var frequency: Double
    var statistic: Double
    /// s Σ λ: the line's power over the noise.
    var strength: Double
    var observation: LineObservation

    /// Whether what is seen at a frequency may be this line's: nearer than its width or three bins, or not louder than what the
    /// window lets through.
    func covers(_ frequency: Double, statistic: Double) -> Bool {
      let bins = abs(frequency - self.frequency) * observation.segmentLength
      guard bins > 3, abs(frequency - self.frequency) > 3 * observation.lineWidth else { return true }
      return 2 * strength * observation.window.leakage(bins: bins) > 0.1 * max(statistic, 1)
    }
  }

  /// Candidates that are kept.
  static let most = 8

  /// By falling statistic.
  private var peaks: [Peak] = []

  var loudest: Peak? { peaks.first }

  /// Takes a point if it is among the loudest of its template within its neighbourhood.
  mutating func offer(
    template: Int, _ point: LineAnalysis.Point, strength: Double, observation: () -> LineObservation
  ) {
    let statistic = point.profile.statistic
    guard statistic > 1, peaks.count < 4 * Self.most || statistic > (peaks.last?.statistic ?? 0) else { return }
    guard !peaks.contains(where: { $0.statistic >= statistic && $0.covers(point.restFrequency, statistic: statistic) })
    else { return }
    let peak = Peak(
      template: template, frequency: point.restFrequency, statistic: statistic, strength: strength,
      observation: observation())
    peaks.removeAll { $0.statistic < statistic && peak.covers($0.frequency, statistic: $0.statistic) }
    peaks.insert(peak, at: peaks.firstIndex { $0.statistic < statistic } ?? peaks.count)
    if peaks.count > 4 * Self.most { peaks.removeLast() }
  }

  /// The loudest of which none is part of another.
  func separate() -> [Peak] { Array(peaks.prefix(Self.most)) }

  /// The amplitudes around the peak next to a frequency.
  func observation(nearest frequency: Double) -> LineObservation? {
    peaks.min { abs($0.frequency - frequency) < abs($1.frequency - frequency) }?.observation
  }
}
