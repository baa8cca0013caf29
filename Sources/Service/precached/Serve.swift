import ArgumentParser
import ServiceApp

/// Runs the service.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or SIGINT (the default).",
        discussion: "SIGHUP reads renewed certificates. Settings, each also a flag:\n\n"
            + ServiceProgram.settingsHelp()
    )

    @Option(help: "The settings file (TOML). Also as PRECACHED_CONFIG.")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7700.")
    var settings: [String] = []

    func run() async throws {
        let status = await ServiceProgram.serve(
            file: config,
            environment: Environment.all,
            arguments: settings
        )
        throw ExitCode(status)
    }
}
