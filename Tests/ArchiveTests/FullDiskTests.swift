import Archive
import Foundation
import Testing

/// A file system of two megabytes in memory; needs the right to mount.
final class SmallDisk {
  /// Whether this machine lets the tests mount one.
  static let isPossible: Bool = {
    guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
    return SmallDisk(in: folder) != nil
  }()

  let path: String
  /// Removed after the disk is gone.
  private let folder: TemporaryFolder

  init?(in folder: TemporaryFolder) {
    self.folder = folder
    path = folder.path("disk")
    guard (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil,
      Self.run("mount", "-t", "tmpfs", "-o", "size=2m", "gnomon-test", path)
    else { return nil }
  }

  deinit { _ = Self.run("umount", "--lazy", path) }

  private static func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

extension ArchiveTests {
  @Suite(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root")) struct FullDisk {
    let folder: TemporaryFolder
    let run = ExampleRun(blocks: [400, 0])

    init() throws { folder = try TemporaryFolder() }

    @Test func anAppendIsRefusedAndTheArchiveStaysWhole() throws {
      let disk = try #require(SmallDisk(in: folder))
      let path = disk.path + "/run.h5"
      let writer = try ArchiveWriter(creating: path, layout: run.layout)
      var appended = 0
      var refusal: ArchiveError?
      while refusal == nil, appended < 400 {
        do {
          try run.append(appended, of: 0, to: writer)
          appended += 1
          if appended % 4 == 0 { try writer.flush(fileInterval: .zero) }
        } catch let error as ArchiveError {
          refusal = error
        }
      }
      #expect(refusal?.kind == .diskFull)
      #expect(appended > 5)
      // Refused again while there is no space, and nothing half done.
      #expect(throws: ArchiveError.self) { try run.append(appended, of: 0, to: writer) }
      #expect(writer.nextSequence(stream: 0) == UInt64(appended))
      try writer.flush(fileInterval: .zero)
      try writer.finish(status: .interrupted("no space left on the disk"), accounting: run.accounting(writer))
      let verification = try ArchiveVerification(of: path)
      #expect(verification.isWhole, "\(verification.findings)")
      #expect(verification.blocksChecked == appended)
    }

    @Test func aDiskThatIsFullFromTheStartLeavesNoFile() throws {
      let disk = try #require(SmallDisk(in: folder))
      try Data(count: 1_900_000).write(to: URL(fileURLWithPath: disk.path + "/other"))
      let path = disk.path + "/run.h5"
      let error = try #require(throws: ArchiveError.self) { try ArchiveWriter(creating: path, layout: run.layout) }
      #expect(error.kind == .diskFull)
      #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func spaceThatComesBackIsUsed() throws {
      let disk = try #require(SmallDisk(in: folder))
      let ballast = disk.path + "/other"
      try Data(count: 500_000).write(to: URL(fileURLWithPath: ballast))
      let writer = try ArchiveWriter(creating: disk.path + "/run.h5", layout: run.layout)
      var next = 0
      #expect(throws: ArchiveError.self) {
        while next < 400 {
          try run.append(next, of: 0, to: writer)
          next += 1
        }
      }
      try FileManager.default.removeItem(atPath: ballast)
      try run.append(next, of: 0, to: writer)
      try writer.finish(status: .complete, accounting: run.accounting(writer))
      #expect(try ArchiveVerification(of: disk.path + "/run.h5").findings.isEmpty)
    }
  }
}
