/// One step of a job's history, written in the transaction that took it.
package struct EventRecord: Hashable, Sendable {
    /// What happened.
    package enum Kind: Hashable, Sendable {
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
    package var id: Int64
    /// The job.
    package var jobID: JobID
    /// When.
    package var at: Timestamp
    /// What.
    package var kind: Kind

    package init(id: Int64, jobID: JobID, at: Timestamp, kind: Kind) {
        self.id = id
        self.jobID = jobID
        self.at = at
        self.kind = kind
    }
}
