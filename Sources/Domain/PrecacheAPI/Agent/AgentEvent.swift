/// One line of the stream that answers `PUT /v1/tasks/{task_id}` (`application/jsonl`).
package enum AgentEvent: Hashable, Sendable {
    /// The first line: the agent has the task.
    ///
    /// `attached` says whether it knew it before, with this attempt.
    case accepted(taskID: String, attempt: Int, attached: Bool)
    /// At most twice a second for an image.
    case progress(AgentProgress)
    /// An image is done with.
    case outcome(AgentOutcome)
    /// After 10 seconds of silence.
    case heartbeat
    /// Every image has its outcome; the stream ends.
    case end
    /// A line of a type that this version doesn't know: to be ignored.
    case unknown(type: String)

    /// The longest line that a reader has to take, in bytes, its line feed included.
    package static let longestLine = 65_536
}
