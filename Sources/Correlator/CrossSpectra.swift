import Sky

/// The frequency grid, segmentation and window of one band, resolved to whole numbers.
public struct BandPlan: Hashable, Sendable, Codable {
  public enum Window: String, Hashable, Sendable, Codable, CaseIterable {
    case hann, sine, rectangular
  }

  public var name: String
  /// Nanoseconds of one segment; bin k lies at k/segment.
  public var segment: Int64
  /// Nanoseconds from the start of one segment to the next.
  public var hop: Int64
  public var window: Window
  /// Segments whose starts fall into one integration.
  public var segmentsPerIntegration: Int
  /// Number of the first bin; at least 1.
  public var firstBin: Int
  public var binCount: Int
  /// Numbers of the network's channels that take no part, ascending: they are absent from every matrix.
  public var absentChannels: [Int]

  public init(
    name: String, segment: Int64, hop: Int64, window: Window, segmentsPerIntegration: Int, firstBin: Int, binCount: Int,
    absentChannels: [Int] = []
  ) {
    self.name = name
    self.segment = segment
    self.hop = hop
    self.window = window
    self.segmentsPerIntegration = segmentsPerIntegration
    self.firstBin = firstBin
    self.binCount = binCount
    self.absentChannels = absentChannels
  }

  /// Hz between bins.
  public var resolution: Double { 1e9 / Double(segment) }

  /// Frequency of bin `index` (0 ..< binCount) in Hz.
  public func frequency(_ index: Int) -> Double { Double(firstBin + index) * resolution }
}

/// Cross-spectral matrices averaged over those segments of one integration that have the same channels present.
///
/// An integration without gaps is one such value; every set of channels that occurs in it makes one more, so that a
/// likelihood stays exact under gaps: the sum over sets is the sum over segments.
public struct CrossSpectra: Sendable {
  /// Number of the integration: its segments start in [number, number + 1) x hop x segmentsPerIntegration after the epoch.
  public var integration: Int64
  /// Segments averaged; at least 1.
  public var segments: Int
  /// Which channels these segments have.
  public var present: [Bool]
  /// Mean of X_I conj(X_J), one-sided, unit²/Hz, order [bin][I][J][re, im]; NaN where I or J is not present.
  public var values: [Double]

  public init(integration: Int64, segments: Int, present: [Bool], values: [Double]) {
    self.integration = integration
    self.segments = segments
    self.present = present
    self.values = values
  }
}
