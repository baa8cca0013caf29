import ArgumentParser
import PrecacheClient

/// `precache host delete NAME`.
struct HostDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a host from the inventory."
    )

    @Argument(help: "The host's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteHost(name)
        try context.console.say(["Deleted host '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}
