/// A webhook as the service tells of it.
public struct WebhookView: Decodable, Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Where deliveries go.
    public let url: String?
    /// `cloudevents` or `nova`.
    public let format: String?
    /// The events that it wants; empty for all.
    public let events: [String]?
    /// The aggregates that it wants to hear of; empty for all.
    public let aggregates: [String]?
    /// Whether anything is sent.
    public let enabled: Bool?
    /// `api` or `settings`.
    public let origin: String?
    /// The secret, in the one answer that shows it.
    public let secret: String?
    /// `active`, `failing`, `paused` or `disabled`.
    public let state: String?
    /// Why it was paused.
    public let pausedReason: String?
    /// Since when nothing could be delivered.
    public let failingSince: String?
    /// Why the last failed delivery failed.
    public let lastError: String?
    /// When a delivery was last taken.
    public let lastDeliveryAt: String?
    /// Deliveries that were taken.
    public let delivered: Int64?
    /// Events that were given up.
    public let dropped: Int64?
    /// Events that wait.
    public let waiting: Int64?

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
