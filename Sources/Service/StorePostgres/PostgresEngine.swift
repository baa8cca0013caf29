internal import Dispatch
internal import Glibc
package import PrecacheModel
internal import Reactor
package import Store
internal import Synchronization

/// A PostgreSQL database that holds the service's state.
///
/// One thread writes, so that what happens after commits happens in their order; some others read. A connection each, made
/// when it is needed and again when it was lost: what a transaction had not committed is run once more.
///
/// A service holds a lock of its session on the connection that it writes on. So there is one that writes: who loses the
/// connection loses the lock with it, and can't write before it has both again.
package final class PostgresEngine: StoreEngine {
    /// Where it is.
    package let place: PostgresPlace

    private let access: StoreAccess
    private let writing: BlockingLane
    private let reading: BlockingLane
    private let state = Mutex(State())

    private struct State {
        var idle: [PostgresLink] = []
        /// The one that is written on, between writes.
        var writer: PostgresLink?
        var isClosed = false
        var doubt: StoreError?
    }

    /// How long a read and a write wait for a server that is away, before callers hear of it.
    private static let readPatience = Duration.seconds(5)
    private static let writePatience = Duration.seconds(30)
    /// How often a transaction is tried that others' transactions were in the way of.
    private static let tries = 5

    private init(_ place: PostgresPlace, _ access: StoreAccess, readers: Int) throws(SystemError) {
        self.place = place
        self.access = access
        writing = try BlockingLane(name: "store-write")
        reading = try BlockingLane(name: "store-read", threads: readers)
    }

    /// Opens the database and brings its schema up to date, the first of several that start at once; the others wait.
    ///
    /// - Parameters:
    ///   - place: Where it is.
    ///   - access: Whether this is the service or a command beside it.
    ///   - readers: Threads that read, each with a connection.
    ///   - migrations: Every schema step there ever was, oldest first; others are for tests.
    /// - Returns: The open database.
    /// - Throws: `StoreError` that names the place and what to do: no server, no such database, in use, another program's, a
    ///   newer version's, too old a server.
    package static func open(
        _ place: PostgresPlace,
        access: StoreAccess = .service,
        readers: Int = 4,
        migrations: [StoreMigration] = StoreMigration.all
    ) async throws(StoreError) -> PostgresEngine {
        let engine: PostgresEngine
        do { engine = try PostgresEngine(place, access, readers: readers) } catch {
            throw StoreError(.failed, message: "no thread for the database: \(error)")
        }
        do {
            // At a start nobody waits for a server that is away: whoever started us tries again, and says why.
            try await engine.result(on: engine.writing) { () throws(StoreError) in
                try engine.attempt(within: .zero, isWrite: true) { link in
                    try PostgresSchema(link: link, place: engine.place, migrations: migrations)
                        .bringUpToDate()
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
            let link = try PostgresLink(place)
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

    /// Set for each transaction, since the URL may have options of its own.
    ///
    /// The last one lets go of what a program that sleeps in a transaction has locked.
    private static let limits = """
        SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '5s';
        SET LOCAL idle_in_transaction_session_timeout = '15s'
        """

    private static func begin(_ scope: WriteScope) -> String {
        switch scope {
        case .job, .rare: "BEGIN; \(limits); SELECT \(PostgresSchema.lock(1))"
        case .shares: "BEGIN; \(limits); SELECT \(PostgresSchema.lock(4))"
        case .heartbeats: "BEGIN; \(limits)"
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        let call = CancellableCall()
        let result = await withTaskCancellationHandler {
            await self.result(on: reading) { [self] () throws(StoreError) in
                try attempt(within: Self.readPatience) { link in
                    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \(Self.limits)"
                    return try link.transaction(begin, of: call, body)
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
        try await result(on: writing) { [self] () throws(StoreError) in
            let (value, actions) = try attempt(within: Self.writePatience, isWrite: true) { link in
                let after = AfterCommit()
                let value = try link.transaction(Self.begin(scope)) { try body($0, after) }
                return (value, after.takeActions())
            }
            // A small write may find the room that a larger one didn't: that is for the check.
            state.withLock { if $0.doubt?.code != .full { $0.doubt = nil } }
            for action in actions { action() }
            return value
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
        within patience: Duration,
        isWrite: Bool = false,
        _ body: (PostgresLink) throws -> Value
    ) throws(StoreError) -> Value {
        let end = ContinuousClock.now + patience
        var (failures, conflicts) = (0, 0)
        while true {
            let failure: PostgresFailure
            do {
                let link = try isWrite ? takeWriter() : take()
                defer { giveBack(link, isWriter: isWrite) }
                return try body(link)
            } catch let error as StoreError {
                throw error
            } catch let error as PostgresFailure {
                failure = error
            } catch {
                throw StoreError(.failed, message: "'\(place)': \(error)")
            }
            failures += 1
            if failure.isConflict {
                conflicts += 1
            } else if isWrite {
                // At once, not when patience is at its end.
                state.withLock { $0.doubt = failure.error(at: place) }
            }
            let isOver = failure.isConflict ? conflicts >= Self.tries : ContinuousClock.now >= end
            guard failure.isPassing, !isOver, !state.withLock({ $0.isClosed }) else {
                throw failure.error(at: place)
            }
            if failure.isLost { dropIdle() }
            let most = min(Duration.milliseconds(50) * (1 << min(failures, 5)), .seconds(1))
            usleep(UInt32(most / .microseconds(1) * Double.random(in: 0.1...1)))
        }
    }

    private func take() throws -> PostgresLink {
        let (idle, isClosed) = state.withLock { ($0.idle.popLast(), $0.isClosed) }
        if let idle { return idle }
        if isClosed { throw closed }
        return try PostgresLink(place)
    }

    /// The connection that is written on: only the writing thread has it.
    private func takeWriter() throws -> PostgresLink {
        let writer = state.withLock { state in
            defer { state.writer = nil }
            return state.writer
        }
        if let writer { return writer }
        let link = try PostgresLink(place)
        guard access == .service else { return link }
        do {
            // A service that was just killed has the lock until the server has seen that its connection is gone.
            try link.script(
                "SET lock_timeout = '1s'; SELECT \(PostgresSchema.sessionLock); RESET lock_timeout"
            )
        } catch let failure as PostgresFailure where failure.state == "55P03" {
            throw StoreError(
                .busy,
                message:
                    "'\(place)' is in use by another precached: stop it, or set database.url to another database"
            )
        }
        return link
    }

    private func giveBack(_ link: PostgresLink, isWriter: Bool) {
        guard !link.isLost else { return }
        state.withLock { if isWriter { $0.writer = link } else if !$0.isClosed { $0.idle.append(link) } }
    }

    /// Where one connection was lost the others are, too, most often; each would cost a failure of its own.
    private func dropIdle() { state.withLock { $0.idle = [] } }

    // MARK: Upkeep

    package func check() async throws(StoreError) {
        let isInDoubt = doubt != nil
        try await write(.rare) { database, _ in try database.probe(forRoom: isInDoubt) }
        state.withLock { $0.doubt = nil }
    }

    package var doubt: StoreError? { state.withLock { $0.doubt } }

    /// PostgreSQL does it by itself.
    package func vacuum(pages: Int) async throws(StoreError) -> Int { 0 }

    package let isShared = true
    package func ring(_ bells: Set<Bell>) {}
    package var bells: AsyncStream<Set<Bell>> { AsyncStream { $0.finish() } }
    package func unknownBreakingSteps() async throws(StoreError) -> [String] { [] }

    /// Finishes what was handed over; a transaction that waits for a server that is away gives up.
    package func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // Joins threads, and so isn't for the cooperative pool.
            DispatchQueue(label: "precache.store.close").async { [self] in
                writing.stop()
                reading.stop()
                state.withLock { ($0.idle, $0.writer) = ([], nil) }
                continuation.resume()
            }
        }
    }
}

/// Whether the caller of a transaction has gone.
final class CancellableCall: Sendable {
    private let state = Atomic(false)
    func cancel() { state.store(true, ordering: .relaxed) }
    var isCancelled: Bool { state.load(ordering: .relaxed) }
}
