package import PrecacheModel

/// Webhooks in the shape of the service's API document.
extension JSONWriter {
    /// Writes a webhook.
    ///
    /// - Parameters:
    ///   - webhook: The webhook.
    ///   - showsWholeURL: Whether the URL's query, which may hold a secret, is shown.
    ///   - secret: The secret, in the one answer that shows it.
    package mutating func webhook(
        _ webhook: WebhookRecord,
        showsWholeURL: Bool,
        secret: WebhookSecret? = nil
    ) {
        let (entry, health) = (webhook.entry, webhook.health)
        object { json in
            json.member("name", entry.name.text)
            json.member("url", showsWholeURL ? entry.url : SourceURL.shown(entry.url))
            json.member("format", entry.format.rawValue)
            json.array("events", entry.events) { json, event in json.string(event.rawValue) }
            json.array("aggregates", entry.aggregates) { json, aggregate in json.string(aggregate.text) }
            json.member("enabled", entry.isEnabled)
            json.member("origin", webhook.isFromSettings ? "settings" : "api")
            if let secret { json.member("secret", secret.text) }
            json.member("state", webhook.state)
            json.member("paused_at", health.pausedAt)
            json.member("paused_reason", health.pausedReason)
            json.member("failing_since", health.failingSince)
            json.member("last_error", health.lastError)
            json.member("last_delivery_at", health.lastDeliveryAt)
            json.member("delivered", webhook.delivered)
            json.member("dropped", webhook.dropped)
            json.member("waiting", webhook.waiting)
            json.member("oldest_waiting_at", webhook.oldestWaitingAt)
            json.member("created_at", webhook.createdAt)
            json.member("updated_at", webhook.updatedAt)
        }
    }

    /// Writes what a test delivery brought.
    package mutating func webhookTest(_ test: WebhookTest) {
        object { json in
            json.member("delivered", test.isDelivered)
            json.member("status", test.status.map(Int64.init))
            json.member("detail", test.detail)
            json.member("milliseconds", Int(test.duration / .milliseconds(1)))
        }
    }
}
