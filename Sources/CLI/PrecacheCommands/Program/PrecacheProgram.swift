import ArgumentParser
import PrecacheClient
import PrecacheModel

/// The program `precache`: reads a command line, does what it says, and says how that ended.
package enum PrecacheProgram {
    /// The version that `--version` tells.
    package static let version = precacheVersion

    /// Runs the program against the service that arguments and environment name.
    ///
    /// - Parameters:
    ///   - arguments: The command line without the program's name.
    ///   - console: Where to write, and the environment.
    ///   - signals: Where Ctrl-C arrives.
    /// - Returns: How the process has to end.
    package static func run(_ arguments: [String], console: Console, signals: SignalWatch) async -> ExitStatus
    {
        await run(arguments, console: console, signals: signals, pace: nil) { options throws in
            // What a shell completes, nobody reads words about.
            try ServiceConnection.open(options, isCompletion(arguments) ? console.silent : console)
        }
    }

    /// The same against a transport of the caller's, for tests.
    static func run(
        _ arguments: [String],
        console: Console,
        signals: SignalWatch,
        pace: WatchPace?,
        connect: @escaping @Sendable (any ClientOptionSet) throws -> ServiceConnection
    ) async -> ExitStatus {
        do {
            guard isCompletion(arguments) || !hasEmptyWord(arguments) else {
                try console.say(["precache: an argument is empty; is a variable of the shell not set?"])
                return .usage
            }
            var command: any ParsableCommand
            do { command = try await parse(arguments, console, connect) } catch {
                if isCompletion(arguments) { return try endCompletion(error, console) }
                guard let words = CommandGuess.words(for: arguments) else { throw error }
                try console.say(["precache: \(words)"])
                return .usage
            }
            if let local = command as? any LocalCommand { return try local.run(console) }
            guard let service = command as? any ServiceCommand else {
                try command.run()
                return .succeeded
            }
            let connection = try connect(service.client)
            let transport =
                service.client.common.debug
                ? try DebugTransport(connection, console) : connection.transport
            let context = CommandContext(
                client: ServiceClient(transport: transport),
                settings: connection.settings,
                console: console,
                format: service.client.common.output,
                signals: signals,
                pace: pace
            )
            do {
                let status = try await service.run(context)
                await connection.end()
                return status
            } catch let error as ClientError {
                let named = await NameGuess.hinted(error, arguments, context.client)
                await connection.end()
                throw named
            } catch {
                await connection.end()
                throw error
            }
        } catch {
            return (try? end(error, console)) ?? .outputClosed
        }
    }

    /// Whether a shell asks what it may offer.
    private static func isCompletion(_ arguments: [String]) -> Bool { arguments.first == "---completion" }

    /// Whether a word that is no option's value is empty.
    private static func hasEmptyWord(_ arguments: [String]) -> Bool {
        zip([""] + arguments, arguments).contains { before, word in word.isEmpty && !before.hasPrefix("-") }
    }

    private static func parse(
        _ arguments: [String],
        _ console: Console,
        _ connect: @escaping @Sendable (any ClientOptionSet) throws -> ServiceConnection
    ) async throws -> any ParsableCommand {
        let completions = NameCompletion.Run(environment: console.environment, reach: connect)
        return try await NameCompletion.$run.withValue(completions) {
            try await PrecacheCommand.asyncParseAsRoot(arguments)
        }
    }

    // ArgumentParser throws what a shell asked for; a shell that asked in vain is told nothing.
    private static func endCompletion(_ error: any Error, _ console: Console) throws -> ExitStatus {
        guard PrecacheCommand.exitCode(for: error) == .success else { return .other }
        let words = PrecacheCommand.fullMessage(for: error)
        if !words.isEmpty { try console.print([words]) }
        return .succeeded
    }

    private static func end(_ error: any Error, _ console: Console) throws -> ExitStatus {
        switch error {
        case let error as ClientError:
            try console.say(ErrorText.lines(error))
            return ExitStatus(of: error)
        case let error as CheckedFileError:
            try console.say(error.lines)
            return .other
        case let error as OutputClosed:
            guard let reason = error.reason else { return .outputClosed }
            try console.say(["precache: can't write the output: \(reason)"])
            return .other
        default:
            return try endParsing(error, console)
        }
    }

    // ArgumentParser throws help, version and completion scripts as well as mistakes.
    private static func endParsing(_ error: any Error, _ console: Console) throws -> ExitStatus {
        let message = PrecacheCommand.fullMessage(for: error, columns: columns(console))
        guard PrecacheCommand.exitCode(for: error) == .success else {
            try console.say([message])
            return PrecacheCommand.exitCode(for: error) == .validationFailure ? .usage : .other
        }
        if !message.isEmpty { try console.print([message]) }
        return .succeeded
    }

    private static func columns(_ console: Console) -> Int { min(100, console.outputWidth() ?? 100) }
}

/// `precache`.
struct PrecacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache",
        abstract: "Cache VM images on the hosts of an aggregate before anyone boots from them.",
        discussion: """
            The service (precached) is found by --url, PRECACHE_URL or a context of 'precache config', in this order; \
            the access token comes from --token-file, PRECACHE_TOKEN, PRECACHE_TOKEN_FILE or that context. NO_COLOR \
            turns colours off.

            \(ExitStatus.help)

            Shell completion: precache --generate-completion-script bash (or zsh, fish) prints a script, for \
            example for /etc/bash_completion.d/precache. It offers the names that the service has, too.
            """,
        version: PrecacheProgram.version,
        subcommands: [
            CacheCommand.self, CoverageCommand.self, JobCommand.self, HostCommand.self,
            AggregateCommand.self, ImageCommand.self,
            InventoryCommand.self, PolicyCommand.self, EventsCommand.self, WebhookCommand.self,
            StatusCommand.self,
            WhoAmICommand.self,
            ExplainCommand.self, ConfigCommand.self,
        ]
    )
}
