/// How a job may spend time and attempts.
///
/// An attempt gets the smaller of ``hostTimeout`` and the time left.
package struct JobLimits: Hashable, Sendable {
    /// Hosts at once.
    package var parallelism: Parallelism
    /// The longest that one attempt may take on a host, for all its images together.
    package var hostTimeout: Duration
    /// Attempts per host, at least 1.
    package var maxAttempts: Int
    /// The longest that the whole job may take from its acceptance.
    package var deadline: Duration
    /// How long each host keeps an image from the moment it has it, whatever its cache would evict; nil for no promise.
    package var keep: Duration?

    /// Puts limits together.
    package init(
        parallelism: Parallelism,
        hostTimeout: Duration,
        maxAttempts: Int,
        deadline: Duration,
        keep: Duration? = nil
    ) {
        self.parallelism = parallelism
        self.hostTimeout = hostTimeout
        self.maxAttempts = maxAttempts
        self.deadline = deadline
        self.keep = keep
    }
}
