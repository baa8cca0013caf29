/// A webhook as those who deliver need it.
package struct WebhookTarget: Hashable, Sendable {
    /// The row's number.
    package var id: Int64
    /// What an operator says of it.
    package var entry: WebhookEntry
    /// What deliveries are signed with.
    package var secret: WebhookSecret
    /// How deliveries went so far.
    package var health: WebhookHealth

    package init(
        id: Int64,
        entry: WebhookEntry,
        secret: WebhookSecret,
        health: WebhookHealth = WebhookHealth()
    ) {
        self.id = id
        self.entry = entry
        self.secret = secret
        self.health = health
    }
}
