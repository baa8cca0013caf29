/// A host of a job that the dispatcher has claimed, with what the inventory says of it at that moment.
package struct ClaimedHost: Hashable, Sendable {
    /// The host's number within the job, from 0.
    package var ordinal: Int
    /// Its name, as the job knows it.
    package var name: HostName
    /// Where its agent listens: an IP address or a name that resolves.
    package var address: String
    /// The agent's port.
    package var port: Int
    /// Whether the inventory lets it take work.
    ///
    /// False too for a host that the inventory no longer has.
    package var isEnabled: Bool
    /// When the last heartbeat came, by the wall clock; nil if none ever came.
    package var heartbeatAt: Timestamp?
    /// How often the agent said that it sends heartbeats; zero if none ever came.
    package var heartbeatInterval: Duration
    /// The attempt that this claim begins, from 1.
    package var attempt: Int
    /// The ordinals of the job's images that have no final outcome here, ascending, at least one.
    package var images: [Int]

    package init(
        ordinal: Int,
        name: HostName,
        address: String,
        port: Int,
        isEnabled: Bool = true,
        heartbeatAt: Timestamp? = nil,
        heartbeatInterval: Duration = .zero,
        attempt: Int,
        images: [Int]
    ) {
        self.ordinal = ordinal
        self.name = name
        self.address = address
        self.port = port
        self.isEnabled = isEnabled
        self.heartbeatAt = heartbeatAt
        self.heartbeatInterval = heartbeatInterval
        self.attempt = attempt
        self.images = images
    }

    /// Where its agent is.
    package var place: AgentPlace { AgentPlace(host: name, address: address, port: port) }
}
