import Foundation
import Reproduction
import Synchronization
import Testing

@Suite("Simulated networks against the closed forms")
struct SimulationTests {
  private func reproduce(_ id: String, seed: UInt64) throws -> Reproduction {
    let item = try #require(ReproductionCatalogue.items.first { $0.id == id })
    return try item.reproduce(ReproductionRun(seed: seed))
  }

  @Test("isotropic fields, other seeds than the default", arguments: [UInt64(20_211_112), 7])
  func isotropic(seed: UInt64) throws {
    for id in ["figure-2", "equation-40"] {
      let result = try reproduce(id, seed: seed)
      print("\(id), seed \(seed): chi-square \(result.test.statistic) for \(result.test.degreesOfFreedom) points")
      #expect(result.test.degreesOfFreedom > 30)
      #expect(result.test.agrees, "\(id), seed \(seed): p = \(result.test.probability)")
    }
  }

  @Test("the halo's line between stations, another seed than the default")
  func halo() throws {
    let result = try reproduce("figure-4", seed: 12)
    print("figure-4: chi-square \(result.test.statistic) for \(result.test.degreesOfFreedom) points")
    #expect(result.test.degreesOfFreedom == 14)
    #expect(result.test.agrees, "p = \(result.test.probability)")
    // At one place the errors are a few per cent, so a wrong factor would show.
    for curve in result.panels[0].curves {
      #expect(abs(curve.points[0].expected - 1.0 / 3) < 1e-12 && curve.points[0].error < 0.02)
    }
  }

  @Test("the points are precise enough to tell the modes apart by far")
  func discrimination() throws {
    let panel = try #require(try reproduce("figure-2", seed: 3).panels.first)
    let (longitudinal, transverse) = (panel.curves[0], panel.curves[1])
    // The points of one mode against the curve of the other.
    let statistic = zip(longitudinal.points, transverse.points).reduce(0.0) { sum, pair in
      let deviation = (pair.0.value - pair.1.expected) / pair.0.error
      return sum + deviation * deviation
    }
    #expect(statistic > 100 * Double(longitudinal.points.count))
  }

  @Test("the same seed gives the same numbers, another seed others; progress ends at one")
  func seeds() throws {
    let item = try #require(ReproductionCatalogue.items.first { $0.id == "figure-2" })
    let shares = Mutex<[Double]>([])
    let first = try item.reproduce(ReproductionRun(seed: 5) { share in shares.withLock { $0.append(share) } })
    let progress = shares.withLock { $0 }
    #expect(progress.last == 1 && progress == progress.sorted())
    #expect(try reproduce("figure-2", seed: 5) == first)
    #expect(try reproduce("figure-2", seed: 6).panels != first.panels)
  }
}
