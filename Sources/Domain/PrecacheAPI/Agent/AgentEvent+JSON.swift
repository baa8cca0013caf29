package import PrecacheModel

/// Events as lines of `application/jsonl`.
extension AgentEvent {
    /// The longest line that a reader has to take, in bytes, its line feed included.
    package static let longestLine = 65_536

    /// The most of an outcome's detail that a line carries, in characters.
    private static let longestDetail = 2_000

    /// The event as one line of JSON, line feed included.
    package func line() -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { write(into: &$0) }
        return json.bytes + CollectionOfOne(UInt8(ascii: "\n"))
    }

    /// Reads one line, with or without its line feed.
    ///
    /// Throws ``AgentLineError`` for anything that isn't an event. A type that isn't known is ``unknown(type:)``, and
    /// fields that aren't known are skipped, so that a newer agent can say more.
    package init(line: [UInt8]) throws(AgentLineError) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(line, keeping: AgentEventFields.names)
        } catch {
            throw AgentLineError("not a JSON object with a type")
        }
        self = try AgentEventFields(value).event()
    }

    private func write(into json: inout JSONWriter) {
        switch self {
        case .accepted(let task, let attempt, let attached):
            json.member("type", "accepted")
            json.member("task_id", task.text)
            json.member("attempt", attempt)
            json.member("attached", attached)
        case .progress(let image, let progress):
            json.member("type", "progress")
            json.member("image_id", image.text)
            json.member("bytes_done", progress.done)
            json.member("bytes_total", progress.total)
        case .outcome(let image, let outcome):
            json.member("type", "outcome")
            var told = outcome
            told.detail = outcome.detail.map { String($0.prefix(Self.longestDetail)) }
            told.isVerified = outcome.isVerified ?? false
            json.outcome(told, of: image) { json in
                json.member("retryable", told.isRetryable)
                json.member("retry_after_seconds", told.retryAfter?.components.seconds)
            }
        case .starved(let image):
            json.member("type", "starved")
            json.member("image_id", image.text)
        case .peerFault(let host, let image, let fault):
            json.member("type", "peer_fault")
            json.member("host", host.text)
            json.member("image_id", image.text)
            json.member("fault", String(fault.prefix(Self.longestDetail)))
        case .heartbeat: json.member("type", "heartbeat")
        case .end: json.member("type", "end")
        case .unknown(let type): json.member("type", type)
        }
    }
}

extension JSONWriter {
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
        // Left out where nothing was exchanged.
        if let bytes = outcome.fromPeersBytes { member("from_peers_bytes", bytes) }
        if let bytes = outcome.fromSourceBytes { member("from_source_bytes", bytes) }
        if let bytes = outcome.fromFarBytes { member("from_far_bytes", bytes) }
        member("verified", outcome.isVerified)
    }
}

/// A line of an agent's stream that breaks the protocol.
package struct AgentLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// The fields of all line types together, each of the right type or absent.
///
/// Read by our own parser rather than through `Codable`: a fan-out reads three lines or more from every host.
private struct AgentEventFields {
    /// All that is read of a line.
    static let names: [StaticString] = [
        "type", "task_id", "attempt", "attached", "image_id", "bytes_done", "bytes_total", "outcome",
        "reason", "detail", "retryable", "retry_after_seconds", "source", "verified", "host", "fault",
        "from_peers_bytes", "from_source_bytes", "from_far_bytes",
    ]

    let type: String
    private var taskID: String?
    private var attempt: Int64?
    private var attached: Bool?
    private var imageID: String?
    private var bytesDone: Int64?
    private var bytesTotal: Int64?
    private var outcome: String?
    private var reason: String?
    private var detail: String?
    private var retryable: Bool?
    private var retryAfterSeconds: Int64?
    private var source: String?
    private var verified: Bool?
    private var host: String?
    private var fault: String?
    private var fromPeersBytes: Int64?
    private var fromSourceBytes: Int64?
    private var fromFarBytes: Int64?

    init(_ value: JSONValue) throws(AgentLineError) {
        guard case .string(let type)? = value["type"] else {
            throw AgentLineError("not a JSON object with a type")
        }
        self.type = type
        for member in value.members where member.value != .null { try take(member) }
    }

    private mutating func take(_ member: JSONValue.Member) throws(AgentLineError) {
        switch member.name {
        case "task_id": taskID = try text(member)
        case "attempt": attempt = try number(member)
        case "attached": attached = try truth(member)
        case "image_id": imageID = try text(member)
        case "bytes_done": bytesDone = try number(member)
        case "bytes_total": bytesTotal = try number(member)
        case "outcome": outcome = try text(member)
        case "reason": reason = try text(member)
        case "detail": detail = try text(member)
        case "retryable": retryable = try truth(member)
        case "retry_after_seconds": retryAfterSeconds = try number(member)
        case "source": source = try text(member)
        case "verified": verified = try truth(member)
        case "host": host = try text(member)
        case "fault": fault = try text(member)
        case "from_peers_bytes": fromPeersBytes = try number(member)
        case "from_source_bytes": fromSourceBytes = try number(member)
        case "from_far_bytes": fromFarBytes = try number(member)
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
                task: try checked(taskID, "task_id") { text throws(InvalidValue) in try TaskID(text) },
                attempt: Int(try needed(attempt, "attempt")),
                attached: attached ?? false
            )
        case "progress":
            .progress(image: try image(), ByteProgress(done: try bytes(bytesDone), total: bytesTotal))
        case "outcome": .outcome(image: try image(), try result())
        case "starved": .starved(image: try image())
        case "peer_fault":
            .peerFault(
                host: try checked(host, "host") { text throws(InvalidValue) in try HostName(text) },
                image: try image(),
                fault: try needed(fault, "fault")
            )
        case "heartbeat": .heartbeat
        case "end": .end
        default: .unknown(type: type)
        }
    }

    private func result() throws(AgentLineError) -> ImageOutcome {
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
        var told = ImageOutcome(
            known,
            reason: why,
            detail: detail,
            isRetryable: retryable ?? why?.isRetryable ?? false,
            retryAfter: retryAfterSeconds.map { .seconds(min(max($0, 0), 86_400)) },
            bytesDone: try bytes(bytesDone ?? 0),
            bytesTotal: bytesTotal,
            source: source.map(SourceURL.shown),
            isVerified: known == .cached || known == .existing ? verified ?? false : nil
        )
        told.fromPeersBytes = fromPeersBytes.map(ByteProgress.bounded)
        told.fromSourceBytes = fromSourceBytes.map(ByteProgress.bounded)
        let far = min(ByteProgress.bounded(fromFarBytes ?? 0), told.fromPeersBytes ?? 0)
        if far > 0 { told.fromFarBytes = far }
        return told
    }

    private func image() throws(AgentLineError) -> ImageID {
        try checked(imageID, "image_id") { text throws(InvalidValue) in try ImageID(text) }
    }

    private func checked<Value>(
        _ text: String?,
        _ field: String,
        _ make: (String) throws(InvalidValue) -> Value
    ) throws(AgentLineError) -> Value {
        let text = try needed(text, field)
        do throws(InvalidValue) {
            return try make(text)
        } catch {
            throw AgentLineError("\(field): \(error)")
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
