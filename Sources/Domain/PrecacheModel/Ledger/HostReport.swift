/// What one attempt on a host came to, or has come to so far.
public struct HostReport: Hashable, Sendable {
    /// What becomes of the host's row.
    public enum Next: Hashable, Sendable {
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
    public var job: JobID
    /// The host's number within the job.
    public var host: Int
    /// The attempt that this is about; see ``Ledger/record(_:at:)`` for stale ones.
    public var attempt: Int
    /// What is new, each image at most once.
    public var images: [ImageReport]
    /// What becomes of the host's row.
    public var next: Next

    /// Puts a report together.
    public init(job: JobID, host: Int, attempt: Int, images: [ImageReport], next: Next) {
        self.job = job
        self.host = host
        self.attempt = attempt
        self.images = images
        self.next = next
    }
}
