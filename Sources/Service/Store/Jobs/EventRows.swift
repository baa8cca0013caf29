internal import PrecacheModel

/// SQL about events.
enum EventRows {
    /// An event that is about to be written; hosts and images by their places in the job.
    enum New {
        case state(JobState)
        case outcome(host: Int, image: Int, outcome: Outcome, attempt: Int)
        case retrying(host: Int, attempt: Int, reason: Reason?, detail: String?, notBefore: Timestamp?)
        case exchange(MeshNote.Kind, host: Int, image: Int, words: String)
        case cancelRequested(by: String?)
    }

    private enum Kind: Int {
        case state = 0
        case outcome = 1
        case retrying = 2
        case cancelRequested = 3
        case seed = 4
        case starved = 5
        case peerFault = 6
        case alone = 7
        case barred = 8

        init(_ kind: MeshNote.Kind) {
            self =
                switch kind {
                case .seed: .seed
                case .starved: .starved
                case .peerFault: .peerFault
                case .alone: .alone
                case .barred: .barred
                }
        }
    }

    private static let new = RowSet(
        into: "job_event",
        ["job_id", "id", "kind", "at", "host", "image", "value", "attempt", "reason", "detail"]
    )

    static func append(_ database: any StoreConnection, job: Int64, _ events: [New], at now: Timestamp) throws
    {
        guard !events.isEmpty else { return }
        var values: [(any StoreBindable)?] = []
        values.reserveCapacity(events.count * 10)
        for (event, id) in zip(events, try numbers(database, events.count)) {
            values.append(job)
            values.append(id)
            append(event, at: now, to: &values)
        }
        try new.write(database, values)
    }

    /// The numbers of so many new events: higher than all that the job has, in whose lock this is called.
    private static func numbers(_ database: any StoreConnection, _ count: Int) throws -> [Int64] {
        if let sequence = database.dialect.eventSequence {
            let drawn = "SELECT nextval('\(sequence)') FROM generate_series(1, CAST(?1 AS bigint))"
            return try database.all(drawn, [count]) { $0[0] as Int64 }.sorted()
        }
        let counted: Int64? = try database.first(
            "UPDATE event_counter SET last = last + ?1 RETURNING last",
            [count]
        ) { $0[0] }
        guard let last = counted else {
            throw StoreError(.corrupt, message: "the event counter's row is missing")
        }
        return Array(last - Int64(count) + 1...last)
    }

    /// SQL for the number of the last event that there was.
    static func last(_ dialect: Dialect) -> String {
        dialect.eventSequence.map { "(SELECT last_value FROM \($0))" } ?? "(SELECT last FROM event_counter)"
    }

    /// Goes on after this number: events of a job never get a lower one than those before.
    static func setLast(_ database: any StoreConnection, _ number: Int64) throws {
        try database.run("UPDATE event_counter SET last = ?1", [number])
        guard let sequence = database.dialect.eventSequence else { return }
        try database.run("SELECT setval('\(sequence)', ?1)", [number])
    }

    /// Appends an event of this outcome for each of many results, in the order of hosts and images.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - job: The job: `?1` of `open`.
    ///   - outcome: The outcome.
    ///   - open: SQL for the results, which have none yet: a join and condition of `job_host h` and `job_result r`, with
    ///     values from `?5` on.
    ///   - values: Those values.
    ///   - now: When they end.
    /// - Throws: What the disk says.
    static func appendOutcomes(
        _ database: any StoreConnection,
        job: Int64,
        _ outcome: Outcome,
        of open: String,
        _ values: [(any StoreBindable)?],
        at now: Timestamp
    ) throws {
        // A sequence is drawn from once the rows are in their order (PostgreSQL's manual, SELECT, "ORDER BY").
        let number =
            database.dialect.eventSequence.map { "nextval('\($0)')" }
            ?? "\(last(database.dialect)) + row_number() OVER (ORDER BY r.host, r.image)"
        let count = try database.run(
            """
            INSERT INTO job_event (job_id, id, kind, at, host, image, value, attempt)
            SELECT ?1, \(number), ?2, ?3, r.host, r.image, ?4, h.attempt
            FROM \(open) ORDER BY r.host, r.image
            """,
            [job, Kind.outcome.rawValue, now, StoredOutcome.number(outcome)] + values
        )
        guard database.dialect.eventSequence == nil else { return }
        try database.run("UPDATE event_counter SET last = last + ?1", [count])
    }

    private static func append(_ event: New, at now: Timestamp, to values: inout [(any StoreBindable)?]) {
        switch event {
        case .state(let state):
            values += [Kind.state.rawValue, now, nil, nil, StoredJobState.number(state), nil, nil, nil]
        case .outcome(let host, let image, let outcome, let attempt):
            values += [
                Kind.outcome.rawValue, now, host, image, StoredOutcome.number(outcome), attempt, nil, nil,
            ]
        case .retrying(let host, let attempt, let reason, let detail, let notBefore):
            values += [
                Kind.retrying.rawValue, now, host, nil, notBefore, attempt, reason?.rawValue, detail,
            ]
        case .exchange(let kind, let host, let image, let words):
            values += [Kind(kind).rawValue, now, host, image, nil, nil, nil, words]
        case .cancelRequested(let who):
            values += [Kind.cancelRequested.rawValue, now, nil, nil, nil, nil, nil, who]
        }
    }

    /// A job's events after an id, oldest first.
    static func page(
        _ database: any StoreConnection,
        job: Int64,
        after id: Int64,
        limit: Int
    ) throws -> [EventRecord] {
        try read(database, "e.id > ?1 AND e.job_id = ?2", [id, job, limit])
    }

    /// Events of all jobs after an id up to another one, oldest first.
    static func page(
        _ database: any StoreConnection,
        after id: Int64,
        upTo horizon: Int64,
        limit: Int
    ) throws -> [EventRecord] {
        try read(database, "e.id > ?1 AND e.id <= ?2", [id, horizon, limit])
    }

    /// Events `e` of jobs `j` that satisfy a condition, oldest first; `?3` is how many at most.
    ///
    /// Kinds that a newer service has added are passed over.
    private static func read(
        _ database: any StoreConnection,
        _ condition: String,
        _ values: [(any StoreBindable)?]
    ) throws -> [EventRecord] {
        let sql = """
            SELECT e.id, e.kind, e.at, e.value, e.attempt, h.name, i.image_id, e.reason, e.detail, j.uuid, j.aggregate,
                \(ResultRows.particulars), e.job_id
            FROM job_event e
            JOIN job j ON j.id = e.job_id
            LEFT JOIN job_host h ON h.job_id = e.job_id AND h.ordinal = e.host
            LEFT JOIN job_image i ON i.job_id = e.job_id AND i.ordinal = e.image
            LEFT JOIN job_result r ON e.kind = \(Kind.outcome.rawValue) AND r.job_id = e.job_id AND r.host = e.host
                AND r.image = e.image
            WHERE \(condition) AND e.kind <= \(Kind.barred.rawValue) ORDER BY e.id LIMIT ?3
            """
        var keys: [Int64] = []
        var events = try database.all(sql, values) { row in
            keys.append(row[20])
            return EventRecord(
                id: row[0],
                jobID: try Stored.jobID(row[9]),
                aggregate: try Stored.aggregateName(row[10]),
                at: row[2],
                kind: try kind(row)
            )
        }
        // A job that has ended changes no more.
        for place in events.indices where events[place].type == .finished {
            guard let record = try JobRow.find(database, key: keys[place])?.record else { continue }
            events[place].totals = JobTotals(results: record.results, reasons: record.reasons)
        }
        return events
    }

    /// The SQL condition for events `e` of one type.
    static func condition(_ type: EventType) -> String {
        switch type {
        case .accepted, .started:
            let state = StoredJobState.number(type == .accepted ? .queued : .running)
            return "e.kind = \(Kind.state.rawValue) AND e.value = \(state)"
        case .finished:
            let open = [JobState.queued, .running].map { String(StoredJobState.number($0)) }
            return "e.kind = \(Kind.state.rawValue) AND e.value NOT IN (\(open.joined(separator: ", ")))"
        case .outcome: return "e.kind = \(Kind.outcome.rawValue)"
        case .attempt: return "e.kind = \(Kind.retrying.rawValue)"
        case .seed: return "e.kind = \(Kind.seed.rawValue)"
        case .starved: return "e.kind = \(Kind.starved.rawValue)"
        case .peerFault: return "e.kind = \(Kind.peerFault.rawValue)"
        case .alone: return "e.kind = \(Kind.alone.rawValue)"
        case .barred: return "e.kind = \(Kind.barred.rawValue)"
        case .cancelRequested: return "e.kind = \(Kind.cancelRequested.rawValue)"
        }
    }

    private static func kind(_ row: any StoreRow) throws -> EventRecord.Kind {
        let detail = row[8] as String?
        switch Kind(rawValue: row[1]) {
        case .state:
            return .state(try StoredJobState.state(row[3]))
        case .outcome:
            return .outcome(
                host: try Stored.hostName(row[5]),
                image: try Stored.imageID(row[6]),
                ResultRows.outcome(try StoredOutcome.outcome(row[3], hostState: .done), row, from: 11),
                attempts: row[4]
            )
        case .retrying:
            return .retrying(
                host: try Stored.hostName(row[5]),
                attempt: row[4],
                reason: (row[7] as String?).flatMap(Reason.init(rawValue:)),
                detail: detail,
                notBefore: row[3]
            )
        case .cancelRequested:
            return .cancelRequested(by: detail)
        case .seed: return try exchange(.seed, row)
        case .starved: return try exchange(.starved, row)
        case .peerFault: return try exchange(.peerFault, row)
        case .alone: return try exchange(.alone, row)
        case .barred: return try exchange(.barred, row)
        case nil:
            throw StoreError(.corrupt, message: "an event has the unknown kind \(row[1] as Int)")
        }
    }

    private static func exchange(_ kind: MeshNote.Kind, _ row: any StoreRow) throws -> EventRecord.Kind {
        .exchange(
            kind,
            host: try Stored.hostName(row[5]),
            image: try Stored.imageID(row[6]),
            words: row[8] ?? ""
        )
    }
}
