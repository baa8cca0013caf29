package import PrecacheModel

/// What memory knows of jobs, so that status polls and those who wait cost no reads.
///
/// Called on event loops: answers at once.
package protocol LiveJobs: Sendable {
    /// A job's summary, of every job that hasn't ended and of those that ended lately; nil for others.
    func cachedJob(_ id: JobID) -> JobRecord?

    /// A number that differs after every change of such a job; nil where ``cachedJob(_:)`` is.
    func cachedRevision(of id: JobID) -> UInt64?

    /// Rings once for any number of changes since it was last heard; subscribe first, then read.
    func changes(of id: JobID) -> AsyncStream<Void>
}
