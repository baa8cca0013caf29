package import PrecacheModel
internal import Synchronization

extension StoredJobs {
    /// A job's events after an id, oldest first, at most `limit`.
    ///
    /// Throws `StoreError` with code `notFound` (subject `job`).
    package func events(of id: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord] {
        try await engine.read { database in
            guard let key = try JobRow.key(database, id) else { throw StoreError.notFound("job", id.text) }
            return try EventRows.page(database, job: key, after: after, limit: limit)
        }
    }

    /// How far the events of all jobs can be told now; look once more, after a while, where that isn't all.
    ///
    /// Call it once at a time.
    package func eventHorizon() async throws(StoreError) -> EventHorizon {
        try await horizonKeeper.look(engine)
    }

    /// Events of all jobs after an id, oldest first, at most `limit`.
    ///
    /// No event comes later with a number up to the page's `last`: whoever goes on after it misses none. An id that no event
    /// has had yet, `Int64.max` or that of a database before it was restored, means the last one that there is.
    package func events(
        after: Int64,
        upTo horizon: EventHorizon,
        limit: Int
    ) async throws(StoreError) -> EventPage {
        let start = min(after, horizon.last)
        var page = EventPage(
            events: [],
            last: max(start, horizon.whole),
            hasMore: horizon.whole < horizon.last
        )
        guard start < horizon.whole else { return page }
        page.events = try await engine.read { database in
            try EventRows.page(database, after: start, upTo: horizon.whole, limit: limit)
        }
        if page.events.count == limit, let last = page.events.last {
            (page.last, page.hasMore) = (last.id, true)
        }
        return page
    }

    /// Rings once for any number of changes of any job since it was last heard.
    package func changes() -> AsyncStream<Void> { board.changes(of: nil) }
}

/// Up to which event all have been committed: nobody will write one with such a number any more.
///
/// SQLite has one writer, so its last number is always such. Where transactions draw numbers side by side, one with a lower
/// number may be committed after one with a higher: a number is sure once every transaction that ran when it was the last has
/// ended. Each has its own number (xid) before it draws one for an event, since it has written to the job first.
final class EventHorizonKeeper: Sendable {
    private struct State {
        /// Every event up to this one is committed, or never will be.
        var whole: Int64 = 0
        /// The last event when transactions ran that may have drawn a lower number; all of them are older than `next`.
        var candidate: (last: Int64, next: Int64)?
    }

    private let state = Mutex(State())

    /// Looks once.
    func look(_ engine: any StoreEngine) async throws(StoreError) -> EventHorizon {
        let (last, isOrdered) = try await engine.read { database in
            let last =
                try database.first("SELECT \(EventRows.last(database.dialect))") { $0[0] as Int64 } ?? 0
            return (last, database.dialect.runningTransactions == nil)
        }
        if isOrdered { return EventHorizon(whole: last, last: last) }
        // In a snapshot that is taken after the number was read: what drew one up to it has ended, or is seen to run.
        let running = try await engine.read { database -> (oldest: Int64, next: Int64)? in
            guard let sql = database.dialect.runningTransactions else { return nil }
            return try database.first("SELECT \(sql)") { ($0[0], $0[1]) }
        }
        guard let running else { return EventHorizon(whole: last, last: last) }
        return state.withLock { state in
            // The database was put back to an earlier state, or is another one by now.
            if last < state.whole || running.next < state.candidate?.next ?? 0 { state = State() }
            if let candidate = state.candidate, candidate.next <= running.oldest {
                state.whole = max(state.whole, candidate.last)
                state.candidate = nil
            }
            if running.next <= running.oldest {
                state.whole = max(state.whole, last)
                state.candidate = nil
            } else if state.candidate == nil {
                state.candidate = (last, running.next)
            }
            return EventHorizon(whole: min(state.whole, last), last: last)
        }
    }
}
