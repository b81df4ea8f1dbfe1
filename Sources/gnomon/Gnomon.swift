import ArgumentParser

@main
struct Gnomon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gnomon",
    abstract: "Simulates networks of precision sensors in search of ultralight dark matter.",
    version: "0.1.0",
    subcommands: [TopologyCommand.self])
}
