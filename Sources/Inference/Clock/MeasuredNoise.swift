import Glibc
import Numerics

/// Noise of a clock whose spectrum nobody states, from the powers of a search that took it for white (physics page clock,
/// section 5, unknown spectrum).
///
/// Far above 1/T kappa is the median of the powers of the 4096 nearest independent frequencies over ln 2. Below 2048/T, where
/// spectra are not flat over so many, it is a + b/f + c/f², fitted to the powers by their likelihood. A line that stands out
/// counts for neither.
public struct MeasuredNoise: Sendable {
  /// White, flicker and random-walk FM over the white noise of the readings' uncertainties: a, b T and c T².
  public let levels: SIMD3<Double>
  private let span: Double
  /// kappa at multiples of `step`/T from 2048/T on.
  private let medians: [Double]
  /// kappa at frequencies that are searched in segments, ascending in Hz.
  private var segmented: [(frequency: Double, ratio: Double)] = []

  private static let step = 256
  private static let half = 2048

  /// - Parameter spectrum: of one clock, searched without a noise ratio.
  /// - Throws: `ClockAnalysisError.tooFewSamples` for a search of fewer than 32 independent frequencies.
  public init(_ spectrum: SinusoidSpectrum) throws(ClockAnalysisError) {
    span = spectrum.span
    // One of the search's frequencies for each multiple of 1/T.
    var powers: [Double] = []
    var index = 0
    var multiple = 1.0
    while index < spectrum.count {
      if spectrum.frequency(index) * span >= multiple - 1e-6 {
        powers.append(spectrum.power(index))
        multiple += 1
      }
      index += 1
    }
    // At the Nyquist frequency of a lattice there is no sinusoid to be told.
    while let last = powers.last, !last.isFinite { powers.removeLast() }
    guard powers.count >= 32, powers.allSatisfy(\.isFinite) else { throw .tooFewSamples(powers.count) }
    levels = Self.fit(Array(powers.prefix(2 * Self.half)))
    var medians: [Double] = []
    var centre = Self.half
    while centre <= powers.count {
      let range = max(0, centre - 1 - Self.half)..<min(powers.count, centre + Self.half)
      medians.append(powers[range].sorted()[range.count / 2] / M_LN2)
      centre += Self.step
    }
    self.medians = medians
  }

  /// - Parameter spectrum: of one clock, searched without a noise ratio; in segments it is the median sum that is compared with
  ///   that of white noise.
  /// - Throws: `ClockAnalysisError.tooFewSamples` for a coherent search of fewer than 32 independent frequencies.
  public init(_ spectrum: ClockSpectrum) throws(ClockAnalysisError) {
    try self.init(spectrum.coherent)
    for band in spectrum.bands {
      let (places, powers) = band.independentPowers
      guard powers.count >= 32 else { continue }
      for centre in stride(from: min(Self.half, powers.count / 2), to: powers.count, by: Self.step) {
        let range = max(0, centre - Self.half)..<min(powers.count, centre + Self.half)
        segmented.append((band.frequency(places[centre]), powers[range].sorted()[range.count / 2] / M_LN2))
      }
    }
  }

  /// kappa at a frequency in Hz.
  public func ratio(_ frequency: Double) -> Double {
    if let first = segmented.first, frequency >= first.frequency {
      guard let next = segmented.firstIndex(where: { $0.frequency > frequency }), next > 0 else {
        return segmented[segmented.count - 1].ratio
      }
      let (low, high) = (segmented[next - 1], segmented[next])
      return low.ratio + (high.ratio - low.ratio) * (frequency - low.frequency) / (high.frequency - low.frequency)
    }
    let cycles = max(frequency * span, 0.5)
    guard cycles >= Double(Self.half), !medians.isEmpty else {
      return levels.x + levels.y / cycles + levels.z / (cycles * cycles)
    }
    let place = min((cycles - Double(Self.half)) / Double(Self.step), Double(medians.count - 1))
    let index = min(Int(place), max(0, medians.count - 2))
    let share = place - Double(index)
    return index + 1 < medians.count
      ? medians[index] + share * (medians[index + 1] - medians[index]) : medians[index]
  }

  /// The maximum of -Σ (ln kappa + P/kappa), with lines left out.
  private static func fit(_ powers: [Double]) -> SIMD3<Double> {
    let middle = powers.sorted()[powers.count / 2] / M_LN2
    var isUsed = [Bool](repeating: true, count: powers.count)
    var levels = SIMD3(middle, 0.1 * middle, 0.1 * middle)
    for pass in 0..<3 {
      levels = maximum(powers, isUsed, from: pass == 0 ? levels : levels + SIMD3(repeating: 1e-3 * middle))
      for k in powers.indices where powers[k] > 15 * kappa(levels, k) {
        for near in max(0, k - 3)...min(powers.count - 1, k + 3) { isUsed[near] = false }
      }
    }
    return levels
  }

  /// Multiplicative steps, which keep the levels above zero and never lower the likelihood.
  private static func maximum(_ powers: [Double], _ isUsed: [Bool], from start: SIMD3<Double>) -> SIMD3<Double> {
    var levels = start
    for _ in 0..<300 {
      var (up, down) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
      for k in powers.indices where isUsed[k] {
        let x = 1 / Double(k + 1)
        let basis = SIMD3(1, x, x * x)
        let kappa = (levels * basis).sum()
        up += basis * (powers[k] / (kappa * kappa))
        down += basis / kappa
      }
      let factor = up / down
      let next = levels * SIMD3(factor.x.squareRoot(), factor.y.squareRoot(), factor.z.squareRoot())
      let change = (next - levels) / (levels + SIMD3(repeating: 1e-6 * levels.sum()))
      levels = next
      if abs(change.x) + abs(change.y) + abs(change.z) < 1e-5 { break }
    }
    return levels
  }

  private static func kappa(_ levels: SIMD3<Double>, _ k: Int) -> Double {
    let x = 1 / Double(k + 1)
    return levels.x + levels.y * x + levels.z * x * x
  }
}

/// Where the noise in a search of clocks comes from.
public enum ClockNoiseSource: String, Hashable, Sendable, Codable, CaseIterable {
  /// What the topology, or the table of readings, says of it.
  case stated
  /// The powers of the search itself.
  case measured
}
