import Reproduction
import Testing

@Suite("Numbers of the closed forms")
struct LandmarkTests {
  @Test("every item has numbers to compare with, and meets them", arguments: ReproductionCatalogue.items.map(\.id))
  func landmarks(id: String) throws {
    let item = try #require(ReproductionCatalogue.items.first { $0.id == id })
    let landmarks = try item.landmarks()
    #expect(!landmarks.isEmpty)
    for landmark in landmarks {
      #expect(landmark.agrees, "\(landmark.name): \(landmark.computed), published \(landmark.published)")
      // A tolerance that anything meets is no check.
      #expect(landmark.tolerance <= 1e-3 * max(abs(landmark.published), 0.1), "\(landmark.name)")
    }
  }

  @Test("items have names of their own, and say what they are")
  func catalogue() {
    let items = ReproductionCatalogue.items
    #expect(Set(items.map(\.id)).count == items.count)
    for item in items {
      #expect(item.source.contains("arXiv:"), "\(item.id)")
      #expect(!item.title.isEmpty && !item.experiment.isEmpty, "\(item.id)")
    }
    for figure in ["equation-40"] + (2...8).map({ "figure-\($0)" }) { #expect(items.contains { $0.id == figure }) }
  }
}
