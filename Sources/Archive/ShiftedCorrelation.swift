import Correlator
import Foundation
import Instruments
import Topology

extension ArchiveReader {
  /// The numbers of the streams that take part in a band.
  func participants(_ plan: BandPlan) -> [Int] {
    var channel = 0
    return streams.indices.filter { stream in
      defer { channel += streams[stream].channels.count }
      return !plan.absentChannels.contains(channel)
    }
  }

  /// Segments of a band that all its streams have samples for.
  func segmentCount(_ plan: BandPlan) throws -> Int64 {
    try participants(plan).map { stream in
      plan.segments(inSamples: Int64(try sampleCount(stream: stream)), at: streams[stream].sampleRate) ?? 0
    }.min() ?? 0
  }

  /// Correlates the stored samples anew, each stream shifted by whole segments, its end joined to its beginning.
  ///
  /// - Parameters:
  ///   - plan: a band of the archive, or one beside it.
  ///   - shifts: segments by which each stream runs ahead; nil for none.
  ///   - workers: threads.
  /// - Returns: rows as the hub makes them, without the responses taken out.
  /// - Throws: `ArchiveError` or `BandCorrelatorError`.
  func correlate(_ plan: BandPlan, shifts: [Int64]? = nil, workers: Int) throws -> [CrossSpectra] {
    let shifts = shifts ?? streams.map { _ in 0 }
    let rates = streams.flatMap { stream in stream.channels.map { _ in stream.sampleRate } }
    let basebands = streams.flatMap { stream in stream.channels.map { _ in stream.baseband } }
    let correlator = try BandCorrelator(plan: plan, sampleRates: rates, basebands: basebands, workers: workers)
    let offsets = try streams.indices.map { StoredClock(try index(stream: $0)) }
    let total = try segmentCount(plan)
    let members = Set(participants(plan))
    var rows: [CrossSpectra] = []
    var segment: Int64 = 0
    while segment < total {
      // As many segments as lie in one integration and, in every stream, before its end.
      var count = Int64(plan.segmentsPerIntegration) - segment % Int64(plan.segmentsPerIntegration)
      for shift in shifts { count = min(count, total - (segment + shift) % total) }
      count = min(count, total - segment)
      var samples: [[Double]?] = []
      var clocks: [Double] = []
      for (stream, layout) in streams.enumerated() {
        let source = (segment + shifts[stream]) % total
        guard members.contains(stream), let hop = plan.samplesPerHop(at: layout.sampleRate),
          let length = plan.samplesPerSegment(at: layout.sampleRate)
        else {
          for _ in layout.channels {
            samples.append(nil)
            clocks += [Double](repeating: 0, count: Int(count))
          }
          continue
        }
        let first = Int(source) * hop
        let range = first..<first + (Int(count) - 1) * hop + length
        for channel in layout.channels.indices {
          samples.append(try self.samples(stream: stream, channel: channel, range))
          clocks += (0..<Int(count)).map { offsets[stream].offset(atSample: Int64(first + $0 * hop + length / 2)) }
        }
      }
      withPointers(to: samples) { pointers in
        correlator.add(
          firstSegment: segment, count: Int(count), samples: pointers,
          clockOffsets: clocks.contains { $0 != 0 } ? clocks : [], emit: { rows.append($0) })
      }
      segment += count
    }
    correlator.finish { rows.append($0) }
    return rows
  }

  /// Segments from one stream to the next that keep all streams apart, largest first; empty for a short run.
  ///
  /// - Parameters:
  ///   - plan: the band.
  ///   - count: how many are wanted.
  func shiftSteps(_ plan: BandPlan, count: Int) throws -> [Int64] {
    let total = try segmentCount(plan)
    // Overlapping segments share samples; twice as far nothing is left of them.
    let least = 2 * ((plan.segment + plan.hop - 1) / plan.hop)
    let stations = participants(plan).count
    let largest = total / Int64(max(1, stations)) - 1
    guard stations >= 2, largest >= least else { return [] }
    let steps = (0..<count).map { largest - Int64($0) * (largest - least) / Int64(max(1, count)) }
    return Array(Set(steps)).sorted(by: >)
  }

  /// The bands of as many bins below and above a band, as far as all streams record them; of three bins at least.
  func neighbours(of plan: BandPlan) -> [BandPlan] {
    let seconds = Double(plan.segment) * 1e-9
    var (lowest, highest) = (1, Int.max)
    for stream in streams {
      let half = stream.sampleRate.hertz * seconds / 2
      let centre = (stream.baseband ?? 0) * seconds
      lowest = max(lowest, stream.baseband == nil ? 1 : Int((centre - half).rounded(.up)) + 1)
      highest = min(highest, Int((centre + half).rounded(.down)) - 1)
    }
    // The window spreads the signal over the bins next to the band.
    let gap = 2
    var below = plan
    below.firstBin = max(lowest, plan.firstBin - gap - plan.binCount)
    below.binCount = plan.firstBin - gap - below.firstBin
    var above = plan
    above.firstBin = plan.firstBin + plan.binCount + gap
    above.binCount = min(plan.binCount, highest - above.firstBin + 1)
    return [below, above].filter { $0.binCount >= 3 }
  }
}

/// The clock offsets that a node reported with its blocks.
private struct StoredClock {
  private let rows: [(first: Int64, offset: Double)]

  init(_ index: [IndexRow]) { rows = index.map { ($0.firstSample, $0.clockOffset) } }

  /// Of the block that holds a sample.
  func offset(atSample sample: Int64) -> Double {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].first <= sample { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? rows[low - 1].offset : 0
  }
}

/// Hands out pointers to all arrays at once.
private func withPointers(to arrays: [[Double]?], _ body: ([UnsafePointer<Double>?]) -> Void) {
  func open(_ index: Int, _ pointers: [UnsafePointer<Double>?]) {
    guard index < arrays.count else { return body(pointers) }
    guard let array = arrays[index] else { return open(index + 1, pointers + [nil]) }
    array.withUnsafeBufferPointer { open(index + 1, pointers + [$0.baseAddress]) }
  }
  open(0, [])
}
