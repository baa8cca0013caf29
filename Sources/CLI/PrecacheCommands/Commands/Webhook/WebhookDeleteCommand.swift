import ArgumentParser
import PrecacheClient

/// `precache webhook delete NAME`.
struct WebhookDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a webhook; what waits for it is never delivered."
    )

    @Argument(help: "The webhook's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteWebhook(name)
        try context.console.say(["Deleted webhook '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}
