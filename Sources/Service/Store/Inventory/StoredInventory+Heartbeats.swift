internal import Coverage
package import PrecacheModel

extension StoredInventory {
    /// Takes a host's heartbeat in place of the one before: seen by readers at once, durable with the next flush.
    ///
    /// One that says that the agent can more or less than before is flushed at once: a service that is killed right then
    /// would order otherwise what agents are at work on.
    ///
    /// Throws `notFound`.
    ///
    /// - Returns: The host's number, and what tells its list of images from others; nil if the mark that came instead of a list
    ///   isn't that of the list that is known here.
    @discardableResult
    package func recordHeartbeat(
        _ heartbeat: HeartbeatRecord,
        of host: HostName
    ) async throws(StoreError) -> (host: Int64, mark: String?) {
        let id: Int64
        var capabilities: [String] = []
        let now = clock()
        if let known = book.id(of: host, now: now) {
            id = known
        } else {
            do throws(StoreError) {
                let found = try await engine.read { try HeartbeatRows.capabilities($0, of: host) }
                guard let found else {
                    book.forget(host)
                    throw StoreError.notFound("host", host.text)
                }
                (id, capabilities) = found
                book.remember(id, of: host, now: now)
            } catch {
                // A database that can't be asked makes no host silent.
                guard error.code != .notFound, let known = book.lastKnown(host) else { throw error }
                (id, capabilities) = (known, heartbeat.capabilities)
            }
        }
        let (number, list) = (id, heartbeat.listsImages ? HeartbeatBook.ImageList(heartbeat.images) : nil)
        let known = fleetBook.withLock { fleet -> Int64? in
            // The list first: it has what jobs brought, which counts by itself for a while alone.
            if let list, fleet.mark(of: number) != list.mark {
                fleet.take(list.images, of: number, mark: list.mark, at: heartbeat.receivedAt)
            }
            fleet.heard(
                number,
                Fleet.Beat(
                    at: heartbeat.receivedAt,
                    interval: heartbeat.interval,
                    freeBytes: heartbeat.diskFreeBytes,
                    exchanges: heartbeat.capabilities.contains(HeartbeatRecord.relay)
                )
            )
            return list?.mark ?? fleet.mark(of: number)
        }
        // A failure is told of by the next flush, which tries again.
        if book.take(heartbeat, list, hostID: id, stored: capabilities) { try? await flushHeartbeats() }
        let mark = known.map { String(UInt64(bitPattern: $0), radix: 16) }
        return (id, list != nil || mark == heartbeat.imagesMark ? mark : nil)
    }

    /// What the agents of all hosts last said; hosts whose first heartbeat isn't written yet are left out.
    package func sightings() async throws(StoreError) -> [AgentSighting] {
        try await engine.read { [self] database in
            try database.all(
                """
                SELECT h.name, h.enabled, b.received_at, b.interval_ms, b.disk_free_bytes, b.capabilities, b.version, h.id
                FROM heartbeat b JOIN host h ON h.id = b.host_id ORDER BY h.name
                """,
                []
            ) { row in
                // Memory knows newer ones than the rows: a disk that takes no writes makes no host silent.
                let (number, stored) = (row[7] as Int64, HeartbeatRows.beat(row, from: 2))
                let newest = book.newest(of: number, stored: stored.at)
                // What others have heard counts for the fleet, too.
                fleetBook.withLock { $0.heard(number, stored, hasList: false) }
                return AgentSighting(
                    host: try Stored.hostName(row[0]),
                    isEnabled: row[1],
                    receivedAt: newest?.receivedAt ?? stored.at,
                    interval: newest?.interval ?? stored.interval,
                    version: newest?.version ?? row[6],
                    diskFreeBytes: newest?.diskFreeBytes ?? stored.freeBytes
                )
            }
        }
    }

    /// Writes the heartbeats that have come since the last flush, in one transaction.
    ///
    /// When it fails they are kept for the next flush.
    package func flushHeartbeats() async throws(StoreError) {
        let unwritten = book.takeUnwritten()
        guard !unwritten.isEmpty else { return }
        do {
            let gone = try await engine.write(.heartbeats) { [self] database, _ in
                let latest = latestOfOthers
                return try unwritten.filter { beat in
                    try !HeartbeatRows.write(database, beat, yieldingUntil: latest)
                }
            }
            book.forget(ids: gone.map(\.hostID))
        } catch {
            book.putBack(unwritten)
            throw error
        }
    }

    /// Until when a stored heartbeat is taken for newer: one from later was written by a clock that was set back since, and
    /// none is where nobody else writes.
    private var latestOfOthers: Timestamp {
        engine.isShared ? clock() + .seconds(60) : Timestamp(microseconds: .min)
    }

    /// Flushes heartbeats every `interval` until the task is cancelled, and then once more.
    ///
    /// - Parameters:
    ///   - interval: The default is 3 s, or 1 s where others read what this process heard: agents that send one each second
    ///     are down to them after three.
    ///   - onEnd: Hears what went wrong each time, nil if nothing did; the next flush tries again.
    package func keepHeartbeats(
        every interval: Duration? = nil,
        onEnd: @Sendable (StoreError?) -> Void
    ) async {
        let interval = interval ?? .seconds(engine.isShared ? 1 : 3)
        var isCancelled = false
        while !isCancelled {
            do { try await Task.sleep(for: interval) } catch { isCancelled = true }
            do {
                try await flushHeartbeats()
                onEnd(nil)
            } catch {
                onEnd(error)
            }
        }
    }
}

/// SQL about heartbeats.
enum HeartbeatRows {
    /// Writes one, unless a newer one is there; and its images, unless they are there.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - beat: The heartbeat.
    ///   - latest: What is stored and came later than this isn't newer.
    /// - Returns: False if the host has been deleted meanwhile.
    /// - Throws: What the disk says.
    static func write(
        _ database: any StoreConnection,
        _ beat: HeartbeatBook.Unwritten,
        yieldingUntil latest: Timestamp
    ) throws -> Bool {
        let record = beat.record
        let written: (Int64?)? = try database.first(
            """
            INSERT INTO heartbeat (host_id, received_at, interval_ms, version, started_at, disk_total_bytes,
                disk_free_bytes, cache_images, cache_bytes, tasks, cache_damaged, capabilities)
            SELECT id, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12 FROM host WHERE id = ?11
            ON CONFLICT (host_id) DO UPDATE SET received_at = excluded.received_at,
                interval_ms = excluded.interval_ms, version = excluded.version,
                started_at = excluded.started_at, disk_total_bytes = excluded.disk_total_bytes,
                disk_free_bytes = excluded.disk_free_bytes, cache_images = excluded.cache_images,
                cache_bytes = excluded.cache_bytes, tasks = excluded.tasks,
                cache_damaged = excluded.cache_damaged, capabilities = excluded.capabilities
            WHERE excluded.received_at >= heartbeat.received_at OR heartbeat.received_at > ?13
            RETURNING images_mark
            """,
            [
                record.receivedAt, Stored.milliseconds(record.interval), record.version, record.startedAt,
                record.diskTotalBytes, record.diskFreeBytes, record.cacheImages, record.cacheBytes,
                record.tasks, record.cacheDamaged, beat.hostID, record.capabilities.joined(separator: " "),
                latest,
            ]
        ) { $0[0] as Int64? }
        guard let stored = written else {
            return try database.first("SELECT 1 FROM host WHERE id = ?1", [beat.hostID]) { _ in true }
                ?? false
        }
        guard let list = beat.list, stored != list.mark else { return true }
        var since: [ImageID: Timestamp] = [:]
        for image in try images(database, hostID: beat.hostID) { since[image.id] = image.since }
        let dated = list.images.map { image in
            var image = image
            image.since = since[image.id] ?? record.receivedAt
            return image
        }
        try database.run(
            """
            INSERT INTO heartbeat_images (host_id, images, changed_at) SELECT id, ?1, ?3 FROM host WHERE id = ?2
            ON CONFLICT (host_id) DO UPDATE SET images = excluded.images, changed_at = excluded.changed_at
            """,
            [try JSONText.encode(images: dated), beat.hostID, record.receivedAt]
        )
        try database.run(
            "UPDATE heartbeat SET images_mark = ?1 WHERE host_id = ?2",
            [list.mark, beat.hostID]
        )
        return true
    }

    /// What a host has cached, as last written.
    static func images(_ database: any StoreConnection, hostID: Int64) throws -> [HeartbeatImage] {
        try database.first("SELECT images FROM heartbeat_images WHERE host_id = ?1", [hostID]) { row in
            try JSONText.decode(images: row[0])
        } ?? []
    }

    /// A host's number and what its agent could at its last heartbeat, as last written; nil if there is no such host.
    static func capabilities(
        _ database: any StoreConnection,
        of host: HostName
    ) throws -> (id: Int64, capabilities: [String])? {
        try database.first(
            "SELECT h.id, b.capabilities FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id WHERE h.name = ?1",
            [host.text]
        ) { ($0[0], capabilities($0[1] ?? "")) }
    }

    /// Reads the column of that name.
    static func capabilities(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// Reads `received_at`, `interval_ms`, `disk_free_bytes` and `capabilities`.
    static func beat(_ row: any StoreRow, from first: Int) -> Fleet.Beat {
        Fleet.Beat(
            at: row[first],
            interval: .milliseconds(row[first + 1] as Int64),
            freeBytes: row[first + 2],
            exchanges: capabilities(row[first + 3]).contains(HeartbeatRecord.relay)
        )
    }

    /// Reads `received_at` and `interval_ms`; nil for a host that never sent one.
    static func moment(_ row: any StoreRow, from first: Int) -> (at: Timestamp, interval: Duration)? {
        (row[first] as Timestamp?).map { ($0, .milliseconds(row[first + 1] as Int64)) }
    }
}
