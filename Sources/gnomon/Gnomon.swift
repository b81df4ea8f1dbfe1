import ArgumentParser
import Foundation

@main
struct Gnomon: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "gnomon",
    abstract: "Simulates networks of precision sensors in search of ultralight dark matter.",
    discussion: """
      Begin with: gnomon up topologies/quickstart.yaml
      """,
    version: version,
    subcommands: [
      UpCommand.self, HubCommand.self, NodeCommand.self, ComposeCommand.self, InjectCommand.self, ReplayCommand.self,
      AnalyzeCommand.self,
      ForecastCommand.self, ArchiveCommand.self, TopologyCommand.self, KeysCommand.self, PredictCommand.self,
      ReproduceCommand.self,
    ])

  /// Runs the command; wrong use ends with exit code 2, any other failure with 1.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch {
      let isUse = exitCode(for: error) == .validationFailure
      guard isUse || exitCode(for: error) == .success else {
        complain("gnomon: error: \(error)")
        Foundation.exit(1)
      }
      if isUse {
        complain(fullMessage(for: error))
        Foundation.exit(2)
      }
      print(fullMessage(for: error))
    }
  }
}
