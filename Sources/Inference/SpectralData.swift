import Correlator

/// The stored matrices of one band, summed over rows with the same channels present.
///
/// Earth-fixed sensors in an isotropic field have templates constant in time, so the rows' sum is sufficient.
struct SpectralData {
  /// Numbers within the band plan of the bins in use, ascending.
  var bins: [Int]
  /// Hz of those bins.
  var frequencies: [Double]
  var groups: [WhittleLikelihood.Group]
  /// Segments with two or more channels.
  var segments: Int

  init(_ spectra: [CrossSpectra], plan: BandPlan, geometry: NetworkGeometry, options: BackgroundFitOptions) throws {
    let channels = geometry.channelCount
    let selected = (0..<plan.binCount).filter { bin in
      let frequency = plan.frequency(bin)
      return frequency > options.restFrequency && (options.frequencyRange?.contains(frequency) ?? true)
    }
    guard !selected.isEmpty else { throw InferenceError.noBins }
    bins = selected
    frequencies = bins.map { plan.frequency($0) }

    var order: [[Int]] = []
    var sums: [[Int]: [Double]] = [:]
    var counts: [[Int]: Int] = [:]
    for row in spectra {
      guard row.present.count == channels else {
        throw InferenceError.sizeMismatch(
          input: "channels of integration \(row.integration)", expected: channels, found: row.present.count)
      }
      let expected = plan.binCount * channels * channels * 2
      guard row.values.count == expected else {
        throw InferenceError.sizeMismatch(
          input: "numbers in the spectra of integration \(row.integration)", expected: expected,
          found: row.values.count)
      }
      let present = (0..<channels).filter { row.present[$0] }
      guard !present.isEmpty, row.segments > 0 else { continue }
      let size = present.count
      if sums[present] == nil { order.append(present) }
      var sum = sums.removeValue(forKey: present) ?? [Double](repeating: 0, count: bins.count * size * size)
      var index = 0
      for bin in bins {
        for first in present {
          for second in present {
            // The matrix is Hermitian: the mean of both triangles is the real part of either.
            let upper = row.values[((bin * channels + first) * channels + second) * 2]
            let lower = row.values[((bin * channels + second) * channels + first) * 2]
            sum[index] += Double(row.segments) * 0.5 * (upper + lower)
            index += 1
          }
        }
      }
      sums[present] = sum
      counts[present, default: 0] += row.segments
    }
    guard !order.isEmpty else { throw InferenceError.noSpectra }

    let fraction = plan.effectiveFraction
    groups = []
    segments = 0
    for present in order {
      guard let sum = sums[present], let count = counts[present] else { continue }
      let size = present.count
      try Self.check(sum, present: present, frequencies: frequencies, labels: geometry.labels)
      groups.append(
        WhittleLikelihood.Group(
          channels: present, weight: fraction * Double(count), matrices: sum.map { $0 / Double(count) }))
      if size >= 2 { segments += count }
    }

    let seen = Set(order.joined()).count
    guard seen >= 2 else { throw InferenceError.tooFewChannels(seen) }
    guard segments > 0 else { throw InferenceError.noCommonSegments }
    let needed = (order.map(\.count).max() ?? 0) + 1
    guard segments >= needed else { throw InferenceError.tooFewSegments(found: segments, needed: needed) }
    for group in groups {
      try ChannelHealth.requireIndependence(
        group.matrices, segments: counts[group.channels] ?? 0, present: group.channels, labels: geometry.labels)
    }
  }

  private static func check(_ sum: [Double], present: [Int], frequencies: [Double], labels: [String]) throws {
    let size = present.count
    for (bin, frequency) in frequencies.enumerated() {
      for (row, channel) in present.enumerated() {
        for column in 0..<size where !sum[(bin * size + row) * size + column].isFinite {
          throw InferenceError.notFinite(
            input: "cross spectrum of \(labels[channel]) and \(labels[present[column]]) at \(frequency) Hz")
        }
        guard sum[(bin * size + row) * size + row] > 0 else {
          throw InferenceError.noPower(channel: labels[channel], frequency: frequency)
        }
      }
    }
  }
}
