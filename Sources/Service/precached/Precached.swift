import ArgumentParser
import PrecacheModel
import ProgramKit
import ServiceApp

/// The service's program: flags in, exit status out.
@main
struct Precached: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precached",
        abstract: "Caches VM images on the hosts of an aggregate, and tells what became of each.",
        discussion:
            "Without a command it serves. Every setting is also a flag; 'precached settings' explains them.\n\n"
            + ExitStatus.help,
        version: precacheVersion,
        subcommands: [Serve.self, Token.self, Store.self, Settings.self, Check.self, Routes.self],
        defaultSubcommand: Serve.self
    )

    static func main() async {
        Daemon.begin()
        await main(nil)
    }
}

/// Runs the service.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or SIGINT (the default).",
        discussion: "SIGHUP reads renewed certificates. Settings, each also a flag:\n\n"
            + ServiceProgram.settingsHelp()
    )

    @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
    var config: String?

    @Flag(
        name: .customLong("take-over"),
        help:
            "Fence services of older versions that can't go on with this one's schema, rather than wait until they are stopped."
    )
    var takesOver = false

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7700.")
    var settings: [String] = []

    func validate() throws {
        let commands = Precached.configuration.subcommands.map { $0._commandName }
        guard let words = Daemon.mistyped(settings, among: commands) else { return }
        throw ValidationError(words)
    }

    func run() async throws {
        throw ExitCode(await ServiceProgram.serve(file: config, arguments: settings, takesOver: takesOver))
    }
}

/// Prints a settings file.
struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a settings file with every key, explained and commented out."
    )

    func run() throws { print(ServiceProgram.sampleSettings(), terminator: "") }
}

/// Checks settings without serving.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Check the settings and the files that they name; print them, each with where it comes from.",
        discussion: "Run it as the user that the program runs as. Secrets are hidden."
    )

    @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
    var config: String?

    @Flag(help: "Print what is wrong alone.")
    var quiet = false

    @Argument(parsing: .allUnrecognized, help: "Settings as flags, for example --listen-port 7700.")
    var settings: [String] = []

    func run() throws {
        throw ExitCode(ServiceProgram.check(file: config, arguments: settings, isQuiet: quiet))
    }
}

/// Prints the API's routes.
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the API's routes.",
        shouldDisplay: false
    )

    func run() throws {
        for route in ServiceProgram.routes() { print(route) }
    }
}
