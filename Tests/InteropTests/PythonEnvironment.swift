import Foundation

/// A virtual environment with the foreign readers, made once beside the build products from PyPI.
enum PythonEnvironment {
  static let requirements = [
    "numpy", "h5py", "gwpy", "pyzmq", "crc32c", "healpy", "astropy", "ligo.skymap", "allantools",
  ]

  /// The environment's interpreter, or the reason why there is none.
  static let interpreter: Result<URL, Unavailable> = {
    let build = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let folder = build.appendingPathComponent("python-environment")
    let python = folder.appendingPathComponent("bin/python")
    let marker = folder.appendingPathComponent("complete")
    let wanted = requirements.joined(separator: "\n")
    if (try? String(contentsOf: marker, encoding: .utf8)) == wanted { return .success(python) }
    guard let system else {
      return .failure(Unavailable(description: "python3 is not installed"))
    }
    for command in [
      [system, "-m", "venv", "--clear", folder.path],
      [python.path, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + requirements,
    ] {
      guard let result = try? run(command), result.status == 0 else {
        return .failure(Unavailable(description: "failed: \(command.joined(separator: " "))"))
      }
    }
    try? wanted.write(to: marker, atomically: true, encoding: .utf8)
    return .success(python)
  }()

  /// Why the foreign readers cannot be asked at all; anything else that fails is a failure of the test.
  static let pythonIsMissing = system == nil

  private static let system = ["/usr/bin/python3", "/usr/local/bin/python3"].first(
    where: FileManager.default.isExecutableFile)

  struct Unavailable: Error, CustomStringConvertible {
    var description: String
  }

  struct Output {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Runs a program to its end.
  static func run(_ command: [String]) throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    let output = Pipe()
    let errors = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus, output: String(decoding: data, as: UTF8.self),
      errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
  }

  /// Runs a Python program with arguments and reads the JSON object that it prints.
  static func json(_ program: String, _ arguments: [String]) throws -> [String: Any] {
    let result = try run([try interpreter.get().path, "-c", program] + arguments)
    guard result.status == 0,
      let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    else { throw Unavailable(description: "python: \(result.errors)\(result.output)") }
    return object
  }
}
