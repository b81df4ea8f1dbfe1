import Correlator
import Glibc
import Inference
import Numerics
import Testing

@Suite("Coherence of clock pairs")
struct ClockPairTests {
  private static let plan = BandPlan(
    name: "pairs", segment: 4_000_000_000, hop: 2_000_000_000, window: .hann, segmentsPerIntegration: 1000,
    firstBin: 32, binCount: 64)

  private static func answer(_ row: CrossSpectra, _ clocks: [ClockPairSums.Clock]) -> ClockBandCorrelations {
    var sums = ClockPairSums(plan: plan, clocks: clocks)
    sums.add(row)
    return sums.correlations(falseAlarmProbability: 0.05)
  }

  private static let clocks = zip(["a", "b", "c"], 0...).map { ClockPairSums.Clock(name: $0, channel: $1) }

  @Test("independent noise in overlapping Hann segments: bins, loudest bins and bands are as rare as stated")
  func noise() {
    let runs = 400
    var (bins, rare, loud, wide) = (0, 0, 0, 0)
    for run in 0..<runs {
      let row = OverlappingSegmentsTests.spectra(Self.plan, channels: 3, seconds: 120, key: UInt64(810_000 + run))
      let found = Self.answer(row, Self.clocks)
      for pair in found.pairs {
        bins += pair.coherences.count
        rare += pair.coherences.count { pow(1 - $0, pair.averages - 1) < 0.02 }
        if pair.excessProbability < 0.05 { wide += 1 }
      }
      if !found.coherent.isEmpty { loud += 1 }
    }
    let share = Double(rare) / Double(bins)
    print("keys 810000...: bins below 2 %: \(share), loud: \(loud) of \(runs), wide: \(wide) of \(3 * runs)")
    // 76,800 bins, neighbours correlated: an error of about 6e-4.
    #expect(abs(share - 0.02) < 0.0025)
    // 20 ± 4.4 at most: what neighbours have in common makes them fewer. 60 ± 7.5 of the bands.
    #expect((5...36).contains(loud))
    #expect(abs(Double(wide) - 60) < 32)
  }

  @Test("a common line is found in all pairs with the phase of the couplings that agree")
  func line() throws {
    var row = OverlappingSegmentsTests.spectra(Self.plan, channels: 3, seconds: 300, key: 77)
    let amplitudes = [0.2, -0.15, 0.18]
    for i in 0..<3 { for j in 0..<3 { row.values[((20 * 3 + i) * 3 + j) * 2] += amplitudes[i] * amplitudes[j] } }
    let clocks = [
      ClockPairSums.Clock(name: "a", channel: 0, coefficients: [.fineStructure: 2, .electronMass: 1]),
      // One that lags by a quarter turn, which is taken out.
      ClockPairSums.Clock(name: "b", channel: 1, coefficients: [.fineStructure: -3, .electronMass: 1]),
      ClockPairSums.Clock(name: "c", channel: 2, coefficients: [.fineStructure: 1]),
    ]
    let found = Self.answer(row, clocks)
    #expect(found.coherent.count == 3 && found.sharingNoise.isEmpty)
    for pair in found.pairs {
      #expect(pair.loudest.frequency == Self.plan.frequency(20))
      #expect(pair.agreeing == [.fineStructure])
      let expected = pair.clocks.contains("b") ? Double.pi : 0
      #expect(pair.fieldPhases[.fineStructure] == expected)
      #expect(abs((pair.loudest.phase - expected).remainder(dividingBy: 2 * .pi)) < 4 * pair.loudest.phaseUncertainty)
    }
    #expect(found.pairs[0].fieldPhases[.electronMass] == 0 && found.pairs[1].fieldPhases[.electronMass] == nil)

    // A clock whose response turns the line by a quarter.
    for j in [0, 2] {
      let (at, back) = (((20 * 3 + 1) * 3 + j) * 2, ((20 * 3 + j) * 3 + 1) * 2)
      (row.values[at], row.values[at + 1]) = (-row.values[at + 1], row.values[at])
      (row.values[back], row.values[back + 1]) = (row.values[back + 1], -row.values[back])
    }
    var turned = clocks
    turned[1] = ClockPairSums.Clock(
      name: "b", channel: 1, phase: { _ in .pi / 2 }, coefficients: [.fineStructure: -3, .electronMass: 1])
    #expect(Self.answer(row, turned).pairs.allSatisfy { $0.agreeing == [.fineStructure] })
    #expect(Self.answer(row, clocks).pairs[0].agreeing.isEmpty)
  }

  @Test("clocks with a common reference share noise over the band")
  func reference() throws {
    var row = OverlappingSegmentsTests.spectra(Self.plan, channels: 3, seconds: 300, key: 78)
    // b becomes b + a/4.
    for bin in 0..<Self.plan.binCount {
      func at(_ i: Int, _ j: Int) -> Int { ((bin * 3 + i) * 3 + j) * 2 }
      let old = row.values
      for part in 0..<2 {
        for j in [0, 2] {
          row.values[at(1, j) + part] += 0.25 * old[at(0, j) + part]
          row.values[at(j, 1) + part] += 0.25 * old[at(j, 0) + part]
        }
        row.values[at(1, 1) + part] +=
          0.25 * (old[at(0, 1) + part] + old[at(1, 0) + part]) + 0.0625 * old[at(0, 0) + part]
      }
    }
    let found = Self.answer(row, Self.clocks)
    #expect(found.sharingNoise.map(\.clocks) == [["a", "b"]])
    #expect(try #require(found.sharingNoise.first).excess > 3)
  }

  @Test("rows of which a clock is missing count for the other pairs, and few segments give no answer")
  func gaps() {
    var row = OverlappingSegmentsTests.spectra(Self.plan, channels: 3, seconds: 120, key: 79)
    row.present[2] = false
    for index in row.values.indices where (index / 2) % 3 == 2 || (index / 6) % 3 == 2 { row.values[index] = .nan }
    let found = Self.answer(row, Self.clocks)
    #expect(found.pairs.map(\.clocks) == [["a", "b"]])
    row.segments = 3
    #expect(Self.answer(row, Self.clocks).pairs.isEmpty)
  }
}
