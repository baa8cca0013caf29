package import PrecacheModel

extension StoredWebhooks {
    /// Every webhook to which this controller delivers, paused ones included.
    package func targets() async throws(StoreError) -> [WebhookTarget] {
        let number = jobs.controllers.number
        return try await engine.read { database in
            // One more than the limit: the settings' own.
            try WebhookRows.page(database, after: "", limit: Self.limit + 1)
                .filter { $0.record.entry.isEnabled && $0.owner == number }.map(\.target)
        }
    }

    /// Makes webhooks this controller's own to which no living one delivers.
    package func adopt() async throws(StoreError) {
        let number = jobs.controllers.number
        try await engine.write(.rare) { database, _ in
            _ = try database.run("UPDATE webhook SET owner = ?1 WHERE \(ControllerRows.isOrphan)", [number])
        }
    }

    /// One webhook with its secret, also a disabled one.
    ///
    /// Throws `notFound`.
    package func target(_ name: WebhookName) async throws(StoreError) -> WebhookTarget {
        try await engine.read { database in
            guard let kept = try WebhookRows.find(database, name) else {
                throw StoreError.notFound("webhook", name.text)
            }
            return kept.target
        }
    }

    /// Rings when ``takeChangedJobs()`` has something.
    package func jobChanges() -> AsyncStream<Void> { jobs.board.changes.listen() }

    /// The jobs that have changed since the last call.
    package func takeChangedJobs() -> Set<JobID> { jobs.board.changes.take() }

    /// The jobs with events that a webhook has not got to, oldest first.
    package func openJobs(of webhook: Int64) async throws(StoreError) -> [JobID] {
        try await engine.read { try DeliveryRows.openJobs($0, webhook: webhook) }
    }

    /// How far a webhook is in a job: the last event that needs no delivery to it; nil if either is gone.
    package func cursor(of webhook: Int64, in job: JobID) async throws(StoreError) -> Int64? {
        let known = jobs.board.row(job)?.key
        return try await engine.read { database in
            guard let key = try known ?? JobRow.key(database, job) else { return nil }
            return try DeliveryRows.cursor(database, webhook: webhook, job: key)
        }
    }

    /// A job's summary.
    package func job(_ id: JobID) async throws(StoreError) -> JobRecord? { try await jobs.job(id) }

    /// A job's events after one, in order.
    ///
    /// Throws `notFound` (subject `job`).
    package func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord] {
        try await jobs.events(of: job, after: after, limit: limit)
    }

    /// The aggregate of a job: its hosts, if asked for, are the job's, its metadata are those that it has now.
    ///
    /// Nil if the job is gone.
    package func aggregate(of id: JobID, withHosts: Bool) async throws(StoreError) -> JobAggregate? {
        guard let record = try await jobs.job(id) else { return nil }
        let known = try await jobs.inventory.aggregate(AggregateKey(id: record.aggregateID))
        let hosts =
            withHosts
            ? try await engine.read { database in
                try JobRow.key(database, id).map { try DeliveryRows.hosts(database, job: $0) }
            } : nil
        return JobAggregate(
            id: record.aggregateID,
            uuid: known?.uuid,
            name: record.aggregate,
            hosts: hosts ?? [],
            availabilityZone: known?.entry.availabilityZone,
            metadata: known?.entry.metadata ?? [:]
        )
    }

    /// How many images each host of a job has; empty if the job is gone.
    package func imagesPerHost(of job: JobID) async throws(StoreError) -> [HostName: Int] {
        try await engine.read { database in
            try JobRow.key(database, job).map { try DeliveryRows.imagesPerHost(database, job: $0) }
                ?? [:]
        }
    }

    /// Writes down how far deliveries to a webhook have come; nothing is written for one that is gone or another's.
    package func write(_ progress: DeliveryProgress, of webhook: Int64) async throws(StoreError) {
        let number = jobs.controllers.number
        try await engine.write(.rare) { database, _ in
            let isOwn = try database.run(
                "UPDATE webhook SET delivered = delivered + ?1, dropped = dropped + ?2 WHERE id = ?3 AND owner = ?4",
                [progress.delivered, progress.dropped, webhook, number]
            )
            guard isOwn == 1 else { return }
            try DeliveryRows.move(database, webhook: webhook, progress.cursors)
            if let health = progress.health { try WebhookRows.write(database, health, id: webhook) }
        }
    }
}
