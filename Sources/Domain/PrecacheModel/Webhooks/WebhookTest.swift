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
