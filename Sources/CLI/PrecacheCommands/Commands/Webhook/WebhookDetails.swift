import PrecacheClient

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
