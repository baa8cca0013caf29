/// The hosts of one job that a claim got.
package struct ClaimAnswer: Hashable, Sendable {
    /// The job.
    package var job: JobID
    /// The claimed hosts, at most as many as asked for.
    package var hosts: [ClaimedHost]
    /// If fewer hosts were due than asked for: when the job's next waiting host is due, on the steady scale.
    ///
    /// Nil if none waits, and where all hosts asked for were found.
    package var nextDue: Timestamp?

    package init(job: JobID, hosts: [ClaimedHost], nextDue: Timestamp?) {
        self.job = job
        self.hosts = hosts
        self.nextDue = nextDue
    }
}
