package import PrecacheModel

/// Jobs that were accepted with images that nobody had looked up (``ImageReference/unresolved(_:)``).
///
/// The dispatcher doesn't see such a job before ``resolve(_:_:)`` has taken an answer for each of those images.
extension StoredJobs {
    /// This controller's open jobs with images to look up, oldest first.
    package func jobsToResolve() async throws(StoreError) -> [UnresolvedJob] {
        try await engine.read { [controllers] database in
            let sql = """
                SELECT j.uuid, j.deadline_at, i.image_id, i.allow_unverified
                FROM job_image i \(database.dialect.ordered) job j ON j.id = i.job_id
                WHERE \(JobImageRows.isUnresolved) AND j.\(StoredJobState.open) AND j.owner = ?1
                ORDER BY i.job_id, i.ordinal
                """
            var jobs: [UnresolvedJob] = []
            try database.rows(sql, [controllers.number]) { row in
                let id = try Stored.jobID(row[0])
                if jobs.last?.id != id { jobs.append(UnresolvedJob(id: id, images: [], deadline: row[1])) }
                let image = try Stored.imageID(row[2])
                jobs[jobs.count - 1].images.append(image)
                if row[3] { jobs[jobs.count - 1].unverified.insert(image) }
            }
            return jobs
        }
    }

    /// Takes what looking up a job's images came to, in durable transactions; one, unless the job is immense.
    ///
    /// An image that was found goes on as if it had been known at the job's acceptance; one that can't be had ends as
    /// `error` on every host. Answers for images that don't wait for one are ignored, and so is a job that has ended. An image
    /// waits for its answer until all that follows from it is written, so that what is cut short is done again.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - answers: What each image came to; those not named go on waiting.
    /// - Throws: What the disk says.
    package func resolve(_ id: JobID, _ answers: [ImageID: ImageAnswer]) async throws(StoreError) {
        let now = clock()
        var next: Int? = 0
        while let first = next {
            next = try await engine.write(.job) { [self] database, after -> Int? in
                guard let job = try JobRow.take(database, id, by: controllers.number),
                    !job.record.state.isFinal
                else { return nil }
                var progress = JobProgress(database: database, job: job.key, now: now)
                var ends: [HostImageEnd] = []
                let next = try resolveSome(of: job.record, answers, from: first, &progress, &ends)
                inventory.tell(ends, after)
                let changed = try progress.finish() ?? job
                tellEnded(.error, progress, after: after)
                publish(changed, after: after)
                return next
            }
        }
        ringForWork()
    }

    /// One transaction's part: hosts from a place on end with what can't be had, and after the last of them images are known.
    ///
    /// Returns the place to go on at, if any.
    private func resolveSome(
        of job: JobRecord,
        _ answers: [ImageID: ImageAnswer],
        from first: Int,
        _ progress: inout JobProgress,
        _ ends: inout [HostImageEnd]
    ) throws -> Int? {
        let (database, key) = (progress.database, progress.job)
        var (found, failures) = ([(Int, ImageReference)](), [WaitingEnd.Cause: [Int]]())
        for (ordinal, image) in try JobImageRows.unresolved(database, job: key) {
            switch answers[image] {
            case .found(let reference): found.append((ordinal, reference))
            case .absent(let reason, let detail):
                failures[.init(reason: reason, detail: detail), default: []].append(ordinal)
            case nil: break
            }
        }
        let absent = failures.values.flatMap { $0 }
        // All hosts wait, since the dispatcher doesn't know the job yet.
        if !absent.isEmpty, let hosts = try progress.nextWaiting(from: first, images: absent.count) {
            for (cause, ordinals) in failures {
                ends += try HostImageEnd.writeAbsent(
                    database,
                    job: (key, job.id),
                    images: ordinals,
                    hosts: hosts,
                    cause,
                    at: progress.now
                )
            }
            let endings = failures.map { WaitingEnd.Ending(images: $0.value, cause: $0.key) }
            try progress.endWaiting(.error, endings, hosts: hosts)
            if hosts.upperBound < job.hostsTotal { return hosts.upperBound }
        }
        if !absent.isEmpty || !found.isEmpty { progress.touch() }
        for ordinal in absent { try JobImageRows.giveUp(database, job: key, ordinal: ordinal) }
        let some = found.prefix(WaitingEnd.hostsAtOnce(images: job.hostsTotal))
        for (ordinal, reference) in some {
            try JobImageRows.resolve(database, job: key, ordinal: ordinal, reference)
            if let size = reference.sizeBytes { try progress.expect(size, of: ordinal) }
        }
        return some.count < found.count ? 0 : nil
    }
}
