import Sky
import Testing

@Suite("Whole cycles")
struct WholeCyclesTests {
  @Test("decimal frequencies are those that are meant")
  func decimals() {
    #expect(wholeCycles(of: 100_000.1, inNanoseconds: 10_000_000_000) == 1_000_001)
    #expect(wholeCycles(of: 121_380, inNanoseconds: 1_000_000_000) == 121_380)
    #expect(wholeCycles(of: 0.3, inNanoseconds: 10_000_000_000) == 3)
    #expect(wholeCycles(of: 1 / 3.0, inNanoseconds: 3_000_000_000) == 1)
    #expect(wholeCycles(of: 0.1, inNanoseconds: 1_000_000_000) == nil)
    #expect(wholeCycles(of: 100_000.000_001, inNanoseconds: 1_000_000_000) == nil)
    #expect(wholeCycles(of: 1e300, inNanoseconds: 1) == nil)
    #expect(wholeCycles(of: .nan, inNanoseconds: 1) == nil)
  }
}
