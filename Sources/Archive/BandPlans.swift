import Correlator
import Topology

extension NetworkTopology {
  /// The bands as the correlator works them.
  /// - Throws: `BandPlanError` when a band's times do not fit together.
  public func bandPlans() throws -> [BandPlan] {
    try bands.map { band in
      var plan = try BandPlan(
        name: band.name, lowestFrequency: band.lowestFrequency, highestFrequency: band.highestFrequency,
        segment: band.segment, overlap: band.overlap, window: BandPlan.Window(band.window),
        integration: band.integration)
      plan.absentChannels = absentChannels(in: band)
      return plan
    }
  }
}

extension BandPlan.Window {
  public init(_ window: AnalysisBand.Window) {
    switch window {
    case .hann: self = .hann
    case .sine: self = .sine
    case .rectangular: self = .rectangular
    }
  }
}
