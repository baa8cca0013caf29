import ArgumentParser
import PrecacheClient

/// `precache webhook show NAME`.
struct WebhookShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a webhook and how its deliveries go; never its secret."
    )

    @Argument(help: "The webhook's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try WebhookDetails.show(try await context.client.webhook(name), context)
        return .succeeded
    }
}
