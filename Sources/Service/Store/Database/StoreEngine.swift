package import PrecacheModel

/// A database engine: transactions around bodies that are written once for all engines.
///
/// Blocking calls are made on the engine's own threads.
package protocol StoreEngine: Sendable {
    /// Reads in a snapshot of its own.
    ///
    /// Stops early, with an error, when the calling task is cancelled.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value

    /// Writes, and returns when the write is durable; the body may run several times.
    ///
    /// Not stopped by task cancellation: a report that was taken is kept.
    func write<Value: Sendable>(
        _ scope: WriteScope,
        _ body: @escaping @Sendable (any StoreConnection, AfterCommit) throws -> Value
    ) async throws(StoreError) -> Value

    /// Checks that the database can be read and written now, by writing a little to it; what callers see doesn't change.
    ///
    /// After a write that found no room, or no leave, it writes as much as a job's acceptance does: less may still find
    /// room in a log that has grown before.
    func check() async throws(StoreError)

    /// The failure of a write that left the database in doubt: no room, no leave or damage.
    ///
    /// Kept until a ``check()`` has written. Doesn't block.
    var doubt: StoreError? { get }

    /// Gives up to so many free pages back to the file system, where the engine doesn't do it by itself.
    ///
    /// Returns how many are still free.
    func vacuum(pages: Int) async throws(StoreError) -> Int

    /// From now on nobody waits for a database that is away: the process is about to end. Doesn't block.
    func beginClose()

    /// Finishes the writes that were taken and closes; later calls throw `closed`.
    func close() async

    // MARK: Others that have it open

    /// Whether several services may have the database open: then rows change that this one didn't write.
    var isShared: Bool { get }

    /// Tells the others that there is something to look at; call it after the commit.
    ///
    /// Doesn't block, and may be lost: whoever listens also looks by itself now and then.
    func ring(_ bells: Set<Bell>)

    /// What others rang, never what this one did; for one listener. An empty set: rings may have been lost, so look at
    /// everything. Ends at once where nobody can ring, else with ``close()``.
    var bells: AsyncStream<Set<Bell>> { get }

    /// Why others can't be heard now, nor rung; nil while they can, or where nobody rings. Doesn't block.
    var bellTrouble: StoreError? { get }

    /// Steps that a newer version has taken the database through since this one opened it, and that it can't work with.
    func unknownBreakingSteps() async throws(StoreError) -> [String]
}

/// What there is to look at.
package enum Bell: Hashable, Sendable {
    /// A job has changed; its number in the database.
    case job(Int64)
    /// A webhook, or what is to be delivered to it.
    case webhooks
    /// A job that nobody works on yet.
    case work
}

/// How a process uses the database.
package enum StoreAccess: Sendable {
    /// A service: the only one on a file, one of several on a server; brings the schema up to date.
    case service
    /// A short-lived command (`precached token …`) that may run beside the service.
    ///
    /// It brings the schema up to date only while no service runs.
    case tool
    /// A command that reads or writes all that there is at once, where no service lives: as a service, but what it does may
    /// take as long as it likes.
    case copy
}

/// What a write is about, and so what it has to keep others from: an engine with one writer needs no locks.
package enum WriteScope: Sendable {
    /// One job and what is below it, or several.
    case job
    /// Inventory, webhooks, tokens: reads, decides and writes, one at a time.
    case rare
    /// Shares of sources, one at a time.
    case shares
    /// Rows that nobody decides by: the last one to write wins.
    case heartbeats
    /// Whether this one is alive, and who else is: it doesn't wait behind work, and gives up within seconds.
    ///
    /// Nothing is said of its order among other writes.
    case beat
}

/// What is to happen once a write's transaction is durable: memory follows the database, never the reverse.
///
/// The actions run in the order of the transactions, before the writers hear of success.
/// Not Sendable: it lives for one run of one write's body.
package final class AfterCommit {
    private var actions: [@Sendable () -> Void] = []

    package init() {}

    /// Runs `action` after the commit, and never if the write fails.
    package func perform(_ action: @escaping @Sendable () -> Void) { actions.append(action) }

    package func takeActions() -> [@Sendable () -> Void] { actions }
}

/// What engines spell differently; all else is written once.
package struct Dialect: Sendable {
    /// A join in this order: SQLite's planner keeps the order of a `CROSS JOIN`.
    package let ordered: String
    /// The functions for the larger and the smaller of two values.
    package let greatest: String
    package let least: String
    /// The end of a condition: what stands before it is one of the whole numbers in a JSON array, which `value` names (`?1`).
    package let among: @Sendable (_ value: String) -> String
    /// A subquery for the texts in such an array.
    package let words: @Sendable (_ value: String) -> String
    /// What a SELECT of rows that one other transaction at most may have at a time ends with; it waits for that one's end.
    package let locked: String
    /// The same, passing over rows that another transaction has.
    package let unclaimed: String
    /// The server's clock in microseconds since 1970; nil where there is no server.
    package let serverClock: String?
    /// Where events' numbers come from; nil for the one row of `event_counter`, which would keep all jobs of all
    /// controllers waiting for each other.
    package let eventSequence: String?
    /// The rest of a SELECT of the oldest transaction that runs and writes, and of the one that will be begun next.
    ///
    /// Nil where one writes at a time.
    package let runningTransactions: String?
    package let catalogue: StoreCatalogue

    package init(
        ordered: String,
        greatest: String,
        least: String,
        among: @escaping @Sendable (String) -> String,
        words: @escaping @Sendable (String) -> String,
        locked: String = "",
        unclaimed: String = "",
        serverClock: String? = nil,
        eventSequence: String? = nil,
        runningTransactions: String? = nil,
        catalogue: StoreCatalogue
    ) {
        self.ordered = ordered
        self.greatest = greatest
        self.least = least
        self.among = among
        self.words = words
        self.locked = locked
        self.unclaimed = unclaimed
        self.serverClock = serverClock
        self.eventSequence = eventSequence
        self.runningTransactions = runningTransactions
        self.catalogue = catalogue
    }
}

/// One step from an older schema to a newer one.
///
/// Once released, a migration is never edited nor renamed: databases out there remember it by its identifier.
package struct StoreMigration: Sendable {
    /// The name that the database remembers, for example `2026-11-inventory`.
    package let identifier: String
    /// Whether a service that doesn't know the step can't go on beside it.
    ///
    /// A column that went, or means something else. What only adds isn't.
    package let isBreaking: Bool
    package let run: @Sendable (any StoreConnection) throws -> Void

    package init(
        _ identifier: String,
        isBreaking: Bool = false,
        run: @escaping @Sendable (any StoreConnection) throws -> Void
    ) {
        self.identifier = identifier
        self.isBreaking = isBreaking
        self.run = run
    }

    /// A step that only runs these statements.
    init(_ identifier: String, isBreaking: Bool = false, sql: String) {
        self.init(identifier, isBreaking: isBreaking) { try $0.script(sql) }
    }

    /// Every schema step there ever was, oldest first.
    package static let all =
        InventorySchema.migrations + JobSchema.migrations + InventorySchema.additions
        + [WebhookSchema.migration] + TokenSchema.additions + JobSchema.additions
        + [probe, JobSchema.reasons, JobSchema.exchanges, ControllerSchema.migration]
        + [CoverageSchema.migration, CoverageSchema.history, JobSchema.eventOrder, JobSchema.trace]
        + [CoverageSchema.moments]

    /// One row, which ``StoreEngine/check()`` rewrites.
    private static let probe = StoreMigration(
        "2026-11-probe",
        sql: """
            CREATE TABLE probe (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
            INSERT INTO probe VALUES (1, '');
            """
    )
}

extension StoreConnection {
    /// Writes a little, or, after a write that found no room, more than the acceptance of a job of some hosts takes: for
    /// ``StoreEngine/check()``.
    package func probe(forRoom: Bool) throws {
        let last = try first("SELECT substr(content, 1, 1) FROM probe") { $0[0] as String }
        // What is there already isn't written.
        let content = String(repeating: last == "a" ? "b" : "a", count: forRoom ? 128 * 1_024 : 1)
        try run("UPDATE probe SET content = ?1", [content])
    }
}
