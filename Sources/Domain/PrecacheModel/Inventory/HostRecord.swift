/// A compute host of the inventory.
public struct HostRecord: Hashable, Sendable {
    /// The row's number, never used again for another host.
    public var id: Int64
    /// What an operator says of it.
    public var entry: HostEntry
    /// When it was added.
    public var createdAt: Timestamp
    /// When its entry last changed; heartbeats don't count.
    public var updatedAt: Timestamp
    /// The agent's last heartbeat, nil if it never sent one.
    public var lastHeartbeat: HeartbeatRecord?

    /// Puts a record together.
    public init(
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
    public var name: HostName { entry.name }

    /// Whether its agent is alive, as of `now`.
    public func state(at now: Timestamp) -> HostState { HostState.of(lastHeartbeat, now: now) }
}
