import PrecacheModel

/// The fields of all line types together, each of the right type or absent.
///
/// Read by our own parser rather than through `Codable`: a fan-out reads three lines or more from every host.
struct AgentEventFields {
    let type: String
    private var taskID: String?
    private var attempt: Int?
    private var attached: Bool?
    private var imageID: String?
    private var bytesDone: Int64?
    private var bytesTotal: Int64?
    private var outcome: String?
    private var reason: String?
    private var detail: String?
    private var retryable: Bool?
    private var retryAfterSeconds: Int?
    private var source: String?
    private var verified: Bool?

    init(_ value: JSONValue) throws(AgentLineError) {
        guard case .object(let members) = value,
            case .string(let type)? = members.first(where: { $0.name == "type" })?.value
        else { throw AgentLineError("not a JSON object with a type") }
        self.type = type
        for member in members where member.value != .null { try take(member) }
    }

    private mutating func take(_ member: JSONValue.Member) throws(AgentLineError) {
        switch member.name {
        case "task_id": taskID = try text(member)
        case "attempt": attempt = Int(try number(member))
        case "attached": attached = try truth(member)
        case "image_id": imageID = try text(member)
        case "bytes_done": bytesDone = try number(member)
        case "bytes_total": bytesTotal = try number(member)
        case "outcome": outcome = try text(member)
        case "reason": reason = try text(member)
        case "detail": detail = try text(member)
        case "retryable": retryable = try truth(member)
        case "retry_after_seconds": retryAfterSeconds = Int(try number(member))
        case "source": source = try text(member)
        case "verified": verified = try truth(member)
        default: break
        }
    }

    private func text(_ member: JSONValue.Member) throws(AgentLineError) -> String {
        guard case .string(let text) = member.value else { throw wrong(member, "a string") }
        return text
    }

    private func number(_ member: JSONValue.Member) throws(AgentLineError) -> Int64 {
        guard case .integer(let number) = member.value else { throw wrong(member, "a whole number") }
        return number
    }

    private func truth(_ member: JSONValue.Member) throws(AgentLineError) -> Bool {
        guard case .boolean(let truth) = member.value else { throw wrong(member, "true or false") }
        return truth
    }

    private func wrong(_ member: JSONValue.Member, _ wanted: String) -> AgentLineError {
        AgentLineError("\(type.prefix(40)): \(member.name) must be \(wanted), not \(member.value.kind)")
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
