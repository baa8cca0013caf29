/// What became of a webhook that was put.
public struct WebhookPut: Hashable, Sendable {
    /// The webhook as it is now.
    public var webhook: WebhookRecord
    /// Whether it is new.
    public var isNew: Bool
    /// The secret if the service made it now: to be shown this once.
    public var madeSecret: WebhookSecret?

    /// Puts an answer together.
    public init(webhook: WebhookRecord, isNew: Bool, madeSecret: WebhookSecret?) {
        self.webhook = webhook
        self.isNew = isNew
        self.madeSecret = madeSecret
    }
}
