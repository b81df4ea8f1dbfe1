import ArgumentParser
import Topology

/// `gnomon topology example`: a file to start from.
struct TopologyExample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "example",
    abstract: "Prints a commented topology file with every key and its default.")

  @Flag(help: "Prints only the keys that a topology must have.")
  var minimal = false

  func run() {
    print(minimal ? NetworkTopology.minimalExampleText : NetworkTopology.exampleText, terminator: "")
  }
}

/// `gnomon topology schema`: for editors.
struct TopologySchema: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Prints the JSON Schema (draft 2020-12) of topology files.")

  func run() {
    print(NetworkTopology.jsonSchema, terminator: "")
  }
}
