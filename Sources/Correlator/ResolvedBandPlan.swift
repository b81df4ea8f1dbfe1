/// Why a band cannot be laid out in whole segments and bins.
public enum BandPlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A duration or frequency that must be positive is not.
  case notPositive(band: String, key: String)
  case overlapNotSupported(band: String, overlap: Double)
  /// Half overlap needs a segment of an even number of nanoseconds.
  case segmentNotEven(band: String, segment: Int64)
  case integrationNotMultiple(band: String, integration: Int64, hop: Int64)
  case edgesReversed(band: String, lowest: Double, highest: Double)
  /// No bin at a multiple of the resolution lies between the edges.
  case noBin(band: String, lowest: Double, highest: Double, resolution: Double)

  public var description: String {
    switch self {
    case .notPositive(let band, let key):
      "band '\(band)': \(key) must be a positive number; give a value above zero"
    case .overlapNotSupported(let band, let overlap):
      "band '\(band)': overlap \(overlap) is not supported; use 0 or 0.5"
    case .segmentNotEven(let band, let segment):
      "band '\(band)': a segment of \(segment) ns cannot overlap by half; use an even number of nanoseconds"
    case .integrationNotMultiple(let band, let integration, let hop):
      "band '\(band)': integration of \(integration) ns is no multiple of the \(hop) ns from segment to segment; "
        + "use \(max(1, (integration + hop / 2) / hop) * hop) ns or change segment or overlap"
    case .edgesReversed(let band, let lowest, let highest):
      "band '\(band)': lowest frequency \(lowest) Hz is above highest frequency \(highest) Hz; exchange them"
    case .noBin(let band, let lowest, let highest, let resolution):
      "band '\(band)': no bin lies between \(lowest) Hz and \(highest) Hz at a resolution of \(resolution) Hz; "
        + "widen the band or lengthen the segment"
    }
  }
}

extension BandPlan {
  /// Resolves a band given in physical values to whole numbers.
  ///
  /// - Parameters:
  ///   - lowestFrequency: Hz; bins below it are left out, and so is bin 0.
  ///   - highestFrequency: Hz; bins above it are left out.
  ///   - segment: nanoseconds of one segment; the bins lie at multiples of 1/segment.
  ///   - overlap: fraction of a segment that it shares with the next: 0 or 0.5.
  ///   - integration: nanoseconds between the starts of integrations; a multiple of the hop segment × (1 - overlap).
  /// - Throws: `BandPlanError`.
  public init(
    name: String, lowestFrequency: Double, highestFrequency: Double, segment: Int64, overlap: Double = 0.5,
    window: Window = .hann, integration: Int64
  ) throws {
    guard segment > 0 else { throw BandPlanError.notPositive(band: name, key: "segment") }
    guard integration > 0 else { throw BandPlanError.notPositive(band: name, key: "integration") }
    guard highestFrequency > 0, highestFrequency.isFinite else {
      throw BandPlanError.notPositive(band: name, key: "highest frequency")
    }
    guard lowestFrequency <= highestFrequency else {
      throw BandPlanError.edgesReversed(band: name, lowest: lowestFrequency, highest: highestFrequency)
    }
    let hop: Int64
    switch overlap {
    case 0: hop = segment
    case 0.5:
      guard segment.isMultiple(of: 2) else { throw BandPlanError.segmentNotEven(band: name, segment: segment) }
      hop = segment / 2
    default: throw BandPlanError.overlapNotSupported(band: name, overlap: overlap)
    }
    guard integration.isMultiple(of: hop) else {
      throw BandPlanError.integrationNotMultiple(band: name, integration: integration, hop: hop)
    }
    // An edge that is meant to lie on a bin stays on it through the rounding of its decimal digits.
    let duration = Double(segment) / 1e9
    let tolerance = 1e-9
    let first = max(1, (lowestFrequency * duration - tolerance).rounded(.up))
    let last = (highestFrequency * duration + tolerance).rounded(.down)
    guard first <= last, last < Double(Int32.max) else {
      throw BandPlanError.noBin(
        band: name, lowest: lowestFrequency, highest: highestFrequency, resolution: 1 / duration)
    }
    self.init(
      name: name, segment: segment, hop: hop, window: window, segmentsPerIntegration: Int(integration / hop),
      firstBin: Int(first), binCount: Int(last - first) + 1)
  }
}
