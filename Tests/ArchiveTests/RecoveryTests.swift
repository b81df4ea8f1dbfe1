import Archive
import Foundation
import HDF5
import Testing

extension ArchiveTests {
  /// A copy of the file of a live writer is what a kill at that moment leaves behind.
  @Suite struct FollowingAndRecovering {
    let folder: TemporaryFolder
    let run = ExampleRun()

    init() throws { folder = try TemporaryFolder() }

    /// Writes blocks of both streams up to `flushed`, flushes, appends `more`, and copies the file.
    private func killedRun(flushed: Int, more: Int, to copy: String, fileInterval: Duration) throws {
      let path = folder.path("live-\(UUID().uuidString).h5")
      let writer = try ArchiveWriter(creating: path, layout: run.layout)
      try writer.flush(fileInterval: .zero)
      for number in 0..<flushed {
        for stream in [0, 1] where number < run.blocks[stream] { try run.append(number, of: stream, to: writer) }
        if number == 2 { try writer.append(run.spectra[0], band: 0) }
        if number % 4 == 0 { try writer.flush(fileInterval: fileInterval) }
      }
      try writer.flush(fileInterval: fileInterval)
      for number in flushed..<(flushed + more) { try run.append(number, of: 0, to: writer) }
      try FileManager.default.copyItem(atPath: path, toPath: copy)
    }

    @Test(arguments: [Duration.zero, .seconds(3600)])
    func whatWasFlushedIsSeenAndSurvives(fileInterval: Duration) throws {
      let copy = folder.path("copy.h5")
      try killedRun(flushed: 20, more: 15, to: copy, fileInterval: fileInterval)
      let archive = try ArchiveReader(opening: copy)
      #expect(archive.isUnfinished)
      #expect(try archive.status() == .running)
      #expect(try archive.index(stream: 0).count >= 20)
      let length = Int(run.block(0, 20).row.firstSample)
      for channel in 0..<2 {
        let samples = try archive.samples(stream: 0, channel: channel, 0..<length)
        #expect(bits(samples) == bits(Array(run.samples(0, channel: channel)[..<length])))
      }
      #expect(try archive.index(stream: 1).count == 9)
      #expect(try archive.productRowCount(band: 0) == 1)
      let live = try ArchiveVerification(of: copy)
      #expect(live.isWhole, "\(live.findings)")
      #expect(live.findings.map(\.object).contains("/status"))
    }

    @Test(arguments: [Duration.zero, .seconds(3600)])
    func recoveredAndResumedItIsTheSameRun(fileInterval: Duration) throws {
      let whole = try run.write(folder.path("whole.h5"))
      let copy = folder.path("copy.h5")
      try killedRun(flushed: 20, more: 15, to: copy, fileInterval: fileInterval)
      #expect(throws: ArchiveError.self) { try ArchiveWriter(resuming: copy) }
      let recovery = try ArchiveRecovery.recover(copy)
      #expect(recovery.wasNeeded)
      #expect(try #require(recovery.samples["berkeley"]) >= Int(run.block(0, 20).row.firstSample))
      #expect(recovery.samples["anhui"] == run.length(1))
      let verification = try ArchiveVerification(of: copy)
      #expect(verification.isWhole, "\(verification.findings)")
      #expect(try ArchiveReader(opening: copy).status() == .interrupted("its process was killed; recovered"))
      #expect(try !ArchiveRecovery.recover(copy).wasNeeded)

      let writer = try ArchiveWriter(resuming: copy)
      #expect(writer.nextSample(stream: 1) == Int64(run.length(1)))
      for number in Int(writer.nextSequence(stream: 0))..<40 { try run.append(number, of: 0, to: writer) }
      for matrix in run.spectra { try writer.append(matrix, band: 0) }
      let checksums = try writer.finish(status: .complete, accounting: run.accounting(writer))
      #expect(checksums == whole)
      #expect(try ArchiveVerification(of: copy).findings.isEmpty)
    }

    @Test func aTornEndIsCutAndNothingElse() throws {
      let copy = folder.path("copy.h5")
      try killedRun(flushed: 20, more: 0, to: copy, fileInterval: .zero)
      // As after a power cut: the last two blocks of one channel never reached the disk, another channel is longer.
      let file = try File(opening: copy, .recover)
      let node = try file.root.group("nodes").group("berkeley")
      let start = Int(run.block(0, 18).row.firstSample) + 100
      let length = try node.dataset("x", of: .float64).length
      try [Double](repeating: 0, count: length - start).withUnsafeBytes {
        try node.dataset("x", of: .float64).write($0, at: start, count: length - start)
      }
      try node.dataset("up", of: .float64).setLength(length + 500)
      try file.close()
      let recovery = try ArchiveRecovery.recover(copy)
      #expect(recovery.cuts.count == 1)
      #expect(recovery.cuts.first?.stream == "berkeley")
      #expect(recovery.cuts.first?.blocks == 2)
      #expect(recovery.samples["berkeley"] == Int(run.block(0, 18).row.firstSample))
      #expect(try ArchiveVerification(of: copy).isWhole)
    }

    @Test func anAbandonedWriterLeavesAFileThatResumes() throws {
      let path = folder.path("run.h5")
      do {
        let writer = try ArchiveWriter(creating: path, layout: run.layout)
        for number in 0..<13 { try run.append(number, of: 0, to: writer) }
        try writer.flush()
      }
      let writer = try ArchiveWriter(resuming: path)
      #expect(writer.nextSequence(stream: 0) == 13)
      #expect(writer.missingSamples(stream: 0) == 5000)
      for number in 13..<40 { try run.append(number, of: 0, to: writer) }
      for number in 0..<9 { try run.append(number, of: 1, to: writer) }
      for matrix in run.spectra { try writer.append(matrix, band: 0) }
      let checksums = try writer.finish(status: .complete, accounting: run.accounting(writer))
      #expect(try checksums == run.write(folder.path("whole.h5")))
    }
  }
}
