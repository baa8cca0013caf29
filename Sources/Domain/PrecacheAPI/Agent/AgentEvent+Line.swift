import PrecacheModel

extension AgentEvent {
    /// The event as one line of JSON, line feed included.
    package func line() -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { write(into: &$0) }
        return json.bytes + CollectionOfOne(UInt8(ascii: "\n"))
    }

    /// Reads one line, with or without its line feed.
    ///
    /// Throws ``AgentLineError`` for anything that isn't an event. A type that isn't known is ``unknown(type:)``, and
    /// fields that aren't known are ignored, so that a newer agent can say more.
    package init(line: [UInt8]) throws(AgentLineError) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(line)
        } catch {
            throw AgentLineError("not a JSON object with a type")
        }
        self = try AgentEventFields(value).event()
    }

    private func write(into json: inout JSONWriter) {
        switch self {
        case .accepted(let taskID, let attempt, let attached):
            json.member("type", "accepted")
            json.member("task_id", taskID)
            json.member("attempt", attempt)
            json.member("attached", Bool?.some(attached))
        case .progress(let progress):
            json.member("type", "progress")
            json.member("image_id", progress.imageID.text)
            json.member("bytes_done", progress.bytesDone)
            json.member("bytes_total", progress.bytesTotal)
        case .outcome(let result):
            json.member("type", "outcome")
            json.member("image_id", result.imageID.text)
            json.member("outcome", result.outcome.rawValue)
            json.member("reason", result.reason?.rawValue)
            json.member("detail", result.detail)
            json.member("retryable", Bool?.some(result.isRetryable))
            json.member("retry_after_seconds", result.retryAfterSeconds.map(Int64.init))
            json.member("bytes_done", result.bytesDone)
            json.member("bytes_total", result.bytesTotal)
            json.member("source", result.source)
            json.member("verified", Bool?.some(result.isVerified))
        case .heartbeat: json.member("type", "heartbeat")
        case .end: json.member("type", "end")
        case .unknown(let type): json.member("type", type)
        }
    }
}
