import PrecacheModel

/// Waits for jobs without polling.
struct JobWatch: Sendable {
    let jobs: any JobRecords
    let stop: StopSignal

    /// A job, from memory if it is there.
    ///
    /// Throws 404 as a ``Problem``, and the store's errors.
    func job(_ id: JobID) async throws -> JobRecord {
        if let record = jobs.cachedJob(id) { return record }
        guard let record = try await jobs.job(id) else { throw Problem.missing("job", id.text) }
        return record
    }

    /// A job when it has ended, or as it is after `limit`, when the service stops or the peer has gone.
    func end(of id: JobID, within limit: Duration) async throws -> JobRecord {
        let changes = jobs.changes(of: id)
        let record = try await job(id)
        guard !record.state.isFinal, limit > .zero else { return record }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes {
                    guard let now = jobs.cachedJob(id), !now.state.isFinal else { return }
                }
            }
            group.addTask { try? await Task.sleep(for: limit) }
            group.addTask { await stop.wait() }
            await group.next()
            group.cancelAll()
        }
        return try await job(id)
    }
}
