/// Why a network could not be started or kept running.
public enum LaunchError: Error, Sendable, CustomStringConvertible {
  case log(path: String)
  case folder(path: String, reason: String)
  case link(reason: String)
  case start(name: String, reason: String)
  case processDied(name: String, how: String, log: [String], logPath: String)
  case incompleteReplay(node: String, sent: Int64, archived: Int64, missing: Int64)

  public var description: String {
    switch self {
    case .log(let path): "the log file \(path) cannot be written: is the folder writable and the disk not full?"
    case .folder(let path, let reason): "the run's folder \(path) cannot be made: \(reason)"
    case .link(let reason): "no TCP port on the loopback for a link between node and hub: \(reason)"
    case .start(let name, let reason): "\(name) could not be started: \(reason)"
    case .incompleteReplay(let node, let sent, let archived, let missing):
      "of \(sent) samples that \(node) sent, the hub archived \(archived) and declared \(missing) missing: look into its log"
    case .processDied(let name, let how, let log, let logPath):
      "\(name) \(how), so the whole network was stopped\n"
        + log.map { "  | \($0)\n" }.joined() + "  (its log: \(logPath))"
    }
  }
}
