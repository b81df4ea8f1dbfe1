import Archive
import Hub
import Node
import Topology

/// What must hold of the archive of a run, whatever happened on the way.
enum ChaosInvariants {
  /// Checks all of them; products that lack samples which came late are made again first.
  ///
  /// - Parameters:
  ///   - path: the archive; no process has it open.
  ///   - workers: threads of the correlator.
  ///   - note: called with what is done next.
  static func check(
    archive path: String, topology: NetworkTopology, workers: Int, note: (String) -> Void
  ) -> [ChaosReport.Invariant] {
    note("products: are any stale?")
    var renewed: [String] = []
    let renewal = Result { renewed = try StaleProducts.renew(path: path, workers: workers, progress: note) }
    return [
      invariant("every sample sent is archived or declared missing") { try balance(path, topology) },
      invariant("the archive is whole") {
        note("verifying the archive")
        let verification = try ArchiveVerification(of: path)
        let isComplete = try ArchiveReader(opening: path).status() == .complete
        guard verification.isWhole, isComplete else {
          return (
            false,
            (verification.findings.map(\.description) + (isComplete ? [] : ["not complete"])).joined(separator: "; ")
          )
        }
        return (
          true,
          "\(verification.blocksChecked) blocks, \(verification.samplesChecked) samples and "
            + "\(verification.productRowsChecked) matrices checked"
        )
      },
      invariant("every sample is the one of an undisturbed run") {
        try samples(path, topology, note)
      },
      invariant("every matrix is the one of a direct correlation") {
        try renewal.get()
        note("correlating the archive directly")
        return try products(path, workers: workers, renewed: renewed)
      },
    ]
  }

  private static func invariant(_ name: String, _ check: () throws -> (Bool, String)) -> ChaosReport.Invariant {
    do {
      let (held, detail) = try check()
      return .init(name: name, held: held, detail: detail)
    } catch {
      return .init(name: name, held: false, detail: "\(error)")
    }
  }

  private static func balance(_ path: String, _ topology: NetworkTopology) throws -> (Bool, String) {
    let rows = try ArchiveReader(opening: path).accounting()
    var faults: [String] = []
    for node in topology.nodes {
      let length = try topology.sampleCount(of: node)
      guard let row = rows.first(where: { $0.stream == node.name }) else {
        faults.append("\(node.name) has no account")
        continue
      }
      if row.sent != row.archived + row.declaredMissing {
        faults.append(
          "\(node.name): \(row.sent) sent, \(row.archived) archived, \(row.declaredMissing) declared missing")
      }
      if row.sent != length { faults.append("\(node.name): \(row.sent) sent of \(length)") }
    }
    guard faults.isEmpty else { return (false, faults.joined(separator: "; ")) }
    func sum(_ part: (StreamAccounting) -> Int64) -> Int64 { rows.reduce(0) { $0 + part($1) } }
    return (
      true,
      "\(sum(\.sent)) sent = \(sum(\.archived)) archived + \(sum(\.declaredMissing)) declared missing; "
        + "\(sum(\.late)) late, \(sum(\.duplicate)) duplicate, \(sum(\.refused)) refused"
    )
  }

  private static func samples(
    _ path: String, _ topology: NetworkTopology, _ note: (String) -> Void
  ) throws -> (Bool, String) {
    let reader = try ArchiveReader(opening: path)
    let comparisons = try topology.nodes.map { node in
      note("making the samples of \(node.name) again")
      return try StreamComparison(of: node.name, in: reader)
    }
    let differing = comparisons.filter { $0.differing > 0 }
    guard differing.isEmpty else {
      return (
        false,
        differing.map { "\($0.node): \($0.differing) of \($0.blocks) blocks, first: \($0.firstDifference ?? "")" }
          .joined(separator: "; ")
      )
    }
    let absent = comparisons.reduce(0) { $0 + $1.absentSamples }
    return (
      true,
      "\(comparisons.reduce(0) { $0 + $1.blocks }) blocks made again from the topology have the same bits"
        + (absent > 0 ? "; \(absent) samples are declared missing because their node was away" : "")
    )
  }

  private static func products(_ path: String, workers: Int, renewed: [String]) throws -> (Bool, String) {
    let reader = try ArchiveReader(opening: path)
    guard let stored = try reader.checksums()?.checksums else { return (false, "the archive has no checksums") }
    let direct = try ArchiveRecalculation.checksums(
      of: ArchiveExcerpt(of: reader), bands: reader.bands, duration: try reader.topology().duration, workers: workers)
    let differing = stored.bands.keys.filter { direct.bands[$0] != stored.bands[$0] }.sorted()
    guard differing.isEmpty else { return (false, "other bits in \(differing.joined(separator: ", "))") }
    return (
      true,
      "products \(direct.products)"
        + (renewed.isEmpty ? "" : "; made again after late samples: \(renewed.joined(separator: ", "))")
    )
  }
}
