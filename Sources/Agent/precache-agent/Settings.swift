import AgentApp
import ArgumentParser

/// Prints a settings file.
struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a settings file with every key, explained and commented out."
    )

    func run() throws { print(AgentMain.sampleSettings(), terminator: "") }
}
