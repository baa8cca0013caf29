/// What is known of a host's agent.
package enum HostState: String, Sendable, CaseIterable {
    /// Its last heartbeat is recent.
    case up
    /// It used to send heartbeats and has missed several.
    case down
    /// It never sent a heartbeat, or the clock went back behind its last one: worth trying.
    case unknown

    /// How many intervals without a heartbeat make a host `down`.
    package static let missedIntervals = 3

    /// The state that follows from the last heartbeat.
    ///
    /// - Parameters:
    ///   - receivedAt: When the last heartbeat came, by our clock; nil if none ever came.
    ///   - interval: How often the agent said that it sends them.
    ///   - now: Our clock.
    /// - Returns: `down` from the moment that ``missedIntervals`` intervals have passed.
    package static func of(receivedAt: Timestamp?, interval: Duration, now: Timestamp) -> HostState {
        guard let receivedAt else { return .unknown }
        let allowed = max(interval, .seconds(1)) * missedIntervals
        let age = now - receivedAt
        if age < .zero - allowed { return .unknown }
        return age < allowed ? .up : .down
    }

    /// The state that follows from the last heartbeat, if any.
    package static func of(_ heartbeat: HeartbeatRecord?, now: Timestamp) -> HostState {
        of(receivedAt: heartbeat?.receivedAt, interval: heartbeat?.interval ?? .zero, now: now)
    }
}
