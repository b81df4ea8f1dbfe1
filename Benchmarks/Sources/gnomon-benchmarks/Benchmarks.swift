import ArgumentParser
import Foundation
import Inference

@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gnomon-benchmarks",
    abstract: "Measures Gnomon beside the bounds of this machine and beside Python programs that do the same.",
    subcommands: [
      RunCommand.self, HubRunCommand.self, ClockCalibrationCommand.self, FuzzCommand.self, SendCommand.self,
      PushCommand.self,
    ],
    defaultSubcommand: RunCommand.self)
}

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Runs the benchmarks.")

  enum Name: String, ExpressibleByArgument, CaseIterable {
    case hub, kernels, sky, clock, memory
    case lineScan = "line-scan"
    case lineCalibration = "line-calibration"
    case lineFalseAlarms = "line-false-alarms"
    case backgroundCalibration = "background-calibration"
    case nullTestCalibration = "null-test-calibration"
    case lineNullTests = "line-null-tests"
    case skyCalibration = "sky-calibration"

    /// What measures speed and memory.
    static let measurements: [Name] = [.hub, .kernels, .sky, .clock, .memory, .lineScan]
  }

  @Argument(
    help:
      "Which; default: all but the studies of estimates, intervals and false alarms: line-calibration, line-false-alarms, background-calibration, null-test-calibration, line-null-tests and sky-calibration."
  )
  var names: [Name] = Name.measurements

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  @Option(help: "Runs of each figure; the median is quoted.")
  var repeats = 3

  @Option(help: "Mebibytes of samples in one run of the hub.")
  var mebibytes = 1152

  @Option(help: "Folder for temporary archives; default: the system's.")
  var folder = FileManager.default.temporaryDirectory.path

  @Option(help: "Simulated experiments of each kind in a calibration.")
  var experiments = 500

  @Flag(help: "Calibrate with full streams instead of matrices drawn from the model.")
  var streams = false

  @Option(help: "Seed of a calibration.")
  var seed: UInt64 = 1

  @Option(help: "Folder for the JSON and the plots of a calibration.")
  var results: String?

  @Option(help: "Path of the gnomon program, for replays and for the memory benchmark.")
  var gnomon: String = ".build/release/gnomon"

  @Option(parsing: .upToNextOption, help: "Lengths of the run over the coherence time, of line-calibration.")
  var coherenceTimes: [Double] = [0.3, 3, 30]

  @Option(
    parsing: .upToNextOption,
    help: "Kinds of line-false-alarms, line-null-tests and sky-calibration, by their names; default: all.")
  var cases: [String] = []

  @Option(
    help:
      "Folder of Python peers with hub_numpy.py, synth_numpy.py, skymap_numpy.py and clock_numpy.py, to run beside ours."
  )
  var peers: String?

  @Option(help: "Python interpreter for the peers.")
  var python = "python3"

  func run() throws {
    if names.contains(.backgroundCalibration) { try calibrateBackground() }
    if names.contains(.nullTestCalibration) {
      print(try NullTestCalibration(experiments: experiments, seed: seed).text)
    }
    if names.contains(.lineNullTests) {
      print(
        NullTestCalibration.table(
          try LineNullTestCalibration.alarms(experiments: experiments, seed: seed, cases: cases)))
    }
    if names.contains(.skyCalibration) { try calibrateSky() }
    if names.contains(.lineCalibration) {
      try LineBenchmarks.calibration(experiments: experiments, ratios: coherenceTimes, seed: seed, results: results)
    }
    if names.contains(.lineFalseAlarms) {
      try LineBenchmarks.falseAlarms(scans: experiments, cases: cases, results: results)
    }
    guard names.contains(where: Name.measurements.contains) else { return }
    var report = Report(json: json, repeats: repeats)
    let fma = Bounds.multiplyAdd()
    report.add(Figure("bound", "fused multiply-add, one core", runs: [fma], unit: "GF/s"))
    if names.contains(.hub) { try hub(&report) }
    if names.contains(.kernels) { try kernels(&report, fma: fma) }
    if names.contains(.sky) { try sky(&report) }
    if names.contains(.clock) { try clock(&report) }
    if names.contains(.memory) { try memory(&report) }
    if names.contains(.lineScan) { try lineScan(&report) }
    try report.finish()
  }

  private func hub(_ report: inout Report) throws {
    for (channels, target) in [(12, 0.45), (48, 0.35)] {
      // Bound and benchmark in turns, so that a drift of the machine meets both.
      var (transfer, append, ours, theirs): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
      var replayed: [Double] = []
      for _ in 0..<repeats {
        transfer.append(try Bounds.transfer(mebibytes: 2048))
        append.append(try Bounds.append(datasets: channels, mebibytes: mebibytes, folder: folder))
        ours.append(
          try HubBenchmark.run(channels: channels, mebibytes: mebibytes, folder: folder) {
            replayed.append(try HubBenchmark.replay($0, mebibytes: mebibytes, gnomon: gnomon))
          })
        if let peer = try peer(
          "hub_numpy.py", ["--channels", "\(channels)", "--mib", "\(mebibytes)", "--repeat", "1", "--products"],
          unit: "MB/s")
        {
          theirs.append(peer * 1e6)
        }
      }
      let correlate = try (0..<repeats).map { _ in try KernelBenchmarks.correlator(channels: channels, workers: 2) }
      report.add(Figure("bound", "ZeroMQ PUSH to PULL, 64 KiB, tcp", runs: transfer.map { $0 * 1e-6 }, unit: "MB/s"))
      report.add(Figure("bound", "HDF5 append, \(channels) datasets", runs: append.map { $0 * 1e-6 }, unit: "MB/s"))
      report.add(
        Figure("bound", "FFT and outer product, \(channels) channels", runs: correlate.map { $0 * 8e-6 }, unit: "MB/s"))
      let rates = ours.map { $0 * 8e-6 }
      report.add(
        Figure("hub", "\(channels) channels end to end", runs: ours.map { $0 * 1e-6 }, unit: "Msamples/s"))
      report.add(
        Figure(
          "hub", "\(channels) channels end to end", runs: rates, unit: "MB/s", reference: "ZeroMQ bound",
          referenceValue: median(transfer) * 1e-6, target: target))
      report.add(
        Figure(
          "hub", "\(channels) channels, replay at full speed", runs: replayed.map { $0 * 8e-6 }, unit: "MB/s",
          reference: "end to end", referenceValue: median(rates), target: 0.8))
      if !theirs.isEmpty {
        report.add(
          Figure(
            "hub", "\(channels) channels end to end", runs: rates, unit: "MB/s", reference: "Python hub",
            referenceValue: median(theirs) * 1e-6))
      }
    }
  }

  private func kernels(_ report: inout Report, fma: Double) throws {
    for (channels, target) in [(12, 0.25), (48, 0.50), (128, 0.60)] {
      report.add(
        Figure(
          "x-engine", "\(channels) channels, 64 segments",
          runs: (0..<repeats).map { _ in KernelBenchmarks.outerProduct(channels: channels) }, unit: "GF/s",
          reference: "multiply-add bound", referenceValue: fma, target: target))
    }
    let numpyNoise = try peer(
      "synth_numpy.py", ["--repeat", "1"], unit: "Msamples/s", case: "standard_normal Philox")
    report.add(
      Figure(
        "noise", "white, one core", runs: (0..<repeats).map { _ in KernelBenchmarks.whiteNoise() * 1e-6 }, unit: "M/s",
        reference: numpyNoise == nil ? nil : "numpy Philox standard_normal", referenceValue: numpyNoise, target: 1.5))
    let methodB = try peer(
      "synth_numpy.py", ["--repeat", "1"], unit: "Msamples/s", case: "B any dispersion, one station")
    report.add(
      Figure(
        "synthesis", "method C, one station of 12, 3840 bins a minute",
        runs: try (0..<repeats).map { _ in try KernelBenchmarks.field() * 1e-6 }, unit: "Msamples/s",
        reference: methodB == nil ? nil : "method B in numpy", referenceValue: methodB, target: 50))
    for (block, what) in [(Int64(60), "blocks of 1920 bins"), (120, "3840 bins, turning Earth")] {
      report.add(
        Figure(
          "synthesis", "method B, 392 x 2 waves, \(what)",
          runs: try (0..<repeats).map { _ in try KernelBenchmarks.skyField(block: block) * 1e-6 }, unit: "Msamples/s",
          reference: methodB == nil ? nil : "method B in numpy", referenceValue: methodB, target: 5))
    }
    let methodA = try peer(
      "synth_numpy.py", ["--repeat", "1"], unit: "Msamples/s", case: "A blocks, one station")
    report.add(
      Figure(
        "synthesis", "method A, 4096 waves, 3 modes, one station",
        runs: try (0..<repeats).map { _ in try KernelBenchmarks.lineEnvelope() * 1e-6 }, unit: "Msamples/s",
        reference: methodA == nil ? nil : "method A in numpy, blocks", referenceValue: methodA, target: 3))
    report.add(
      Figure(
        "synthesis", "a line at 1 MHz, samples of one channel",
        runs: try (0..<repeats).map { _ in try KernelBenchmarks.lineSamples() * 1e-6 }, unit: "Msamples/s"))
  }

  private func sky(_ report: inout Report) throws {
    for (profiled, name, peerCase) in [
      (false, "amplitude given", "blocks"), (true, "amplitude profiled", "blocks profile"),
    ] {
      // In turns, so that a drift of the machine meets both.
      var (ours, theirs): ([Double], [Double]) = ([], [])
      for _ in 0..<repeats {
        ours.append(try KernelBenchmarks.skyMap(profiled: profiled))
        if let time = try peer("skymap_numpy.py", ["--repeat", "1", "--variants", peerCase], unit: "s/map") {
          theirs.append(1 / time)
        }
      }
      report.add(
        Figure(
          "sky map", "49152 pixels of 12 x 10^4, " + name, runs: ours, unit: "maps/s",
          reference: theirs.isEmpty ? nil : "numpy, rotated blocks",
          referenceValue: theirs.isEmpty ? nil : median(theirs),
          target: 5))
    }
    // Two decades of each: the cost of one pixel, bin and integration stays.
    for factor in [1, 10, 100] {
      for (name, bins, pixels, integrations) in [
        ("\(100 * factor) bins", 100 * factor, 480, 1), ("\(120 * factor) pixels", 400, 120 * factor, 1),
        ("\(factor) integrations", 400, 120, factor),
      ] {
        report.add(
          Figure(
            "sky scaling", name + " of \(bins) x \(pixels) x \(integrations)",
            runs: try (0..<repeats).map { _ in
              try KernelBenchmarks.skyCost(bins: bins, pixels: pixels, integrations: integrations)
            }, unit: "ns"))
      }
    }
  }

  private func lineScan(_ report: inout Report) throws {
    for frequencies in [10_000, 100_000, 1_000_000] {
      var times: [Double] = []
      var scanned = 0
      for _ in 0..<(frequencies < 1_000_000 ? repeats : 1) {
        let result = try LineCalibration.scan(frequencies: frequencies)
        times.append(result.seconds)
        scanned = result.frequencies
      }
      report.add(
        Figure("line scan", "a day, 6 channels, 3 templates, \(scanned) masses", runs: times, unit: "s"))
    }
  }

  private func clock(_ report: inout Report) throws {
    let series = try ClockBenchmark.campaign(months: 26)
    let size = "\(series.times.count) readings"
    var (ours, twoThreads, finufft, nifty): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    var spectrum: SinusoidSpectrum?
    // The first run plans the transforms; then in turns, so that a drift of the machine meets all.
    _ = try ClockBenchmark.search(series, workers: 1)
    for _ in 0..<repeats {
      let run = try ClockBenchmark.search(series, workers: 1)
      ours.append(run.time)
      spectrum = run.spectrum
      twoThreads.append(try ClockBenchmark.search(series, workers: 2).time)
      let arguments = ["--repeat", "1", "--methods"]
      if let time = try peer("clock_numpy.py", arguments + ["finufft"], unit: "s", case: "eps=1e-12") {
        finufft.append(time)
      }
      if let time = try peer("clock_numpy.py", arguments + ["nifty"], unit: "s", case: "nifty-ls") {
        nifty.append(time)
      }
    }
    guard let spectrum else { return }
    // Ratios are of speeds, so that more is better.
    func speed(_ name: String, _ times: [Double], _ reference: String, _ rival: [Double], target: Double?) {
      report.add(
        Figure(
          "clock", name, runs: times.map { 1 / $0 }, unit: "searches/s", reference: rival.isEmpty ? nil : reference,
          referenceValue: rival.isEmpty ? nil : 1 / median(rival), target: target))
    }
    let name = "\(size), \(spectrum.count) frequencies"
    speed(name, ours, "finufft, 1e-12", finufft, target: 1)
    speed(name, ours, "nifty-ls, power only", nifty, target: nil)
    speed(name + ", 2 threads", twoThreads, "finufft, 1e-12", finufft, target: 1)
    report.add(
      Figure("clock", "power against direct fits", runs: [try ClockBenchmark.worstPower(spectrum, series)], unit: ""))
    report.add(
      Figure(
        "clock", "A95 at every frequency", runs: (0..<repeats).map { _ in seconds { _ = spectrum.upperLimits() } },
        unit: "s"))
    // The whole band: coherent up to 1e6/T, in two to four segments above.
    _ = try ClockBenchmark.wholeSearch(series, workers: 1)
    let whole = try (0..<repeats).map { _ in try ClockBenchmark.wholeSearch(series, workers: 1) }
    for (name, part) in [("coherent", whole.map(\.coherent)), ("in segments", whole.map(\.segmented))] {
      report.add(
        Figure(
          "clock", "to half of the rate, \(name), \(part.first?.frequencies ?? 0) frequencies",
          runs: part.map(\.time), unit: "s"))
    }
    // Cost over two decades: N log N is a straight line in these units.
    for months in [0.26, 2.6, 26] {
      let series = try ClockBenchmark.campaign(months: months)
      _ = try ClockBenchmark.search(series, workers: 1)
      let runs = try (0..<repeats).map { _ in
        let run = try ClockBenchmark.search(series, workers: 1)
        let count = Double(run.spectrum.count)
        return run.time / (count * log2(count)) * 1e9
      }
      report.add(Figure("clock", "cost per N log2 N, \(months) months", runs: runs, unit: "ns"))
    }
  }

  private func memory(_ report: inout Report) throws {
    for minutes in [10, 60, 240] {
      let (hub, node) = try MemoryBenchmark.run(minutes: minutes, gnomon: gnomon, folder: folder)
      for (name, size) in [("hub", hub), ("node", node)] {
        let run = "\(name), quickstart of \(minutes) minutes"
        report.add(Figure("memory", run, runs: [size.resident], unit: "MiB"))
        report.add(Figure("memory", run + ", private", runs: [size.anonymous], unit: "MiB"))
      }
    }
  }

  private func calibrateBackground() throws {
    let study = try BackgroundCalibration(experiments: experiments, streams: streams, seed: seed) {
      FileHandle.standardError.write(Data(($0 + "\n").utf8))
    }
    print(study.text)
    guard let results else { return }
    try StudyFiles.write(study, figure: study.figure, name: "background-calibration", folder: results)
  }

  private func calibrateSky() throws {
    for name in cases where !SkyCalibration.names.contains(name) {
      throw ValidationError("no kind \"\(name)\"; there are: " + SkyCalibration.names.joined(separator: "; "))
    }
    let study = try SkyCalibration(experiments: experiments, cases: cases, seed: seed) {
      FileHandle.standardError.write(Data(($0 + "\n").utf8))
    }
    print(study.text)
    guard let results else { return }
    try StudyFiles.write(study, figure: study.figure, name: "sky-calibration", folder: results)
  }

  /// The value of a Python peer's first figure in a unit; nil when no peers were named.
  private func peer(
    _ script: String, _ arguments: [String], unit: String, case wanted: String = ""
  ) throws -> Double? {
    guard let peers else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "\(peers)/\(script)", "--json"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    for line in data.split(separator: 10) {
      guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
        object["unit"] as? String == unit, let value = object["value"] as? Double,
        wanted.isEmpty || (object["case"] as? String)?.contains(wanted) == true
      else { continue }
      return value
    }
    throw BenchmarkError(description: "\(script) printed no figure in \(unit)")
  }
}
