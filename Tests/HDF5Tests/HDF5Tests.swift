import Foundation
import HDF5
import Testing

/// A folder that is removed when the test is over.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

// HDF5 is not thread safe, so its tests take turns.
@Suite(.serialized) struct HDF5Tests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func locksOfOtherProgramsStopNobody() throws {
    let path = folder.path("locked.h5")
    let file = try File(creating: path)
    // What h5py takes for as long as it has a file open.
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    #expect(descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) == 0)
    try file.startSingleWriter()
    try file.close()
    try File(opening: path, .readWrite).close()
  }

  @Test func attributesOfEveryTypeComeBack() throws {
    let path = folder.path("attributes.h5")
    let file = try File(creating: path)
    let attributes = try file.root.createGroup("group").attributes
    try attributes.set("double", -1.5e-300)
    try attributes.set("int64", Int64.min)
    try attributes.set("uint64", UInt64.max)
    try attributes.set("text", "√Hz für Köln")
    try attributes.set("empty", "")
    try attributes.set("doubles", [1, 2, 3])
    try attributes.set("texts", ["a", "longer", ""])
    try attributes.set("matrix", [1, 2, 3, 4, 5, 6], columns: 3)
    // Setting again replaces.
    try attributes.set("double", 2.5)
    try file.close()

    let again = try File(opening: path).root.group("group").attributes
    #expect(try again.double("double") == 2.5)
    #expect(try again.int64("int64") == .min)
    #expect(try again.uint64("uint64") == .max)
    #expect(try again.string("text") == "√Hz für Köln")
    #expect(try again.string("empty") == "")
    #expect(try again.doubles("doubles") == [1, 2, 3])
    #expect(try again.strings("texts") == ["a", "longer", ""])
    #expect(try again.doubles("matrix") == [1, 2, 3, 4, 5, 6])
    #expect(
      try again.names() == ["double", "doubles", "empty", "int64", "matrix", "text", "texts", "uint64"])
    #expect(throws: HDF5Error.self) { try again.double("text") }
    #expect(throws: HDF5Error.self) { try again.string("doubles") }
  }

  @Test func chunksAreReadPastTheLibrary() throws {
    let path = folder.path("chunks.h5")
    let file = try File(creating: path)
    let numbers = (0..<20_000).map { Double($0) * 0.5 }
    let plain = try file.root.createDataset("plain", of: .float64, chunk: [1 << 13])
    let compressed = try file.root.createDataset("compressed", of: .float64, chunk: [1 << 13], deflation: 1)
    let sparse = try file.root.createDataset("sparse", of: .float64, chunk: [1 << 13])
    for dataset in [plain, compressed] {
      try dataset.setLength(numbers.count)
      try numbers.withUnsafeBytes { try dataset.write($0, at: 0, count: numbers.count) }
    }
    try sparse.setLength(numbers.count)
    try file.close()

    let again = try File(opening: path)
    let contents = try FileContents(opening: path)
    let locator = try ChunkLocator(opening: path)
    let dataset = try again.root.dataset("plain", of: .float64)
    for stretch in [0..<20_000, 8191..<20_000, 100..<8193, 16_384..<16_385] {
      let chunks = try #require(try StoredChunks(stretch, of: dataset, in: contents, with: locator))
      for part in [stretch, stretch.lowerBound..<stretch.lowerBound + 1, stretch.upperBound - 1..<stretch.upperBound] {
        var values = [Double](repeating: -1, count: part.count)
        try values.withUnsafeMutableBytes { try chunks.read(into: $0, from: part.lowerBound, count: part.count) }
        #expect(values == Array(numbers[part]))
      }
    }
    #expect(throws: HDF5Error.self) { try StoredChunks(0..<20_001, of: dataset, in: contents, with: locator) }
    // What is not stored as it is, or not at all, has to be asked of the library.
    for name in ["compressed", "sparse"] {
      let other = try again.root.dataset(name, of: .float64)
      #expect(try StoredChunks(0..<20_000, of: other, in: contents, with: locator) == nil)
    }
    // A file that was cut meanwhile is an error.
    let chunks = try #require(try StoredChunks(0..<20_000, of: dataset, in: contents, with: locator))
    #expect(truncate(path, 100_000) == 0)
    #expect(throws: HDF5Error.self) {
      var all = [Double](repeating: 0, count: numbers.count)
      try all.withUnsafeMutableBytes { try chunks.read(into: $0, from: 0, count: numbers.count) }
    }
  }

  @Test func chunksAreFoundInLongDatasetsThatGrewTogether() throws {
    let path = folder.path("long.h5")
    let file = try File(creating: path)
    let chunk = 8
    // Enough for every kind of block that the library's index has.
    let count = 5000 * chunk
    let names = ["a", "b"]
    let datasets = try names.map { try file.root.createDataset($0, of: .float64, chunk: [chunk], cacheBytes: 0) }
    for start in stride(from: 0, to: count, by: chunk) {
      for (which, dataset) in datasets.enumerated() {
        try dataset.setLength(start + chunk)
        // One chunk of b is never written.
        guard which == 0 || start != 4000 * chunk else { continue }
        try (start..<start + chunk).map { Double($0) + 0.5 * Double(which) }.withUnsafeBytes {
          try dataset.writeChunk($0, at: start)
        }
      }
    }
    try file.close()

    let again = try File(opening: path)
    let (contents, locator) = (try FileContents(opening: path), try ChunkLocator(opening: path))
    for (which, name) in names.enumerated() {
      let dataset = try again.root.dataset(name, of: .float64)
      let end = which == 0 ? count : 4000 * chunk
      let chunks = try #require(try StoredChunks(0..<end, of: dataset, in: contents, with: locator))
      var values = [Double](repeating: -1, count: end)
      try values.withUnsafeMutableBytes { try chunks.read(into: $0, from: 0, count: end) }
      #expect(values == (0..<end).map { Double($0) + 0.5 * Double(which) })
    }
    let holed = try again.root.dataset("b", of: .float64)
    #expect(try StoredChunks(0..<count, of: holed, in: contents, with: locator) == nil)
  }

  @Test func oneDimensionalDatasetsGrowAndAreReadInParts() throws {
    let path = folder.path("numbers.h5")
    let file = try File(creating: path)
    let doubles = try file.root.createDataset("doubles", of: .float64, chunk: [7])
    for start in stride(from: 0, to: 30, by: 10) {
      try doubles.setLength(start + 10)
      try (start..<(start + 10)).map { Double($0) * 0.5 }.withUnsafeBytes {
        try doubles.write($0, at: start, count: 10)
      }
    }
    let counts = try file.root.createDataset("counts", of: .uint32, chunk: [4])
    try counts.setLength(3)
    try [UInt32](arrayLiteral: 1, 2, .max).withUnsafeBytes { try counts.write($0, at: 0, count: 3) }
    try file.close()

    let root = try File(opening: path).root
    #expect(try root.members() == ["counts", "doubles"])
    let again = try root.dataset("doubles", of: .float64)
    #expect(try again.extent == [30])
    #expect(try again.doubles(from: 8, count: 5) == [4, 4.5, 5, 5.5, 6])
    #expect(try root.dataset("counts", of: .uint32).uint32s(from: 1, count: 2) == [2, .max])
    #expect(throws: HDF5Error.self) { try again.doubles(from: 28, count: 3) }
    #expect(throws: HDF5Error.self) { try root.dataset("doubles", of: .int64) }
  }

  @Test func wholeChunksBypassTheCache() throws {
    let path = folder.path("chunks.h5")
    let file = try File(creating: path)
    let dataset = try file.root.createDataset("x", of: .float64, chunk: [4], cacheBytes: 0)
    try dataset.setLength(8)
    try [1.0, 2, 3, 4].withUnsafeBytes { try dataset.writeChunk($0, at: 0) }
    // The last chunk first as a part, then whole: written twice in the same place.
    try dataset.setLength(6)
    try [5.0, 6, 0, 0].withUnsafeBytes { try dataset.writeChunk($0, at: 4) }
    #expect(try dataset.doubles(from: 0, count: 6) == [1, 2, 3, 4, 5, 6])
    try dataset.setLength(8)
    try [5.0, 6, 7, 8].withUnsafeBytes { try dataset.writeChunk($0, at: 4) }
    try file.close()
    #expect(
      try File(opening: path).root.dataset("x", of: .float64).doubles(from: 0, count: 8) == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test func matricesRecordsAndTextsComeBack() throws {
    let path = folder.path("records.h5")
    let file = try File(creating: path)
    let matrices = try file.root.createDataset("matrices", of: .complex128, extent: [2, 2], chunk: [1, 2, 2])
    try matrices.setExtent([2, 2, 2])
    let values = (0..<8).map { Double($0) }
    try values.withUnsafeBytes { try matrices.write($0, at: [1, 0, 0], count: [1, 2, 2]) }
    let type = ElementType.compound(
      members: [.init("time", at: 0, .int64), .init("name", at: 8, .text(length: 5)), .init("flag", at: 13, .uint8)],
      size: 14)
    let records = try file.root.createDataset("records", of: type, chunk: [2])
    try records.setLength(1)
    let record = withUnsafeBytes(of: Int64(-3).littleEndian) { Array($0) } + Array("abc\0\0".utf8) + [9]
    try record.withUnsafeBytes { try records.write($0, at: 0, count: 1) }
    let text = try file.root.createFixedDataset("text", of: .text(length: 4))
    try text.writeText("aäö€")  // 1 + 2 + 2 bytes: the second two-byte letter does not fit
    try file.close()

    let root = try File(opening: path).root
    var read = [Double](repeating: -1, count: 8)
    try read.withUnsafeMutableBytes {
      try root.dataset("matrices", of: .complex128).read(into: $0, from: [1, 0, 0], count: [1, 2, 2])
    }
    #expect(read == values)
    #expect(try root.compoundDataset("records").type == type)
    #expect(try root.compoundDataset("records").bytes() == record)
    #expect(try root.textDataset("text").texts() == ["aä"])
  }

  @Test func errorsNameOperationObjectAndCause() throws {
    let missing = folder.path("missing.h5")
    let error = try #require(throws: HDF5Error.self) { try File(opening: missing) }
    #expect(error.object == missing)
    #expect(error.systemErrorNumber == 2)
    #expect(error.description.contains("open the file"))
    #expect(error.libraryMessages.contains { $0.contains("No such file") })

    let path = folder.path("some.h5")
    let file = try File(creating: path)
    let group = try #require(throws: HDF5Error.self) { try file.root.group("nowhere") }
    #expect(group.object == "\(path):/nowhere")
    #expect(throws: HDF5Error.self) { try File(creating: path) }
    try file.close()

    let text = folder.path("text.h5")
    try "not HDF5".write(toFile: text, atomically: true, encoding: .utf8)
    #expect(throws: HDF5Error.self) { try File(opening: text) }
  }

  @Test func closingTheFileClosesWhatItHolds() throws {
    let path = folder.path("closed.h5")
    let file = try File(creating: path)
    let dataset = try file.root.createDataset("x", of: .float64, chunk: [4])
    try file.close()
    #expect(throws: HDF5Error.self) { try dataset.setLength(4) }
    // Nothing is left open: the file opens for writing.
    try File(opening: path, .readWrite).close()
  }
}
