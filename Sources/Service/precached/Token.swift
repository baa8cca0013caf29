import ArgumentParser
import ServiceApp

/// Makes, lists and revokes tokens, also beside a running service.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and revoke callers' tokens, also while the service runs; print agents'.",
        subcommands: [Create.self, List.self, Revoke.self, Agent.self]
    )

    /// Makes a token.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, alone, on standard output. It is shown this once."
        )

        @Option(help: "What its bearer may do: \(ServiceProgram.roles.joined(separator: ", ")).")
        var role: String

        @Option(help: "What to call it.")
        var name: String

        @Option(help: "For --role agent: the one host that it speaks for; without it, it speaks for any.")
        var host: String?

        @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
        var config: String?

        func run() async throws {
            throw ExitCode(
                await ServiceProgram.createToken(
                    name: name,
                    role: role,
                    host: host,
                    file: config
                )
            )
        }
    }

    /// Prints what an agent may have in place of the fleet's secret.
    struct Agent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a host's agent takes orders by (its 'token'), from agents.token.",
            discussion: """
                With it in place of agents.token itself, what is read on that host opens no other agent. Nothing is \
                stored: it is the same each time, until agents.token changes.
                """
        )

        @Option(help: "The host, as the inventory calls it.")
        var host: String

        @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
        var config: String?

        func run() async throws {
            throw ExitCode(ServiceProgram.printAgentToken(host: host, file: config))
        }
    }

    /// Lists tokens.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all tokens, never their texts.")

        @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
        var config: String?

        func run() async throws {
            throw ExitCode(await ServiceProgram.listTokens(file: config))
        }
    }

    /// Revokes a token.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token; a running service refuses it within two seconds."
        )

        @Argument(help: ArgumentHelp("The token's name.", valueName: "name"))
        var token: String?

        @Option(help: "The same as an option.")
        var name: String?

        @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
        var config: String?

        func validate() throws {
            guard (token == nil) != (name == nil) else {
                throw ValidationError("Give one name: precached token revoke NAME, or --name NAME.")
            }
        }

        func run() async throws {
            throw ExitCode(
                await ServiceProgram.revokeToken(name: token ?? name ?? "", file: config)
            )
        }
    }
}
