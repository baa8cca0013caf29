import AgentApp
import ArgumentParser

/// Runs the agent.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or SIGINT (the default).",
        discussion: "SIGHUP reads renewed certificates. Settings, each also a flag:\n\n"
            + AgentMain.settingsHelp()
    )

    @Option(help: "The settings file (TOML). Also as PRECACHE_AGENT_CONFIG.")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7701.")
    var settings: [String] = []

    func run() async throws {
        throw ExitCode(await AgentMain.serve(file: config, arguments: settings))
    }
}
