/// What a test delivery to a webhook brought.
public struct WebhookTestView: Decodable, Sendable, Hashable {
    /// Whether the endpoint took it.
    public let delivered: Bool
    /// The status that it answered, if it answered.
    public let status: Int?
    /// What went wrong.
    public let detail: String?
    /// How long it took.
    public let milliseconds: Int?
}
