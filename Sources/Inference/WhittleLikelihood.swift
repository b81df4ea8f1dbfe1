import Foundation

/// The exact Whittle likelihood of cross-spectral matrices under a few templates and free noise.
///
/// Sigma(f_k) = diag(N_k) + (f_k/f_ref)^index Sum_c a_c T_c(f_k), with real symmetric templates T_c and a noise density
/// N_I(f_k) of every channel and bin, one for the whole run:
///
///     ln L = - Sum_groups weight Sum_k { Tr[Sigma^-1 C] + ln det Sigma }     (physics page vector-network, section 4)
///
/// A group is the mean matrix C over the segments that have the same channels; a group with absent channels uses the
/// rows and columns it has, so gaps cost no exactness. Since Sigma is real, the imaginary part of C does not enter.
/// All numbers of the public interface are in physical units; inside, every channel and bin is scaled to power 1.
public struct WhittleLikelihood: Sendable {
  /// Mean spectral matrices over segments with the same channels present.
  public struct Group: Sendable {
    /// The channels present, ascending.
    public var channels: [Int]
    /// Independent samples per bin that the mean stands for.
    public var weight: Double
    /// Real part of the mean of X_I conj(X_J), unit²/Hz, order [bin][I][J] over `channels`.
    public var matrices: [Double]

    public init(channels: [Int], weight: Double, matrices: [Double]) {
      self.channels = channels
      self.weight = weight
      self.matrices = matrices
    }
  }

  public let channelCount: Int
  public let binCount: Int
  /// Number of templates.
  public let componentCount: Int
  /// ln(f_k/f_ref).
  public let logFrequencies: [Double]

  /// Scaled to power 1 of every channel and bin.
  private(set) var groups: [Group]
  /// [bin][component][I][J], scaled like the data and then by `amplitudeUnit`, to be of order 1.
  let templates: [Double]
  /// Power of each channel and bin, [bin][channel], 1 where a channel is never present.
  let power: [Double]
  /// Template amplitude, physical, of a scaled amplitude 1.
  let amplitudeUnit: Double
  /// Whether a channel is present in any group.
  private(set) var hasData: [Bool]

  /// Prepares data and templates.
  ///
  /// - Parameters:
  ///   - channelCount: channels of the network.
  ///   - groups: data; every group has the same bins.
  ///   - templates: order [component][bin][I][J] over all channels, symmetric in I and J; per unit of amplitude.
  ///   - logFrequencies: ln(f/f_ref) of each bin.
  /// - Throws: `InferenceError` when sizes differ, a number is not finite, or a present channel has no power.
  public init(channelCount: Int, groups: [Group], templates: [Double], logFrequencies: [Double]) throws {
    let bins = logFrequencies.count
    let square = channelCount * channelCount
    guard bins > 0 else { throw InferenceError.noBins }
    guard !groups.isEmpty else { throw InferenceError.noSpectra }
    guard templates.count.isMultiple(of: bins * square), !templates.isEmpty else {
      throw InferenceError.sizeMismatch(input: "templates", expected: bins * square, found: templates.count)
    }
    guard templates.allSatisfy(\.isFinite) else { throw InferenceError.notFinite(input: "a template") }
    let components = templates.count / (bins * square)
    let power = try Self.meanPower(channelCount: channelCount, bins: bins, groups: groups)

    var present = [Bool](repeating: false, count: channelCount)
    var scaledGroups = groups
    for (number, group) in groups.enumerated() {
      let size = group.channels.count
      for bin in 0..<bins {
        for (row, first) in group.channels.enumerated() {
          present[first] = true
          for (column, second) in group.channels.enumerated() {
            let scale = (power[bin * channelCount + first] * power[bin * channelCount + second]).squareRoot()
            scaledGroups[number].matrices[(bin * size + row) * size + column] /= scale
          }
        }
      }
    }

    // Templates per bin beside each other, because the likelihood visits bin after bin.
    var scaled = [Double](repeating: 0, count: templates.count)
    var sumOfSquares = 0.0
    for bin in 0..<bins {
      for component in 0..<components {
        for first in 0..<channelCount {
          for second in 0..<channelCount {
            let scale = (power[bin * channelCount + first] * power[bin * channelCount + second]).squareRoot()
            let value = templates[((component * bins + bin) * channelCount + first) * channelCount + second] / scale
            scaled[((bin * components + component) * channelCount + first) * channelCount + second] = value
            sumOfSquares += present[first] && present[second] ? value * value : 0
          }
        }
      }
    }
    let typical = (sumOfSquares / Double(bins * channelCount)).squareRoot()
    let unit = typical > 0 ? 1 / typical : 1
    for index in scaled.indices { scaled[index] *= unit }

    self.channelCount = channelCount
    binCount = bins
    componentCount = components
    self.logFrequencies = logFrequencies
    self.groups = scaledGroups
    self.templates = scaled
    self.power = power
    amplitudeUnit = unit
    hasData = present
  }

  /// Weighted mean of the diagonal over groups, [bin][channel].
  private static func meanPower(channelCount: Int, bins: Int, groups: [Group]) throws -> [Double] {
    var power = [Double](repeating: 0, count: bins * channelCount)
    var weight = [Double](repeating: 0, count: channelCount)
    for group in groups {
      let size = group.channels.count
      guard group.matrices.count == bins * size * size else {
        throw InferenceError.sizeMismatch(
          input: "spectral matrices of a group", expected: bins * size * size, found: group.matrices.count)
      }
      guard group.matrices.allSatisfy(\.isFinite) else { throw InferenceError.notFinite(input: "a cross spectrum") }
      guard group.weight.isFinite, group.weight > 0 else { throw InferenceError.notFinite(input: "a positive weight") }
      for (row, channel) in group.channels.enumerated() {
        guard channel >= 0, channel < channelCount else {
          throw InferenceError.sizeMismatch(input: "channel number", expected: channelCount, found: channel)
        }
        weight[channel] += group.weight
        for bin in 0..<bins {
          power[bin * channelCount + channel] += group.weight * group.matrices[(bin * size + row) * size + row]
        }
      }
    }
    for bin in 0..<bins {
      for channel in 0..<channelCount {
        let index = bin * channelCount + channel
        guard weight[channel] > 0 else {
          power[index] = 1
          continue
        }
        power[index] /= weight[channel]
        guard power[index] > 0 else {
          throw InferenceError.notFinite(input: "logarithm of the power of channel \(channel) in bin \(bin)")
        }
      }
    }
    return power
  }

  /// The same in the same scales, without the data of some channels.
  func without(_ channels: Set<Int>) -> WhittleLikelihood {
    var result = self
    result.groups = groups.compactMap { group in
      let kept = group.channels.indices.filter { !channels.contains(group.channels[$0]) }
      guard !kept.isEmpty else { return nil }
      let size = group.channels.count
      return Group(
        channels: kept.map { group.channels[$0] }, weight: group.weight,
        matrices: (0..<binCount).flatMap { bin in
          kept.flatMap { row in kept.map { group.matrices[(bin * size + row) * size + $0] } }
        })
    }
    for channel in channels { result.hasData[channel] = false }
    return result
  }

  /// Scaled noise densities that maximise the likelihood without a signal: the measured power.
  var noiseWithoutSignal: [Double] { [Double](repeating: 1, count: binCount * channelCount) }
}
