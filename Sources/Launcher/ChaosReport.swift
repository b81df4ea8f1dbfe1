/// What was done to a network, what came of it, and whether what must hold did.
public struct ChaosReport: Sendable, Codable {
  /// What came of a fault.
  public enum Outcome: String, Sendable, Codable {
    /// The process was started again.
    case restarted
    /// The process, or the connection, went on.
    case resumed
    /// The intruder was refused for the right reason.
    case refused
    /// The hub took the intruder.
    case welcomed
    /// The process was killed, and the run ended before it was its turn to come back.
    case stayedAway = "stayed away"
    /// The target had done all its work when it was its turn.
    case tooLate = "too late"
  }

  /// A fault of the schedule and what came of it.
  public struct Entry: Sendable, Codable {
    public var fault: ChaosFault
    /// Samples of all channels archived when it began; nil when it never did.
    public var archived: Int64?
    public var outcome: Outcome
  }

  /// Something that must hold after any fault.
  public struct Invariant: Sendable, Codable {
    public var name: String
    public var held: Bool
    /// What was counted or compared, or what is wrong.
    public var detail: String
  }

  public var seed: UInt64
  public var entries: [Entry]
  /// Ends of processes that nobody asked for, after which they were started again.
  public var otherDeaths: [String]
  public var invariants: [Invariant]

  /// Whether all invariants held.
  public var held: Bool { invariants.allSatisfy(\.held) }

  /// Two tables for people.
  public var text: String {
    func column(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    func fixed(_ value: Double, _ digits: Int) -> String {
      let scale = digits == 1 ? 10 : 100
      let whole = Int((value * Double(scale)).rounded())
      let rest = String(whole % scale)
      return "\(whole / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
    let width = max(8, 2 + (entries.map(\.fault.target.count).max() ?? 0))
    var lines = [
      "chaos of seed \(seed)",
      column("fault", 16) + column("target", width) + column("due at", 9) + column("samples", 14)
        + column("for", 9) + "outcome",
    ]
    for entry in entries {
      lines.append(
        column(entry.fault.kind.rawValue, 16) + column(entry.fault.target, width)
          + column("\(fixed(100 * entry.fault.progress, 1)) %", 9) + column(entry.archived.map { "\($0)" } ?? "-", 14)
          + column(entry.fault.seconds > 0 ? "\(fixed(entry.fault.seconds, 2)) s" : "-", 9) + entry.outcome.rawValue)
    }
    let late = entries.count { $0.outcome == .tooLate }
    if late > 0 { lines.append("\(late) of \(entries.count) faults came too late: a lower --speed leaves them time") }
    lines += otherDeaths.map { "also: \($0), and was started again" }
    lines.append("")
    lines += invariants.map { "\($0.held ? "held  " : "BROKEN") \($0.name): \($0.detail)" }
    return lines.joined(separator: "\n")
  }
}
