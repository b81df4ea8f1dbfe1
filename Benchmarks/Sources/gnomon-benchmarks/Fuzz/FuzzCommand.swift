import ArgumentParser
import Foundation

/// Feeds made-up and damaged inputs to everything that reads what strangers send, and counts what comes of them.
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Feeds damaged inputs to the decoders and parsers: no crash, no hang, no memory beyond the bound.",
    discussion: """
      Every input follows from the seed and its number alone, so that --first repeats one that failed: a crash or a hang is \
      reported with that number. Targets: blocks (header and rules of a stream; most inputs are sound up to one or two \
      fields, with a right checksum), messages (the JSON of hellos, welcomes and others), topology (YAML), overrides \
      (key.path=value), calibration (the formula in GNOME's files), stations (tables of places), hub (a hub \
      at work, by a peer that it has welcomed; every 64th input a stranger has to get its answer). Files are damaged by \
      Benchmarks/robustness/damaged_files.py.
      """)

  @Option(help: "Inputs of the target blocks; the slower ones have fewer, as the table says.")
  var inputs = 10_000_000

  @Option var seed: UInt64 = 1

  @Option(help: "Number of the first input of every target.")
  var first = 0

  @Option(help: "Which targets, separated by commas.")
  var targets = "blocks,messages,topology,overrides,calibration,stations,hub"

  @Option(help: "Seconds that one input may take, at least 1.")
  var seconds: UInt32 = 2

  @Option(help: "MiB by which the process may grow at most.")
  var memory = 64

  func validate() throws {
    guard inputs > 0, seconds > 0, memory > 0 else { throw ValidationError("the numbers must be positive") }
    for name in names where FuzzTarget.all[name] == nil { throw ValidationError("there is no target '\(name)'") }
  }

  private var names: [String] { targets.split(separator: ",").map(String.init) }

  func run() throws {
    FuzzWatch.install()
    print("target            inputs     taken   refused   seconds  longest ms  grown MiB")
    for name in names {
      guard let target = FuzzTarget.all[name] else { continue }
      let count = max(1, inputs / target.cost)
      let before = peakMemory()
      var (taken, longest) = (0, Duration.zero)
      let started = ContinuousClock.now
      let body = target.make()
      for number in first..<first + count {
        var random = FuzzRandom(seed: seed, input: UInt64(number))
        FuzzWatch.begin(input: UInt64(number), seconds: seconds)
        // Reading the clock costs as much as the fastest targets.
        let begun = target.cost > 1 ? ContinuousClock.now : started
        if body(&random) { taken += 1 }
        if target.cost > 1 { longest = max(longest, ContinuousClock.now - begun) }
      }
      FuzzWatch.end()
      let time = (ContinuousClock.now - started).seconds
      let grown = Double(peakMemory() - before) / 1024
      print(
        name.padding(toLength: 12, withPad: " ", startingAt: 0)
          + String(format: "%12d%10d%10d%10.1f", count, taken, count - taken, time)
          + (target.cost > 1 ? String(format: "%12.2f", longest.seconds * 1e3) : "           -")
          + String(format: "%11.1f", grown))
      fflush(nil)
      guard grown <= Double(memory) else {
        throw BenchmarkError(description: "\(name) took \(grown) MiB; the bound is \(memory) MiB")
      }
      guard longest <= .seconds(seconds) else {
        throw BenchmarkError(description: "an input of \(name) took \(longest)")
      }
    }
  }

  /// KiB.
  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }
}

extension Duration {
  fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Says which input the process died of.
private enum FuzzWatch {
  // Written by the one thread that fuzzes, read by a signal handler on it.
  nonisolated(unsafe) private static let input = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

  static func install() {
    input.initialize(to: 0)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
      signal(number) { number in
        // Only what a handler may do: digits into a buffer, and write.
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &text) { bytes in
          var (position, rest) = (bytes.count - 1, FuzzWatch.input.pointee)
          bytes[position] = 10
          repeat {
            position -= 1
            bytes[position] = UInt8(48 + rest % 10)
            rest /= 10
          } while rest > 0
          let words: StaticString = "failed: crash or hang at input "
          _ = Glibc.write(2, words.utf8Start, words.utf8CodeUnitCount)
          _ = Glibc.write(2, bytes.baseAddress.map { $0 + position }, bytes.count - position)
        }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  static func begin(input number: UInt64, seconds: UInt32) {
    input.pointee = number
    // One call of the system for many inputs: what an input may take, and a little for those before it.
    if number % 64 == 0 { alarm(seconds + 2) }
  }

  static func end() { alarm(0) }
}

/// Random numbers that follow from a seed and the number of an input (SplitMix64).
struct FuzzRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, input: UInt64) {
    state = seed &* 0xD134_2543_DE82_EF95 ^ input &* 0x9E37_79B9_7F4A_7C15
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 0 ..< limit.
  mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() % UInt64(limit)) }

  /// A number as programs get them wrong: near zero, near the ends of integers, or any.
  mutating func odd() -> UInt64 {
    let near = UInt64(bitPattern: Int64(below(5) - 2))
    switch below(6) {
    case 0: return near
    case 1: return UInt64(UInt32.max) &+ near
    case 2: return UInt64(Int64.max) &+ near
    case 3: return 1 << UInt64(below(64))
    case 4: return near &- 1
    default: return next()
    }
  }
}
