internal import Dispatch
internal import Glibc
package import PrecacheModel
internal import Reactor
package import Store
internal import Synchronization

/// A PostgreSQL database that holds the service's state, beside other services that have it open.
///
/// One thread writes, so that what happens after commits happens in their order; some others read, and one says that this
/// service is alive, whatever the others are at. A connection each, made when it is needed and again when it was lost: what a
/// transaction had not committed is run once more.
package final class PostgresEngine: StoreEngine {
    /// Where it is.
    package let place: PostgresPlace

    private let migrations: [StoreMigration]
    private let readLimits: PostgresLimits
    private let writing: BlockingLane
    private let reading: BlockingLane
    private let beating: BlockingLane
    private let ending = PostgresEnding()
    private let writer: PostgresWriter
    private let beater: PostgresWriter
    private let bell: PostgresBell?
    private let state = Mutex(State())

    private struct State {
        var idle: [PostgresLink] = []
        var isClosed = false
        var doubt: StoreError?
        /// The server was away at the last try.
        var absence: (error: StoreError, at: ContinuousClock.Instant)?
    }

    /// How long a read and a write wait for a server that is away, before callers hear of it; what they wait for others counts.
    private static let readPatience = Duration.seconds(5)
    private static let writePatience = Duration.seconds(30)
    private static let beatPatience = Duration.seconds(5)

    private init(
        _ place: PostgresPlace,
        _ access: StoreAccess,
        readers: Int,
        _ migrations: [StoreMigration],
        bell: PostgresPlace?
    ) throws(SystemError) {
        self.place = place
        self.migrations = migrations
        readLimits = access == .copy ? .copy : PostgresLimits(statement: 20)
        writing = try BlockingLane(name: "store-write")
        reading = try BlockingLane(name: "store-read", threads: readers)
        beating = try BlockingLane(name: "store-beat")
        writer = PostgresWriter(place, ending, access == .copy ? .copy : nil)
        beater = PostgresWriter(place, ending, .beat)
        self.bell = try bell.map { place throws(SystemError) in try PostgresBell(place) }
    }

    /// Opens the database and brings its schema up to date, the first of several that start at once; the others wait.
    ///
    /// - Parameters:
    ///   - place: Where it is.
    ///   - access: Whether this is a service or a command beside it.
    ///   - readers: Threads that read, each with a connection.
    ///   - bell: Where services ring each other; nil if they don't. A pooler won't do.
    ///   - takesOver: Whether services that can't work with a newer schema are fenced, rather than waited for.
    ///   - migrations: Every schema step there ever was, oldest first; others are for tests.
    /// - Returns: The open database.
    /// - Throws: `StoreError` that names the place and what to do: no server, no such database, in use by an older version,
    ///   another program's, a newer version's, too old a server.
    package static func open(
        _ place: PostgresPlace,
        access: StoreAccess = .service,
        readers: Int = 4,
        bell: PostgresPlace? = nil,
        takesOver: Bool = false,
        migrations: [StoreMigration] = StoreMigration.all
    ) async throws(StoreError) -> PostgresEngine {
        let engine: PostgresEngine
        do {
            engine = try PostgresEngine(place, access, readers: readers, migrations, bell: bell)
        } catch {
            throw StoreError(.failed, message: "no thread for the database: \(error)")
        }
        do {
            // At a start nobody waits for a server that is away: whoever started us tries again, and says why.
            try await engine.result(on: engine.writing) { () throws(StoreError) in
                try engine.attempt(until: .now, isWrite: true) {
                    try engine.writer.withLink { link in
                        try PostgresSchema(link: link, place: engine.place, migrations: migrations)
                            .bringUpToDate(access, takesOver: takesOver)
                    }
                }
            }.get()
        } catch {
            await engine.close()
            throw error
        }
        return engine
    }

    /// Whether a service could open the database; changes nothing.
    ///
    /// Blocks.
    package static func check(_ place: PostgresPlace) throws(StoreError) {
        do {
            let link = try PostgresLink(place, PostgresEnding())
            try PostgresSchema(link: link, place: place, migrations: StoreMigration.all).check()
        } catch let failure as PostgresFailure {
            throw failure.error(at: place)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.failed, message: "'\(place)': \(error)")
        }
    }

    // MARK: Transactions

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        let call = CancellableCall()
        let end = ContinuousClock.now + Self.readPatience
        let result = await withTaskCancellationHandler {
            await self.result(on: reading) { [self] () throws(StoreError) in
                try attempt(until: end) {
                    let link = try take()
                    defer { giveBack(link) }
                    return try link.transaction("REPEATABLE READ READ ONLY", readLimits, of: call, body)
                }
            }
        } onCancel: {
            call.cancel()
        }
        return try result.get()
    }

    package func write<Value: Sendable>(
        _ scope: WriteScope,
        _ body: @escaping @Sendable (any StoreConnection, AfterCommit) throws -> Value
    ) async throws(StoreError) -> Value {
        let isBeat = scope == .beat
        let end = ContinuousClock.now + (isBeat ? Self.beatPatience : Self.writePatience)
        return try await result(on: isBeat ? beating : writing) { [self] () throws(StoreError) in
            let writer = isBeat ? beater : writer
            let sent = PostgresWriter.Sent<Value>()
            let outcome: PostgresWriter.Outcome<Value>
            do throws(StoreError) {
                outcome = try attempt(until: end, isWrite: true) {
                    try writer.attempt(scope, after: sent, body)
                }
            } catch {
                writer.giveUp(sent)
                throw error
            }
            // A small write may find the room that a larger one didn't: that is for the check. And a beat's may be none.
            if !isBeat { state.withLock { if $0.doubt?.code != .full { $0.doubt = nil } } }
            for action in outcome.actions { action() }
            return outcome.value
        }.get()
    }

    /// Runs `body` on a thread of the lane; once begun it runs to its end.
    private func result<Value: Sendable>(
        on lane: BlockingLane,
        _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) async -> Result<Value, StoreError> {
        await withCheckedContinuation { continuation in
            let isTaken = lane.submit {
                do throws(StoreError) { continuation.resume(returning: .success(try body())) } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !isTaken { continuation.resume(returning: .failure(closed)) }
        }
    }

    private var closed: StoreError { StoreError(.closed, message: "'\(place)' has been closed") }

    /// Runs a transaction, again if others were in its way or the server was away.
    private func attempt<Value>(
        until end: ContinuousClock.Instant,
        isWrite: Bool = false,
        _ body: () throws -> Value
    ) throws(StoreError) -> Value {
        var attempts = PostgresAttempts(until: end, ending)
        // Of many that waited behind one that waited for the server not each is to wait for it once more.
        let absence = state.withLock { $0.absence }
        if let absence, attempts.isOver, absence.at > .now - .seconds(2) { throw absence.error }
        while true {
            let failure: PostgresFailure
            do {
                let value = try body()
                state.withLock { $0.absence = nil }
                ending.note(isAway: false)
                return value
            } catch let error as StoreError {
                throw error
            } catch let error as PostgresFailure {
                failure = error
            } catch {
                throw StoreError(.failed, message: "'\(place)': \(error)")
            }
            let error = noted(failure, isWrite: isWrite)
            guard attempts.goOn(after: failure) else { throw error }
        }
    }

    private func noted(_ failure: PostgresFailure, isWrite: Bool) -> StoreError {
        let error = failure.error(at: place)
        if failure.isLost { ending.note(isAway: true) }
        state.withLock { state in
            // At once, not when patience is at its end.
            if !failure.isConflict, isWrite { state.doubt = error }
            guard failure.isLost else { return }
            state.absence = (error, .now)
            // Where one connection was lost the others are, too, most often; each would cost a failure of its own.
            state.idle = []
        }
        return error
    }

    private func take() throws -> PostgresLink {
        let (idle, isClosed) = state.withLock { ($0.idle.popLast(), $0.isClosed) }
        if isClosed { throw closed }
        if let idle { return idle }
        return try PostgresLink(place, ending)
    }

    private func giveBack(_ link: PostgresLink) {
        guard link.isIdle else { return }
        state.withLock { if !$0.isClosed { $0.idle.append(link) } }
    }

    // MARK: Upkeep

    package func check() async throws(StoreError) {
        let isInDoubt = doubt != nil
        try await write(.beat) { database, _ in
            // A row that nobody else waits for, should this one hang now; it is gone with the commit, and has been written.
            let content = String(repeating: "a", count: isInDoubt ? 128 * 1_024 : 1)
            try database.run("INSERT INTO probe VALUES (pg_backend_pid(), ?1)", [content])
            try database.run("DELETE FROM probe WHERE id = pg_backend_pid()")
        }
        state.withLock { $0.doubt = nil }
    }

    package var doubt: StoreError? { state.withLock { $0.doubt } }

    /// PostgreSQL does it by itself.
    package func vacuum(pages: Int) async throws(StoreError) -> Int { 0 }

    package let isShared = true

    package func ring(_ bells: Set<Bell>) { bell?.ring(bells) }

    package var bells: AsyncStream<Set<Bell>> { bell?.heard ?? AsyncStream { $0.finish() } }

    package var bellTrouble: StoreError? { bell?.trouble }

    package func unknownBreakingSteps() async throws(StoreError) -> [String] {
        let known = migrations.map(\.identifier)
        return try await write(.beat) { database, _ in
            try database.all(PostgresSchema.breakingSteps) { $0[0] as String }.filter { !known.contains($0) }
        }
    }

    package func beginClose() { ending.begin() }

    /// Finishes what was handed over; a transaction that waits for a server that is away gives up.
    package func close() async {
        ending.finish()
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // Joins threads, and so isn't for the cooperative pool.
            DispatchQueue(label: "precache.store.close").async { [self] in
                bell?.close()
                writing.stop()
                reading.stop()
                beating.stop()
                writer.close()
                beater.close()
                state.withLock { $0.idle = [] }
                continuation.resume()
            }
        }
    }
}
