import PrecacheModel

/// The fields of all line types together: one flat object, so that a line is decoded once.
struct AgentEventFields: Decodable {
    let type: String
    var taskID: String?
    var attempt: Int?
    var attached: Bool?
    var imageID: String?
    var bytesDone: Int64?
    var bytesTotal: Int64?
    var outcome: String?
    var reason: String?
    var detail: String?
    var retryable: Bool?
    var retryAfterSeconds: Int?
    var source: String?
    var verified: Bool?

    enum CodingKeys: String, CodingKey {
        case type
        case taskID = "task_id"
        case attempt
        case attached
        case imageID = "image_id"
        case bytesDone = "bytes_done"
        case bytesTotal = "bytes_total"
        case outcome
        case reason
        case detail
        case retryable
        case retryAfterSeconds = "retry_after_seconds"
        case source
        case verified
    }

    init(_ event: AgentEvent) {
        switch event {
        case .accepted(let taskID, let attempt, let attached):
            type = "accepted"
            self.taskID = taskID
            self.attempt = attempt
            self.attached = attached
        case .progress(let progress):
            type = "progress"
            imageID = progress.imageID.text
            bytesDone = progress.bytesDone
            bytesTotal = progress.bytesTotal
        case .outcome(let result):
            type = "outcome"
            imageID = result.imageID.text
            outcome = result.outcome.rawValue
            reason = result.reason?.rawValue
            detail = result.detail
            retryable = result.isRetryable
            retryAfterSeconds = result.retryAfterSeconds
            bytesDone = result.bytesDone
            bytesTotal = result.bytesTotal
            source = result.source
            verified = result.isVerified
        case .heartbeat: type = "heartbeat"
        case .end: type = "end"
        case .unknown(let type): self.type = type
        }
    }
}

extension AgentEventFields {
    func event() throws(AgentLineError) -> AgentEvent {
        switch type {
        case "accepted":
            .accepted(
                taskID: try needed(taskID, "task_id"),
                attempt: try needed(attempt, "attempt"),
                attached: attached ?? false
            )
        case "progress":
            .progress(
                AgentProgress(imageID: try image(), bytesDone: try bytes(bytesDone), bytesTotal: bytesTotal)
            )
        case "outcome": .outcome(try result())
        case "heartbeat": .heartbeat
        case "end": .end
        default: .unknown(type: type)
        }
    }

    private func result() throws(AgentLineError) -> AgentOutcome {
        let word = try needed(outcome, "outcome")
        let allowed: [Outcome] = [.cached, .existing, .error, .unsupported, .cancelled]
        guard let known = Outcome(rawValue: word), allowed.contains(known) else {
            throw AgentLineError("outcome '\(word.prefix(40))' isn't one of an agent's")
        }
        var why: Reason?
        if let reason {
            // A newer agent may know more reasons; its detail still tells people.
            why = Reason(rawValue: reason) ?? .internal
        } else if !known.isGood {
            why = known == .cancelled ? .cancelled : .internal
        }
        return AgentOutcome(
            imageID: try image(),
            outcome: known,
            reason: why,
            detail: detail,
            isRetryable: retryable ?? why?.isRetryable ?? false,
            retryAfterSeconds: retryAfterSeconds.map { min(max($0, 0), 86_400) },
            bytesDone: try bytes(bytesDone ?? 0),
            bytesTotal: bytesTotal,
            source: source.map(SourceURL.shown),
            isVerified: verified ?? false
        )
    }

    private func image() throws(AgentLineError) -> ImageID {
        do {
            return try ImageID(try needed(imageID, "image_id"))
        } catch let error as AgentLineError {
            throw error
        } catch {
            throw AgentLineError("image_id: \(error)")
        }
    }

    private func bytes(_ count: Int64?) throws(AgentLineError) -> Int64 {
        let count = try needed(count, "bytes_done")
        guard count >= 0 else { throw AgentLineError("bytes_done is negative") }
        return count
    }

    private func needed<Value>(_ value: Value?, _ field: String) throws(AgentLineError) -> Value {
        guard let value else { throw AgentLineError("\(type.prefix(40)) lacks \(field)") }
        return value
    }
}

extension AgentEventFields: Encodable {
    /// Writes the fields of the event's type, absent ones as null where the protocol names them.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(type, forKey: .type)
        try fields.encodeIfPresent(taskID, forKey: .taskID)
        try fields.encodeIfPresent(attempt, forKey: .attempt)
        try fields.encodeIfPresent(attached, forKey: .attached)
        try fields.encodeIfPresent(imageID, forKey: .imageID)
        guard type == "progress" || type == "outcome" else { return }
        try fields.encode(bytesDone, forKey: .bytesDone)
        try fields.encode(bytesTotal, forKey: .bytesTotal)
        guard type == "outcome" else { return }
        try fields.encode(outcome, forKey: .outcome)
        try fields.encode(reason, forKey: .reason)
        try fields.encode(detail, forKey: .detail)
        try fields.encode(retryable, forKey: .retryable)
        try fields.encode(retryAfterSeconds, forKey: .retryAfterSeconds)
        try fields.encode(source, forKey: .source)
        try fields.encode(verified, forKey: .verified)
    }
}
