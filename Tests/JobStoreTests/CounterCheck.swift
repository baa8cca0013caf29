import GRDB
import Inventory
import JobStore
import PrecacheModel
import Testing

/// Recomputes a job's counters from its rows.
enum CounterCheck {
    /// Expects that what the job's row says is what its rows come to.
    static func holds(_ fixture: StoreFixture, _ job: JobRecord) async throws {
        let record = try #require(try await fixture.jobs.job(job.id))
        var counts = OutcomeCounts()
        var bytes = ByteProgress(done: 0, total: 0)
        var unfinishedHosts: Set<HostName> = []
        for result in try await fixture.results(job, limit: 1_000) {
            counts[result.outcome] += 1
            bytes.done += result.bytesDone
            bytes.total = (bytes.total ?? 0) + (result.bytesTotal ?? 0)
            if !result.outcome.isFinal { unfinishedHosts.insert(result.host) }
        }
        #expect(record.results == counts)
        #expect(record.bytesDone == bytes.done)
        #expect(record.bytesTotal == bytes.total)
        #expect(record.hostsDone == record.hostsTotal - unfinishedHosts.count)
        let state = counts.state(
            cancelRequested: record.isCancelRequested,
            started: record.startedAt != nil
        )
        #expect(record.state == state)
        let stored = try await fixture.store.database.read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM job_host h JOIN job j ON j.id = h.job_id WHERE j.uuid = ? AND h.unfinished <>
                        (SELECT count(*) FROM job_result r
                         WHERE r.job_id = h.job_id AND r.host = h.ordinal AND r.outcome = 0)
                    """,
                arguments: [job.id.text]
            )
        }
        #expect(stored == 0)
    }
}
