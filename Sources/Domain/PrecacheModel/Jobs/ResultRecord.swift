/// What became of one image on one host in one job.
@dynamicMemberLookup
package struct ResultRecord: Hashable, Sendable {
    /// The host.
    package var host: HostName
    /// The image.
    package var imageID: ImageID
    /// The host's number within the job, from 0.
    package var hostOrdinal: Int
    /// The image's place in the job's list, from 0.
    package var imageOrdinal: Int
    /// What became of it so far.
    package var result: ImageOutcome
    /// Attempts begun.
    package var attempts: Int
    /// When the first attempt began.
    package var startedAt: Timestamp?
    /// When the outcome became final.
    package var finishedAt: Timestamp?

    package init(
        host: HostName,
        imageID: ImageID,
        hostOrdinal: Int = 0,
        imageOrdinal: Int = 0,
        _ result: ImageOutcome,
        attempts: Int = 0,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil
    ) {
        self.host = host
        self.imageID = imageID
        self.hostOrdinal = hostOrdinal
        self.imageOrdinal = imageOrdinal
        self.result = result
        self.attempts = attempts
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    /// A field of the outcome.
    package subscript<Value>(dynamicMember field: KeyPath<ImageOutcome, Value>) -> Value {
        result[keyPath: field]
    }
}
