/// Why a task isn't taken.
package enum PullRefusal: Error, Hashable, Sendable {
    /// A newer attempt is known.
    case staleAttempt(current: Int)
    /// The same attempt was ordered before, with other images.
    case conflict
    /// So many tasks run already.
    case tooManyTasks(Int)
    /// The agent is stopping.
    case stopping
}
