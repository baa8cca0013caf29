package import PrecacheModel

/// The body of `POST /v1/aggregates/{aggregate}/images`: which images, and how.
package struct CacheOrder: Hashable, Sendable {
    /// The images, each once, 1 to 256, by id or by Glance's name.
    package var images: [ImageKey]
    /// Hosts at once; nil for the service's setting, as with all that follows.
    package var parallelism: Parallelism?
    /// The longest that one attempt may take on a host, 1 s to 7 days.
    package var hostTimeout: Duration?
    /// Attempts per host, 1 to 100.
    package var maxAttempts: Int?
    /// The longest that the job may take, 1 s to 30 days.
    package var deadline: Duration?
    /// How long each host is to keep the images from the moment it has them, up to 365 days; nil for no promise.
    package var keep: Duration?
    /// Whether images of Glance's that have no digest may be cached unchecked.
    package var allowsUnverified: Bool
    /// Whose hosts are claimed first.
    package var priority: JobPriority
    /// Whether only to say what the job would do.
    package var isTrial: Bool

    /// Reads a body; nil, with what is wrong noted, unless all of it is right.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        images = Self.images(&reader, &problems)
        parallelism = reader.parallelism(&problems)
        hostTimeout = reader.integer("host_timeout_seconds", 1...604_800, &problems).map { .seconds($0) }
        maxAttempts = reader.integer("max_attempts", 1...100, &problems).map(Int.init)
        deadline = reader.integer("deadline_seconds", 1...2_592_000, &problems).map { .seconds($0) }
        let keep = reader.integer("keep_seconds", 0...31_536_000, &problems) ?? 0
        self.keep = keep > 0 ? .seconds(keep) : nil
        allowsUnverified = reader.boolean("allow_unverified", &problems) ?? false
        priority = reader.word("priority", &problems) ?? .normal
        isTrial = reader.boolean("dry_run", &problems) ?? false
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
    }

    private static func images(_ reader: inout ObjectReader, _ problems: inout InputProblems) -> [ImageKey] {
        var images: [ImageKey] = []
        var seen: Set<ImageKey> = []
        let items = reader.array("cache", count: 1...256, required: true, &problems) ?? []
        for (index, item) in items.enumerated() {
            guard var entry = ObjectReader(item, path: "cache[\(index)]", &problems) else { continue }
            let key = entry.checked("id", required: true, &problems) { text throws(InvalidValue) in
                try ImageKey(text)
            }
            entry.finish(&problems)
            guard let key else { continue }
            if seen.insert(key).inserted {
                images.append(key)
            } else {
                problems.add("cache[\(index)].id", "the image '\(key)' is listed twice")
            }
        }
        return images
    }
}

/// Jobs and their results in the shape of the service's API document.
extension JSONWriter {
    /// Writes a job.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - now: Up to when a job has taken its time that hasn't ended.
    ///   - bytesInFlight: What running downloads have fetched beyond the record.
    package mutating func job(_ job: JobRecord, at now: Timestamp, bytesInFlight: Int64 = 0) {
        object { json in
            json.member("id", job.id.text)
            json.member("aggregate", job.aggregate.text)
            json.member("state", job.state.rawValue)
            json.member("revision", job.revision)
            json.array("images", job.images) { json, image in
                json.object { json in
                    json.member("id", image.id.text)
                    json.member("name", image.name)
                    json.member("size_bytes", image.sizeBytes)
                }
            }
            json.object("hosts") { json in
                json.member("total", job.hostsTotal)
                json.member("done", job.hostsDone)
            }
            json.totals(JobTotals(results: job.results, reasons: job.reasons))
            json.object("bytes") { json in
                let held = job.bytesDone - job.bytesInVain
                let done = held + bytesInFlight
                let most = max(job.bytesTotal - job.bytesInVain, held)
                json.member("done", job.bytesTotal > 0 ? min(done, most) : done)
                json.member("in_vain", job.bytesInVain)
                json.member("total", job.bytesTotal)
            }
            json.transfer(of: job)
            json.limits(job.limits)
            json.member("policy", job.policy?.text)
            json.member("requested_by", job.requestedBy)
            json.member("retry_of", job.retryOf?.text)
            json.member("note", job.note)
            json.member("trace_id", job.trace.traceID)
            json.member("created_at", job.createdAt)
            json.member("started_at", job.startedAt)
            json.member("finished_at", job.finishedAt)
            json.member("predicted_finish_at", job.predictedFinishAt)
            json.member("elapsed_seconds", job.elapsed(at: now).components.seconds)
        }
    }

    private mutating func transfer(of job: JobRecord) {
        object("transfer") { json in
            json.member("from_source_bytes", job.fromSourceBytes)
            json.member("from_peers_bytes", job.fromPeersBytes)
            json.array("seeds", job.mesh.seeds) { json, host in json.string(host.text) }
            json.copies(job.copies)
            let crossings = job.crossings.bytes.sorted { $0.key < $1.key }
            json.array("crossings", crossings) { json, crossing in
                json.object { json in
                    json.member("zone", crossing.key.isEmpty ? nil : crossing.key)
                    json.member("bytes", crossing.value)
                    json.copies(job.copies(crossing.value))
                }
            }
            json.array("notes", job.mesh.notes) { json, note in json.string(note) }
        }
    }

    /// With two decimals: nobody reads more.
    private mutating func copies(_ copies: Double?) {
        key("copies")
        guard let copies else { return null() }
        raw(Array("\((copies * 100).rounded() / 100)".utf8))
    }

    private mutating func totals(_ totals: JobTotals) {
        object("results") { json in
            for outcome in Outcome.allCases {
                json.key(text: outcome.rawValue)
                json.integer(Int64(totals.results[outcome]))
            }
        }
        object("reasons") { json in
            for reason in Reason.allCases {
                guard let count = totals.reasons[reason], count > 0 else { continue }
                json.key(text: reason.rawValue)
                json.integer(Int64(count))
            }
        }
    }

    /// Writes a result.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - progress: How far its download is, if it runs.
    ///   - job: The job, where several are spoken of.
    package mutating func result(
        _ result: ResultRecord,
        progress: ByteProgress? = nil,
        of job: JobID? = nil
    ) {
        var known = result.result
        if let progress {
            known.bytesDone = max(known.bytesDone, progress.done)
            known.bytesTotal = known.bytesTotal ?? progress.total
        }
        object { json in
            if let job { json.member("job_id", job.text) }
            json.member("host", result.host.text)
            json.outcome(known, of: result.imageID) { json in json.member("attempts", result.attempts) }
            json.member("started_at", result.startedAt)
            json.member("finished_at", result.finishedAt)
        }
    }

    private mutating func limits(_ limits: JobLimits) {
        switch limits.parallelism {
        case .hosts(let number): member("parallelism", number)
        case .percent: member("parallelism", limits.parallelism.description)
        }
        member("host_timeout_seconds", max(1, limits.hostTimeout.components.seconds))
        member("max_attempts", limits.maxAttempts)
        member("deadline_seconds", max(1, limits.deadline.components.seconds))
        member("keep_seconds", limits.keep?.components.seconds)
        member("priority", limits.priority.rawValue)
    }
}

extension JSONWriter {
    /// Writes an event in the shape of the service's API document.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - namesJob: Whether its job is said, where several are spoken of.
    package mutating func event(_ event: EventRecord, namesJob: Bool = false) {
        object { json in
            json.member("id", event.id)
            if namesJob {
                json.member("job_id", event.jobID.text)
                json.member("aggregate", event.aggregate.text)
            }
            json.member("type", event.type.rawValue)
            json.member("at", event.at)
            switch event.kind {
            case .state(let state):
                json.member("state", state.rawValue)
                if let totals = event.totals { json.totals(totals) }
            case .outcome(let host, let image, let outcome, let attempts):
                json.member("host", host.text)
                json.outcome(outcome, of: image) { json in
                    if attempts > 0 { json.member("attempt", attempts) }
                }
            case .retrying(let host, let attempt, let reason, let detail, _):
                json.member("host", host.text)
                json.member("reason", reason?.rawValue)
                json.member("detail", detail)
                json.member("attempt", max(1, attempt))
            case .exchange(_, let host, let image, let words):
                json.member("host", host.text)
                json.member("image_id", image.text)
                json.member("detail", words)
            case .cancelRequested:
                break
            }
        }
    }
}
