/// A webhook as those who deliver need it.
public struct WebhookTarget: Hashable, Sendable {
    /// The row's number.
    public var id: Int64
    /// What an operator says of it.
    public var entry: WebhookEntry
    /// What deliveries are signed with.
    public var secret: WebhookSecret
    /// How deliveries went so far.
    public var health: WebhookHealth

    /// Puts a target together.
    public init(
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
