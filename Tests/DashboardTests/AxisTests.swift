import Dashboard
import Foundation
import Testing

@Suite struct AxisTests {
  /// Ranges from a fixed generator, over many magnitudes and signs.
  private static let ranges: [(Double, Double)] = {
    var random = SplitMix(state: 7)
    return (0..<400).map { _ in
      let size = pow(10, -30 + 50 * random.uniform())
      let start = (2 * random.uniform() - 1) * size
      return (start, start + size * pow(10, -4 * random.uniform()))
    }
  }()

  @Test("linear ticks lie inside, are evenly spaced by 1, 2 or 5 times a power of ten, and there are enough of them")
  func linearTicks() {
    for (lower, upper) in Self.ranges {
      for count in [2, 3, 4, 7, 10] {
        let scale = AxisScale(.linear, lower: lower, upper: upper)
        let ticks = scale.ticks(maximumCount: count)
        let values = ticks.ticks.filter { $0.label != nil }.map(\.value)
        #expect(values.count <= (count == 3 || count == 4 ? 5 : count))
        if count >= 3 { #expect(values.count >= 2, "\(lower) ... \(upper) with at most \(count)") }
        let room = 1e-6 * (upper - lower)
        #expect(values.allSatisfy { $0 >= lower - room && $0 <= upper + room })
        guard values.count >= 2 else { continue }
        let step = values[1] - values[0]
        let mantissa = step / pow(10, log10(step * (1 + 1e-9)).rounded(.down))
        #expect([1.0, 2, 5].contains { abs($0 - mantissa) < 1e-6 * $0 }, "step \(step)")
        for (first, second) in zip(values, values.dropFirst()) {
          #expect(abs(second - first - step) < 1e-6 * step)
        }
      }
    }
  }

  @Test("a label times the common factor is the value of its mark")
  func labelsTellTheValue() throws {
    for (lower, upper) in Self.ranges {
      let ticks = AxisScale(.linear, lower: lower, upper: upper).ticks()
      let labelled = ticks.ticks.filter { $0.label != nil }
      for tick in labelled {
        let text = try #require(tick.label).plain.replacingOccurrences(of: "−", with: "-")
        let number = try #require(Double(text)) * pow(10, Double(ticks.commonExponent))
        #expect(abs(number - tick.value) <= 1e-9 * max(abs(lower), abs(upper)))
      }
      #expect(Set(labelled.map(\.label)).count == labelled.count, "two marks with one label: \(lower) ... \(upper)")
    }
  }

  @Test(
    "ticks of well-known axes",
    arguments: [
      (AxisScale.Kind.linear, 0.0, 1.0, 6, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (.linear, -1, 1, 5, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
      (.linear, 0, 12_742, 7, ["0", "2000", "4000", "6000", "8000", "10000", "12000"]),
      (.linear, -3.2e-26, 2.1e-26, 6, ["−3", "−2", "−1", "0", "1", "2"]),
      (.logarithmic, 8, 40, 5, ["10", "20", "30", "40"]),
      (.logarithmic, 1, 1000, 7, ["1", "10", "100", "1000"]),
      (.logarithmic, 0.015, 0.6, 6, ["0.02", "0.05", "0.1", "0.2", "0.5"]),
      (.logarithmic, 1e-15, 1e-12, 7, ["10^−15", "10^−14", "10^−13", "10^−12"]),
      (.logarithmic, 1e-30, 1e30, 7, ["10^−30", "10^−20", "10^−10", "10^0", "10^10", "10^20", "10^30"]),
      (.logarithmic, 2.1e-13, 6.3e-13, 5, ["3×10^−13", "4×10^−13", "5×10^−13", "6×10^−13"]),
    ])
  func knownTicks(kind: AxisScale.Kind, lower: Double, upper: Double, count: Int, labels: [String]) {
    let ticks = AxisScale(kind, lower: lower, upper: upper).ticks(maximumCount: count).ticks
    #expect(ticks.compactMap(\.label?.plain) == labels)
  }

  @Test("logarithmic ticks lie inside and say their value")
  func logarithmicTicks() throws {
    for (first, second) in Self.ranges where first != 0 {
      let lower = abs(first)
      let upper = lower * (1 + abs(second) / lower * 1e3)
      let ticks = AxisScale(.logarithmic, lower: lower, upper: upper).ticks(maximumCount: 6).ticks
      let labelled = ticks.filter { $0.label != nil }
      #expect(labelled.count >= 1 && labelled.count <= 6)
      for tick in ticks {
        #expect(tick.value >= lower * (1 - 1e-9) && tick.value <= upper * (1 + 1e-9))
      }
      for tick in labelled {
        let text = try #require(tick.label).plain.replacingOccurrences(of: "−", with: "-")
        let parts = text.replacingOccurrences(of: "×", with: "*").split(separator: "*")
        let number = try parts.reduce(1.0) { product, part in
          let power = part.split(separator: "^")
          let base = try #require(Double(power[0]))
          return product * (power.count == 2 ? pow(base, try #require(Double(power[1]))) : base)
        }
        #expect(abs(number / tick.value - 1) < 1e-9)
      }
    }
  }

  @Test("positions: ends, middle, and what cannot be shown")
  func positions() throws {
    let linear = AxisScale(.linear, lower: -2, upper: 6)
    #expect(linear.position(-2) == 0 && linear.position(6) == 1 && linear.position(0) == 0.25)
    let logarithmic = AxisScale(.logarithmic, lower: 1e-3, upper: 10)
    #expect(abs(try #require(logarithmic.position(0.1)) - 0.5) < 1e-12)
    for value in [Double.nan, .infinity, -.infinity, 1e300] {
      #expect(linear.position(value) == nil && logarithmic.position(value) == nil)
    }
    #expect(logarithmic.position(0) == nil && logarithmic.position(-1) == nil)
  }

  @Test(
    "any data gives an axis with a length",
    arguments: [
      [], [0], [5], [-3, -3, -3], [.nan, .infinity], [5 * .leastNonzeroMagnitude, 0], [1e150, -1e150],
      [1.7e308, -1.7e308],
      [1, 1 + 1e-15], [.nan, 2, 4], [1e-150, 1e-149], [-0.0, 0],
    ] as [[Double]])
  func anyData(values: [Double]) {
    for kind in [AxisScale.Kind.linear, .logarithmic] {
      let scale = AxisScale.covering(kind, values)
      #expect(scale.lower < scale.upper && (scale.upper - scale.lower).isFinite)
      #expect(kind == .linear || scale.lower > 0)
      for value in values {
        if let position = scale.position(value) { #expect(position >= 0 && position <= 1) }
      }
      let ticks = scale.ticks()
      #expect(ticks.ticks.allSatisfy { scale.position($0.value) != nil })
      #expect(ticks.ticks.contains { $0.label != nil })
    }
  }
}
