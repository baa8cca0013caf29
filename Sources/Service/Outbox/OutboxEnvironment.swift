import Logging
import PrecacheModel

/// What couriers work with.
struct OutboxEnvironment: Sendable {
    let store: any OutboxStore
    let sender: any DeliverySender
    let configuration: OutboxConfiguration
    let metrics: OutboxMetrics
    let logger: Logger
    /// The wall clock.
    let now: @Sendable () -> Timestamp
    /// Waits; throws when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    /// A random number from 0 to 1.
    let random: @Sendable () -> Double
}
