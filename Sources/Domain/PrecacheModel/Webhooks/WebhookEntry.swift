/// What an operator says of a webhook, its secret apart.
public struct WebhookEntry: Hashable, Sendable {
    /// Its name.
    public var name: WebhookName
    /// Where deliveries go: http or https, without user and password; a query may hold a secret.
    public var url: String
    /// The shape of what it gets.
    public var format: WebhookFormat
    /// The events that it wants; empty for all.
    ///
    /// For ``WebhookFormat/nova``, `accepted` stands for `.start`, `outcome` for `.progress`, `finished` for `.end`.
    public var events: [EventType]
    /// The aggregates whose jobs it wants to hear of; empty for all.
    public var aggregates: [AggregateName]
    /// Whether anything is sent; what happens while it is off is never sent.
    public var isEnabled: Bool

    /// Puts an entry together.
    public init(
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
    public func wants(_ type: EventType) -> Bool { events.isEmpty || events.contains(type) }

    /// Whether it wants to hear of jobs of this aggregate.
    public func wants(_ aggregate: AggregateName) -> Bool {
        aggregates.isEmpty || aggregates.contains(aggregate)
    }
}
