import AgentApp
import ArgumentParser

/// Checks settings without serving.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the settings and print them, each with where it comes from; secrets are hidden."
    )

    @Option(help: "The settings file (TOML). Also as PRECACHE_AGENT_CONFIG.")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7701.")
    var settings: [String] = []

    func run() throws { throw ExitCode(AgentMain.check(file: config, arguments: settings)) }
}
