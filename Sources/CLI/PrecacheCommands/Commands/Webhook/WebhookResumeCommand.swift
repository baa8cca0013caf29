import ArgumentParser
import PrecacheClient

/// `precache webhook resume NAME`.
struct WebhookResumeCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused webhook go on: what waits for it is delivered."
    )

    @Argument(help: "The webhook's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try WebhookDetails.show(try await context.client.resumeWebhook(name), context)
        return .succeeded
    }
}
