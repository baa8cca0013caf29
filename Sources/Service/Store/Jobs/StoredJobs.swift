package import PrecacheModel
internal import Synchronization

/// Jobs, their hosts, results and events, in the service's database: the queue that the dispatcher works from.
///
/// Each call is one transaction, durable when it returns; calls that come together share an fsync. Errors are
/// `StoreError`.
package final class StoredJobs: Sendable {
    let engine: any StoreEngine
    let controllers: StoredControllers
    let inventory: StoredInventory
    let clock: @Sendable () -> Timestamp
    let limits: AdmissionLimits
    let board = JobBoard()
    let horizonKeeper = EventHorizonKeeper()
    /// The newest job that a look at the table has seen (``look()``).
    let seen = Atomic<Int64>(0)
    private let bells = Mutex<[AsyncStream<Void>.Continuation]>([])

    private init(
        engine: any StoreEngine,
        controllers: StoredControllers,
        inventory: StoredInventory,
        limits: AdmissionLimits,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.engine = engine
        self.controllers = controllers
        self.limits = limits
        self.inventory = inventory
        self.clock = clock
    }

    /// Opens the jobs of an open database: reads the summaries of those that live.
    static func open(
        engine: any StoreEngine,
        controllers: StoredControllers,
        inventory: StoredInventory,
        limits: AdmissionLimits,
        clock: @escaping @Sendable () -> Timestamp
    ) async throws(StoreError) -> StoredJobs {
        let jobs = StoredJobs(
            engine: engine,
            controllers: controllers,
            inventory: inventory,
            limits: limits,
            clock: clock
        )
        let isShared = engine.isShared
        let (live, last) = try await engine.read { database in
            let last: Int64? =
                isShared ? try database.first("SELECT coalesce(max(id), 0) FROM job") { $0[0] } : nil
            return (try JobRow.fetch(database, where: "\(StoredJobState.open) ORDER BY id"), last ?? 0)
        }
        for row in live { jobs.board.publish(row) }
        jobs.seen.store(last, ordering: .releasing)
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

    /// Jobs that have ended, and results that ended aside; for one listener, which misses the oldest if it is far behind.
    package var news: AsyncStream<JobNews> { board.news }

    /// Rings once for any number of changes of a job since it was last heard; ends when the job is pruned.
    ///
    /// Subscribe, then read: so no change is missed.
    package func changes(of id: JobID) -> AsyncStream<Void> { board.changes(of: id) }

    /// A job's summary from memory: that of every job that lives and of those that ended lately, nil for others.
    ///
    /// Never blocks. ``job(_:)`` finds every job.
    package func cachedJob(_ id: JobID) -> JobRecord? { board.record(id) }

    /// The revision of a job that memory knows; nil for others.
    package func cachedRevision(of id: JobID) -> Int64? { board.revision(id) }

    func ringForWork() {
        let bells = bells.withLock { $0 }
        for bell in bells { bell.yield() }
    }

    /// Notes a job's new summary once the transaction is durable.
    func publish(_ row: JobRow, after commit: AfterCommit) {
        let engine = engine.isShared ? engine : nil
        commit.perform { [board] in
            board.publish(row)
            engine?.ring([.job(row.key)])
        }
    }

    /// Tells of what ended without the dispatcher, once the transaction is durable.
    func tellEnded(_ outcome: Outcome, _ progress: JobProgress, after commit: AfterCommit) {
        let reasons = progress.reasons
        guard !reasons.isEmpty else { return }
        commit.perform { [board] in board.tell(.endedAside(outcome, reasons)) }
    }
}

/// How much work may be accepted.
package struct AdmissionLimits: Hashable, Sendable {
    /// Jobs that may be open at a time (`jobs.max_open`).
    package var openJobs: Int
    /// Jobs of one caller that may be open at a time (`jobs.max_open_per_caller`).
    package var openJobsPerCaller: Int
    /// Results, one for each image on each host, that one job may have (`jobs.max_results`).
    package var results: Int

    /// The defaults are 1,000 jobs, 500 of one caller, and 10,000 hosts with 256 images.
    package init(openJobs: Int = 1_000, openJobsPerCaller: Int = 500, results: Int = 2_560_000) {
        self.openJobs = openJobs
        self.openJobsPerCaller = openJobsPerCaller
        self.results = results
    }
}
