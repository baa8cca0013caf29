/// A rule that finishes many waiting hosts of a job at once.
package enum BulkFinish: Hashable, Sendable {
    /// Hosts that the inventory has disabled or no longer has: `skipped`, `host_disabled`, with the inventory's reason
    /// as detail if it has one. Hosts that are down: `skipped`, `host_down`, with the time of the last heartbeat as detail.
    ///
    /// A host is down if ``HostState/of(receivedAt:interval:now:)`` says so for the wall clock's time and the later of
    /// its last heartbeat and `heartbeatsSince`; one that never sent a heartbeat isn't down. `heartbeatsSince` is the
    /// service's start, or the last jump of the wall clock: before it, nobody could have received a heartbeat, or
    /// nobody knows how long ago it came.
    case unavailable(heartbeatsSince: Timestamp)
    /// Every host: `cancelled`, `cancelled`.
    case cancelled
    /// Every host: `error`, `deadline_exceeded`.
    case deadlineExceeded
}
