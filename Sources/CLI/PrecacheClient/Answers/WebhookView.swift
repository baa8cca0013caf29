/// A webhook as the service tells of it.
package struct WebhookView: Decodable, Sendable, Hashable {
    /// Its name.
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
