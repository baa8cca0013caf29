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

/// What an operator says of a webhook, its secret apart.
package struct WebhookEntry: Hashable, Sendable {
    /// Its name.
    package var name: WebhookName
    /// Where deliveries go: http or https, without user and password; a query may hold a secret.
    package var url: String
    /// The shape of what it gets.
    package var format: WebhookFormat
    /// The events that it wants; empty for all.
    ///
    /// For ``WebhookFormat/nova``, `accepted` stands for `.start`, `outcome` for `.progress`, `finished` for `.end`.
    package var events: [EventType]
    /// The aggregates whose jobs it wants to hear of; empty for all.
    package var aggregates: [AggregateName]
    /// Whether anything is sent; what happens while it is off is never sent.
    package var isEnabled: Bool

    package init(
        name: WebhookName,
        url: String,
        format: WebhookFormat = .cloudevents,
        events: [EventType] = [],
        aggregates: [AggregateName] = [],
        isEnabled: Bool = true
    ) {
        self.name = name
        self.url = url
        self.format = format
        self.events = events
        self.aggregates = aggregates
        self.isEnabled = isEnabled
    }

    /// Whether it wants events of this type.
    package func wants(_ type: EventType) -> Bool { events.isEmpty || events.contains(type) }

    /// Whether it wants to hear of jobs of this aggregate.
    package func wants(_ aggregate: AggregateName) -> Bool {
        aggregates.isEmpty || aggregates.contains(aggregate)
    }
}

/// What an operator calls a webhook: 1 to 64 of `[a-zA-Z0-9._-]`, a letter or digit first.
package struct WebhookName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name of the webhook that the settings file describes; the API can't give it to another.
    package static let settings = WebhookName(unchecked: "settings")

    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        let isAlphanumeric = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 64,
            text.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) })
        else {
            throw InvalidValue(
                "webhook name",
                text,
                rule: "1 to 64 letters, digits, '.', '-' and '_', a letter or digit first"
            )
        }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    /// Orders by text, or by strength.
    package static func < (left: WebhookName, right: WebhookName) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}

/// The shape in which a webhook gets what it is told.
package enum WebhookFormat: String, Sendable, CaseIterable {
    /// CloudEvents 1.0 as JSON in structured mode, one for each of our events.
    case cloudevents
    /// Nova's versioned notifications `aggregate.cache_images.start`, `.progress` and `.end`.
    case nova
}

/// How deliveries to a webhook have gone lately.
package struct WebhookHealth: Hashable, Sendable {
    /// Since when no delivery has been taken although some were tried; nil while all is well.
    package var failingSince: Timestamp?
    /// Why the last failed delivery failed; holds no secret.
    package var lastError: String?
    /// When a delivery was last taken.
    package var lastDeliveryAt: Timestamp?
    /// When it was paused; nothing is sent until an operator resumes it.
    package var pausedAt: Timestamp?
    /// Why it was paused.
    package var pausedReason: String?

    /// Nothing has happened yet, unless said otherwise.
    package init(
        failingSince: Timestamp? = nil,
        lastError: String? = nil,
        lastDeliveryAt: Timestamp? = nil,
        pausedAt: Timestamp? = nil,
        pausedReason: String? = nil
    ) {
        self.failingSince = failingSince
        self.lastError = lastError
        self.lastDeliveryAt = lastDeliveryAt
        self.pausedAt = pausedAt
        self.pausedReason = pausedReason
    }
}

/// What became of a webhook that was put.
package struct WebhookPut: Hashable, Sendable {
    /// The webhook as it is now.
    package var webhook: WebhookRecord
    /// Whether it is new.
    package var isNew: Bool
    /// The secret if the service made it now: to be shown this once.
    package var madeSecret: WebhookSecret?

    package init(webhook: WebhookRecord, isNew: Bool, madeSecret: WebhookSecret?) {
        self.webhook = webhook
        self.isNew = isNew
        self.madeSecret = madeSecret
    }
}

/// What a test delivery brought.
package struct WebhookTest: Hashable, Sendable {
    /// Whether the endpoint took it (2xx).
    package var isDelivered: Bool
    /// The status that it answered, if it answered.
    package var status: Int?
    /// What went wrong, for people; nil if nothing did.
    package var detail: String?
    /// How long it took.
    package var duration: Duration

    package init(isDelivered: Bool, status: Int?, detail: String?, duration: Duration) {
        self.isDelivered = isDelivered
        self.status = status
        self.detail = detail
        self.duration = duration
    }
}
