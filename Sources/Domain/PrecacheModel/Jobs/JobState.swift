/// Where a job stands, computed from its outcomes.
package enum JobState: String, Sendable, CaseIterable {
    /// Accepted; no host has begun.
    case queued
    /// At least one host has begun.
    case running
    /// Ended: no error, nothing skipped or cancelled. Also a job with nothing to do.
    case succeeded
    /// Ended: some good, some not.
    case partial
    /// Ended: none good.
    case failed
    /// Ended because someone cancelled it.
    case cancelled

    /// Whether the job has ended.
    package var isFinal: Bool { self != .queued && self != .running }
}
