/// How far deliveries to a webhook have come since that was last written down.
public struct DeliveryProgress: Hashable, Sendable {
    /// For each job the last event that needs no delivery any more.
    public var cursors: [JobID: Int64] = [:]
    /// Deliveries that were taken.
    public var delivered: Int64 = 0
    /// Events that were given up.
    public var dropped: Int64 = 0
    /// How deliveries go now; nil if that hasn't changed.
    public var health: WebhookHealth?

    /// No progress.
    public init() {}

    /// Whether there is nothing to write down.
    public var isEmpty: Bool { self == DeliveryProgress() }

    /// Both, `later` being the newer.
    public func merged(with later: DeliveryProgress) -> DeliveryProgress {
        var sum = self
        sum.cursors.merge(later.cursors) { max($0, $1) }
        sum.delivered += later.delivered
        sum.dropped += later.dropped
        sum.health = later.health ?? health
        return sum
    }
}
