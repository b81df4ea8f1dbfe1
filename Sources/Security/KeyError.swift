/// Why a key, a key file or an allow-list cannot be used.
public enum KeyError: Error, Hashable, Sendable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  case noKey(path: String, field: String)
  case readableByOthers(path: String)
  case allowList(path: String, line: Int, problem: String)
  case exists(path: String)
  case name(String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): the key cannot be read (\(reason)): make keys with `gnomon keys`, or copy them from the hub's machine"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .noKey(let path, let field):
      "\(path): no \(field) of 40 characters in it: make a new one with `gnomon keys`"
    case .readableByOthers(let path):
      "\(path): others may read this secret key: run chmod 600 on it, and make new keys if it has been so for long"
    case .allowList(let path, let line, let problem):
      "\(path):\(line): \(problem); a line is `node NAME PUBLIC-KEY` or `spectator NAME PUBLIC-KEY`"
    case .exists(let path): "\(path) exists: name another folder, or give --replace to make new keys"
    case .name(let name): "'\(name)' cannot be the name of a key: letters, digits, dots, hyphens and underscores only"
    }
  }
}
