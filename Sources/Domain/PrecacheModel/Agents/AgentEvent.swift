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
    /// After 10 seconds of silence.
    case heartbeat
    /// Every image has its outcome; nothing follows.
    case end
    /// Something that this version doesn't know: to be ignored.
    case unknown(type: String)
}
