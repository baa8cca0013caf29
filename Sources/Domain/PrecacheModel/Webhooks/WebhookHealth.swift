/// How deliveries to a webhook have gone lately.
package struct WebhookHealth: Hashable, Sendable {
    /// Since when no delivery has been taken although some were tried; nil while all is well.
    package var failingSince: Timestamp?
    /// Why the last failed delivery failed; holds no secret.
    package var lastError: String?
    /// When a delivery was last taken.
    package var lastDeliveryAt: Timestamp?
    /// When it was paused; nothing is sent until an operator resumes it.
    package var pausedAt: Timestamp?
    /// Why it was paused.
    package var pausedReason: String?

    /// Nothing has happened yet, unless said otherwise.
    package init(
        failingSince: Timestamp? = nil,
        lastError: String? = nil,
        lastDeliveryAt: Timestamp? = nil,
        pausedAt: Timestamp? = nil,
        pausedReason: String? = nil
    ) {
        self.failingSince = failingSince
        self.lastError = lastError
        self.lastDeliveryAt = lastDeliveryAt
        self.pausedAt = pausedAt
        self.pausedReason = pausedReason
    }
}
