import Foundation

/// One measured number: the median of several runs, with what it is to be compared with.
struct Figure: Codable {
  var benchmark: String
  var name: String
  var value: Double
  var unit: String
  var runs: [Double]
  /// Name and value of the bound or rival of the same run, and value divided by it.
  var reference: String?
  var ratio: Double?
  /// The first target for `ratio`, at least.
  var target: Double?

  init(
    _ benchmark: String, _ name: String, runs: [Double], unit: String, reference: String? = nil,
    referenceValue: Double? = nil, target: Double? = nil
  ) {
    self.benchmark = benchmark
    self.name = name
    self.unit = unit
    self.runs = runs
    value = median(runs)
    self.reference = reference
    ratio = referenceValue.map { median(runs) / $0 }
    self.target = target
  }

  /// The row of the readable table.
  var row: String {
    let spread = runs.count > 1 ? String(format: "[%.4g … %.4g]", runs.min() ?? 0, runs.max() ?? 0) : ""
    var text =
      benchmark.padding(toLength: 12, withPad: " ", startingAt: 0)
      + name.padding(toLength: 44, withPad: " ", startingAt: 0) + String(format: "%12.5g ", value)
      + unit.padding(toLength: 12, withPad: " ", startingAt: 0)
      + spread.padding(toLength: 24, withPad: " ", startingAt: 0)
    if let ratio, let reference {
      text += String(format: "%.3g x ", ratio) + reference
      if let target { text += String(format: "  (target %.3g: ", target) + (ratio >= target ? "reached)" : "missed)") }
    }
    return text
  }
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try body()
  let elapsed = ContinuousClock.now - start
  return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
}

/// Collects figures and prints each as soon as it is known.
struct Report {
  let json: Bool
  let repeats: Int
  private(set) var figures: [Figure] = []

  init(json: Bool, repeats: Int) {
    self.json = json
    self.repeats = repeats
  }

  mutating func add(_ figure: Figure) {
    figures.append(figure)
    if !json { print(figure.row) }
    fflush(nil)
  }

  func finish() throws {
    guard json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  }
}
