import AgentApp
import ArgumentParser
import PrecacheModel
import ProgramKit

/// `precache-agent`: flags in, exit status out.
@main
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache-agent",
        abstract: "Fetches, verifies and keeps VM base images on a compute host.",
        discussion:
            "Without a command it serves. Every setting is also a flag; 'precache-agent settings' explains them.\n\n"
            + ExitStatus.help,
        version: precacheVersion,
        subcommands: [Serve.self, Settings.self, Check.self],
        defaultSubcommand: Serve.self
    )

    static func main() async {
        Daemon.begin()
        await main(nil)
    }
}

/// Runs the agent.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or SIGINT (the default).",
        discussion: "SIGHUP reads renewed certificates. Settings, each also a flag:\n\n"
            + AgentMain.settingsHelp()
    )

    @Option(help: "The settings file; else PRECACHE_AGENT_CONFIG, else /etc/precache/agent.toml.")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7701.")
    var settings: [String] = []

    func validate() throws {
        let commands = AgentCommand.configuration.subcommands.map { $0._commandName }
        guard let words = Daemon.mistyped(settings, among: commands) else { return }
        throw ValidationError(words)
    }

    func run() async throws {
        throw ExitCode(await AgentMain.serve(file: config, arguments: settings))
    }
}

/// Prints a settings file.
struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a settings file with every key, explained and commented out."
    )

    func run() throws { print(AgentMain.sampleSettings(), terminator: "") }
}

/// Checks settings without serving.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Check the settings and the files that they name; print them, each with where it comes from.",
        discussion: "Run it as the user that the program runs as. Secrets are hidden."
    )

    @Option(help: "The settings file; else PRECACHE_AGENT_CONFIG, else /etc/precache/agent.toml.")
    var config: String?

    @Flag(help: "Print what is wrong alone.")
    var quiet = false

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7701.")
    var settings: [String] = []

    func run() throws { throw ExitCode(AgentMain.check(file: config, arguments: settings, isQuiet: quiet)) }
}
