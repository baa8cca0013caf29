/// How far deliveries to a webhook have come since that was last written down.
package struct DeliveryProgress: Hashable, Sendable {
    /// For each job the last event that needs no delivery any more.
    package var cursors: [JobID: Int64] = [:]
    /// Deliveries that were taken.
    package var delivered: Int64 = 0
    /// Events that were given up.
    package var dropped: Int64 = 0
    /// How deliveries go now; nil if that hasn't changed.
    package var health: WebhookHealth?

    /// No progress.
    package init() {}

    /// Whether there is nothing to write down.
    package var isEmpty: Bool { self == DeliveryProgress() }

    /// Both, `later` being the newer.
    package func merged(with later: DeliveryProgress) -> DeliveryProgress {
        var sum = self
        sum.cursors.merge(later.cursors) { max($0, $1) }
        sum.delivered += later.delivered
        sum.dropped += later.dropped
        sum.health = later.health ?? health
        return sum
    }
}
