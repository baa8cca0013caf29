internal import CPostgres
internal import Glibc
internal import PrecacheModel
internal import Store

/// A connection.
///
/// Every answer is waited for with a limit: a server that is stopped, or whose machine is, says nothing, and a commit may wait
/// for a standby that is gone. Who has waited that long drops the connection.
final class PostgresLink: StoreConnection, @unchecked Sendable {
    // In the hands of one thread at a time: whoever has taken it out of the engine's idle ones.

    private let connection: OpaquePointer
    private let ending: PostgresEnding
    private let isPooled: Bool
    private var statements = PostgresStatements()
    private var call: CancellableCall?
    private var isSpent = false
    private var limits = PostgresLimits(statement: 15)
    /// Whether the transaction has changed anything.
    private(set) var hasChanged = false

    /// Connects; blocks for some seconds at most.
    init(_ place: PostgresPlace, _ ending: PostgresEnding) throws(PostgresFailure) {
        let connection = place.connect(within: ending.hasBegun ? .seconds(2) : .seconds(5))
        guard let connection, PQstatus(connection) == CONNECTION_OK else {
            defer { PQfinish(connection) }
            throw PostgresFailure(connection)
        }
        self.connection = connection
        self.ending = ending
        isPooled = place.isPooled
        // Notices (a table that is there already) are nobody's concern; libpq would print them.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        PQsetnonblocking(connection, 1)
        guard !isPooled else { return }
        for setting in Self.upkeep {
            // Where the server doesn't know one, others see to it.
            do { try exec(setting, within: limits.short) } catch  where isLost { throw error } catch {}
        }
    }

    deinit { PQfinish(connection) }

    var dialect: Dialect { .postgres }

    /// The server's version as a number: 150018 is 15.18.
    var serverVersion: Int { Int(PQserverVersion(connection)) }

    var socket: Int32 { PQsocket(connection) }

    var isLost: Bool { isSpent || PQstatus(connection) != CONNECTION_OK }

    /// Whether another transaction may begin on it.
    var isIdle: Bool { !isLost && PQtransactionStatus(connection) == PQTRANS_IDLE }

    // MARK: Transactions

    /// So that the server soon sees that we are gone, and lets go of what we had locked.
    private static let upkeep = [
        "SET tcp_keepalives_idle = 10", "SET tcp_keepalives_interval = 5", "SET tcp_keepalives_count = 3",
        "SET tcp_user_timeout = '10s'", "SET client_connection_check_interval = '5s'",
    ]

    /// Begins a transaction.
    ///
    /// What it needs is set for it alone, since the URL may have options of its own, and a pooler gives each transaction another
    /// connection.
    func begin(_ mode: String, _ limits: PostgresLimits, locks: String = "") throws(PostgresFailure) {
        (self.limits, hasChanged) = (limits, false)
        // A server that is well begins at once: when we are about to end it is soon known for one that isn't.
        let isQuick = ending.hasBegun && locks.isEmpty
        try exec(
            """
            BEGIN ISOLATION LEVEL \(mode); SET LOCAL statement_timeout = '\(limits.statement)s';
            SET LOCAL lock_timeout = '\(limits.lock)s'; SET LOCAL bytea_output = hex;
            SET LOCAL idle_in_transaction_session_timeout = '\(limits.idle)s'; \(locks)
            """,
            within: isQuick ? .seconds(3) : limits.short
        )
    }

    /// Commits, after statements that belong to it.
    func commit(_ last: String = "") throws(PostgresFailure) {
        let tag = try exec("\(last)COMMIT", within: limits.short).tag
        // What PostgreSQL answers where a statement had failed, and its error was swallowed.
        if tag != "COMMIT" { throw PostgresFailure(state: "25P02", "the transaction was rolled back") }
    }

    func rollback() {
        if !isLost { _ = try? exec("ROLLBACK", within: limits.short) }
    }

    /// Runs `body` in a transaction; it stops between statements once the call is cancelled.
    func transaction<Value>(
        _ mode: String,
        _ limits: PostgresLimits,
        of call: CancellableCall? = nil,
        _ body: (PostgresLink) throws -> Value
    ) throws -> Value {
        self.call = call
        defer { self.call = nil }
        do {
            try begin(mode, limits)
            let value = try body(self)
            try commit()
            return value
        } catch {
            rollback()
            throw error
        }
    }

    // MARK: Statements

    @discardableResult
    func run(_ sql: String, _ values: [(any StoreBindable)?]) throws -> Int {
        try execute(sql, values).count
    }

    func rows(
        _ sql: String,
        _ values: [(any StoreBindable)?],
        _ body: (any StoreRow) throws -> Void
    ) throws {
        let answer = try execute(sql, values)
        let row = PostgresRow(answer)
        for place in 0..<PQntuples(answer.result) {
            row.place = place
            try body(row)
        }
    }

    /// Statements that change the schema are SQLite's words, in the few forms that ours have: here they become PostgreSQL's.
    func script(_ sql: String) throws {
        hasChanged = true
        try exec(PostgresText.definition(sql), within: limits.answer)
    }

    private func execute(_ sql: String, _ values: [(any StoreBindable)?]) throws -> PostgresAnswer {
        guard call?.isCancelled != true else { throw CancellationError() }
        var values = PostgresValues(values)
        let statement = try isPooled ? statements.unnamed(sql, &values) : prepared(sql, &values)
        let count = Int32(values.types.count)
        try sending {
            values.withPointers { pointers, lengths, formats in
                isPooled
                    ? PQsendQueryParams(
                        connection,
                        statement.text,
                        count,
                        statement.types,
                        pointers,
                        lengths,
                        formats,
                        0
                    )
                    : PQsendQueryPrepared(connection, statement.name, count, pointers, lengths, formats, 0)
            }
        }
        let answer = try self.answer(within: limits.answer)
        // Ours are SQLite's statements as well, so one that begins with SELECT changes nothing.
        if !hasChanged { hasChanged = !answer.tag.hasPrefix("SELECT") && answer.count > 0 }
        return answer
    }

    private func prepared(
        _ sql: String,
        _ values: inout PostgresValues
    ) throws(PostgresFailure) -> PostgresStatements.Statement {
        let (statement, drop) = statements.named(sql, &values)
        if let drop { try exec(drop, within: limits.short) }
        if statement.isPrepared { return statement }
        try sending {
            PQsendPrepare(
                connection,
                statement.name,
                statement.text,
                Int32(statement.types.count),
                statement.types
            )
        }
        _ = try answer(within: limits.answer)
        statements.keep(sql)
        return statement
    }

    @discardableResult
    func exec(_ sql: String, within limit: Duration) throws(PostgresFailure) -> PostgresAnswer {
        try sending { PQsendQuery(connection, sql) }
        return try answer(within: limit)
    }

    /// What others have sent on channels that are listened to and hasn't been taken yet; doesn't wait.
    func notifications() throws(PostgresFailure) -> [String] {
        guard PQconsumeInput(connection) == 1 else { throw noted(PostgresFailure(connection)) }
        var texts: [String] = []
        while let told = PQnotifies(connection) {
            if told.pointee.be_pid != PQbackendPID(connection) {
                texts.append(String(cString: told.pointee.extra))
            }
            PQfreemem(told)
        }
        return texts
    }

    // MARK: Waiting

    private func sending(_ send: () -> Int32) throws(PostgresFailure) {
        guard send() == 1 else { throw noted(PostgresFailure(connection)) }
    }

    /// What the server says to what was sent: to the last statement, or to the first that failed.
    private func answer(within limit: Duration) throws(PostgresFailure) -> PostgresAnswer {
        var end = ContinuousClock.now + limit
        while true {
            let left = PQflush(connection)
            guard left == 1 else { break }
            try wait(POLLIN | POLLOUT, until: &end)
            guard PQconsumeInput(connection) == 1 else { break }
        }
        var kept: PostgresAnswer?
        while true {
            while PQisBusy(connection) == 1 {
                try wait(POLLIN, until: &end)
                // What it was lost with is in the result.
                guard PQconsumeInput(connection) == 1 else { break }
            }
            guard let result = PQgetResult(connection) else { break }
            if kept?.isFailure != true { kept = PostgresAnswer(result) } else { PQclear(result) }
        }
        guard let kept, !kept.isFailure else { throw noted(PostgresFailure(connection, kept?.result)) }
        return kept
    }

    private func wait(_ events: Int32, until end: inout ContinuousClock.Instant) throws(PostgresFailure) {
        while true {
            let now = ContinuousClock.now
            // Who is about to end has little time for a server that says nothing.
            if ending.isHasty { end = min(end, now + .seconds(3)) }
            guard now < end else {
                throw noted(
                    PostgresFailure(state: PostgresFailure.silent, "the server doesn't answer", isLost: true)
                )
            }
            var waiting = pollfd(fd: socket, events: Int16(events), revents: 0)
            let found = poll(&waiting, 1, Int32(min((end - now) / .milliseconds(1) + 1, 250)))
            if found > 0 || found < 0 && errno != EINTR { return }
        }
    }

    private func noted(_ failure: PostgresFailure) -> PostgresFailure {
        if failure.isLost { isSpent = true }
        return failure
    }
}
