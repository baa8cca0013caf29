import HTTPTypes

extension ServiceClient {
    /// Webhooks by name: `GET /v1/webhooks`.
    package func webhooks(
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<WebhookView>> {
        try await page(["v1", "webhooks"], query: [], limit: limit, after: after)
    }

    /// A webhook: `GET /v1/webhooks/{name}`.
    package func webhook(_ name: String) async throws(ClientError) -> Reply<WebhookView> {
        try await one(ServiceRequest(.get, ["v1", "webhooks", name]))
    }

    /// Adds a webhook or replaces its settings: `PUT /v1/webhooks/{name}`.
    ///
    /// The answer holds the secret if the service made it.
    package func setWebhook(
        _ name: String,
        _ order: WebhookOrder
    ) async throws(ClientError) -> Reply<WebhookView> {
        try await one(ServiceRequest(.put, ["v1", "webhooks", name], body: try encode(order)))
    }

    /// Removes a webhook: `DELETE /v1/webhooks/{name}`.
    package func deleteWebhook(_ name: String) async throws(ClientError) {
        _ = try await send(ServiceRequest(.delete, ["v1", "webhooks", name]))
    }

    /// Lets a paused webhook go on: `POST /v1/webhooks/{name}/resume`.
    package func resumeWebhook(_ name: String) async throws(ClientError) -> Reply<WebhookView> {
        try await one(ServiceRequest(.post, ["v1", "webhooks", name, "resume"]))
    }

    /// Delivers a test event: `POST /v1/webhooks/{name}/test`.
    package func testWebhook(_ name: String) async throws(ClientError) -> Reply<WebhookTestView> {
        // The service waits for the endpoint for up to two minutes, as its settings say.
        try await one(ServiceRequest(.post, ["v1", "webhooks", name, "test"], patience: .seconds(180)))
    }
}

/// A webhook as the service tells of it.
package struct WebhookView: ServiceItem, Hashable {
    package static let one = "webhook"
    package static let many = "webhooks"

    package let name: String
    /// Where deliveries go.
    package let url: String?
    /// `cloudevents` or `nova`.
    package let format: String?
    /// The events that it wants; empty for all.
    package let events: [String]?
    /// The aggregates that it wants to hear of; empty for all.
    package let aggregates: [String]?
    /// Whether anything is sent.
    package let enabled: Bool?
    /// `api` or `settings`.
    package let origin: String?
    /// The secret, in the one answer that shows it.
    package let secret: String?
    /// `active`, `failing`, `paused` or `disabled`.
    package let state: String?
    /// Why it was paused.
    package let pausedReason: String?
    /// Since when nothing could be delivered.
    package let failingSince: String?
    /// Why the last failed delivery failed.
    package let lastError: String?
    /// When a delivery was last taken.
    package let lastDeliveryAt: String?
    /// Deliveries that were taken.
    package let delivered: Int64?
    /// Events that were given up.
    package let dropped: Int64?
    /// Events that wait.
    package let waiting: Int64?

    private enum CodingKeys: String, CodingKey {
        case name
        case url
        case format
        case events
        case aggregates
        case enabled
        case origin
        case secret
        case state
        case pausedReason = "paused_reason"
        case failingSince = "failing_since"
        case lastError = "last_error"
        case lastDeliveryAt = "last_delivery_at"
        case delivered
        case dropped
        case waiting
    }
}

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

/// What a test delivery to a webhook brought.
package struct WebhookTestView: ServiceItem, Hashable {
    package static let one = "test"
    package static let many = "tests"

    /// Whether the endpoint took it.
    package let delivered: Bool
    /// The status that it answered, if it answered.
    package let status: Int?
    /// What went wrong.
    package let detail: String?
    /// How long it took.
    package let milliseconds: Int?
}
