/// What a put webhook is to be signed with.
package enum WebhookSecretChoice: Hashable, Sendable {
    /// What it has; a new webhook gets a fresh one.
    case keep
    /// This one.
    case given(WebhookSecret)
    /// A fresh one.
    case fresh
}
