package import PrecacheModel

/// What an agent says of a task while it works on it.
package enum AgentEvent: Hashable, Sendable {
    /// The agent has the task; `attached` if it already had.
    case accepted(attached: Bool)
    /// How far an image's download is.
    case progress(image: ImageID, ByteProgress)
    /// What became of an image in this attempt.
    case outcome(AgentOutcome)
}
