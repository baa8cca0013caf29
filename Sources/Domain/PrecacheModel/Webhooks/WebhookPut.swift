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
