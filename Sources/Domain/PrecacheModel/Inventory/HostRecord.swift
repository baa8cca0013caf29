/// A compute host of the inventory.
package struct HostRecord: Hashable, Sendable {
    /// The row's number, never used again for another host.
    package var id: Int64
    /// What an operator says of it.
    package var entry: HostEntry
    /// When it was added.
    package var createdAt: Timestamp
    /// When its entry last changed; heartbeats don't count.
    package var updatedAt: Timestamp
    /// The agent's last heartbeat, nil if it never sent one.
    package var lastHeartbeat: HeartbeatRecord?

    package init(
        id: Int64,
        entry: HostEntry,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        lastHeartbeat: HeartbeatRecord? = nil
    ) {
        self.id = id
        self.entry = entry
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastHeartbeat = lastHeartbeat
    }

    /// The host's name.
    package var name: HostName { entry.name }

    /// Whether its agent is alive, as of `now`.
    package func state(at now: Timestamp) -> HostState { HostState.of(lastHeartbeat, now: now) }
}
