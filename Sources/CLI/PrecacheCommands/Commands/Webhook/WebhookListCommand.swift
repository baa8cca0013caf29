import ArgumentParser
import PrecacheClient

/// `precache webhook list`.
struct WebhookListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the webhooks by name, with how their deliveries go."
    )

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<WebhookView>(
            columns: [
                .text("NAME"), .text("STATE"), .text("FORMAT"), .number("DELIVERED"), .number("WAITING"),
                .number("DROPPED"), .text("URL"),
            ],
            empty: "No webhooks. Add one with: precache webhook set NAME --url URL",
            cells: { webhook in
                [
                    webhook.name, webhook.state, webhook.format, webhook.delivered.map { String($0) },
                    webhook.waiting.map { String($0) }, webhook.dropped.map { String($0) }, webhook.url,
                ]
            }
        )
        try await printer.run(context, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.webhooks(limit: wanted, after: after)
        }
        return .succeeded
    }
}
