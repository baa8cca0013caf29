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
    /// Until when it is kept out of exchanges of images, and why; may be over.
    package var isOut: OutOfExchanges?

    package init(
        id: Int64,
        entry: HostEntry,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        lastHeartbeat: HeartbeatRecord? = nil,
        isOut: OutOfExchanges? = nil
    ) {
        self.id = id
        self.entry = entry
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastHeartbeat = lastHeartbeat
        self.isOut = isOut
    }

    /// The host's name.
    package var name: HostName { entry.name }

    /// Whether its agent is alive, as of `now`.
    package func state(at now: Timestamp) -> HostState { HostState.of(lastHeartbeat, now: now) }
}

/// That a host takes part in no exchange of images for a while: it fetches for itself.
package struct OutOfExchanges: Hashable, Sendable {
    package var until: Timestamp
    /// For people, to follow `because`.
    package var why: String

    package init(until: Timestamp, why: String) {
        self.until = until
        self.why = why
    }

    /// A day, and what a clock may be corrected by: an end beyond that was written before the clock was set back.
    package static let longest = Duration.seconds(88_200)

    /// Whether it is out at a time.
    package func holds(at now: Timestamp) -> Bool { Self.holds(until: until, at: now) }

    package static func holds(until: Timestamp, at now: Timestamp) -> Bool {
        until > now && until - now <= longest
    }
}

/// What an operator says of a host: the part of a ``HostRecord`` that `PUT` and inventory files set.
package struct HostEntry: Hashable, Sendable {
    /// The agent's port unless said otherwise.
    package static let defaultPort = 7701

    /// The name.
    package var name: HostName
    /// Where its agent listens: an IP address or a DNS name.
    ///
    /// The default is the host's name.
    package var address: String
    /// The agent's TCP port, 1 to 65535; the default is ``defaultPort``.
    package var port: Int
    /// Whether it takes part in jobs; the default is true.
    package var isEnabled: Bool
    /// Why it doesn't, in an operator's words.
    package var disabledReason: String?
    /// Free texts by key.
    package var labels: [String: String]

    package init(
        name: HostName,
        address: String? = nil,
        port: Int = defaultPort,
        isEnabled: Bool = true,
        disabledReason: String? = nil,
        labels: [String: String] = [:]
    ) {
        self.name = name
        self.address = address ?? name.text
        self.port = port
        self.isEnabled = isEnabled
        self.disabledReason = disabledReason
        self.labels = labels
    }
}

/// Which hosts a caller wants to see, by name.
package struct HostFilter: Hashable, Sendable {
    /// Only in this state; nil for all.
    package var state: HostState?
    /// Only those that take part in jobs, or only those that don't; nil for all.
    package var isEnabled: Bool?
    /// Only those that have all these labels; where the value is nil, any value will do.
    package var labels: [String: String?]
    /// Only these; nil for all.
    package var names: Set<HostName>?

    package init(
        state: HostState? = nil,
        isEnabled: Bool? = nil,
        labels: [String: String?] = [:],
        names: Set<HostName>? = nil
    ) {
        self.state = state
        self.isEnabled = isEnabled
        self.labels = labels
        self.names = names
    }

    /// Whether every host is wanted.
    package var isEmpty: Bool { state == nil && isEnabled == nil && labels.isEmpty && names == nil }

    /// Whether a host is wanted, as of `now`.
    package func admits(_ host: HostRecord, now: Timestamp) -> Bool {
        (state == nil || state == host.state(at: now))
            && (isEnabled == nil || isEnabled == host.entry.isEnabled)
            && names?.contains(host.name) ?? true
            && labels.allSatisfy { key, wanted in
                guard let value = host.entry.labels[key] else { return false }
                return wanted == nil || wanted == value
            }
    }
}

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

/// What the last heartbeat of a host's agent said, in short: for those who look at the whole fleet.
package struct AgentSighting: Hashable, Sendable {
    package var host: HostName
    /// Whether the host takes part in jobs.
    package var isEnabled: Bool
    package var receivedAt: Timestamp
    package var interval: Duration
    package var version: String?
    package var diskFreeBytes: Int64?

    package init(
        host: HostName,
        isEnabled: Bool = true,
        receivedAt: Timestamp,
        interval: Duration,
        version: String? = nil,
        diskFreeBytes: Int64? = nil
    ) {
        self.host = host
        self.isEnabled = isEnabled
        self.receivedAt = receivedAt
        self.interval = interval
        self.version = version
        self.diskFreeBytes = diskFreeBytes
    }
}

/// A host as Nova's API shows it: a `nova-compute` service and a hypervisor.
package struct ComputeHost: Hashable, Sendable {
    /// The host, its last heartbeat without images.
    package var host: HostRecord
    /// The identifier of its service from microversion 2.53 on; before that it is ``HostRecord/id``.
    package var serviceUUID: String
    /// The identifier of its hypervisor from microversion 2.53 on; before that it is ``HostRecord/id``.
    package var hypervisorUUID: String
    /// The availability zones of its aggregates, each once, sorted; mostly one or none.
    package var zones: [String]

    package init(host: HostRecord, serviceUUID: String, hypervisorUUID: String, zones: [String]) {
        self.host = host
        self.serviceUUID = serviceUUID
        self.hypervisorUUID = hypervisorUUID
        self.zones = zones
    }
}
