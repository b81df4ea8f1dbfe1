/// Where the channels of a network are and which way they point, in Earth-fixed axes.
public struct NetworkGeometry: Hashable, Sendable, Codable {
  /// Place of each channel in metres.
  public let positions: [SIMD3<Double>]
  /// Sensitive direction of each channel, length 1.
  public let directions: [SIMD3<Double>]
  /// Name of each channel.
  public let labels: [String]

  /// Collects the geometry of a network.
  ///
  /// - Parameters:
  ///   - positions: metres, one for each channel.
  ///   - directions: of any positive length, one for each channel; they are normalised.
  ///   - labels: one for each channel.
  /// - Throws: `InferenceError` when the counts differ, a number is not finite or a direction has no length.
  public init(positions: [SIMD3<Double>], directions: [SIMD3<Double>], labels: [String]) throws {
    guard directions.count == positions.count else {
      throw InferenceError.sizeMismatch(
        input: "directions of the channels", expected: positions.count, found: directions.count)
    }
    guard labels.count == positions.count else {
      throw InferenceError.sizeMismatch(input: "labels of the channels", expected: positions.count, found: labels.count)
    }
    for (channel, label) in labels.enumerated() {
      let place = positions[channel]
      guard (place * place).sum().isFinite else { throw InferenceError.notFinite(input: "position of \(label)") }
      let square = (directions[channel] * directions[channel]).sum()
      guard square.isFinite, square > 0 else { throw InferenceError.notFinite(input: "unit direction of \(label)") }
    }
    self.positions = positions
    self.directions = directions.map { $0 / ($0 * $0).sum().squareRoot() }
    self.labels = labels
  }

  public var channelCount: Int { positions.count }

  /// Distance in metres and unit vector from channel `second` to channel `first`; along z when they are at one place.
  func baseline(_ first: Int, _ second: Int) -> (length: Double, direction: SIMD3<Double>) {
    let difference = positions[first] - positions[second]
    let length = (difference * difference).sum().squareRoot()
    return length > 0 ? (length, difference / length) : (0, SIMD3(0, 0, 1))
  }
}
