/// A webhook and how its deliveries go.
package struct WebhookRecord: Hashable, Sendable {
    /// The row's number, never used again for another.
    package var id: Int64
    /// What an operator says of it.
    package var entry: WebhookEntry
    /// Whether the settings file describes it, so that the API can't change it.
    package var isFromSettings: Bool
    /// How deliveries go.
    package var health: WebhookHealth
    /// Deliveries that were taken (2xx).
    package var delivered: Int64
    /// Events that were given up because their time was over.
    package var dropped: Int64
    /// Events that are still to be delivered.
    package var waiting: Int
    /// When the oldest of those happened.
    package var oldestWaitingAt: Timestamp?
    /// When it was added.
    package var createdAt: Timestamp
    /// When its entry or its secret last changed.
    package var updatedAt: Timestamp

    package init(
        id: Int64,
        entry: WebhookEntry,
        isFromSettings: Bool = false,
        health: WebhookHealth = WebhookHealth(),
        delivered: Int64 = 0,
        dropped: Int64 = 0,
        waiting: Int = 0,
        oldestWaitingAt: Timestamp? = nil,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.entry = entry
        self.isFromSettings = isFromSettings
        self.health = health
        self.delivered = delivered
        self.dropped = dropped
        self.waiting = waiting
        self.oldestWaitingAt = oldestWaitingAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Where it stands: `active`, `failing`, `paused` or `disabled`.
    package var state: String {
        if !entry.isEnabled { return "disabled" }
        if health.pausedAt != nil { return "paused" }
        return health.failingSince == nil ? "active" : "failing"
    }
}
