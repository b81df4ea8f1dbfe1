import Archive
import Foundation
import Testing

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: readers of limits are not tested: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("Strangers read the files of limits", .serialized, .enabled(if: canRun))
struct LimitReaderTests {
  @Test("numpy.loadtxt reads a file's numbers to the last bit, and a published file as we do")
  func numpy() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let curve = LimitCurve(
      comments: ["CL: 95.0 % at each mass", "mass [eV]  g [GeV^-1]"], masses: [4.1315629928848216e-14, 0.1, 2],
      couplings: [3.925561428870761e-07, 1.0 / 3, 11723141535534.781])
    let path = folder.appending(path: "limit.txt").path
    try curve.text.write(toFile: path, atomically: true, encoding: .utf8)
    let paper = try #require(PublishedLimit.all(on: .axionGradient).first { $0.name == "NASDUCK" })
    let published = folder.appending(path: "published.txt").path
    try paper.text.write(toFile: published, atomically: true, encoding: .utf8)
    let seen = try PythonEnvironment.json(
      """
      import sys, json, numpy
      ours, theirs = numpy.loadtxt(sys.argv[1]), numpy.loadtxt(sys.argv[2])
      theirs = theirs[theirs[:, 1] != 1]
      # As hexadecimal: not every reader of JSON keeps the last bit of a decimal number.
      digits = lambda columns: [[float(value).hex() for value in column] for column in columns.T]
      print(json.dumps({"ours": digits(ours), "theirs": digits(theirs)}))
      """, [path, published])
    func columns(_ name: String) throws -> [[Double]] {
      try #require(seen[name] as? [[String]]).map { $0.compactMap { Double($0) } }
    }
    #expect(try columns("ours") == [curve.masses, curve.couplings])
    #expect(try columns("theirs") == [paper.curve.masses, paper.curve.couplings])
  }
}
