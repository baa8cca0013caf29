import PrecacheModel

/// Whether a claimed host can take work now.
struct Availability: Equatable {
    /// Why it can't.
    let reason: Reason
    /// The same for people.
    let detail: String

    /// Judges a host: disabled, down, or nil if it's worth an attempt.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - heartbeatsSince: Since when heartbeats can be judged; see ``BulkFinish/unavailable(heartbeatsSince:)``.
    ///   - wall: The wall clock's reading.
    /// - Returns: Why it can't take work, or nil.
    static func obstacle(
        _ host: ClaimedHost,
        heartbeatsSince: Timestamp,
        wall: Timestamp
    ) -> Availability? {
        guard host.isEnabled else {
            return Availability(reason: .hostDisabled, detail: "the inventory says that it takes no work")
        }
        guard let last = host.heartbeatAt,
            HostState.of(
                receivedAt: max(last, heartbeatsSince),
                interval: host.heartbeatInterval,
                now: wall
            ) == .down
        else { return nil }
        return Availability(reason: .hostDown, detail: "no heartbeat since \(last)")
    }
}
