import ArgumentParser
import PrecacheClient

/// `precache host show NAME`.
struct HostShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a host and its agent's last heartbeat."
    )

    @Argument(help: "The host's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try HostRow.show(try await context.client.host(name), context)
        return .succeeded
    }
}
