import Logging
import PrecacheAPI
import PrecacheModel
import Synchronization
import Telemetry

/// Heartbeats that weren't taken lately: who sent them, from where and why not.
///
/// Told in the log once an hour for each host, counted in the metrics, and listed for those who may want to add the host.
/// Memory is bounded: strangers fill a list of their own, of which one address has its share, and never displace what is
/// known of agents whose tokens are right.
final class RefusedHeartbeats: Sendable {
    /// Why a heartbeat wasn't taken.
    enum Cause: String, Sendable {
        /// The token is right, but the inventory has no such host.
        case unknownHost = "unknown_host"
        /// The token is right, but is bound to another host.
        case otherHost = "other_host"
        /// No token, a wrong one, or one of another role.
        case refusedToken = "refused_token"
    }

    /// One host's refused heartbeats.
    struct Entry: Sendable {
        let host: HostName
        let cause: Cause
        /// Where the last one came from.
        var address: String
        /// The first and the last one.
        let since: Timestamp
        var last: Timestamp
        var count: Int64
        fileprivate var told: Timestamp
    }

    private struct Key: Hashable {
        let host: HostName
        let cause: Cause
    }

    /// Hosts remembered at most, in each of the two lists; what is more is counted alone.
    static let limit = 1_000
    /// Hosts remembered at most of one address whose tokens are wrong.
    static let strangersPerAddress = 100
    /// For how long a host is remembered after its last heartbeat, and how often it is told.
    static let memory = Duration.seconds(3_600)

    private let logger: Logger
    private let refused: Counter
    private let trusted = Mutex<[Key: Entry]>([:])
    private let strangers = Mutex<[Key: Entry]>([:])

    init(_ metrics: MetricsRegistry, _ logger: Logger) {
        self.logger = logger
        refused = metrics.counter(
            "precached_heartbeats_refused_total",
            help: "Heartbeats that were not taken, by cause.",
            labels: ["cause"]
        )
    }

    /// Notes one that wasn't taken.
    func note(_ host: HostName, from address: String, _ cause: Cause, _ why: String, now: Timestamp) {
        refused.increment(cause.rawValue)
        let key = Key(host: host, cause: cause)
        let isNews =
            cause == .refusedToken
            ? strangers.withLock { Self.note(key, address, Self.strangersPerAddress, now, &$0) }
            : trusted.withLock { Self.note(key, address, Self.limit, now, &$0) }
        guard isNews else { return }
        logger.warning(
            "heartbeat refused",
            metadata: [
                "host": "\(host)", "peer": "\(address)", "cause": "\(cause.rawValue)", "why": "\(why)",
            ]
        )
    }

    /// Forgets a host: its heartbeats are taken.
    func forget(_ host: HostName) {
        trusted.withLock { entries in
            guard !entries.isEmpty else { return }
            for cause in [Cause.unknownHost, .otherHost] { entries[Key(host: host, cause: cause)] = nil }
        }
        strangers.withLock { entries in
            guard !entries.isEmpty else { return }
            entries[Key(host: host, cause: .refusedToken)] = nil
        }
    }

    /// Those of the last hour, by name; first those that had a token, so that no stranger's names push them off a page.
    func entries(now: Timestamp) -> [Entry] {
        [trusted.withLock { Array($0.values) }, strangers.withLock { Array($0.values) }].flatMap { entries in
            entries.filter { Self.isFresh($0.last, now) }
                .sorted { ($0.host, $0.cause.rawValue) < ($1.host, $1.cause.rawValue) }
        }
    }

    /// Whether it is to be told now.
    private static func note(
        _ key: Key,
        _ address: String,
        _ share: Int,
        _ now: Timestamp,
        _ entries: inout [Key: Entry]
    ) -> Bool {
        if var entry = entries[key], isFresh(entry.last, now) {
            entry.last = now
            entry.count += 1
            entry.address = address
            let isNews = !isFresh(entry.told, now)
            if isNews { entry.told = now }
            entries[key] = entry
            return isNews
        }
        if entries.count >= limit { entries = entries.filter { isFresh($0.value.last, now) } }
        guard entries.count < limit else { return false }
        if share < limit, entries.values.count(where: { $0.address == address }) >= share { return false }
        entries[key] = Entry(
            host: key.host,
            cause: key.cause,
            address: address,
            since: now,
            last: now,
            count: 1,
            told: now
        )
        return true
    }

    /// A clock that was set back makes nothing last for ever.
    private static func isFresh(_ moment: Timestamp, _ now: Timestamp) -> Bool {
        let age = now - moment
        return age < memory && age > .zero - memory
    }
}

extension JSONWriter {
    /// Writes an entry in the shape of the service's API document.
    mutating func refusedHeartbeats(_ entry: RefusedHeartbeats.Entry) {
        object { json in
            json.member("name", entry.host.text)
            json.member("address", entry.address)
            json.member("cause", entry.cause.rawValue)
            json.member("since", entry.since)
            json.member("last_at", entry.last)
            json.member("heartbeats", entry.count)
        }
    }
}
