import Archive
import Foundation
import HDF5
import Testing

extension ArchiveTests {
  @Suite struct Verifying {
    let folder: TemporaryFolder
    let run = ExampleRun()

    init() throws { folder = try TemporaryFolder() }

    @Test func aGoodArchiveHasNoFindings() throws {
      let path = folder.path("run.h5")
      try run.write(path)
      let verification = try ArchiveVerification(of: path)
      #expect(verification.findings.isEmpty, "\(verification.findings)")
      #expect(verification.isWhole)
      #expect(verification.streams == 2)
      #expect(verification.blocksChecked == 49)
      #expect(verification.samplesChecked == 2 * run.length(0) + run.length(1))
      #expect(verification.productRowsChecked == 4)
    }

    /// Every planted fault, and the objects that verification has to name for it.
    @Test(arguments: PlantedFault.allCases)
    func plantedFaultsAreFound(fault: PlantedFault) throws {
      let path = folder.path("run.h5")
      try run.write(path)
      let file = try File(opening: path, .readWrite)
      try fault.plant(in: file.root)
      try file.close()
      let verification = try ArchiveVerification(of: path)
      #expect(!verification.isWhole)
      let errors = Set(verification.findings.filter { $0.severity == .error }.map(\.object))
      #expect(errors == fault.objects, "\(verification.findings)")
    }

    enum PlantedFault: CaseIterable {
      case oneBitOfASample, aSampleInAGap, anExtraSample, aLostRow, aChangedReason, aChangedTime, quality, accounting
      case matrix, productRow, checksum, attribute

      var objects: Set<String> {
        switch self {
        case .oneBitOfASample, .aSampleInAGap: ["/nodes/berkeley/index"]
        case .anExtraSample: ["/nodes/berkeley/x"]
        case .aLostRow:
          [
            "/nodes/berkeley/x", "/nodes/berkeley/up", "/quality/berkeley", "/accounting of berkeley",
            "/checksums/streams/berkeley",
          ]
        case .aChangedReason: ["/quality/berkeley", "/checksums/streams/berkeley"]
        case .aChangedTime: ["/nodes/anhui/index"]
        case .quality: ["/quality/anhui"]
        case .accounting: ["/accounting of berkeley"]
        case .matrix: ["/products/wide"]
        case .productRow: ["/products/wide", "/checksums/bands/wide"]
        case .checksum: ["/checksums/samples"]
        case .attribute: ["/nodes/berkeley/x"]
        }
      }

      func plant(in root: Group) throws {
        let node = try root.group("nodes").group("berkeley")
        let x = try node.dataset("x", of: .float64)
        switch self {
        case .oneBitOfASample:
          let value = Double(bitPattern: try x.doubles(from: 30_000, count: 1)[0].bitPattern ^ 1)
          try set(x, 30_000, value)
        case .aSampleInAGap: try set(x, 6_500, 0.0)
        case .anExtraSample: try x.setLength(try x.length + 1)
        case .aLostRow:
          let index = try node.compoundDataset("index")
          try index.setLength(try index.length - 1)
        case .aChangedReason: try setByte(try node.compoundDataset("index"), row: 4, offset: 52, to: 3)
        case .aChangedTime:
          try setByte(try root.group("nodes").group("anhui").compoundDataset("index"), row: 5, offset: 16, to: 0xAA)
        case .quality: try set(try root.group("quality").dataset("anhui", of: .uint32), 2, UInt32(8))
        case .accounting: try setByte(try root.compoundDataset("accounting"), row: 0, offset: 64 + 8, to: 1)
        case .matrix:
          let spectra = try root.group("products").group("wide").dataset("spectra", of: .complex128)
          try [1e-3, 0].withUnsafeBytes { try spectra.write($0, at: [1, 2, 0, 1], count: [1, 1, 1, 1]) }
        case .productRow:
          try set(try root.group("products").group("wide").dataset("segments", of: .int64), 3, Int64(0))
        case .checksum: try root.group("checksums").textDataset("samples").writeText(String(repeating: "0", count: 64))
        case .attribute: try x.attributes.set("comment", "gwpy cannot read this channel any more")
        }
      }

      private func set<Value: BitwiseCopyable>(_ dataset: Dataset, _ position: Int, _ value: Value) throws {
        try withUnsafeBytes(of: value) { try dataset.write($0, at: position, count: 1) }
      }

      private func setByte(_ dataset: Dataset, row: Int, offset: Int, to value: UInt8) throws {
        var bytes = try dataset.bytes()
        bytes[row * dataset.type.size + offset] = value
        try bytes.withUnsafeBytes { try dataset.writeAll($0) }
      }
    }
  }
}
