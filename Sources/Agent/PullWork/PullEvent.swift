package import PrecacheModel

/// One thing that a task's watcher hears of.
package enum PullEvent: Hashable, Sendable {
    /// The first: the agent has the task; `attached` if it had it before.
    case accepted(taskID: String, attempt: Int, attached: Bool)
    /// A download came further.
    case progress(ImageID, bytesDone: Int64, bytesTotal: Int64?)
    /// An image is done with.
    case outcome(PullOutcome)
    /// Nothing happened for a while.
    case heartbeat
    /// Every image has its outcome.
    case end
}
