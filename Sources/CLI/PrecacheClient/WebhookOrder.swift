/// What `PUT /v1/webhooks/{name}` takes; what is nil gets the service's default, and the secret stays.
package struct WebhookOrder: Encodable, Sendable, Hashable {
    /// Where deliveries go.
    package var url: String?
    /// `cloudevents` or `nova`.
    package var format: String?
    /// The events that it wants; empty for all.
    package var events: [String]?
    /// The aggregates that it wants to hear of; empty for all.
    package var aggregates: [String]?
    /// Whether anything is sent.
    package var enabled: Bool?
    /// What to sign with.
    package var secret: String?
    /// Whether the service makes a fresh secret.
    package var newSecret: Bool?

    private enum CodingKeys: String, CodingKey {
        case url
        case format
        case events
        case aggregates
        case enabled
        case secret
        case newSecret = "new_secret"
    }

    /// What a webhook has, or nothing; the secret stays as it is.
    package init(of webhook: WebhookView?) {
        url = webhook?.url
        format = webhook?.format
        events = webhook?.events
        aggregates = webhook?.aggregates
        enabled = webhook?.enabled
    }
}
