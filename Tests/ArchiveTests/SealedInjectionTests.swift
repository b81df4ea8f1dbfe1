import Archive
import Foundation
import Testing

extension ArchiveTests {
  @Suite("Blind injections")
  struct SealedInjectionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let row = InjectionRow(
      identifier: "secret-stream", model: "line", parameters: #"{"frequency":19.83}"#, seed: 1_234_567_890_123,
      firstSample: 4242, details: ExampleRun().layout.injections[0].details)

    static func truth() -> SealedTruth {
      SealedTruth(injections: [row], signals: "name: secret-stream", provenance: #"{"commandLine":["hush-hush"]}"#)
    }

    func archive(_ seals: [SealedInjection], _ name: String = "a.h5") throws -> String {
      var layout = ExampleRun().layout
      layout.sealedInjections = seals
      let writer = try ArchiveWriter(creating: folder.path(name), layout: layout)
      try writer.finish(status: .complete, accounting: ExampleRun().accounting(writer))
      return folder.path(name)
    }

    @Test("come back with the key, and say nothing without")
    func hidden() throws {
      let (key, truth) = (SealKey(), Self.truth())
      let seal = SealedInjection(sealing: truth, key: key)
      let path = try archive([seal])
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      // Each has a character that base64 lacks, or is too long to be there by chance.
      for word in ["secret-stream", "19.83", "1234567890123", ":4242", "hush-hush", key.text] {
        #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)")
      }
      let reader = try ArchiveReader(opening: path)
      #expect(try reader.sealedInjections() == [seal] && reader.unopenedSeals() == [seal.commitment])
      let summary = try ArchiveSummary(of: reader)
      #expect(summary.sealed == [seal.commitment] && summary.description.contains("sealed     1"))
      #expect(summary.injections == ExampleRun().layout.injections)

      let opened = try ArchiveUnblinding.open(reader, key: #require(SealKey(key.text + "\n")))
      #expect(opened.map(\.truth) == [truth] && opened.map(\.commitment) == [seal.commitment])
    }

    @Test("the length of what is sealed does not depend on how much is in it")
    func length() {
      var long = Self.truth()
      long.injections = Array(repeating: Self.row, count: 100)
      let key = SealKey()
      let (short, many) = (SealedInjection(sealing: Self.truth(), key: key), SealedInjection(sealing: long, key: key))
      #expect(short.box.utf8.count == many.box.utf8.count)
      // The same truth twice: neither commitment nor box tell that it is the same.
      let again = SealedInjection(sealing: Self.truth(), key: key)
      #expect(again.commitment != short.commitment && again.box != short.box)
    }

    @Test("another key opens nothing; a truth that was exchanged is found out")
    func tampering() throws {
      let key = SealKey()
      var seal = SealedInjection(sealing: Self.truth(), key: key)
      func kind(_ key: SealKey, _ name: String) throws -> ArchiveError.Kind? {
        let reader = try ArchiveReader(opening: archive([seal], name))
        do {
          _ = try ArchiveUnblinding.open(reader, key: key)
          return nil
        } catch { return error.kind }
      }
      #expect(try kind(key, "1.h5") == nil)
      #expect(try kind(SealKey(), "2.h5") == .wrongUse)
      // Who has the key seals another truth under the old commitment.
      let (commitment, honest) = (seal.commitment, seal)
      seal = SealedInjection(sealing: Self.truth(), key: key)
      seal.commitment = commitment
      #expect(try kind(key, "3.h5") == .malformed)
      seal = honest
      seal.box = "AAAA" + seal.box.dropFirst(4)
      #expect(try kind(key, "4.h5") == .wrongUse)
      seal.nonce = "AA=="
      #expect(try kind(key, "5.h5") == .malformed)
      #expect(SealKey("00ff") == nil && SealKey(String(repeating: "g", count: 64)) == nil)
      let open = try ArchiveReader(opening: archive([], "6.h5"))
      #expect(throws: ArchiveError.self) { try ArchiveUnblinding.open(open, key: key) }
    }

    @Test("the truth goes into /injections once, beside what is there, and the seal stays")
    func storing() throws {
      let (first, second) = (SealKey(), SealKey())
      let seals = [
        SealedInjection(sealing: Self.truth(), key: first), SealedInjection(sealing: Self.truth(), key: second),
      ]
      let path = try archive(seals)
      let opened = try ArchiveUnblinding.open(ArchiveReader(opening: path), key: first)
      #expect(opened.map(\.commitment) == [seals[0].commitment])
      #expect(try ArchiveUnblinding.store(opened, inArchive: path) == 1)
      do {
        let reader = try ArchiveReader(opening: path)
        #expect(try reader.injections().map(\.identifier) == ["dark", "secret-stream"])
        #expect(try reader.sealedInjections() == seals && reader.unopenedSeals() == [seals[1].commitment])
      }
      #expect(try ArchiveUnblinding.store(opened, inArchive: path) == 0)
      #expect(try ArchiveVerification(of: path).isWhole)
    }
  }
}
