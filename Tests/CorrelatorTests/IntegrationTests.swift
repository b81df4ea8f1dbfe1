import CKernels
import Correlator
import Glibc
import Sky
import Testing

/// Five channels of two rates with gaps, 2 1/2 integrations of 150 segments, band of 21 bins.
private enum Network {
  static let rates = [SampleRate(64), SampleRate(128), SampleRate(64), SampleRate(64), SampleRate(128)]
  static let segments = 375
  static let plan = BandPlan(
    name: "test", segment: 1_000_000_000, hop: 500_000_000, window: .hann, segmentsPerIntegration: 150, firstBin: 3,
    binCount: 21)
  /// First and last missing sample time in halves of a second, per channel.
  static let gaps: [Int: [ClosedRange<Int>]] = [
    1: [10...10, 30...90, 160...170], 2: [62...66, 85...180], 4: [300...300],
  ]
  static let channels: [[Double]] = rates.indices.map { channel in
    let half = Int(rates[channel].numerator) / 2
    var stream = UniformStream(state: UInt64(channel) + 77)
    return (0..<(segments + 1) * half).map { n in
      let value = stream.next()
      return (gaps[channel] ?? []).contains { $0.contains(n / half) && (n % half == 7 || $0.count > 1) } ? .nan : value
    }
  }

  static func run(
    sizes: [Int], workers: Int, memory: MatrixMemory = MatrixMemory()
  ) throws -> [CrossSpectra] {
    let correlator = try BandCorrelator(
      plan: plan, sampleRates: rates, workers: workers, instructionSet: isa, memory: memory)
    return try correlate(correlator, channels, rates: rates, segments: segments, sizes: sizes)
  }

  // One for all runs that are compared, whatever other tests select meanwhile.
  private static let isa = gnomon_isa_detected()
}

@Suite struct IntegrationTests {
  @Test func matricesOfEverySetOfChannelsAreTheMeansOfTheirSegments() throws {
    struct Key: Hashable {
      var integration: Int
      var present: [Bool]
    }
    let plan = Network.plan
    var order: [Key] = []
    var sums: [Key: [Double]] = [:]
    var counts: [Key: Int] = [:]
    for segment in 0..<Network.segments {
      let cuts = Network.channels.indices.map { channel -> ArraySlice<Double> in
        let length = Int(Network.rates[channel].numerator)
        return Network.channels[channel][segment * length / 2..<segment * length / 2 + length]
      }
      let key = Key(integration: segment / 150, present: cuts.map { !$0.contains { $0.isNaN } })
      if sums[key] == nil { order.append(key) }
      counts[key, default: 0] += 1
      // All bins take long without a fast transform; first and last and one between will do.
      for bin in [0, 9, 20] {
        let x = zip(cuts, Network.rates).map { cut, rate in
          let window = cut.indices.map { pow(sin(.pi * Double($0 - cut.startIndex) / Double(cut.count)), 2) }
          return naiveSpectrum(cut, window: window, rate: rate, bin: plan.firstBin + bin)
        }
        for i in 0..<5 {
          for j in 0..<5 {
            let index = 2 * ((bin * 5 + i) * 5 + j)
            sums[key, default: Array(repeating: 0, count: 21 * 50)][index] += x[i].0 * x[j].0 + x[i].1 * x[j].1
            sums[key, default: Array(repeating: 0, count: 21 * 50)][index + 1] += x[i].1 * x[j].0 - x[i].0 * x[j].1
          }
        }
      }
    }
    let spectra = try Network.run(sizes: [50], workers: 2)
    #expect(order.count > 8)
    #expect(spectra.map { Key(integration: Int($0.integration), present: $0.present) } == order)
    #expect(spectra.map(\.segments) == order.map { counts[$0] })
    for (spectrum, key) in zip(spectra, order) {
      let expected = try #require(sums[key])
      for bin in [0, 9, 20] {
        for index in bin * 50..<(bin + 1) * 50 {
          let mean = expected[index] / Double(spectrum.segments)
          let value = spectrum.values[index]
          #expect(mean.isNaN ? value.isNaN : abs(value - mean) < 1e-14)
        }
      }
      #expect(spectrum.values.count == 21 * 50)
    }
  }

  @Test(arguments: [([1], 1), ([7], 2), ([64], 3), ([3, 100, 1, 50], 2), ([375], 4)])
  func bitsDependNeitherOnPartitionNorOnWorkers(sizes: [Int], workers: Int) throws {
    let reference = try Network.run(sizes: [Network.segments], workers: 1)
    let other = try Network.run(sizes: sizes, workers: workers)
    #expect(reference.count == other.count)
    for (a, b) in zip(reference, other) {
      #expect(a.integration == b.integration && a.segments == b.segments && a.present == b.present)
      #expect(a.bits == b.bits)
    }
  }

  @Test func memoryThatComesBackLeavesNoTrace() throws {
    let fresh = try Network.run(sizes: [64], workers: 2)
    let memory = MatrixMemory()
    // As large as the matrices, and full of what no matrix may show.
    memory.give([Double](repeating: 1e99, count: fresh[0].values.count))
    let again = try Network.run(sizes: [64], workers: 2, memory: memory)
    #expect(again.map(\.bits) == fresh.map(\.bits))
  }

  @Test func instructionSetsAgreeToRounding() throws {
    let results = try (0...gnomon_isa_detected()).map { isa in
      let correlator = try BandCorrelator(
        plan: Network.plan, sampleRates: Network.rates, workers: 1, instructionSet: isa)
      return try correlate(
        correlator, Network.channels, rates: Network.rates, segments: Network.segments, sizes: [64])
    }
    for other in results.dropFirst() {
      for (a, b) in zip(results[0], other) {
        for (x, y) in zip(a.values, b.values) { #expect(x.isNaN ? y.isNaN : abs(x - y) < 1e-15) }
      }
    }
  }

  @Test func integrationsComeAsSoonAsTheyAreComplete() throws {
    let samples = [Double](repeating: 1, count: 64 * 80)
    let plan = BandPlan(
      name: "test", segment: 1_000_000_000, hop: 1_000_000_000, window: .sine, segmentsPerIntegration: 10, firstBin: 1,
      binCount: 5)
    let correlator = try BandCorrelator(plan: plan, sampleRates: [SampleRate(64)], workers: 1)
    var emitted: [(integration: Int64, segments: Int)] = []
    func add(_ first: Int64, _ count: Int, present: Bool = true) {
      samples.withUnsafeBufferPointer { buffer in
        correlator.add(firstSegment: first, count: count, samples: [present ? buffer.baseAddress : nil]) {
          emitted.append(($0.integration, $0.segments))
        }
      }
    }
    add(-12, 3)  // Integration -2 ends with segment -11.
    #expect(emitted.map(\.integration) == [-2])
    add(-9, 19)  // Up to segment 9, the last of integration 0.
    #expect(emitted.map(\.integration) == [-2, -1, 0])
    add(12, 3)  // Segments 10 and 11 are skipped.
    add(15, 25, present: false)  // Integrations 2 and 3 have nobody.
    #expect(emitted.map(\.integration) == [-2, -1, 0, 1])
    add(44, 2)
    correlator.finish { emitted.append(($0.integration, $0.segments)) }
    correlator.finish { emitted.append(($0.integration, $0.segments)) }
    #expect(emitted.map(\.integration) == [-2, -1, 0, 1, 4])
    #expect(emitted.map(\.segments) == [2, 10, 10, 3, 2])
  }

  @Test func aThrowingReceiverIsHeard() throws {
    struct Full: Error {}
    let correlator = try BandCorrelator(plan: Network.plan, sampleRates: [SampleRate(64)], workers: 1)
    let samples = [Double](repeating: 1, count: 64 * 80)
    #expect(throws: Full.self) {
      try samples.withUnsafeBufferPointer { buffer in
        try correlator.add(firstSegment: 0, count: 150, samples: [buffer.baseAddress]) { _ in throw Full() }
      }
    }
  }
}
