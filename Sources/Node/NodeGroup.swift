import Threads

/// Nodes that share a process: each has a thread and a connection of its own, as if it were alone.
public final class NodeGroup: Sendable {
  private let runners: [(name: String, runner: NodeRunner)]

  /// - Parameter runners: the nodes with their names; not empty.
  public init(_ runners: [(name: String, runner: NodeRunner)]) {
    self.runners = runners
  }

  /// Ends all streams in good order, from any thread.
  public func stop(reason: String) {
    for node in runners { node.runner.stop(reason: reason) }
  }

  /// Runs all nodes to the end of their streams.
  ///
  /// - Returns: what became of each, in the order of the nodes.
  /// - Throws: what the first node that fails throws, at once: the others go on until the process ends, which is for the hub
  ///   as if it had been killed.
  public func run() throws -> [StreamSender.Summary] {
    if runners.count == 1 { return [try runners[0].runner.run()] }
    let ends = BoundedQueue<(Int, Result<StreamSender.Summary, any Error>)>(capacity: runners.count)
    for (index, node) in runners.enumerated() {
      _ = Worker(node.name) { ends.push((index, Result { try node.runner.run() })) }
    }
    var summaries: [StreamSender.Summary?] = .init(repeating: nil, count: runners.count)
    for _ in runners {
      guard let (index, result) = ends.pop() else { break }
      summaries[index] = try result.get()
    }
    return summaries.compactMap { $0 }
  }
}
