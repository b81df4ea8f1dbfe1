import Glibc
import HDF5
import Instruments
import Numerics

/// How the channels of a node follow the field, over frequency: what makes an archive's samples a field's again.
///
/// Two attributes of `/nodes/<stream>` hold it: `transfer_frequencies`, F of them in Hz and ascending, and
/// `transfer_function`, a matrix of six columns whose row c x F + k is h_c(f_k): real and imaginary part of its component to
/// the east, then to the north, then up. A field Re[O exp(-2πi f t)] at the node gives channel c the analytic signal h_c . O,
/// without conjugation (vector-network section 3); X of section 0 has the same factor. With numpy:
///
///     node = file["nodes/mainz01"].attrs
///     parts = node["transfer_function"].reshape(len(node["channels"]), -1, 3, 2)
///     h = parts[..., 0] + 1j * parts[..., 1]          # channel, frequency, (east, north, up)
public struct TransferFunction: Hashable, Sendable {
  /// Hz, ascending.
  public var frequencies: [Double]
  /// Components to the east, to the north and up of h_c(f), order [channel][frequency].
  public var values: [ComplexVector]

  public init(frequencies: [Double], values: [ComplexVector]) {
    self.frequencies = frequencies
    self.values = values
  }

  /// The transfer function of an instrument at 65 frequencies, which crowd at its resonance.
  ///
  /// - Parameters:
  ///   - lowest: Hz, where what the node records begins; 1e-4 `highest` when that is less.
  ///   - highest: Hz, where it ends.
  public init(_ readout: SensorReadout, lowest: Double, highest: Double) {
    let frequencies = TransferFunction.frequencies(
      resonance: readout.resonance, lowest: max(lowest, 1e-4 * highest), highest: highest)
    self.frequencies = frequencies
    values = (0..<readout.channelCount).flatMap { channel in
      frequencies.map { readout.responseVector(ofChannel: channel, at: $0) }
    }
  }

  private static func frequencies(resonance: SensorReadout.Resonance?, lowest: Double, highest: Double) -> [Double] {
    let intervals = 64
    guard let resonance else {
      return (0...intervals).map { lowest * pow(highest / lowest, Double($0) / Double(intervals)) }
    }
    // Even steps of asinh((f - f0)/w): linear within the half width w, logarithmic beyond.
    let half = resonance.halfWidth
    let first = asinh((lowest - resonance.frequency) / half)
    let last = asinh((highest - resonance.frequency) / half)
    return (0...intervals).map { step in
      let place = first + (last - first) * Double(step) / Double(intervals)
      return min(max(resonance.frequency + half * sinh(place), lowest), highest)
    }
  }

  // MARK: - In the file

  func store(in attributes: Attributes) throws {
    try attributes.set("transfer_frequencies", frequencies)
    try attributes.set(
      "transfer_function",
      values.flatMap { h in (0..<3).flatMap { [h.real[$0], h.imaginary[$0]] } }, columns: 6)
  }

  /// Nil when the file has none.
  init?(from attributes: Attributes) throws {
    guard try attributes.contains("transfer_function") else { return nil }
    frequencies = try attributes.doubles("transfer_frequencies")
    let parts = try attributes.doubles("transfer_function")
    values = (0..<parts.count / 6).map { row in
      let numbers = parts[6 * row..<6 * row + 6].map { $0 }
      return ComplexVector(
        SIMD3(numbers[0], numbers[2], numbers[4]), SIMD3(numbers[1], numbers[3], numbers[5]))
    }
  }
}
