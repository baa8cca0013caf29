/// What a test delivery to a webhook brought.
package struct WebhookTestView: Decodable, Sendable, Hashable {
    /// Whether the endpoint took it.
    package let delivered: Bool
    /// The status that it answered, if it answered.
    package let status: Int?
    /// What went wrong.
    package let detail: String?
    /// How long it took.
    package let milliseconds: Int?
}
