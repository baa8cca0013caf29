import ArgumentParser

/// `precache webhook …`.
struct WebhookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "See and change who is told what happens to jobs.",
        subcommands: [
            WebhookListCommand.self, WebhookShowCommand.self, WebhookSetCommand.self,
            WebhookDeleteCommand.self, WebhookTestCommand.self, WebhookResumeCommand.self,
        ]
    )
}
