internal import GRDB
package import Inventory
package import PrecacheModel
internal import Synchronization

/// Jobs, their hosts, results and events, in the service's database: the queue that the dispatcher works from.
///
/// Each call is one transaction, durable when it returns; calls that come together share an fsync. Errors are
/// `StoreError`.
package final class SQLiteJobs: Sendable {
    let database: StoreDatabase
    let inventory: SQLiteInventory
    let clock: @Sendable () -> Timestamp
    let board = JobBoard()
    private let bells = Mutex<[AsyncStream<Void>.Continuation]>([])

    private init(
        database: StoreDatabase,
        inventory: SQLiteInventory,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.database = database
        self.inventory = inventory
        self.clock = clock
    }

    /// Opens the jobs of an open database: reads the summaries of those that live.
    ///
    /// - Parameters:
    ///   - database: With the jobs' schema.
    ///   - inventory: Of the same database.
    ///   - clock: The wall clock.
    /// - Returns: The jobs.
    /// - Throws: `StoreError`.
    package static func open(
        database: StoreDatabase,
        inventory: SQLiteInventory,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) async throws(StoreError) -> SQLiteJobs {
        let jobs = SQLiteJobs(database: database, inventory: inventory, clock: clock)
        let live = try await database.read { try JobRow.fetch($0, where: "state IN (0, 1) ORDER BY id") }
        for row in live { jobs.board.publish(row) }
        return jobs
    }

    /// Rings when there is something for the dispatcher to look at: a job was accepted, or is to be cancelled.
    ///
    /// One ring may stand for several. Rings before the call are not heard, so look once after it.
    package func work() -> AsyncStream<Void> {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        bells.withLock { $0.append(bell) }
        return stream
    }

    /// Rings once for any number of changes of a job since it was last heard; ends when the job is pruned.
    ///
    /// Subscribe, then read: so no change is missed.
    package func changes(of id: JobID) -> AsyncStream<Void> { board.changes(of: id) }

    /// A job's summary from memory: that of every job that lives and of those that ended lately, nil for others.
    ///
    /// Never blocks. ``job(_:)`` finds every job.
    package func cachedJob(_ id: JobID) -> JobRecord? { board.record(id) }

    /// A number that differs after every change of a job that memory knows; nil for others.
    package func cachedRevision(of id: JobID) -> UInt64? { board.revision(id) }

    func ringForWork() {
        let bells = bells.withLock { $0 }
        for bell in bells { bell.yield() }
    }

    /// Notes a job's new summary once the transaction is durable.
    func publish(_ row: JobRow, after commit: AfterCommit) {
        commit.perform { [board] in board.publish(row) }
    }
}
