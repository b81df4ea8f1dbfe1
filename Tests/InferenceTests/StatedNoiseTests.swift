import Foundation
import Inference
import Numerics
import Sky
import Testing

/// The comparison of a channel's noise with what its node states.
@Suite struct StatedNoiseTests {
  static let rate = 64.0

  /// A stream of white noise with a density of one unit²/Hz, real or about a centre frequency.
  static func stream(
    stated: Double?, baseband: Double? = nil, count: Int = 200_000, missing: Range<Int> = 0..<0, line: Double = 0,
    key: UInt64 = 4711
  ) -> RecordedStream {
    RecordedStream(
      name: "station", kind: "test", channels: ["x"], unit: "T", sampleRate: SampleRate(Int64(rate)),
      baseband: baseband, sampleCount: count, statedDensity: stated.map { density in { _ in density } }
    ) { _, range in
      let size = baseband == nil ? 1 : 2
      // σ² = N r/2, or N r for each part of a complex sample (vector-network section 9.5).
      let deviation = (baseband == nil ? rate / 2 : rate).squareRoot()
      var values = [Double](repeating: 0, count: range.count * size)
      values.withUnsafeMutableBufferPointer {
        NormalDeviates.fillWhite($0, firstSample: Int64(range.lowerBound * size), key: key, scale: deviation)
      }
      for index in values.indices {
        let sample = range.lowerBound + index / size
        values[index] += line * sin(2 * Double.pi * 7 * Double(sample) / rate)
        if missing.contains(sample) { values[index] = .nan }
      }
      return values
    }
  }

  static func ratio(_ stream: RecordedStream) throws -> (value: Double, uncertainty: Double, segments: Double) {
    let answer = try #require(try StatedNoiseQuestion().answer([stream]))
    let values = try #require(answer.rows.first).values
    return (try #require(values[0]), try #require(values[1]), try #require(values[4]))
  }

  @Test(arguments: [nil, 100.0])
  func noiseThatIsAsStatedHasTheRatioOne(baseband: Double?) throws {
    let found = try Self.ratio(Self.stream(stated: 1, baseband: baseband))
    #expect(found.uncertainty < 0.01)
    #expect(abs(found.value - 1) < 4 * found.uncertainty)
  }

  @Test func theRatioScattersByItsUncertaintyAboutOne() throws {
    let runs = 100.0
    let scores = try (1...Int(runs)).map { key in
      let found = try Self.ratio(Self.stream(stated: 1, key: UInt64(key)))
      return (found.value - 1) / found.uncertainty
    }
    let mean = scores.reduce(0, +) / runs
    let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (runs - 1)
    // Four standard deviations of the mean and of the variance of so many normal deviates.
    #expect(abs(mean) < 4 / runs.squareRoot())
    #expect(abs(variance - 1) < 4 * (2 / runs).squareRoot())
  }

  @Test func noiseThatIsTwiceTheStatedHasTheRatioTwo() throws {
    let found = try Self.ratio(Self.stream(stated: 0.25))
    #expect(abs(found.value - 2) < 4 * found.uncertainty)
  }

  @Test func neitherALineNorAGapChangesTheRatio() throws {
    let found = try Self.ratio(Self.stream(stated: 1, missing: 50_000..<100_000, line: 100))
    #expect(found.segments < 48 && found.segments > 24)
    #expect(abs(found.value - 1) < 4 * found.uncertainty)
  }

  @Test func streamsOfWhichNothingIsStatedAreNotConcerned() throws {
    #expect(try StatedNoiseQuestion().answer([Self.stream(stated: nil)]) == nil)
    #expect(try StatedNoiseQuestion().answer([Self.stream(stated: 0)]) == nil)
    #expect(try StatedNoiseQuestion().answer([Self.stream(stated: 1, count: 500)]) == nil)
  }
}
