import ArgumentParser
import CBounds
import Foundation
import HDF5
import ZeroMQ

/// What the machine and the libraries can do at best, measured in the same run as the benchmarks.
enum Bounds {
  static let messageBytes = 65536
  static let chunk = 16384

  /// Takes memory and gives it back, so that what is measured next finds pages that the machine has at hand.
  ///
  /// A virtual machine returns free memory to its host, and getting it again costs several times what writing to it does.
  static func warmMemory(mebibytes: Int) {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
    let memory = mmap(nil, mebibytes << 20, PROT_READ | PROT_WRITE, flags, -1, 0)
    if memory != MAP_FAILED { munmap(memory, mebibytes << 20) }
  }

  /// Bytes per second of 64 KiB messages from PUSH to PULL over loopback TCP between two processes.
  static func transfer(mebibytes: Int) throws -> Double {
    let messages = mebibytes << 20 / messageBytes
    let context = try Context()
    let socket = try Socket(.pull, in: context)
    let endpoint = try socket.bind("tcp://127.0.0.1:*")
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["push", "--endpoint", endpoint, "--messages", "\(messages)"]
    try process.run()
    let message = Message()
    var received = 0
    var start = ContinuousClock.now
    while received < messages {
      guard try socket.receive(into: message) else {
        try socket.wait(milliseconds: 1000)
        continue
      }
      received += 1
      if received == 1 { start = .now }
    }
    let elapsed = ContinuousClock.now - start
    process.waitUntilExit()
    let time = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    return Double(messages - 1) * Double(messageBytes) / time
  }

  /// Bytes per second of whole chunks written to `datasets` datasets of a new file, file creation to close.
  static func append(datasets: Int, mebibytes: Int, folder: String) throws -> Double {
    let path = "\(folder)/bound.h5"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let chunks = mebibytes << 20 / (8 * chunk * datasets)
    let data = (0..<chunk).map { Double($0) * 1e-3 }
    let time = try seconds {
      let file = try File(creating: path, replace: true)
      let sets = try (0..<datasets).map {
        try file.root.createDataset("channel\($0)", of: .float64, chunk: [chunk])
      }
      try file.startSingleWriter()
      for number in 0..<chunks {
        for set in sets {
          try set.setLength((number + 1) * chunk)
          try data.withUnsafeBytes { try set.writeChunk($0, at: number * chunk) }
        }
      }
      try file.close()
    }
    return Double(chunks * datasets * chunk * 8) / time
  }

  /// 10^9 operations per second of fused multiply-adds on one core.
  static func multiplyAdd() -> Double { bounds_fma_peak() }
}

/// The sending half of ``Bounds/transfer(mebibytes:)``.
struct PushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "push", shouldDisplay: false)

  @Option var endpoint: String
  @Option var messages: Int

  func run() throws {
    let context = try Context()
    let socket = try Socket(.push, in: context)
    try socket.connect(endpoint)
    let bytes = [UInt8](repeating: 1, count: Bounds.messageBytes)
    for _ in 0..<messages { try bytes.withUnsafeBytes { try socket.send($0) } }
  }
}
