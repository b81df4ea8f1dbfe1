import Foundation
import Testing

private let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("gnomon").path

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: clock readings made by Python: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("Clock readings of a stranger", .enabled(if: canRun), .timeLimit(.minutes(3)))
struct ClockReadingsTests {
  /// A hundred days of 600 s, a month of it dead; the uncertainty grows fivefold; rows out of order and rows that are there
  /// twice. `first` is what should be left of the table, by a dictionary.
  private static let table = """
    import sys, json, math, bisect, numpy
    FREQUENCY, AMPLITUDE, START, STEP = 3.7e-5, 6e-17, 1262304018, 600
    random = numpy.random.default_rng(20260711)
    slots = [n for n in range(14400) if n == 0 or (not 5000 <= n < 9320 and random.random() > 0.02)]
    rows = []
    for n in slots:
        sigma = 1e-16 * (1 + 4 * n / 14400) * (1 + 0.2 * random.random())
        x = math.pi * FREQUENCY * STEP
        y = AMPLITUDE * math.sin(x) / x * math.cos(2 * math.pi * FREQUENCY * (n + 0.5) * STEP + 0.6) + 3e-15
        rows.append((START + n * STEP, y + sigma * random.standard_normal(), sigma))
    for k in range(40):
        time, y, sigma = rows[random.integers(len(rows))]
        rows.insert(int(random.integers(len(rows))), (time, y + (k % 4 == 0) * 1e-15, sigma))
    for k in range(30):
        rows.insert(int(random.integers(len(rows))), rows.pop(int(random.integers(len(rows)))))
    first, conflicts, ends = {}, 0, []
    for time, y, sigma in rows:
        place = bisect.bisect_right(ends, time)
        ends[place:place + 1] = [time]
        if time in first:
            conflicts += first[time][0] != y
        else:
            first[time] = (y, sigma)

    """

  private static let write =
    table + """
      with open(sys.argv[1] + "/lab.csv", "w") as file:
          print("# station: lab   unit: 1", file=file)
          print("gps_s,y,uncertainty", file=file)
          for row in rows:
              print("%d,%.17g,%.17g" % row, file=file)
      print(json.dumps({"rows": len(rows), "kept": len(first), "duplicates": len(rows) - len(first),
                        "conflicts": conflicts, "moved": len(rows) - len(ends)}))
      """

  /// The archive as h5py sees it, and numpy's weighted and plain fits at a frequency.
  private static let judge =
    table + """
      import h5py
      with h5py.File(sys.argv[2]) as file:
          node = file["nodes/lab"]
          samples, sigmas = node["y"][()], node["uncertainty"][()]
          attributes = {key: int(node.attrs[key]) for key in
                        ("duplicate_readings", "conflicting_readings", "out_of_order_readings")}
      wanted = numpy.full(len(samples), numpy.nan)
      errors = wanted.copy()
      for time, (y, sigma) in first.items():
          wanted[(time - START) // STEP], errors[(time - START) // STEP] = y, sigma
      f = float(sys.argv[3])
      times = (numpy.array(sorted(first)) - START + STEP / 2).astype(float)
      y, sigma = numpy.array([first[t] for t in sorted(first)]).T
      w = 2 * math.pi * f * (times - times.mean())
      columns = numpy.column_stack([numpy.cos(w), numpy.sin(w), numpy.ones_like(w)])
      gain = math.sin(math.pi * f * STEP) / (math.pi * f * STEP)
      def fit(weights):
          inverse = numpy.linalg.inv((columns * weights[:, None]).T @ columns)
          c = inverse @ (columns * weights[:, None]).T @ y
          cover = inverse @ ((columns * (weights ** 2 * sigma ** 2)[:, None]).T @ columns) @ inverse
          u = c[:2] / numpy.hypot(*c[:2])
          return float(numpy.hypot(*c[:2]) / gain), float(numpy.sqrt(u @ cover[:2, :2] @ u) / gain)
      weighted, plain = fit(1 / sigma ** 2), fit(numpy.ones_like(sigma))
      print(json.dumps(dict(attributes, same=bool(numpy.array_equal(samples, wanted, equal_nan=True)),
                            sameErrors=bool(numpy.array_equal(sigmas, errors, equal_nan=True)),
                            zeros=int((samples == 0).sum()), amplitude=weighted[0], error=weighted[1], plain=plain[1])))
      """

  @Test(
    "a month without readings, duplicates, disorder and a growing uncertainty are reported, and the oscillation has numpy's weights"
  )
  func readings() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func run(_ arguments: String...) throws -> String {
      let result = try PythonEnvironment.run([gnomon] + arguments)
      try #require(result.status == 0, "\(arguments.joined(separator: " ")): \(result.errors)")
      return result.output + result.errors
    }
    let made = try PythonEnvironment.json(Self.write, [folder])
    let (rows, kept) = (try #require(made["rows"] as? Int), try #require(made["kept"] as? Int))
    let (duplicates, moved) = (try #require(made["duplicates"] as? Int), try #require(made["moved"] as? Int))
    #expect(duplicates == 40 && rows == kept + 40 && moved > 30)
    try """
    name: readings
    epoch: 2020-01-06T00:00:00Z
    duration: 100 d
    nodes:
      - name: lab
        kind: clock
        site: {latitude: 52 deg, longitude: 10 deg}
        unit: dimensionless
        rate: 0.01 Hz
        pair: yb-cs
        white-frequency-noise: 5e-15
    """.write(toFile: "\(folder)/lab.yaml", atomically: true, encoding: .utf8)

    let archive = "\(folder)/lab.h5"
    let words = try run(
      "archive", "import", "\(folder)/lab.csv", "--topology", "\(folder)/lab.yaml", "--output", archive)
    for text in ["40 duplicate readings left out", "\(moved) readings put in order", "10 of them with another value"] {
      #expect(words.contains(text), "\(text): \(words)")
    }
    let report = try run("analyze", archive, "--report", "\(folder)/report.html", "--quiet")
    for text in [
      "an oscillation is found", "the longest gap 30", "40 with the time of another left out", "order of their times",
    ] {
      #expect(report.contains(text), "\(text): \(report)")
    }
    let json = try JSONSerialization.jsonObject(
      with: Data(run("analyze", archive, "--no-store", "--quiet", "--format", "json").utf8))
    let clocks = try #require((json as? [String: Any])?["clocks"] as? [String: Any])
    let analysis = try #require(clocks["analysis"] as? [String: Any])
    let search = try #require((analysis["searches"] as? [[String: Any]])?.first)
    #expect(search["readings"] as? Int == kept && search["duplicates"] as? Int == 40)
    #expect(search["wasOutOfOrder"] as? Bool == true)
    #expect(abs((search["longestGap"] as? Double ?? 0) / 86_400 - 30) < 0.1)
    let peak = try #require(search["peak"] as? [String: Double])
    let frequency = try #require(peak["frequency"])
    #expect(abs(frequency - 3.7e-5) < 4 * (peak["frequencyUncertainty"] ?? 0))

    let seen = try PythonEnvironment.json(Self.judge, [folder, archive, "\(frequency)"])
    #expect(seen["same"] as? Bool == true && seen["sameErrors"] as? Bool == true && seen["zeros"] as? Int == 0)
    #expect(seen["duplicate_readings"] as? Int == 40 && seen["conflicting_readings"] as? Int == 10)
    #expect(seen["out_of_order_readings"] as? Int == moved)
    let (amplitude, error) = (try #require(seen["amplitude"] as? Double), try #require(seen["error"] as? Double))
    // The amplitude is that of the frequency of the search next to the peak.
    #expect(abs((peak["amplitude"] ?? 0) - amplitude) < 0.005 * amplitude)
    #expect(abs((peak["amplitudeUncertainty"] ?? 0) / error - 1) < 0.01)
    #expect(abs(amplitude - 6e-17) < 4 * error)
    // Equal weights would have done worse.
    #expect(try #require(seen["plain"] as? Double) > 1.2 * error)
  }
}
