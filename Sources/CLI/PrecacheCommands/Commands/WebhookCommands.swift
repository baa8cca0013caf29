import ArgumentParser
import PrecacheClient

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
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<WebhookView>(
            columns: [
                .text("NAME", \.name), .text("STATE", \.state), .text("FORMAT", \.format),
                .number("DELIVERED", \.delivered, { "\($0)" }),
                .number("WAITING", \.waiting, { "\($0)" }),
                .number("DROPPED", \.dropped, { "\($0)" }), .prose("URL", \.url),
            ],
            empty: "No webhooks. Add one with: precache webhook set NAME --url URL",
            byName: true,
            name: \.name
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.webhooks(limit: wanted, after: after)
        }
        return .succeeded
    }
}

/// `precache webhook show NAME`.
struct WebhookShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a webhook and how its deliveries go; never its secret."
    )

    @Argument(help: "The webhook's name.", completion: NameCompletion.webhook.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try WebhookDetails.show(try await context.client.webhook(name), context)
        return .succeeded
    }
}

/// `precache webhook test NAME`.
struct WebhookTestCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Deliver a test event now, once, and tell what the endpoint said.",
        discussion: "The exit status is 0 if the endpoint took it (2xx), else 1."
    )

    @Argument(help: "The webhook's name.", completion: NameCompletion.webhook.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.testWebhook(name)
        let test = reply.value
        try context.show(
            reply.body,
            [
                ("Delivered", test.delivered ? "yes" : "no"),
                ("Status", test.status.map { String($0) }),
                ("Detail", test.detail),
                ("Took", test.milliseconds.map { "\($0) ms" }),
            ]
        )
        return test.delivered ? .succeeded : .other
    }
}

/// `precache webhook resume NAME`.
struct WebhookResumeCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused webhook go on: what waits for it is delivered."
    )

    @Argument(help: "The webhook's name.", completion: NameCompletion.webhook.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try WebhookDetails.show(try await context.client.resumeWebhook(name), context)
        return .succeeded
    }
}

/// `precache webhook delete NAME`.
struct WebhookDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a webhook; what waits for it is never delivered."
    )

    @Argument(help: "The webhook's name.", completion: NameCompletion.webhook.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteWebhook(name)
        try context.console.say(["Deleted webhook '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}

/// Words for a webhook.
enum WebhookDetails {
    static func show(_ reply: Reply<WebhookView>, _ context: CommandContext) throws {
        let webhook = reply.value
        try context.show(
            reply.body,
            [
                ("Webhook", webhook.name),
                ("Url", webhook.url),
                ("Format", webhook.format),
                ("Events", list(webhook.events)),
                ("Aggregates", list(webhook.aggregates)),
                ("From", webhook.origin == "settings" ? "the settings file" : nil),
                ("State", webhook.state),
                ("Reason", webhook.pausedReason),
                ("Failing since", webhook.failingSince),
                ("Last error", webhook.lastError),
                ("Last delivery", webhook.lastDeliveryAt),
                ("Delivered", webhook.delivered.map { String($0) }),
                ("Waiting", webhook.waiting.map { String($0) }),
                ("Dropped", webhook.dropped.map { String($0) }),
                ("Secret", webhook.secret),
            ]
        )
        guard webhook.secret != nil else { return }
        try context.console.say(["The secret is shown this once: give it to the endpoint now."])
    }

    private static func list(_ words: [String]?) -> String? {
        words.map { $0.isEmpty ? "all" : $0.joined(separator: ", ") }
    }
}
