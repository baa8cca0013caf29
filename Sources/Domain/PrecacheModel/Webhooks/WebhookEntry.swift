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
