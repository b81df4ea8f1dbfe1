import Foundation

/// A process of this program that sends some channels to a hub.
final class SenderProcess: @unchecked Sendable {
  // Started by one thread; ended by another when the hub's run is over, which it is not before.
  private let process = Process()
  private let (input, output) = (Pipe(), Pipe())
  private let arguments: [String]

  init(channels: Int, samples: Int64, first: Int, count: Int) {
    arguments = ["--channels", "\(channels)", "--samples", "\(samples)", "--first", "\(first)", "--count", "\(count)"]
  }

  func start(hub: String) throws {
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["send", "--hub", hub] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  /// Waits until the hub has welcomed all its streams.
  /// - Throws: ``BenchmarkError`` when it ends before.
  func waitUntilReady() throws {
    guard try output.fileHandleForReading.read(upToCount: 5)?.count == 5 else {
      throw BenchmarkError(description: "a sender ended at once")
    }
  }

  func go() throws { try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8)) }

  /// Waits for its end.
  /// - Returns: whether it sent all.
  func end() -> Bool {
    guard process.processIdentifier != 0 else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
