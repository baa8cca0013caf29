import PrecacheModel
import Store
import Testing

/// Recomputes a job's counters from its rows.
enum CounterCheck {
    /// Expects that what the job's row says is what its rows come to.
    static func holds(_ fixture: StoreFixture, _ job: JobRecord) async throws {
        try await holds(fixture.jobs, fixture.store.engine, job)
    }

    /// A job that had ended in an older version doesn't know where its bytes came from.
    static func holds(
        _ jobs: StoredJobs,
        _ engine: any StoreEngine,
        _ job: JobRecord,
        knowsSources: Bool = true
    ) async throws {
        let record = try #require(try await jobs.job(job.id))
        var counts = OutcomeCounts()
        var (reasons, inVain) = ([Reason: Int](), Int64(0))
        var bytes = ByteProgress(done: 0, total: 0)
        var (source, peers) = (Int64(0), Int64(0))
        var unfinishedHosts: Set<HostName> = []
        for result in try await jobs.results(of: job.id, ResultFilter(), PageRequest(limit: 1_000)).items {
            counts[result.outcome] += 1
            bytes.done += result.bytesDone
            let whole = result.outcome == .cached ? result.bytesTotal ?? result.bytesDone : 0
            source += result.fromSourceBytes ?? whole
            peers += result.fromPeersBytes ?? 0
            if [.error, .skipped, .cancelled].contains(result.outcome) {
                inVain += result.bytesDone
                if let reason = result.reason { reasons[reason, default: 0] += 1 }
            }
            bytes.total = (bytes.total ?? 0) + (result.bytesTotal ?? 0)
            if !result.outcome.isFinal { unfinishedHosts.insert(result.host) }
        }
        #expect(record.results == counts)
        #expect(record.reasons == reasons && record.bytesInVain == inVain)
        #expect(record.bytesDone == bytes.done)
        #expect(record.fromSourceBytes == (knowsSources ? source : 0) && record.fromPeersBytes == peers)
        #expect(record.bytesTotal == bytes.total)
        #expect(record.hostsDone == record.hostsTotal - unfinishedHosts.count)
        let state = counts.state(
            cancelRequested: record.isCancelRequested,
            started: record.startedAt != nil
        )
        #expect(record.state == state)
        let stored = try await engine.read { database in
            try database.first(
                """
                SELECT count(*) FROM job_host h JOIN job j ON j.id = h.job_id WHERE j.uuid = ?1 AND h.unfinished <>
                    (SELECT count(*) FROM job_result r
                     WHERE r.job_id = h.job_id AND r.host = h.ordinal AND r.outcome = 0)
                """,
                [job.id.text]
            ) { $0[0] as Int }
        }
        #expect(stored == 0)
    }
}
