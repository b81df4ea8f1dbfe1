import Foundation
import Testing

/// The executable that was built beside these tests.
private let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("gnomon").path

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: damaged files are not tested: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

/// Texts that h5py writes as attributes are in a heap of the file; an object of it that claims to be longer than the heap makes
/// libhdf5 1.10.8 crash. A version that survives it has to refuse the file all the same.
@Suite("Files on which the HDF5 library crashes", .enabled(if: canRun), .timeLimit(.minutes(2)))
struct DamagedFileTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private static let spoil = """
    import sys, json, os, h5py, numpy
    def spoil(path):
        data = bytearray(open(path, "rb").read())
        place = data.index(b"GCOL") + 24
        data[place:place + 8] = (100000).to_bytes(8, "little")
        open(path, "wb").write(data)

    """

  private func run(_ arguments: String...) throws -> PythonEnvironment.Output {
    try PythonEnvironment.run([gnomon] + arguments)
  }

  @Test("A minute file is refused by name, and the others are imported; an archive is refused as well")
  func crashes() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try PythonEnvironment.json(
      Self.spoil + """
        for minute in range(3):
            path = f"{sys.argv[1]}/mainz01_20170102_00{minute:02d}00.hdf5"
            with h5py.File(path, "w") as file:
                data = file.create_dataset("MagneticFields", data=numpy.arange(60.0 * 8))
                sanity = file.create_dataset("SanityChannel", data=numpy.ones(60))
                for dataset, rate in ((data, 8.0), (sanity, 1.0)):
                    dataset.attrs["SamplingRate(Hz)"] = rate
                    dataset.attrs["Date"] = "2017/01/02"
                    dataset.attrs["t0"] = f"00:{minute:02d}:00.000"
                    dataset.attrs["t1"] = f"00:{minute + 1:02d}:00.000"
                data.attrs["MagFieldEq"] = "MagneticFields [pT]"
            if minute == 1: spoil(path)
        open(sys.argv[1] + "/stations.table", "w").write("mainz01,8,50,0,90,0.1\\n")
        print("{}")
        """, [folder])
    let archive = folder + "/archive.h5"
    let stations = ["--stations", folder + "/stations.table", "--quiet"]
    let result = try PythonEnvironment.run([gnomon, "archive", "import", folder, "--output", archive] + stations)
    #expect(result.status == 0, "\(result.errors)")
    let refused = result.errors.split(separator: "\n").filter { $0.hasPrefix("refused: ") }
    #expect(refused.count == 1 && refused[0].contains("_000100.hdf5: "), "\(result.errors)")
    #expect(result.output.contains("2 files, 1440 samples = 960 archived + 480 missing"), "\(result.output)")
    // With no other, nothing is left behind.
    let alone = folder + "/alone.h5"
    let nothing = try PythonEnvironment.run(
      [gnomon, "archive", "import", folder + "/mainz01_20170102_000100.hdf5", "--output", alone] + stations)
    #expect(nothing.status == 1 && nothing.errors.contains("_000100.hdf5"), "\(nothing.errors)")
    #expect(!FileManager.default.fileExists(atPath: alone))

    // A remark that somebody added to an archive is copied with the rest of it.
    _ = try PythonEnvironment.json(
      Self.spoil + """
        with h5py.File(sys.argv[1], "r+") as file: file["nodes/mainz01"].attrs["remark"] = "checked"
        spoil(sys.argv[1])
        print("{}")
        """, [archive])
    #expect(try run("archive", "info", archive).status == 0)
    let copied = try run("archive", "repack", archive, "--output", alone, "--quiet")
    #expect(copied.status == 1 && copied.errors.contains(archive), "\(copied.errors)")
  }
}
