import Correlator
import DarkMatter
import Foundation
import Numerics
import Sky

/// The matrices of a band that templates are compared on: rows short enough for the Earth to stand still.
struct BandMatrices: Sendable {
  struct Row: Sendable {
    var time: GPSTime
    /// Channels present, ascending.
    var channels: [Int]
    /// Independent samples of each bin.
    var weight: Double
    /// Mean of X_I conj(X_J), [bin][I][J].
    var matrices: [ComplexNumber]
  }

  let geometry: NetworkGeometry
  /// Hz.
  let frequencies: [Double]
  /// rad/m.
  let wavenumbers: [Double]
  /// ln(f/f_ref) and (f/f_ref)^index.
  let logFrequencies: [Double]
  let shape: [Double]
  let index: Double
  /// How well the responses are known; nil where they are exact.
  let calibration: CalibrationUncertainty?
  var rows: [Row]

  /// Collects stored rows, those of the same channels joined while a direction on the sky stays within a radian of phase.
  ///
  /// - Parameters:
  ///   - bins: numbers of the bins in use within the band.
  ///   - restFrequency: Hz.
  ///   - reference: Hz at which amplitudes are stated.
  ///   - index: of the spectrum.
  init(
    _ spectra: [CrossSpectra], plan: BandPlan, epoch: GPSTime, geometry: NetworkGeometry, bins: [Int],
    restFrequency: Double, reference: Double, index: Double, calibration: CalibrationUncertainty? = nil
  ) throws {
    self.calibration = calibration
    self.geometry = geometry
    self.index = index
    frequencies = bins.map { plan.frequency($0) }
    wavenumbers = frequencies.map { wavenumber(frequency: $0, restFrequency: restFrequency) }
    logFrequencies = frequencies.map { log($0 / reference) }
    shape = logFrequencies.map { [index] in exp(index * $0) }
    rows = []
    // Vector-network section 2: 600 s, less where waves are shorter than the Earth.
    let longest = 600e9 / max(1, (wavenumbers.max() ?? 0) * 6.378e6)
    var firstTime = epoch
    for spectrum in spectra {
      guard
        let observation = try StreamObservation(
          spectrum, bins: bins, plan: plan, epoch: epoch, channelCount: geometry.channelCount),
        case .matrix(let matrices) = observation.spectra
      else { continue }
      let same = rows.indices.last { rows[$0].channels == observation.channels }
      if let same, Double(observation.time.nanoseconds - firstTime.nanoseconds) < longest,
        rows[same].time >= firstTime
      {
        let total = rows[same].weight + observation.weight
        let part = observation.weight / total
        for element in matrices.indices {
          rows[same].matrices[element] = rows[same].matrices[element] * (1 - part) + matrices[element] * part
        }
        let step = Double(observation.time.nanoseconds - rows[same].time.nanoseconds) * part
        rows[same].time = rows[same].time.advanced(byNanoseconds: Int64(step))
        rows[same].weight = total
      } else {
        if rows.isEmpty || Double(observation.time.nanoseconds - firstTime.nanoseconds) >= longest {
          firstTime = observation.time
        }
        rows.append(
          Row(
            time: observation.time, channels: observation.channels, weight: observation.weight, matrices: matrices))
      }
    }
    guard !rows.isEmpty else { throw InferenceError.noSpectra }
  }

  /// Weighted mean power of every channel and bin, [bin][channel]; 1 for a channel without data.
  var power: [Double] {
    let channels = geometry.channelCount
    var power = [Double](repeating: 0, count: frequencies.count * channels)
    var weight = [Double](repeating: 0, count: channels)
    for row in rows {
      let size = row.channels.count
      for (position, channel) in row.channels.enumerated() {
        weight[channel] += row.weight
        for bin in frequencies.indices {
          power[bin * channels + channel] += row.weight * row.matrices[(bin * size + position) * size + position].real
        }
      }
    }
    for index in power.indices {
      power[index] = weight[index % channels] > 0 ? power[index] / weight[index % channels] : 1
    }
    return power
  }

  /// The rows of equal channels together, which is all that a field constant in the Earth's axes needs.
  var groups: [WhittleLikelihood.Group] {
    var order: [[Int]] = []
    var found: [[Int]: WhittleLikelihood.Group] = [:]
    for row in rows {
      var group: WhittleLikelihood.Group
      if let known = found.removeValue(forKey: row.channels) {
        group = known
      } else {
        order.append(row.channels)
        group = .init(
          channels: row.channels, weight: 0, matrices: [Double](repeating: 0, count: row.matrices.count))
      }
      let total = group.weight + row.weight
      let part = row.weight / total
      for element in row.matrices.indices {
        group.matrices[element] += (row.matrices[element].real - group.matrices[element]) * part
      }
      group.weight = total
      found[row.channels] = group
    }
    return order.compactMap { found[$0] }
  }

  /// Metres between the two stations furthest apart.
  var longestBaseline: Double {
    var longest = 0.0
    for first in 0..<geometry.channelCount {
      for second in first..<geometry.channelCount { longest = max(longest, geometry.baseline(first, second).length) }
    }
    return longest
  }
}
