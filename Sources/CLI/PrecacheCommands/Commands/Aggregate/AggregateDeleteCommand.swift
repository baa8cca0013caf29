import ArgumentParser
import PrecacheClient

/// `precache aggregate delete NAME`.
struct AggregateDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove an aggregate; its hosts stay in the inventory."
    )

    @Argument(help: "The aggregate's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteAggregate(name)
        try context.console.say(["Deleted aggregate '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}
