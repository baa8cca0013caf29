/// What became of one image on one host in one job.
package struct ResultRecord: Hashable, Sendable {
    /// The host.
    package var host: HostName
    /// The image.
    package var imageID: ImageID
    /// The host's number within the job, from 0.
    package var hostOrdinal: Int
    /// The image's place in the job's list, from 0.
    package var imageOrdinal: Int
    /// What became of it.
    package var outcome: Outcome
    /// Why, if it isn't good.
    package var reason: Reason?
    /// The same for people; holds no secret.
    package var detail: String?
    /// Attempts begun.
    package var attempts: Int
    /// Bytes fetched.
    package var bytesDone: Int64
    /// Bytes in all, if known.
    package var bytesTotal: Int64?
    /// The URL that the bytes came from, without user, password and query.
    package var source: String?
    /// Whether the host's file has been checked against a digest; nil until it is final.
    package var isVerified: Bool?
    /// When the first attempt began.
    package var startedAt: Timestamp?
    /// When the outcome became final.
    package var finishedAt: Timestamp?

    package init(
        host: HostName,
        imageID: ImageID,
        hostOrdinal: Int = 0,
        imageOrdinal: Int = 0,
        outcome: Outcome,
        reason: Reason? = nil,
        detail: String? = nil,
        attempts: Int = 0,
        bytesDone: Int64 = 0,
        bytesTotal: Int64? = nil,
        source: String? = nil,
        isVerified: Bool? = nil,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil
    ) {
        self.host = host
        self.imageID = imageID
        self.hostOrdinal = hostOrdinal
        self.imageOrdinal = imageOrdinal
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.attempts = attempts
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.source = source
        self.isVerified = isVerified
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}
