internal import Dispatch
package import PrecacheModel
internal import Synchronization

/// Copies all that a database holds into an empty one, on the same engine or another.
///
/// Tables and columns are those that both databases say they have. The target takes everything in one transaction: in the
/// end it has all of it, or nothing.
package struct StoreCopy: Sendable {
    /// A database, and what messages call it.
    package struct End: Sendable {
        let engine: any StoreEngine
        let name: String

        package init(_ engine: any StoreEngine, named name: String) {
            self.engine = engine
            self.name = name
        }

        /// Those of controllers that have left, too: one that came may have gone again.
        fileprivate func beats(_ database: any StoreConnection) throws -> [Int64: Int64] {
            let rows = try database.all("SELECT id, beat FROM controller") {
                ($0[0] as Int64, $0[1] as Int64)
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }

        fileprivate func checkNobodyCame(
            _ database: any StoreConnection,
            since beats: [Int64: Int64]
        ) throws {
            guard let number = try self.beats(database).first(where: { beats[$0.key] != $0.value })?.key,
                let controller = try database.first(
                    "SELECT name FROM controller WHERE id = ?1",
                    [number],
                    { $0[0] as String }
                )
            else { return }
            throw StoreError(
                .busy,
                message: "'\(name)' is in use by the controller '\(controller)': stop all that use it first"
            )
        }
    }

    /// What a database has for itself: its steps, who has it open, and counters that are set at the end.
    private static let own: Set<String> = [
        "grdb_migrations", "store_migration", "controller", "job_live", "source_share", "probe",
        "store_writer",
        "event_counter",
    ]
    /// Rows that go from hand to hand at a time.
    private static let batch = 1_000

    private let source: End
    private let target: End

    package init(from source: End, to target: End) {
        self.source = source
        self.target = target
    }

    /// Copies.
    ///
    /// - Parameters:
    ///   - patience: How long to look whether a controller is alive that hasn't left a database.
    ///   - onTable: Hears of each table that the target has, with how many rows.
    /// - Returns: How many rows the target has now.
    /// - Throws: `busy` where a controller is alive, or came alive meanwhile, `conflict` for a target that holds something, and what either says.
    package func run(
        patience: Duration,
        onTable: @escaping @Sendable (_ table: String, _ rows: Int) -> Void
    ) async throws(StoreError) -> Int {
        let beats = (
            source: try await checkNobodyUses(source, patience),
            target: try await checkNobodyUses(target, patience)
        )
        let there = try await source.engine.read { try StoreTable.all($0, but: Self.own) }
        // In the target's order: rows that others point to come first.
        let tables = try await target.engine.read { try StoreTable.all($0, but: Self.own) }
        let sources = Dictionary(uniqueKeysWithValues: there.map { ($0.name, $0) })
        guard tables.count == there.count, tables.allSatisfy({ sources[$0.name]?.names == $0.names }) else {
            throw StoreError(
                .corrupt,
                message:
                    "'\(source.name)' and '\(target.name)' have other tables than each other: nothing was copied"
            )
        }
        let pipe = RowPipe()
        let reading = Task { [source] in
            do throws(StoreError) {
                // One snapshot; what came after it is seen in another.
                try await source.engine.read { database in
                    try Self.send(tables.compactMap { sources[$0.name] }, of: database, into: pipe)
                }
                try await source.engine.read { database in
                    try source.checkNobodyCame(database, since: beats.source)
                    try pipe.put(.end)
                }
            } catch { pipe.fail(error) }
        }
        let total: Int
        do throws(StoreError) {
            total = try await target.engine.write(.rare) { [target] database, _ in
                guard pipe.isFirst() else {
                    throw StoreError(
                        .failed,
                        message: "'\(target.name)' went away meanwhile: nothing was copied, so begin again"
                    )
                }
                let total = try Self.take(
                    tables,
                    from: pipe,
                    into: database,
                    named: target.name,
                    onTable
                )
                try target.checkNobodyCame(database, since: beats.target)
                return total
            }
        } catch {
            pipe.fail(error)
            await reading.value
            throw error
        }
        await reading.value
        return total
    }

    /// Returns the beats of all controllers there were.
    ///
    /// Where one alone may have it open, its lock has told already.
    private func checkNobodyUses(_ end: End, _ patience: Duration) async throws(StoreError) -> [Int64: Int64]
    {
        let (beats, isWatched) = try await end.engine.read { database in
            (try end.beats(database), try !ControllerRows.living(database).isEmpty)
        }
        let limit = ContinuousClock.now + patience
        while end.engine.isShared, isWatched, ContinuousClock.now < limit {
            try? await Task.sleep(for: .milliseconds(200))
            try await end.engine.read { try end.checkNobodyCame($0, since: beats) }
        }
        return beats
    }

    private static func send(
        _ tables: [StoreTable],
        of database: any StoreConnection,
        into pipe: RowPipe
    ) throws {
        for table in tables {
            var (place, count): ([any StoreBindable], Int) = ([], 0)
            while true {
                let rows = try table.rows(database, after: place, limit: batch)
                guard let last = rows.last else { break }
                place = table.key.compactMap { last[$0] }
                count += rows.count
                try pipe.put(.rows(rows))
            }
            try pipe.put(.count(count))
        }
        let numbers = try database.all(database.dialect.catalogue.numbers) {
            ($0[0] as String, $0[1] as Int64)
        }
        let lastEvent = try database.first("SELECT \(EventRows.last(database.dialect))") { $0[0] as Int64 }
        try pipe.put(.numbers(Dictionary(uniqueKeysWithValues: numbers), lastEvent: lastEvent ?? 0))
    }

    private static func take(
        _ tables: [StoreTable],
        from pipe: RowPipe,
        into database: any StoreConnection,
        named name: String,
        _ onTable: (String, Int) -> Void
    ) throws -> Int {
        for table in tables where try database.first(table.any, [], { _ in true }) == true {
            throw StoreError(
                .conflict,
                message: "'\(name)' isn't empty (\(table.name) has rows): copy into a new database"
            )
        }
        var total = 0
        for table in tables {
            let set = RowSet(into: table.quoted, table.columns.map(\.quoted))
            var piece = try pipe.take()
            while case .rows(let rows) = piece {
                // A statement is prepared for each set of columns that are null: rows that share it go together.
                for alike in Dictionary(grouping: rows, by: { $0.map { $0 == nil } }).values {
                    try set.write(database, alike.flatMap(\.self))
                }
                piece = try pipe.take()
            }
            let count = try table.count(database)
            guard case .count(let expected) = piece, expected == count else {
                throw StoreError(
                    .failed,
                    message: "the rows of \(table.name) differ in number: nothing was copied"
                )
            }
            onTable(table.name, expected)
            total += expected
        }
        guard case .numbers(let numbers, let lastEvent) = try pipe.take() else { return total }
        for table in tables {
            guard let number = numbers[table.name] else { continue }
            for sql in database.dialect.catalogue.setNumber
            where try database.run(sql, [table.name, number]) > 0 { break }
        }
        try EventRows.setLast(database, lastEvent)
        // Whatever it may be that fails at the source's end comes instead of it.
        _ = try pipe.take()
        return total
    }
}

/// Hands rows from one thread that may block to another; the first is two steps ahead at most.
private final class RowPipe: Sendable {
    enum Piece {
        case rows([[(any StoreBindable)?]])
        /// The end of a table: how many rows it has.
        case count(Int)
        case numbers([String: Int64], lastEvent: Int64)
        /// Nobody has changed the source meanwhile.
        case end
    }

    private struct State {
        var pieces: [Piece] = []
        var failure: StoreError?
        var isBegun = false
    }

    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)

    init() { for _ in 0..<2 { room.signal() } }

    /// Whether nobody has begun to take: what was taken isn't there for a second time.
    func isFirst() -> Bool {
        state.withLock { state in
            defer { state.isBegun = true }
            return !state.isBegun
        }
    }

    func put(_ piece: Piece) throws {
        room.wait()
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.pieces.append(piece)
        }
        filled.signal()
    }

    func take() throws -> Piece {
        filled.wait()
        let piece = try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.pieces.removeFirst()
        }
        room.signal()
        return piece
    }

    /// Ends both sides with an error.
    func fail(_ error: StoreError) {
        state.withLock { $0.failure = $0.failure ?? error }
        room.signal()
        filled.signal()
    }
}
