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

/// What an attempt reports of one image: its outcome, and the image by its place in the job.
@dynamicMemberLookup
package struct ImageReport: Hashable, Sendable {
    /// The image's number within the job.
    package var image: Int
    /// A final outcome; or `pending` for an image that another attempt will follow for.
    ///
    /// With `pending`, reason and detail say why this attempt failed, so that people see it while they wait.
    package var result: ImageOutcome
    /// The zone of the host that it is on, if that has one.
    package var zone: String?

    package init(image: Int, _ result: ImageOutcome, zone: String? = nil) {
        self.image = image
        self.result = result
        self.zone = zone
    }

    /// A field of the outcome.
    package subscript<Value>(dynamicMember field: KeyPath<ImageOutcome, Value>) -> Value {
        result[keyPath: field]
    }
}

/// Something of an exchange that people are told: an event of the job.
package struct MeshNote: Hashable, Sendable {
    /// What happened.
    package enum Kind: String, Sendable, CaseIterable {
        /// The host reads the source for the others.
        case seed
        /// Nobody whom the host asked had what was missing.
        case starved
        /// The host gave another something wrong.
        case peerFault = "peer_fault"
        /// The host reached none of its neighbours, and fetches for itself.
        case alone
        /// Two hosts said that this one gave something wrong.
        case barred
    }

    /// The longest detail that is kept, in Unicode scalars: some of it comes from hosts.
    private static let detailLimit = 500

    package var job: JobID
    package var kind: Kind
    package var host: HostName
    /// The image's number within the job.
    package var image: Int
    /// More for people.
    package var detail: String
    /// Until when the host is kept out of meshes, by the wall clock; nil where it isn't.
    package var isOutUntil: Timestamp?

    package init(
        job: JobID,
        kind: Kind,
        host: HostName,
        image: Int,
        detail: String,
        isOutUntil: Timestamp? = nil
    ) {
        self.job = job
        self.kind = kind
        self.host = host
        self.image = image
        self.detail = String(detail.unicodeScalars.prefix(Self.detailLimit))
        self.isOutUntil = isOutUntil
    }
}

/// A rule that finishes many waiting hosts of a job at once.
package enum BulkFinish: Hashable, Sendable {
    /// Hosts that the inventory has disabled or no longer has: `skipped`, `host_disabled`, with the inventory's reason
    /// as detail if it has one. Hosts that are down: `skipped`, `host_down`, with the time of the last heartbeat as detail.
    ///
    /// A host is down if ``HostState/of(receivedAt:interval:now:)`` says so for the wall clock's time and the later of
    /// its last heartbeat and `heartbeatsSince`; one that never sent a heartbeat isn't down. `heartbeatsSince` is the
    /// service's start, or the last jump of the wall clock: before it, nobody could have received a heartbeat, or
    /// nobody knows how long ago it came.
    case unavailable(heartbeatsSince: Timestamp)
    /// Every host: `cancelled`, `cancelled`.
    case cancelled
    /// Every host: `error`, `deadline_exceeded`.
    case deadlineExceeded
}

/// What a transaction of the ledger did, beyond what was asked.
package struct LedgerChange: Hashable, Sendable {
    /// The jobs that ended with it.
    package var endedJobs: [JobID]
    /// Results (one image on one host) that a bulk finish finished, by the reason they got.
    package var finishedResults: [Reason: Int]
    /// Reports that were ignored because they are of another attempt or of a host that isn't claimed.
    package var staleReports: Int

    /// Hosts that a bulk finish finished although a process that is gone had begun a task on them: their agents may
    /// work on it still, and have to be told.
    package var leftAtWork: [ClaimedHost]
    /// Whether a bulk finish is to be called again: it ends so many results at a time that others get their turn.
    package var hasMore = false
    /// Jobs of the call that aren't ours any more, or gone: nothing was written for them.
    package var lostJobs: [JobID]

    package init(
        endedJobs: [JobID] = [],
        finishedResults: [Reason: Int] = [:],
        staleReports: Int = 0,
        leftAtWork: [ClaimedHost] = [],
        lostJobs: [JobID] = []
    ) {
        self.lostJobs = lostJobs
        self.leftAtWork = leftAtWork
        self.endedJobs = endedJobs
        self.finishedResults = finishedResults
        self.staleReports = staleReports
    }

    /// Adds what a later step of the same call changed.
    package mutating func add(_ other: LedgerChange) {
        endedJobs += other.endedJobs
        finishedResults.merge(other.finishedResults, uniquingKeysWith: +)
        staleReports += other.staleReports
        leftAtWork += other.leftAtWork
        lostJobs += other.lostJobs
    }
}
