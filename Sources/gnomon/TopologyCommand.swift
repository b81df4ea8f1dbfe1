import ArgumentParser

/// `gnomon topology`: everything about topology files short of running them.
struct TopologyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topology",
    abstract: "Checks topology files and explains their keys.",
    subcommands: [TopologyCheck.self, TopologyExample.self, TopologySchema.self])
}
