package import BitCollections
package import PrecacheModel

extension Fleet {
    /// Hosts that take part in jobs.
    package var enabled: BitSet {
        BitSet(hosts.indices.filter { hosts[$0]?.isEnabled == true })
    }

    /// Those of some hosts whose agents are known to be dead: they had the time to speak while somebody listened.
    package func down(among some: BitSet, at now: Timestamp) -> BitSet {
        // A clock that was set back since makes it the future.
        silent(among: some, since: since.flatMap { $0 <= now ? $0 : nil }, at: now)
    }

    /// Those of some hosts of which it isn't known yet whether they are dead: they have been silent for long, and for part of
    /// that time nobody listened.
    package func unheard(among some: BitSet, at now: Timestamp) -> BitSet {
        silent(among: some, since: nil, at: now).subtracting(down(among: some, at: now))
    }

    private func silent(among some: BitSet, since: Timestamp?, at now: Timestamp) -> BitSet {
        some.filter { slot in
            guard let beat = beats[slot] else { return false }
            var heard = beat.at
            if let since, !isDown(beat, at: heardUntil ?? beat.at) { heard = max(since, heard) }
            return HostState.of(receivedAt: heard, interval: beat.interval, now: now) == .down
        }
    }

    private func isDown(_ beat: Beat, at now: Timestamp) -> Bool {
        HostState.of(receivedAt: beat.at, interval: beat.interval, now: now) == .down
    }
}

extension Fleet {
    package struct Host: Hashable, Sendable {
        /// Its number in the inventory.
        package let id: Int64
        package var name: HostName
        /// Whether it takes part in jobs.
        package var isEnabled: Bool

        package init(id: Int64, name: HostName, isEnabled: Bool) {
            self.id = id
            self.name = name
            self.isEnabled = isEnabled
        }
    }

    package struct Aggregate: Sendable {
        package let id: Int64
        package let name: AggregateName
        /// Slots of hosts.
        package let hosts: BitSet
    }

    /// What a host's agent last said of itself.
    package struct Beat: Hashable, Sendable {
        package let at: Timestamp
        package let interval: Duration
        /// Free on the cache's file system, if it told.
        package let freeBytes: Int64?
        /// Whether it can exchange images with others.
        package let exchanges: Bool

        package init(at: Timestamp, interval: Duration, freeBytes: Int64? = nil, exchanges: Bool = false) {
            self.at = at
            self.interval = interval
            self.freeBytes = freeBytes
            self.exchanges = exchanges
        }
    }
}

/// That an image couldn't be brought to a host, or was lost there.
package struct ImageFailure: Hashable, Sendable {
    /// How many times one after another.
    package var count: Int
    /// When it last did.
    package let at: Timestamp
    /// Nil for a loss.
    package let reason: Reason?

    package init(count: Int, at: Timestamp, reason: Reason?) {
        self.count = count
        self.at = at
        self.reason = reason
    }
}
