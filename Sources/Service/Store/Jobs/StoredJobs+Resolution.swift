package import PrecacheModel

/// Jobs that were accepted with images that nobody had looked up (``ImageReference/unresolved(_:)``).
///
/// The dispatcher doesn't see such a job before ``resolve(_:_:)`` has taken an answer for each of those images.
extension StoredJobs {
    /// The open jobs with images to look up, oldest first.
    package func jobsToResolve() async throws(StoreError) -> [UnresolvedJob] {
        try await engine.read { database in
            let sql = """
                SELECT j.uuid, j.deadline_at, i.image_id
                FROM job_image i \(database.dialect.ordered) job j ON j.id = i.job_id
                WHERE \(JobImageRows.isUnresolved) AND j.\(StoredJobState.open) ORDER BY i.job_id, i.ordinal
                """
            var jobs: [UnresolvedJob] = []
            try database.rows(sql, []) { row in
                let id = try Stored.jobID(row[0])
                if jobs.last?.id != id { jobs.append(UnresolvedJob(id: id, images: [], deadline: row[1])) }
                jobs[jobs.count - 1].images.append(try Stored.imageID(row[2]))
            }
            return jobs
        }
    }

    /// Takes what looking up a job's images came to, in one durable transaction.
    ///
    /// An image that was found goes on as if it had been known at the job's acceptance; one that can't be had ends as
    /// `error` on every host. Answers for images that don't wait for one are ignored, and so is a job that has ended.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - answers: What each image came to; those not named go on waiting.
    /// - Throws: What the disk says.
    package func resolve(_ id: JobID, _ answers: [ImageID: ImageAnswer]) async throws(StoreError) {
        let now = clock()
        try await engine.write(.job) { [self] database, after in
            guard let job = try JobRow.find(database, id), !job.record.state.isFinal else { return }
            var progress = JobProgress(database: database, job: job.key, now: now)
            var failures: [WaitingEnd.Cause: [Int]] = [:]
            for (ordinal, image) in try JobImageRows.unresolved(database, job: job.key) {
                switch answers[image] {
                case .found(let reference):
                    try JobImageRows.resolve(database, job: job.key, ordinal: ordinal, reference)
                    if let size = reference.sizeBytes { try progress.expect(size, of: ordinal) }
                case .absent(let reason, let detail):
                    try JobImageRows.giveUp(database, job: job.key, ordinal: ordinal)
                    failures[.init(reason: reason, detail: detail), default: []].append(ordinal)
                case nil: break
                }
            }
            // All hosts wait, since the dispatcher doesn't know the job yet.
            if !failures.isEmpty {
                try progress.endWaiting(.error, failures.map { .init(images: $0.value, cause: $0.key) })
            }
            publish(try progress.finish() ?? job, after: after)
        }
        ringForWork()
    }
}
