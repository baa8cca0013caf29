import HTTPTypes

extension ServiceClient {
    /// Starts a job: `POST /v1/aggregates/{name or id}/images`.
    ///
    /// - Parameters:
    ///   - aggregate: The aggregate's name or number.
    ///   - order: The images and the limits.
    ///   - idempotencyKey: With the same key the same order starts one job only, however often it is sent.
    /// - Returns: The job as it was accepted.
    /// - Throws: ``ClientError``; of kind `notFound` where there is no such aggregate.
    package func startJob(
        aggregate: String,
        order: CacheOrder,
        idempotencyKey: String
    ) async throws(ClientError) -> Reply<JobView> {
        var headers = HTTPFields()
        if let name = HTTPField.Name("Idempotency-Key") { headers[name] = idempotencyKey }
        return try await one(
            ServiceRequest(
                .post,
                ["v1", "aggregates", aggregate, "images"],
                headers: headers,
                body: try encode(order)
            )
        )
    }

    /// Foretells what a job would do: the same with `dry_run`, which starts nothing.
    ///
    /// A service that doesn't know it refuses the field.
    package func planJob(
        aggregate: String,
        order: CacheOrder
    ) async throws(ClientError) -> Reply<PlanView> {
        var order = order
        order.isDryRun = true
        return try await one(
            ServiceRequest(.post, ["v1", "aggregates", aggregate, "images"], body: try encode(order))
        )
    }

    /// A job: `GET /v1/jobs/{id}`.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - wait: Answer when the job has ended, or at the latest after so many seconds.
    ///   - revision: The newest revision of it that was seen, maybe through another controller: the answer isn't older.
    /// - Returns: The job as it stands then.
    /// - Throws: ``ClientError``; of kind `notFound` where there is no such job.
    package func job(
        _ id: String,
        wait: Int? = nil,
        since revision: Int64? = nil
    ) async throws(ClientError) -> Reply<JobView> {
        try await one(
            ServiceRequest(
                .get,
                ["v1", "jobs", id],
                query: QueryItem.present([
                    ("wait", wait.map(String.init)), ("revision", revision.map(String.init)),
                ]),
                patience: .seconds(30 + (wait ?? 0))
            )
        )
    }

    /// Jobs, newest first, perhaps only those whose ids begin in a certain way: `GET /v1/jobs`.
    package func jobs(
        state: String? = nil,
        aggregate: String? = nil,
        policy: String? = nil,
        idPrefix: String? = nil,
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<JobView>> {
        try await page(
            ["v1", "jobs"],
            query: [("state", state), ("aggregate", aggregate), ("policy", policy), ("id", idPrefix)],
            limit: limit,
            after: after
        )
    }

    /// What became of each image on each host: `GET /v1/jobs/{id}/results`.
    package func results(
        of id: String,
        host: String? = nil,
        image: String? = nil,
        outcome: String? = nil,
        reason: String? = nil,
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<ResultView>> {
        try await page(
            ["v1", "jobs", id, "results"],
            query: [("host", host), ("image", image), ("outcome", outcome), ("reason", reason)],
            limit: limit,
            after: after
        )
    }

    /// Cancels a job: `POST /v1/jobs/{id}/cancel`.
    package func cancelJob(_ id: String) async throws(ClientError) -> Reply<JobView> {
        try await one(ServiceRequest(.post, ["v1", "jobs", id, "cancel"]))
    }

    /// Tries again what did not end well, as a new job: `POST /v1/jobs/{id}/retry`.
    package func retryJob(_ id: String) async throws(ClientError) -> Reply<JobView> {
        try await one(ServiceRequest(.post, ["v1", "jobs", id, "retry"]))
    }

    /// What happens, as it happens.
    ///
    /// - Parameters:
    ///   - feed: Whose events.
    ///   - after: The last event that is known already.
    ///   - receive: Gets the stream's bytes, for an ``EventStreamParser``.
    /// - Throws: ``ClientError``, also where the stream breaks off.
    package func streamEvents(
        of feed: EventFeed,
        after: String?,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) {
        var headers = HTTPFields()
        headers[.accept] = "text/event-stream"
        if let after, let name = HTTPField.Name("Last-Event-ID") { headers[name] = after }
        let request =
            switch feed {
            case .job(let id): ServiceRequest(.get, ["v1", "jobs", id, "events"], headers: headers)
            case .all(let wanted): ServiceRequest(.get, ["v1", "events"], query: wanted, headers: headers)
            }
        let answer = try await transport.stream(request, receive: receive)
        guard answer.status.kind == .successful else {
            throw ClientError(answer: answer, address: transport.address)
        }
    }
}

/// Whose events are followed.
package enum EventFeed: Sendable, Hashable {
    /// A job's, until it ends: `GET /v1/jobs/{id}/events`.
    case job(String)
    /// Those of all jobs that are wanted, without end: `GET /v1/events`.
    case all([QueryItem])

    /// Whether there are no more after this one.
    package func ends(with event: ServerSentEvent) -> Bool {
        if case .job = self { EventView(event) == .finished } else { false }
    }
}

/// What `POST /v1/aggregates/{name or id}/images` asks for.
package struct CacheOrder: Encodable, Sendable, Hashable {
    private struct Image: Encodable {
        let id: String
    }

    /// The images' identifiers, or names that Glance knows.
    package var images: [String]
    /// Hosts at once: a number or a percentage, as `Parallelism` reads it; nil for the service's own.
    package var parallelism: String?
    /// The longest that an attempt may take on a host, in seconds.
    package var hostTimeoutSeconds: Int?
    /// Attempts per host.
    package var maxAttempts: Int?
    /// The longest that the job may take, in seconds.
    package var deadlineSeconds: Int?
    /// How long each host is to keep the images, in seconds; nil for no promise.
    package var keepSeconds: Int?
    /// Whether images of Glance's without a digest may be cached unchecked; nil for what the service does by itself.
    package var allowsUnverified: Bool?
    /// `low`, `normal` or `high`: whose hosts have their turn first; nil for `normal`.
    package var priority: String?
    /// Only tell what would be done.
    var isDryRun = false

    package init(
        images: [String],
        parallelism: String? = nil,
        hostTimeoutSeconds: Int? = nil,
        maxAttempts: Int? = nil,
        deadlineSeconds: Int? = nil,
        keepSeconds: Int? = nil,
        allowsUnverified: Bool? = nil,
        priority: String? = nil
    ) {
        self.images = images
        self.parallelism = parallelism
        self.hostTimeoutSeconds = hostTimeoutSeconds
        self.maxAttempts = maxAttempts
        self.deadlineSeconds = deadlineSeconds
        self.keepSeconds = keepSeconds
        self.allowsUnverified = allowsUnverified
        self.priority = priority
    }

    private enum CodingKeys: String, CodingKey {
        case cache
        case parallelism
        case hostTimeoutSeconds = "host_timeout_seconds"
        case maxAttempts = "max_attempts"
        case deadlineSeconds = "deadline_seconds"
        case keepSeconds = "keep_seconds"
        case allowsUnverified = "allow_unverified"
        case priority
        case isDryRun = "dry_run"
    }

    /// Writes the body; a parallelism of digits alone as a number.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(images.map(Image.init), forKey: .cache)
        if let parallelism, let hosts = Int(parallelism) {
            try container.encode(hosts, forKey: .parallelism)
        } else {
            try container.encodeIfPresent(parallelism, forKey: .parallelism)
        }
        try container.encodeIfPresent(hostTimeoutSeconds, forKey: .hostTimeoutSeconds)
        try container.encodeIfPresent(maxAttempts, forKey: .maxAttempts)
        try container.encodeIfPresent(deadlineSeconds, forKey: .deadlineSeconds)
        try container.encodeIfPresent(keepSeconds, forKey: .keepSeconds)
        try container.encodeIfPresent(allowsUnverified, forKey: .allowsUnverified)
        try container.encodeIfPresent(priority, forKey: .priority)
        if isDryRun { try container.encode(true, forKey: .isDryRun) }
    }
}
