/// One step of a job's history, written in the transaction that took it.
public struct EventRecord: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        /// The job's state became this; the first event of a job says `queued`.
        case state(JobState)
        /// An image on a host came to this final outcome.
        case outcome(
            host: HostName,
            image: ImageID,
            outcome: Outcome,
            reason: Reason?,
            detail: String?,
            attempts: Int
        )
        /// An attempt on a host ended without a final outcome for every image, and another will follow.
        case retrying(host: HostName, attempt: Int, reason: Reason?, detail: String?, notBefore: Timestamp?)
        /// Someone asked to cancel the job.
        case cancelRequested(by: String?)
    }

    /// Rises from event to event over all jobs.
    public var id: Int64
    /// The job.
    public var jobID: JobID
    /// When.
    public var at: Timestamp
    /// What.
    public var kind: Kind

    /// Puts an event together.
    public init(id: Int64, jobID: JobID, at: Timestamp, kind: Kind) {
        self.id = id
        self.jobID = jobID
        self.at = at
        self.kind = kind
    }
}
