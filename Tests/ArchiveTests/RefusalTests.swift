import Archive
import Foundation
import HDF5
import Testing

extension ArchiveTests {
  @Suite struct Refusals {
    let folder: TemporaryFolder
    let run = ExampleRun(blocks: [6, 2])

    init() throws { folder = try TemporaryFolder() }

    private func kind(_ body: () throws -> Void) -> ArchiveError.Kind? {
      do {
        try body()
        return nil
      } catch {
        return (error as? ArchiveError)?.kind
      }
    }

    @Test func existingAndLiveFilesAreNotOverwritten() throws {
      let path = folder.path("run.h5")
      let writer = try ArchiveWriter(creating: path, layout: run.layout)
      #expect(kind { _ = try ArchiveWriter(creating: path, layout: run.layout) } == .fileExists)
      #expect(kind { _ = try ArchiveWriter(creating: path, layout: run.layout, replacing: true) } == .beingWritten)
      #expect(kind { _ = try ArchiveRecovery.recover(path) } == .beingWritten)
      #expect(kind { _ = try ArchiveWriter(resuming: path) } == .beingWritten)
      #expect(
        kind { try StoredAnalysis.store("x", result: "", provenance: "", band: "wide", inArchive: path) }
          == .beingWritten)
      try writer.finish(status: .complete, accounting: [])
      #expect(kind { _ = try ArchiveWriter(creating: path, layout: run.layout) } == .fileExists)
      #expect(kind { _ = try ArchiveWriter(resuming: path) } == .wrongUse)
      try run.write(folder.path("other.h5"))
      let again = try ArchiveWriter(creating: path, layout: run.layout, replacing: true)
      #expect(again.nextSample(stream: 0) == 0)
    }

    @Test func foldersAndForeignFilesAreNamed() throws {
      #expect(kind { _ = try ArchiveReader(opening: folder.path("none.h5")) } == .fileMissing)
      #expect(kind { _ = try ArchiveWriter(creating: folder.path("no/such/run.h5"), layout: run.layout) } == .library)
      let text = folder.path("text.h5")
      try "some text".write(toFile: text, atomically: true, encoding: .utf8)
      #expect(kind { _ = try ArchiveReader(opening: text) } == .notAnArchive)
      let foreign = folder.path("foreign.h5")
      try File(creating: foreign).close()
      #expect(kind { _ = try ArchiveReader(opening: foreign) } == .notAnArchive)
    }

    @Test func blocksThatDoNotFitLeaveNothingBehind() throws {
      let path = folder.path("run.h5")
      let writer = try ArchiveWriter(creating: path, layout: run.layout)
      try run.append(0, of: 0, to: writer)
      #expect(kind { try run.append(0, of: 0, to: writer) } == .wrongUse)
      #expect(kind { try run.append(2, of: 0, to: writer) } == .wrongUse)
      let (row, payload) = run.block(0, 1)
      #expect(
        kind {
          try payload.dropLast().withUnsafeBufferPointer { try writer.append(stream: 0, block: row, payload: $0) }
        } == .wrongUse)
      #expect(kind { try writer.appendIndex(stream: 0, rows: [row]) } == .wrongUse)
      var short = run.spectra[0]
      short.values.removeLast()
      #expect(kind { try writer.append(short, band: 0) } == .wrongUse)
      // It goes on as if nothing had been.
      for number in 1..<6 { try run.append(number, of: 0, to: writer) }
      for number in 0..<2 { try run.append(number, of: 1, to: writer) }
      for matrix in run.spectra { try writer.append(matrix, band: 0) }
      let checksums = try writer.finish(status: .complete, accounting: run.accounting(writer))
      #expect(try checksums == run.write(folder.path("plain.h5")))
      #expect(kind { try run.append(6, of: 0, to: writer) } == .wrongUse)
    }

    @Test func layoutsThatCannotBeStoredAreRefused() throws {
      var layout = run.layout
      layout.streams[1].name = "berkeley"
      #expect(kind { _ = try ArchiveWriter(creating: folder.path("a.h5"), layout: layout) } == .wrongUse)
      layout.streams[1].name = "a/b"
      #expect(kind { _ = try ArchiveWriter(creating: folder.path("a.h5"), layout: layout) } == .wrongUse)
      layout.streams[1].name = "anhui"
      layout.streams[1].channels[0].name = "index"
      #expect(kind { _ = try ArchiveWriter(creating: folder.path("a.h5"), layout: layout) } == .wrongUse)
      #expect(!FileManager.default.fileExists(atPath: folder.path("a.h5")))
    }

    @Test func whatIsMissingOrImpossibleIsNamed() throws {
      // Each change of a good archive, and the object that the error has to name.
      let changes: [(String, (Group) throws -> Void)] = [
        ("/status", { try $0.remove("status") }),
        ("index", { try $0.group("nodes").group("berkeley").remove("index") }),
        ("/nodes/anhui", { try $0.group("nodes").group("anhui").attributes.set("rate_numerator", Int64(-3)) }),
        ("/nodes/anhui", { try $0.group("nodes").group("anhui").attributes.set("axes_earth_fixed", [1.0]) }),
        ("/products/wide", { try $0.group("products").group("wide").attributes.set("window", "none") }),
        ("/products/wide", { try $0.group("products").group("wide").attributes.set("bin_count", Int64(7)) }),
        (
          "/accounting",
          {
            try $0.remove("accounting")
            _ = try $0.createFixedDataset("accounting", of: .complex128, extent: [2])
          }
        ),
        ("format version", { try $0.attributes.set("format_version", Int64(99)) }),
      ]
      for (number, change) in changes.enumerated() {
        let path = folder.path("\(number).h5")
        try run.write(path)
        let file = try File(opening: path, .readWrite)
        try change.1(file.root)
        try file.close()
        let error = try #require(throws: ArchiveError.self) { try ArchiveReader(opening: path) }
        #expect(error.description.contains(change.0), "\(error)")
        #expect(error.path == path)
      }
    }
  }
}
