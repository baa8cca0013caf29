/// What one attempt on a host came to, or has come to so far.
package struct HostReport: Hashable, Sendable {
    /// What becomes of the host's row.
    package enum Next: Hashable, Sendable {
        /// The attempt goes on: the host stays claimed.
        case goesOn
        /// The attempt has ended and every image has a final outcome: the host is done.
        case done
        /// The attempt has ended with something left to do: the host waits, due at this moment of the steady scale.
        ///
        /// Its next claim is a new attempt.
        case retry(at: Timestamp)
        /// The dispatcher lets go of the host without an attempt having been made: it waits, due at once.
        ///
        /// Its next claim has the same attempt number.
        case released
    }

    /// The job.
    package var job: JobID
    /// The host's number within the job.
    package var host: Int
    /// The attempt that this is about; see ``Ledger/record(_:at:)`` for stale ones.
    package var attempt: Int
    /// What is new, each image at most once.
    package var images: [ImageReport]
    /// What becomes of the host's row.
    package var next: Next

    package init(job: JobID, host: Int, attempt: Int, images: [ImageReport], next: Next) {
        self.job = job
        self.host = host
        self.attempt = attempt
        self.images = images
        self.next = next
    }
}
