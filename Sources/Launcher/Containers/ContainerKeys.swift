import Foundation
import Security

/// The keys of a network as texts, for those who hand them to containers as secrets.
struct ContainerKeys: Sendable {
  let hubPublic: String
  let hubSecret: String
  let allowed: String
  /// By the name of the node.
  let nodes: [String: String]

  /// Reads them, and checks that each is one.
  /// - Throws: ``ContainerError/keys(reason:folder:)``.
  init(_ network: ContainerNetwork, in folder: KeyFolder) throws(ContainerError) {
    func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    do {
      _ = try folder.hubSecret.keyPair()
      _ = try folder.hubPublic.publicKey()
      _ = try folder.allowList()
      (hubPublic, hubSecret) = (try read(folder.hubPublic.path), try read(folder.hubSecret.path))
      allowed = try read(folder.allowListPath)
      var nodes: [String: String] = [:]
      for name in network.groups.flatMap(\.nodes) {
        let file = folder.secret(.node, name)
        _ = try file.keyPair()
        nodes[name] = try read(file.path)
      }
      self.nodes = nodes
    } catch {
      throw .keys(reason: "\(error)", folder: folder.path)
    }
  }
}
