/// What an agent tells of a task while it works on it: one line of the stream that answers `PUT /v1/tasks/{task_id}`.
package enum AgentEvent: Hashable, Sendable {
    /// The first: the agent has the task.
    ///
    /// `attached` says whether it knew it before, with this attempt.
    case accepted(task: TaskID, attempt: Int, attached: Bool)
    /// How far an image's download is; at most twice a second for an image.
    case progress(image: ImageID, ByteProgress)
    /// What became of an image in this attempt.
    case outcome(image: ImageID, ImageOutcome)
    /// Nobody whom this host asks has what is missing of an image, for some seconds now.
    case starved(image: ImageID)
    /// A neighbour gave something wrong; nothing of it was kept.
    case peerFault(host: HostName, image: ImageID, fault: String)
    /// After 10 seconds of silence.
    case heartbeat
    /// Every image has its outcome; nothing follows.
    case end
    /// Something that this version doesn't know: to be ignored.
    case unknown(type: String)
}

/// How far a download is.
package struct ByteProgress: Hashable, Sendable {
    /// The largest count of bytes that is believed or kept: the largest integer that every reader of JSON keeps
    /// exactly (RFC 8259, section 6).
    ///
    /// Counts come from agents; a sum of a few of those that lie must not overflow.
    package static let limit: Int64 = 9_007_199_254_740_991

    /// Bytes fetched.
    package var done: Int64
    /// Bytes in all, if known.
    package var total: Int64?

    package init(done: Int64, total: Int64?) {
        self.done = done
        self.total = total
    }

    /// A count, or the nearest that is believed.
    package static func bounded(_ count: Int64) -> Int64 { min(max(count, 0), limit) }

    /// A sum that stays within what is believed, for addends that may be negative.
    package static func boundedSum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflows) = left.addingReportingOverflow(right)
        if overflows { return right < 0 ? -limit : limit }
        return min(max(sum, -limit), limit)
    }
}
