/// How finely and how long a sky map is computed.
public struct SkyScanOptions: Hashable, Sendable, Codable {
  /// Threads; the map does not depend on it.
  public var workers = 1
  /// The order of the coarsest grid, where fringes do not ask for a finer one.
  public var coarsestOrder = 5
  /// The most pixels that a first look at the whole sky may have. When fringes would need more, the first look takes
  /// distant stations for independent, and phases are brought in where that leaves something.
  public var maximumScanPixels = 12 << 16
  /// The most directions in which the likelihood is computed; a map that needs more is marked unresolved.
  public var maximumEvaluations = 3_000_000
  /// Pixels are divided until none may hold more than this probability.
  public var largestProbability = 1e-3

  public init() {}

  func validate() throws(InferenceError) {
    guard (0...20).contains(coarsestOrder) else {
      throw .invalidOption(name: "coarsest order", reason: "\(coarsestOrder) is not in 0 ... 20")
    }
    guard maximumScanPixels >= 12 << (2 * coarsestOrder) else {
      throw .invalidOption(
        name: "maximum of scan pixels", reason: "the coarsest grid alone has \(12 << (2 * coarsestOrder))")
    }
    guard maximumEvaluations >= 2 * maximumScanPixels else {
      throw .invalidOption(name: "maximum of evaluations", reason: "must be at least twice that of scan pixels")
    }
    guard largestProbability > 0, largestProbability <= 0.1 else {
      throw .invalidOption(name: "largest probability", reason: "\(largestProbability) is not in 0 ... 0.1")
    }
  }
}
