package import Coverage
package import PrecacheModel
internal import Synchronization

/// The fleet of this process's memory; written to by whoever takes heartbeats and outcomes.
final class FleetBook: Sendable {
    private let fleet: Mutex<Fleet>

    init(listeningSince since: Timestamp) { fleet = Mutex(Fleet(listeningSince: since)) }

    func withLock<Value>(_ body: (inout sending Fleet) -> sending Value) -> sending Value {
        fleet.withLock(body)
    }
}

extension StoredInventory {
    /// Which host has which image now, by the inventory as it is now.
    package func fleet() async throws(StoreError) -> Fleet {
        let known = fleetBook.withLock { $0.revision }
        let read = try await engine.read { database -> FleetRows? in
            let revision = try FleetRows.revision(database)
            return revision == known ? nil : try FleetRows(database, revision, isFirst: known == nil)
        }
        return fleetBook.withLock { fleet in
            if let read, read.revision >= fleet.revision ?? .min { read.give(to: &fleet) }
            return fleet
        }
    }

    /// Takes over what other controllers have heard.
    package func followFleet() async throws(StoreError) {
        let now = clock()
        let since = now - FleetRows.overlap
        let known = fleetBook.withLock { fleet in
            Dictionary(
                uniqueKeysWithValues: fleet.hosts.compactMap { $0 }.map { ($0.id, fleet.mark(of: $0.id)) }
            )
        }
        let (beats, lists, ends) = try await engine.read { database in
            let lists = try FleetRows.lists(database, since: since) { known[$0] != .some($1) }
            let beats = try FleetRows.beats(database, since: now - FleetRows.beatOverlap)
            return (beats, lists, try HostImageEnd.all(database, since: since))
        }
        fleetBook.withLock { fleet in
            for beat in beats { fleet.heard(beat.host, beat.beat, hasList: false) }
            // Memory may know a newer one, which isn't written yet.
            for list in lists where fleet.listedAt(list.host).map({ $0 <= list.at }) ?? true {
                fleet.take(list.images, of: list.host, mark: list.mark, at: list.at)
            }
            for end in ends { end.give(to: &fleet) }
        }
    }

    /// What is known of an image on some hosts, by their numbers.
    package func copies(of image: ImageID, on hosts: [Int64]) async throws(StoreError) -> [Int64: ImageCopy] {
        let found = try await engine.read { database in
            let ends = try HostImageEnd.of(image, hosts, database)
            var copies: [Int64: ImageCopy] = [:]
            for host in hosts {
                let seen: Timestamp? = try database.first(
                    "SELECT received_at FROM heartbeat WHERE host_id = ?1",
                    [host]
                ) { $0[0] }
                let held = try HeartbeatRows.images(database, hostID: host).first { $0.id == image }
                copies[host] = ImageCopy(image: held, seenAt: seen, last: ends[host]?.end)
            }
            return copies
        }
        return Dictionary(
            uniqueKeysWithValues: found.map { host, copy in
                var copy = copy
                // Memory knows newer ones than the rows.
                if let newest = book.newest(of: host, stored: copy.seenAt) { copy.seenAt = newest.receivedAt }
                if let list = book.unwrittenImages(of: host) {
                    let since = copy.image?.since
                    copy.image = list.first { $0.id == image }
                    copy.image?.since = since ?? copy.seenAt
                }
                return (host, copy)
            }
        )
    }

    /// Writes down what became of images on hosts; once that is durable the fleet in memory has it.
    func note(_ ends: [HostImageEnd], _ database: any StoreConnection, _ after: AfterCommit) throws {
        guard !ends.isEmpty else { return }
        let failed = fleetBook.withLock { fleet in
            Set(ends.filter { fleet.hasFailed($0.image, on: $0.host) })
        }
        try HostImageEnd.write(database, ends) { failed.contains($0) }
        tell(ends, after)
    }

    /// Has the fleet in memory know of what is written down, once that is durable.
    func tell(_ ends: [HostImageEnd], _ after: AfterCommit) {
        guard !ends.isEmpty else { return }
        after.perform { [fleetBook] in
            fleetBook.withLock { fleet in
                for end in ends { end.give(to: &fleet) }
            }
        }
    }

    /// Forgets how often images couldn't be brought to hosts, or were lost there, so that they are asked again.
    package func forgive(_ images: Set<ImageID>) async throws(StoreError) {
        let failures = [Outcome.error, .skipped].map { "\(StoredOutcome.number($0))" }.joined(separator: ", ")
        try await engine.write(.rare) { [fleetBook] database, after in
            for image in images {
                try database.run(
                    "DELETE FROM host_image_end WHERE image_id = ?1 AND outcome IN (\(failures))",
                    [image.text]
                )
            }
            after.perform { fleetBook.withLock { $0.forgive(images) } }
        }
    }

    /// Changes hosts or aggregates.
    func change<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection, AfterCommit) throws -> Value
    ) async throws(StoreError) -> Value {
        try await engine.write(.rare) { database, after in
            let value = try body(database, after)
            try database.run(
                """
                INSERT INTO inventory_state (id, revision) VALUES (1, 1)
                ON CONFLICT (id) DO UPDATE SET revision = inventory_state.revision + 1
                """
            )
            return value
        }
    }
}

/// What the database has of a fleet.
struct FleetRows: Sendable {
    struct List: Sendable {
        let host: Int64
        let images: [HeartbeatImage]
        let mark: Int64
        let at: Timestamp
    }

    let revision: Int64
    private var hosts: [Fleet.Host] = []
    private var aggregates: [(id: Int64, name: AggregateName, hosts: [Int64])] = []
    private var beats: [(host: Int64, beat: Fleet.Beat)] = []
    private var lists: [List] = []
    private var ends: [HostImageEnd] = []

    /// How far back what others write is looked for: what they began to write before, but committed after the last look.
    static let overlap = Duration.seconds(60)
    /// The same of heartbeats, of which there are many, and which come again.
    static let beatOverlap = Duration.seconds(10)

    static func revision(_ database: any StoreConnection) throws -> Int64 {
        try database.first("SELECT revision FROM inventory_state") { $0[0] } ?? 0
    }

    /// - Parameters:
    ///   - database: The database.
    ///   - revision: The inventory's.
    ///   - isFirst: Whether nothing is known yet, so that what hosts have is read as well.
    /// - Throws: What the disk says.
    init(_ database: any StoreConnection, _ revision: Int64, isFirst: Bool) throws {
        self.revision = revision
        hosts = try database.all("SELECT id, name, enabled FROM host") { row in
            Fleet.Host(id: row[0], name: try Stored.hostName(row[1]), isEnabled: row[2])
        }
        var members: [Int64: [Int64]] = [:]
        try database.rows("SELECT aggregate_id, host_id FROM aggregate_host", []) { row in
            members[row[0], default: []].append(row[1])
        }
        aggregates = try database.all("SELECT id, name FROM aggregate") { row in
            (row[0], try Stored.aggregateName(row[1]), members[row[0]] ?? [])
        }
        guard isFirst else { return }
        beats = try Self.beats(database, since: Timestamp(microseconds: .min))
        lists = try Self.lists(database, since: Timestamp(microseconds: .min)) { _, _ in true }
        ends = try HostImageEnd.all(database, since: Timestamp(microseconds: .min))
    }

    /// Gives it to memory, which may have heard newer things of hosts.
    func give(to fleet: inout Fleet) {
        for beat in beats { fleet.heard(beat.host, beat.beat) }
        for list in lists where fleet.mark(of: list.host) == nil {
            fleet.take(list.images, of: list.host, mark: list.mark, at: list.at)
        }
        fleet.take(hosts, aggregates: aggregates, revision: revision)
        for end in ends { end.give(to: &fleet) }
    }

    /// What agents were last heard to say since.
    static func beats(
        _ database: any StoreConnection,
        since: Timestamp
    ) throws -> [(host: Int64, beat: Fleet.Beat)] {
        try database.all(
            """
            SELECT host_id, received_at, interval_ms, disk_free_bytes, capabilities FROM heartbeat
            WHERE received_at >= ?1
            """,
            [since]
        ) { row in (row[0], HeartbeatRows.beat(row, from: 1)) }
    }

    /// Lists that have changed since, of hosts whose mark is wanted.
    static func lists(
        _ database: any StoreConnection,
        since: Timestamp,
        _ isWanted: (_ host: Int64, _ mark: Int64) -> Bool
    ) throws -> [List] {
        let marks = try database.all(
            """
            SELECT i.host_id, b.images_mark, i.changed_at FROM heartbeat_images i
            JOIN heartbeat b ON b.host_id = i.host_id WHERE i.changed_at >= ?1 AND b.images_mark IS NOT NULL
            """,
            [since]
        ) { ($0[0] as Int64, $0[1] as Int64, $0[2] as Timestamp) }
        return try marks.filter { isWanted($0.0, $0.1) }.map { host, mark, at in
            List(host: host, images: try HeartbeatRows.images(database, hostID: host), mark: mark, at: at)
        }
    }
}
