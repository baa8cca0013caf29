package import PrecacheModel

/// Jobs and their results in the shape of the service's API document.
extension JSONWriter {
    /// Writes a job.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - bytesInFlight: What running downloads have fetched beyond the record.
    package mutating func job(_ job: JobRecord, bytesInFlight: Int64 = 0) {
        object { json in
            json.member("id", job.id.text)
            json.member("aggregate", job.aggregate.text)
            json.member("state", job.state.rawValue)
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
            json.object("results") { json in
                for outcome in Outcome.allCases {
                    json.key(text: outcome.rawValue)
                    json.integer(Int64(job.results[outcome]))
                }
            }
            json.object("bytes") { json in
                let done = job.bytesDone + bytesInFlight
                json.member("done", job.bytesTotal > 0 ? min(done, max(job.bytesTotal, job.bytesDone)) : done)
                json.member("total", job.bytesTotal)
            }
            json.limits(job.limits)
            json.member("retry_of", job.retryOf?.text)
            json.member("note", job.note)
            json.member("created_at", job.createdAt)
            json.member("started_at", job.startedAt)
            json.member("finished_at", job.finishedAt)
        }
    }

    /// Writes a result.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - progress: How far its download is, if it runs.
    package mutating func result(_ result: ResultRecord, progress: ByteProgress? = nil) {
        var known = result.result
        if let progress {
            known.bytesDone = max(known.bytesDone, progress.done)
            known.bytesTotal = known.bytesTotal ?? progress.total
        }
        object { json in
            json.member("host", result.host.text)
            json.outcome(known, of: result.imageID) { json in json.member("attempts", result.attempts) }
            json.member("started_at", result.startedAt)
            json.member("finished_at", result.finishedAt)
        }
    }

    /// Writes the members of an outcome that an agent's line and a service's result have in common.
    ///
    /// - Parameters:
    ///   - outcome: The outcome.
    ///   - image: The image that it is of.
    ///   - attempt: Writes what is said of the attempt, between why and how much.
    mutating func outcome(
        _ outcome: ImageOutcome,
        of image: ImageID,
        attempt: (inout JSONWriter) -> Void
    ) {
        member("image_id", image.text)
        member("outcome", outcome.outcome.rawValue)
        member("reason", outcome.reason?.rawValue)
        member("detail", outcome.detail)
        attempt(&self)
        member("bytes_done", outcome.bytesDone)
        member("bytes_total", outcome.bytesTotal)
        member("source", outcome.source)
        member("verified", outcome.isVerified)
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
    }
}
