package import PrecacheModel
internal import Synchronization

/// The controllers that have the database open: this one's number, its beats, and what it sees of the others.
///
/// A controller owns jobs and webhooks by its number. It is alive as long as others see its beat rise; whoever sees it stand
/// still fences it, and from then on nothing that it writes for a job counts. No clocks are compared.
package final class StoredControllers: Sendable {
    private let engine: any StoreEngine
    private let identity: ControllerIdentity
    /// A clock that tests set; nil for the machine's.
    private let given: (@Sendable () -> Timestamp)?
    private let current = Atomic<Int64>(0)
    /// How far the database server's clock is ahead of the machine's, in microseconds.
    private let offset = Atomic<Int64>(0)

    /// Clocks that are apart by less aren't told from the time that an answer takes.
    private static let tolerance = Duration.milliseconds(500)

    private init(
        engine: any StoreEngine,
        identity: ControllerIdentity,
        clock: (@Sendable () -> Timestamp)?
    ) {
        self.engine = engine
        self.identity = identity
        given = clock
    }

    static func open(
        engine: any StoreEngine,
        identity: ControllerIdentity,
        clock: (@Sendable () -> Timestamp)?
    ) async throws(StoreError) -> StoredControllers {
        let controllers = StoredControllers(engine: engine, identity: identity, clock: clock)
        try await controllers.register()
        return controllers
    }

    /// This controller's number: what jobs call their owner.
    package var number: Int64 { current.load(ordering: .acquiring) }

    /// What time it is for whatever is kept: the machine's clock, but by the hour of the server that all controllers share.
    ///
    /// So a heartbeat that one of them took isn't old to another whose clock is ahead.
    package func now() -> Timestamp {
        if let given { return given() }
        let offset = Duration.microseconds(offset.load(ordering: .relaxed))
        return .now() + (max(offset, .zero - offset) < Self.tolerance ? .zero : offset)
    }

    /// Compares the clocks.
    private func measure(_ database: any StoreConnection) throws -> Int64 {
        guard given == nil, let words = database.dialect.serverClock else { return 0 }
        let before = Timestamp.now()
        let theirs: Timestamp? = try database.first("SELECT \(words)") { $0[0] }
        let taken = Timestamp.now() - before
        // An answer that took long says little of when it was given.
        guard let theirs, taken >= .zero, taken < Self.tolerance else {
            return offset.load(ordering: .relaxed)
        }
        let apart = theirs.microseconds - (before + taken / 2).microseconds
        offset.store(apart, ordering: .relaxed)
        return apart
    }

    /// Begins under a new number; the former one is fenced, with all that can't be alive any more.
    ///
    /// Where one process alone can have the database open, that is everybody else; elsewhere whoever ran on this machine and
    /// doesn't any more, so that a service that crashed and was started again needn't wait to be missed.
    package func register() async throws(StoreError) {
        let former = number
        let made = try await engine.write(.rare) { [self] database, _ -> Int64 in
            _ = try measure(database)
            let (now, living) = (now(), try ControllerRows.living(database))
            let gone = living.filter { row in
                !engine.isShared || row.number == former || identity.process.knowsGone(row.process)
            }
            try ControllerRows.fence(database, gone.map(\.number))
            try ControllerRows.prune(database, before: now - .seconds(86_400))
            return try ControllerRows.insert(database, identity, at: now)
        }
        current.store(made, ordering: .releasing)
    }

    /// Says that this controller is alive, and reads who else is.
    ///
    /// - Returns: Who is there, and whether there is something to take over; nil if this one is fenced: it has to
    ///   ``register()`` and to begin anew.
    /// - Throws: `StoreError`.
    package func beat() async throws(StoreError) -> ControllerSight? {
        let number = number
        return try await engine.write(.beat) { [self] database, _ in
            let offset = try measure(database)
            guard try ControllerRows.beat(database, number, at: now(), clockOffset: offset) else {
                return nil
            }
            return ControllerSight(
                living: try ControllerRows.living(database),
                hasOrphans: try ControllerRows.hasOrphans(database)
            )
        }
    }

    /// Fences controllers, each unless its beat has risen since; their jobs and webhooks are then anybody's.
    ///
    /// Returns those that are fenced now.
    package func fence(_ dead: [ControllerRecord]) async throws(StoreError) -> [ControllerRecord] {
        try await engine.write(.beat) { database, _ in
            try dead.filter { try ControllerRows.fence(database, $0.number, seen: $0.beat) }
        }
    }

    /// Every controller that isn't fenced, with how many open jobs it has.
    ///
    /// Where one alone can be it needn't beat: that it answers says as much.
    package func all() async throws(StoreError) -> [ControllerRecord] {
        var all = try await engine.read { try ControllerRows.living($0) }
        if !engine.isShared {
            for place in all.indices { all[place].seenAt = now() }
        }
        return all
    }

    /// Gives up what this controller owns, and its number with it; others hear of it at once.
    package func leave() async throws(StoreError) {
        let number = number
        try await engine.write(.beat) { database, _ in try ControllerRows.fence(database, [number]) }
        engine.ring([.work])
    }
}

/// What a controller sees when it beats.
package struct ControllerSight: Sendable {
    /// Every controller that isn't fenced, this one among them.
    package let living: [ControllerRecord]
    /// Whether there are open jobs or webhooks that none of them has.
    package let hasOrphans: Bool
}

/// Who a controller is.
package struct ControllerIdentity: Sendable {
    /// What people call it (`controllers.name`).
    package let name: String
    package let version: String
    package let process: ProcessMark

    package init(name: String, version: String, process: ProcessMark = .own) {
        self.name = name
        self.version = version
        self.process = process
    }
}

/// SQL about controllers.
enum ControllerRows {
    /// SQL for the numbers of those that may own something.
    static let living = "SELECT id FROM controller WHERE fenced = 0"

    /// SQL for the owner of a row being nobody who lives.
    static let isOrphan = "(owner IS NULL OR owner NOT IN (\(living)))"

    static func hasOrphans(_ database: any StoreConnection) throws -> Bool {
        let sql = """
            SELECT 1 FROM job WHERE \(StoredJobState.open) AND \(isOrphan)
            UNION ALL SELECT 1 FROM webhook WHERE \(isOrphan) LIMIT 1
            """
        return try database.first(sql) { _ in true } ?? false
    }

    static func living(_ database: any StoreConnection) throws -> [ControllerRecord] {
        try database.all(
            """
            SELECT c.id, c.name, c.version, c.process, c.beat, c.started_at, c.seen_at, c.clock_offset_us,
                (SELECT count(*) FROM job WHERE job.owner = c.id AND \(StoredJobState.open))
            FROM controller c WHERE c.fenced = 0 ORDER BY c.started_at, c.id
            """,
            []
        ) { row in
            ControllerRecord(
                number: row[0],
                name: row[1],
                version: row[2],
                process: row[3],
                beat: row[4],
                startedAt: row[5],
                seenAt: row[6],
                clockOffset: .microseconds(row[7] as Int64),
                openJobs: row[8]
            )
        }
    }

    static func insert(
        _ database: any StoreConnection,
        _ identity: ControllerIdentity,
        at now: Timestamp
    ) throws -> Int64 {
        let made: Int64? = try database.first(
            """
            INSERT INTO controller (id, name, version, process, beat, fenced, started_at, seen_at, clock_offset_us)
            VALUES (?5, ?1, ?2, ?3, 0, 0, ?4, ?4, 0) RETURNING id
            """,
            [identity.name, identity.version, identity.process.text, now, Int64.random(in: 1..<1 << 53)]
        ) { $0[0] }
        guard let made else { throw StoreError(.corrupt, message: "a controller's row is missing") }
        return made
    }

    /// Returns whether it may go on.
    static func beat(
        _ database: any StoreConnection,
        _ number: Int64,
        at now: Timestamp,
        clockOffset: Int64
    ) throws -> Bool {
        try database.run(
            "UPDATE controller SET beat = beat + 1, seen_at = ?2, clock_offset_us = ?3 WHERE id = ?1 AND fenced = 0",
            [number, now, clockOffset]
        ) == 1
    }

    /// Returns whether it was still where it was seen.
    static func fence(_ database: any StoreConnection, _ number: Int64, seen beat: Int64) throws -> Bool {
        try database.run(
            "UPDATE controller SET fenced = 1 WHERE id = ?1 AND beat = ?2 AND fenced = 0",
            [number, beat]
        ) == 1
    }

    static func fence(_ database: any StoreConnection, _ numbers: [Int64]) throws {
        for number in numbers { try database.run("UPDATE controller SET fenced = 1 WHERE id = ?1", [number]) }
    }

    /// What is fenced stays for a while, so that people see what happened.
    static func prune(_ database: any StoreConnection, before: Timestamp) throws {
        try database.run("DELETE FROM controller WHERE fenced = 1 AND seen_at < ?1", [before])
    }
}
