/// What a test delivery brought.
public struct WebhookTest: Hashable, Sendable {
    /// Whether the endpoint took it (2xx).
    public var isDelivered: Bool
    /// The status that it answered, if it answered.
    public var status: Int?
    /// What went wrong, for people; nil if nothing did.
    public var detail: String?
    /// How long it took.
    public var duration: Duration

    /// Puts a result together.
    public init(isDelivered: Bool, status: Int?, detail: String?, duration: Duration) {
        self.isDelivered = isDelivered
        self.status = status
        self.detail = detail
        self.duration = duration
    }
}
