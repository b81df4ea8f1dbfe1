import Security
import Testing

@Suite("Limits on unproved connections")
struct ConnectionRecordTests {
  private let start = ContinuousClock.now
  private let limits = ConnectionLimits(perAddress: 3, inAll: 5, rate: 2, burst: 8, handshakeMilliseconds: 1000)

  @Test("One address has so many at once, until they are closed or old enough to be proved")
  func perAddress() throws {
    var record = ConnectionRecord(limits: limits)
    for descriptor in 1...3 as ClosedRange<Int32> { #expect(record.accept(descriptor, from: "a", at: start) == nil) }
    let fourth = record.accept(4, from: "a", at: start)
    let one = try #require(fourth)
    #expect(one.descriptor == 4 && one.excess == .tooMany && record.count == 3)
    // It stays known until libzmq has closed it, and counts no more.
    #expect(record.address(of: 4) == "a")
    let fourthClosed = record.close(4)
    let closed = try #require(fourthClosed)
    #expect(closed.address == "a" && closed.isCut && record.close(4) == nil)
    #expect(record.accept(5, from: "b", at: start) == nil)
    record.close(1)
    #expect(record.accept(6, from: "a", at: start) == nil)
    // Whoever is still there after the handshake time has proved who it is.
    for descriptor in 7...9 as ClosedRange<Int32> {
      #expect(record.accept(descriptor, from: "a", at: start + .milliseconds(2001)) == nil)
    }
    #expect(record.count == 3)
  }

  @Test("All addresses together have so many, and the oldest of the one with most has to go")
  func inAll() throws {
    var record = ConnectionRecord(limits: limits)
    for (descriptor, address) in [(1, "a"), (2, "b"), (3, "b"), (4, "b"), (5, "c")] as [(Int32, String)] {
      #expect(record.accept(descriptor, from: address, at: start + .milliseconds(Int64(descriptor))) == nil)
    }
    // Asked again before it is closed, it is the next one's turn.
    for expected in [2, 3] as [Int32] {
      let excessive = record.accept(4 + expected, from: "d\(expected)", at: start + .milliseconds(9))
      let one = try #require(excessive)
      #expect(one.descriptor == expected && one.excess == .tooMany)
    }
    #expect(record.count == 5)
  }

  @Test("An address makes so many in a time, and forgets its past in peace")
  func rate() {
    var record = ConnectionRecord(limits: limits)
    func attempts(_ count: Int, at time: Duration) -> Int {
      (0..<count).count { _ in
        defer { record.close(1) }
        return record.accept(1, from: "a", at: start + time) == nil
      }
    }
    #expect(attempts(20, at: .zero) == 8)
    #expect(attempts(20, at: .seconds(1)) == 2)
    #expect(attempts(1, at: .milliseconds(1200)) == 0)
    #expect(record.accept(2, from: "b", at: start + .seconds(1.2)) == nil)
    #expect(attempts(20, at: .seconds(100)) == 8)
  }

  @Test("A log hears of one thing at most once in ten seconds, and then how often it was")
  func throttle() {
    var throttle = NoticeThrottle()
    #expect(throttle.ask("x", at: start) == "")
    for _ in 0..<7 { #expect(throttle.ask("x", at: start + .seconds(9)) == nil) }
    #expect(throttle.ask("y", at: start + .seconds(9)) == "")
    #expect(throttle.ask("x", at: start + .seconds(10)) == " (and 7 more before)")
    #expect(throttle.ask("x", at: start + .seconds(30)) == "")
  }
}
