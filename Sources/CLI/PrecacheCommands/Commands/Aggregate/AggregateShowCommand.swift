import ArgumentParser
import PrecacheClient

/// `precache aggregate show NAME`.
struct AggregateShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an aggregate and its hosts."
    )

    @Argument(help: "The aggregate's name or id.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try AggregateDetails.show(try await context.client.aggregate(name), context)
        return .succeeded
    }
}
