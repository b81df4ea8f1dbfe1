import Archive
import Correlator
import Protocol
import Topology

extension IndexRow {
  /// The index row of a block that was taken.
  init(_ header: BlockHeader) {
    self.init(
      sequence: header.sequence, firstSample: header.firstSample, gpsNanoseconds: header.time.nanoseconds,
      count: header.sampleCount, flags: UInt32(header.flags.rawValue), reason: header.missingReason,
      clockOffset: header.clockOffset, clockUncertainty: header.clockUncertainty, crc32c: header.payloadChecksum)
  }
}

extension NetworkTopology {
  /// The bands as the correlator works them.
  /// - Throws: `BandPlanError` when a band's times do not fit together.
  func bandPlans() throws -> [BandPlan] {
    try bands.map { band in
      try BandPlan(
        name: band.name, lowestFrequency: band.lowestFrequency, highestFrequency: band.highestFrequency,
        segment: band.segment, overlap: band.overlap, window: BandPlan.Window(band.window),
        integration: band.integration)
    }
  }
}

extension BandPlan.Window {
  init(_ window: AnalysisBand.Window) {
    switch window {
    case .hann: self = .hann
    case .sine: self = .sine
    case .rectangular: self = .rectangular
    }
  }
}
